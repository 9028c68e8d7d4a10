/*
 * master_cf.h - Postfix's services as they stand in master.cf (master(5)).
 *
 * For who takes the place of one of them: which columns it has, which
 * settings its "-o" change, and the line to put back.
 */
#ifndef SCREEN_MASTER_CF_H
#define SCREEN_MASTER_CF_H

#include "conf/report.h"

enum master_column {
	MASTER_NAME,
	MASTER_TYPE,
	MASTER_PRIVATE,
	MASTER_UNPRIVILEGED,
	MASTER_CHROOT,
	MASTER_WAKEUP,
	MASTER_LIMIT,
	MASTER_COMMAND,
	MASTER_COLUMNS,
};

struct master_service {
	struct span text; /* all of it, in one line */
	struct span column[MASTER_COLUMNS];
	struct span arguments; /* what follows the command */
	unsigned line;	       /* where it begins */
	struct master_service *next;
};

/*
 * Read PATH into ARENA: the services in the order written. 0, or a negative
 * errno for linefile_strerror(); what is wrong with single lines goes to
 * REPORT, and they are left out.
 */
int master_cf_read(const char *path, struct arena *arena, struct report *report,
		   struct master_service **ret_first);

/*
 * Take the next setting, "name=value", off *ARGUMENTS: what follows "-o" as
 * the service itself would read it, "{ name = value }" without its braces.
 * False at the end.
 */
bool master_cf_next_setting(struct span *arguments, struct span *ret_setting);

#endif
