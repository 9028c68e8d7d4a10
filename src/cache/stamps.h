/*
 * stamps.h - until when a client's passed tests count, and how it is written.
 *
 * The value is postscreen's, "pregreet;dnsbl;pipelining;non-smtp;bare-newline"
 * in epoch seconds, followed by ours: ";first;last;count". Text, so that
 * gdbmtool can show it. A stamp equal to now is still valid.
 */
#ifndef SCREEN_STAMPS_H
#define SCREEN_STAMPS_H

#include "base/sbuf.h"
#include "conf/tests.h"

#include <stdint.h>

/* Special stamps. */
#define STAMP_NEW      0 /* never passed */
#define STAMP_DISABLED 1 /* never passed, the test was off when written */

/* Room for a value as text. */
#define STAMPS_TEXT (8 * 21)

struct stamps {
	int64_t until[TESTS];
	int64_t first;	/* when the entry was made; 0 unknown */
	int64_t last;	/* when it was last written; 0 unknown */
	uint64_t count; /* completed rounds of tests */
};

/*
 * Can TEXT be a value at all? Under the locks a reader sees whole values only:
 * no writer is at work, a dead one left its mark, and the file was proved
 * sound when somebody found that. What remains are files changed by others,
 * and a machine that lost its power. No value of ours or of postscreen has
 * anything but digits and semicolons, while every key has a dot or a colon,
 * so the pieces of two entries mixed up do not pass for one.
 */
bool stamps_written(struct span text);

/*
 * Read a value. Missing or malformed stamps become STAMP_DISABLED and missing
 * or malformed counters 0: old entries and postscreen's own are welcome.
 */
void stamps_parse(struct span text, struct stamps *ret);

void stamps_format(const struct stamps *s, struct sbuf *to);

/* Is `last` more than a day ahead of NOW? Then some clock was wrong when the
 * entry was written, and no stamp in it can be believed. */
bool stamps_from_future(const struct stamps *s, int64_t now);

/* Must TEST be done at NOW? An entry from the future is not believed: when
 * `last` is more than a day ahead every stamp counts as expired. */
bool stamps_due(const struct stamps *s, enum test test, int64_t now);

/* "pregreet", "dnsbl", "pipelining", "non-smtp", "bare-newline". */
const char *stamps_test_name(enum test test);

/* Was one of the five never passed? (Decides PASS NEW or PASS OLD.) */
bool stamps_any_new(const struct stamps *s);

/*
 * Join S with another entry of the same client: of each test the later stamp
 * (one of a test that was off gives way to any), the first `first`, the last
 * `last`, the higher count. Did S change?
 */
bool stamps_join(struct stamps *s, const struct stamps *with);

/*
 * What was fetched from a file as TEXT. False, with nothing written, when it
 * did not fit or is nothing that we or postscreen ever wrote: better no entry
 * than a wrong one.
 */
bool stamps_fetched(const struct sbuf *text, struct stamps *ret);

#endif
