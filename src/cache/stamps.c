#include "cache/stamps.h"

#include "base/number.h"

#include <inttypes.h>

/* How far ahead of us the last write may lie: clocks that drift, no more. */
#define BELIEVED_AHEAD (24 * 3600)

static uint64_t next_number(struct span *rest, uint64_t malformed)
{
	struct span field = *rest, behind = { NULL, 0 };
	uint64_t value;

	span_cut(*rest, ';', &field, &behind);
	*rest = behind;
	return number_parse(field, INT64_MAX, &value) ? value : malformed;
}

bool stamps_written(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] != ';' && (text.p[i] < '0' || text.p[i] > '9'))
			return false;
	return text.len > 0;
}

void stamps_parse(struct span text, struct stamps *ret)
{
	for (int t = 0; t < TESTS; t++)
		ret->until[t] = (int64_t)next_number(&text, STAMP_DISABLED);
	ret->first = (int64_t)next_number(&text, 0);
	ret->last = (int64_t)next_number(&text, 0);
	ret->count = next_number(&text, 0);
}

void stamps_format(const struct stamps *s, struct sbuf *to)
{
	for (int t = 0; t < TESTS; t++)
		sbuf_addf(to, "%" PRId64 ";", s->until[t]);
	sbuf_addf(to, "%" PRId64 ";%" PRId64 ";%" PRIu64, s->first, s->last,
		  s->count);
}

bool stamps_from_future(const struct stamps *s, int64_t now)
{
	return s->last - BELIEVED_AHEAD > now;
}

bool stamps_due(const struct stamps *s, enum test test, int64_t now)
{
	return stamps_from_future(s, now) || now > s->until[test];
}

bool stamps_any_new(const struct stamps *s)
{
	for (int t = 0; t < TESTS; t++)
		if (s->until[t] == STAMP_NEW)
			return true;
	return false;
}

const char *stamps_test_name(enum test test)
{
	switch (test) {
	case TEST_PREGREET:
		return "pregreet";
	case TEST_DNSBL:
		return "dnsbl";
	case TEST_PIPELINING:
		return "pipelining";
	case TEST_NON_SMTP:
		return "non-smtp";
	case TEST_BARE_NEWLINE:
		return "bare-newline";
	case TESTS:
		break;
	}
	return "";
}

bool stamps_fetched(const struct sbuf *text, struct stamps *ret)
{
	if (!sbuf_fitted(text) || !stamps_written(sbuf_span(text)))
		return false;
	stamps_parse(sbuf_span(text), ret);
	return true;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* 0 stands for unknown. */
static int64_t earlier_known(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return later(a, b);
	return a < b ? a : b;
}

bool stamps_join(struct stamps *s, const struct stamps *with)
{
	struct stamps before = *s;
	bool changed = false;

	for (int t = 0; t < TESTS; t++) {
		s->until[t] = later(s->until[t], with->until[t]);
		changed = changed || s->until[t] != before.until[t];
	}
	s->first = earlier_known(s->first, with->first);
	s->last = later(s->last, with->last);
	if (with->count > s->count)
		s->count = with->count;
	return changed || s->first != before.first || s->last != before.last ||
	       s->count != before.count;
}
