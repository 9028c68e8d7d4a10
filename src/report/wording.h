/*
 * wording.h - a report's figures as people read them, the same in a terminal
 * and on a page.
 */
#ifndef SCREEN_WORDING_H
#define SCREEN_WORDING_H

#include "history/figures.h"
#include "history/records.h"

/* All that a report is made from. */
struct summary {
	const struct figures *figures;
	struct records_count read;
	const char *file;
};

/* "1,234,567". */
void wording_count(uint64_t count, struct sbuf *to);

/* "12.3 %" of WHOLE; "-" of nothing. */
void wording_share(uint64_t part, uint64_t whole, struct sbuf *to);

/* "0.2 ms", "35 ms", "6.0 s", "5m 3s"; "-" below 0. */
void wording_period(int64_t microseconds, struct sbuf *to);

/* "Sat 21 Nov 2026 03:27", local. */
void wording_time(int64_t microseconds, struct sbuf *to);

/* "UTC", "CET (+0100)": the zone at that time. */
void wording_zone(int64_t microseconds, struct sbuf *to);

/* "given to the mail server", and so on. */
const char *wording_verdict(enum decision_verdict verdict);

/* What mostly spoke against it. */
enum failure wording_reason(const struct frequent_item *network);

/* Text of others: what is not printable ASCII becomes "?". */
void wording_foreign(const char *text, struct sbuf *to);

/*
 * What the reader must know of these figures, sentence NUMBER from 0 on: what
 * the log lacks, what was left out. False when there are no more.
 */
bool wording_note(const struct summary *s, int number, struct sbuf *to);

#endif
