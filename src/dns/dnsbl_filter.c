#include "dns/dnsbl_filter.h"

#include "base/number.h"

/* What is parsed: all of it, how far we are, and where to complain. */
struct parser {
	struct span text;
	size_t at;
	struct sbuf *why;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number, or else the character, that stands next. */
static struct span next_token(const struct parser *p)
{
	struct span rest = span_skip(p->text, p->at);
	size_t n = 0;

	while (n < rest.len && is_digit(rest.p[n]))
		n++;
	if (n == 0 && rest.len > 0)
		n = 1;
	return (struct span){ rest.p, n };
}

static bool complain(const struct parser *p, const char *problem)
{
	struct span token = next_token(p);

	sbuf_add_text(p->why, problem);
	sbuf_add_text(p->why, " at \"");
	sbuf_add(p->why, (struct span){ p->text.p, p->at });
	sbuf_add_char(p->why, '>');
	sbuf_add(p->why, token);
	sbuf_add_char(p->why, '<');
	sbuf_add(p->why, span_skip(p->text, p->at + token.len));
	sbuf_add_char(p->why, '"');
	return false;
}

static bool take(struct parser *p, char c)
{
	if (p->at == p->text.len || p->text.p[p->at] != c)
		return false;
	p->at++;
	return true;
}

static bool take_octet(struct parser *p, unsigned *ret)
{
	struct span token = next_token(p);
	uint64_t value;

	if (!number_parse(token, 255, &value))
		return false;
	p->at += token.len;
	*ret = (unsigned)value;
	return true;
}

static void add(struct octets *set, unsigned octet)
{
	set->bits[octet / 64] |= UINT64_C(1) << octet % 64;
}

static bool has(const struct octets *set, unsigned octet)
{
	return set->bits[octet / 64] >> octet % 64 & 1;
}

/* An octet or a range of them, within a group. */
static bool parse_member(struct parser *p, struct octets *all,
			 struct octets *named)
{
	unsigned first, last;

	if (!take_octet(p, &first))
		return complain(p, "need decimal number 0..255");
	if (!take(p, '.')) {
		add(all, first);
		add(named, first);
		return true;
	}
	if (!take(p, '.'))
		return complain(p, "numeric range error");

	struct parser before = *p;

	if (!take_octet(p, &last) || last < first)
		return complain(&before, "numeric range error");
	for (unsigned octet = first; octet <= last; octet++)
		add(all, octet);
	return true;
}

static bool parse_field(struct parser *p, struct octets *all,
			struct octets *named)
{
	unsigned octet;

	if (take(p, '[')) {
		do {
			if (!parse_member(p, all, named))
				return false;
		} while (take(p, ';'));
		if (!take(p, ']'))
			return complain(p, "need \";\" or \"]\"");
		return true;
	}
	if (!take_octet(p, &octet))
		return complain(p, "need decimal number 0..255 or \"[\"");
	add(all, octet);
	add(named, octet);
	return true;
}

/*
 * Brackets around the whole are no part of it: those whose closing one is
 * the last character, as in [127.0.0.[2;4]] but not in [2;4].0.0.[1].
 */
static bool strip_brackets(struct span *text)
{
	size_t depth = 0;

	if (text->len == 0 || text->p[0] != '[')
		return true;
	for (size_t i = 0; i < text->len; i++) {
		if (text->p[i] == '[')
			depth++;
		else if (text->p[i] == ']' && --depth == 0) {
			if (i + 1 == text->len)
				*text = (struct span){ text->p + 1, i - 1 };
			return true;
		}
	}
	return false;
}

bool dnsbl_filter_parse(struct span text, struct dnsbl_filter *ret,
			struct sbuf *why)
{
	struct dnsbl_filter f = { 0 };

	if (!strip_brackets(&text)) {
		sbuf_add_text(why, "missing \"]\" character");
		return false;
	}
	if (text.len == 0) {
		sbuf_add_text(why, "empty address pattern");
		return false;
	}

	struct parser p = { .text = text, .why = why };

	for (size_t i = 0; i < 4; i++) {
		if (i > 0 && !take(&p, '.'))
			return complain(&p, "need \".\"");
		if (!parse_field(&p, &f.all[i], &f.named[i]))
			return false;
	}
	if (p.at < text.len)
		return complain(&p, "garbage after pattern");
	*ret = f;
	return true;
}

static bool contain(const struct octets sets[4], const unsigned char address[4])
{
	for (size_t i = 0; i < 4; i++)
		if (!has(&sets[i], address[i]))
			return false;
	return true;
}

bool dnsbl_filter_matches(const struct dnsbl_filter *f,
			  const unsigned char address[4])
{
	return contain(f->all, address);
}

bool dnsbl_filter_names(const struct dnsbl_filter *f,
			const unsigned char address[4])
{
	return contain(f->named, address);
}

/* Four fields overlap when each does. */
static bool overlap(const struct octets a[4], const struct octets b[4])
{
	for (size_t i = 0; i < 4; i++) {
		uint64_t both = 0;

		for (size_t j = 0; j < 4; j++)
			both |= a[i].bits[j] & b[i].bits[j];
		if (both == 0)
			return false;
	}
	return true;
}

bool dnsbl_filter_overlaps(const struct dnsbl_filter *a,
			   const struct dnsbl_filter *b)
{
	return overlap(a->all, b->all);
}

bool dnsbl_filter_names_any(const struct dnsbl_filter *a,
			    const struct dnsbl_filter *b)
{
	return overlap(a->named, b->all);
}
