/*
 * expected.h - domains from which mail is expected, for a short while.
 *
 * What an operator says on the telephone: "send it again, I let it through".
 * A small file of lines "DOMAIN UNTIL", UNTIL in seconds since 1970, which
 * greylisting reads again when it has changed. A domain stands for all names
 * below it, too: bounces come from those.
 */
#ifndef SCREEN_EXPECTED_H
#define SCREEN_EXPECTED_H

#include "base/span.h"

#include <stdint.h>
#include <sys/stat.h>

/* The file, in the folder of what greylisting remembers. */
#define EXPECTED_FILE "expected"

/* So many domains at a time, for so long at most. */
#define EXPECTED_MOST	 100
#define EXPECTED_LONGEST (INT64_C(30) * 86400)

/* The longest domain, and a NUL. */
#define EXPECTED_NAME 256

struct expected_domain {
	char name[EXPECTED_NAME]; /* lower case */
	int64_t until;		  /* wall time; this second still counts */
};

struct expected {
	struct expected_domain domain[EXPECTED_MOST];
	size_t count;
};

/* May NAME be expected? A host name with a dot in it: "com" is a mistake. */
bool expected_valid(struct span name);

/*
 * Read the text of a file as of NOW. What is over, malformed, further ahead
 * than EXPECTED_LONGEST (a clock was wrong) or one too many is left out.
 */
void expected_parse(struct span text, int64_t now, struct expected *ret);

/* Is mail of SENDER, an address, expected at NOW? */
bool expected_covers(const struct expected *e, struct span sender, int64_t now);

/* The same from FILE, which only we may have written (private_file.h). 0, also
 * when there is none, or negative errno. */
int expected_load(const char *file, int64_t now, struct expected *ret);

/*
 * Expect DOMAIN, which is valid, until UNTIL, or with 0 no more; *RET_WAS tells
 * whether it was expected before. Others who change FILE are waited for until
 * DEADLINE (monotonic). 0 or negative errno: -ENOSPC when there are
 * EXPECTED_MOST already.
 */
int expected_change(const char *file, struct span domain, int64_t until,
		    int64_t now, int64_t deadline, bool *ret_was);

/* FILE as one who asks again and again knows it. */
struct expected_watch {
	const char *file; /* kept, not copied */
	struct stat seen;
	struct expected list;
	int error; /* the last time: 0 or negative errno */
};

/*
 * Read the file again if it has changed. 0 or negative errno; that is new when
 * it differs from ERROR before. What cannot be read expects nothing.
 */
int expected_refresh(struct expected_watch *w, int64_t now);

#endif
