/*
 * target.h - where lines shall go, as "log_target" says it.
 */
#ifndef SCREEN_TARGET_H
#define SCREEN_TARGET_H

#include "base/span.h"

enum target_kind {
	TARGET_JOURNAL,
	TARGET_SYSLOG,
	TARGET_STDERR,
	TARGETS,
};

struct target {
	bool automatic; /* what is there; KIND means nothing */
	enum target_kind kind;
	struct span path; /* of the socket, in TEXT; empty: the usual one */
};

/* False, and *RET stays, when TEXT is no target. */
bool target_parse(const char *text, struct target *ret);

#endif
