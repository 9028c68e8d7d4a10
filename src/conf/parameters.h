/*
 * parameters.h - our parameters: names, defaults, limits, and where each
 * value belongs in struct conf.
 *
 * What Postfix has bears Postfix's name, as in postconf(5); "postscreen_" may
 * be left out by the administrator unless Postfix has the short name for
 * something else. Names that only feed the defaults of others are here too,
 * without a place in struct conf.
 */
#ifndef SCREEN_PARAMETERS_H
#define SCREEN_PARAMETERS_H

#include "base/sbuf.h"

#include <stdint.h>

#define PARAMETER_PREFIX "postscreen_"

enum parameter_kind {
	KIND_TEXT,
	KIND_HOSTNAME,
	KIND_BOOL,
	KIND_NUMBER,	  /* an int */
	KIND_LARGE,	  /* a number in an int64_t */
	KIND_TIME,	  /* seconds in an int64_t */
	KIND_ACTION,	  /* enum action */
	KIND_TLS_LEVEL,	  /* enum tls_level */
	KIND_EXEC_SOURCE, /* enum exec_address */
	KIND_DEEP_MODE,	  /* enum deep_mode */
	KIND_TRIPWIRE,	  /* enum tripwire */
	KIND_PRIVACY,	  /* enum privacy */
	KIND_SANDBOX,	  /* enum sandbox */
};

enum {
	PARAMETER_NEEDED = 1, /* empty text is a mistake */
	PARAMETER_RAW = 2,    /* not expanded, except when it is one $name */
	PARAMETER_FULL = 4,   /* the name without prefix is not ours */
	PARAMETER_LATE = 8,   /* read by conf_load_tls, not by conf_load */
};

#define PARAMETER_NOWHERE UINT16_MAX

struct parameter {
	const char *name;
	const char *standard; /* the default, to be expanded; NULL: computed */
	uint8_t name_len;
	uint8_t kind; /* enum parameter_kind */
	uint8_t flags;
	char unit; /* of a time without one */
	uint16_t place;
	int32_t least, most;
};

extern const struct parameter parameters[];
extern const size_t parameter_count;

/* The parameter that an administrator may call NAME, or NULL. */
const struct parameter *parameter_find(struct span name);

/*
 * The parameter whose name, or one of whose names, is at most two letters
 * (put in, left out or replaced) from NAME; NULL when none is. What it should
 * have been goes into SUGGESTION: with the prefix only when NAME has it.
 */
const struct parameter *parameter_suggest(struct span name,
					  struct sbuf *suggestion);

#endif
