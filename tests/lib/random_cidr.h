/*
 * random_cidr.h - random cidr tables, and an evaluator that is slow and
 * obvious: it knows no spans, no arena and no jumps, but a list of structs,
 * walked with a counter of how many ifs deep we are skipping.
 */
#ifndef TESTS_RANDOM_CIDR_H
#define TESTS_RANDOM_CIDR_H

#include "base/sbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct obvious {
	enum { RESULT, IF, ENDIF } kind;
	bool ipv6, negated;
	unsigned char bytes[16];
	unsigned prefix;
	unsigned result;
};

#define OBVIOUS_RULES 40

static unsigned long seed;

/* TEST_SEED repeats a run. */
static inline void random_seed(void)
{
	const char *given = getenv("TEST_SEED");

	seed = given ? strtoul(given, NULL, 0) : (unsigned long)time(NULL);
	printf("TEST_SEED=%lu\n", seed);
}

static inline unsigned pick(unsigned below)
{
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(seed >> 33) % below;
}

/* Few bits vary, so that rules and keys meet. */
static inline void pick_bytes(bool ipv6, unsigned char *bytes)
{
	memset(bytes, 0, 16);
	bytes[0] = ipv6 ? 0x20 : 10;
	bytes[ipv6 ? 15 : 3] = (unsigned char)(pick(4) << 6 | pick(4));
}

static inline bool bit_equal(const unsigned char *a, const unsigned char *b,
			     unsigned bit)
{
	return ((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8) & 1) == 0;
}

static inline struct obvious pick_rule(unsigned depth, unsigned result)
{
	unsigned kind = pick(10);
	struct obvious o = { .result = result };
	unsigned bits;

	o.kind = kind < 3 ? IF : kind < 6 && depth > 0 ? ENDIF : RESULT;
	o.ipv6 = pick(2);
	o.negated = pick(3) == 0;
	pick_bytes(o.ipv6, o.bytes);
	bits = o.ipv6 ? 128 : 32;
	o.prefix = pick(3) == 0 ? pick(bits + 1) : bits - pick(9);
	for (unsigned bit = o.prefix; bit < bits; bit++)
		o.bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
	return o;
}

static inline void add_address(struct sbuf *b, bool ipv6,
			       const unsigned char *bytes)
{
	for (int i = 0; i < (ipv6 ? 16 : 4); i += ipv6 ? 2 : 1)
		if (ipv6)
			sbuf_addf(b, "%s%x", i ? ":" : "",
				  bytes[i] << 8 | bytes[i + 1]);
		else
			sbuf_addf(b, "%s%d", i ? "." : "", bytes[i]);
}

static inline void add_rule(struct sbuf *b, const struct obvious *o)
{
	static const char *const ends[] = { "endif\n", "ENDIF\n", "Endif \n" };
	unsigned form = pick(4);

	if (pick(8) == 0)
		sbuf_add_text(b, pick(2) ? "# comment\n" : " \n");
	if (o->kind == ENDIF) {
		sbuf_add_text(b, ends[pick(3)]);
		return;
	}
	if (o->kind == IF)
		sbuf_add_text(b, pick(2) ? "if " : "IF\t");
	if (o->negated)
		sbuf_add_text(b, pick(2) ? "!" : "! !!");
	sbuf_add_text(b, form == 1 || form == 2 ? "[" : "");
	add_address(b, o->ipv6, o->bytes);
	sbuf_add_text(b, form == 1 ? "]" : "");
	sbuf_addf(b, "/%u%s", o->prefix, form == 2 ? "]" : "");
	if (o->kind == RESULT)
		sbuf_addf(b, "%s%u", pick(4) ? " " : "\n  ", o->result);
	sbuf_add_text(b, "\n");
}

static inline bool obvious_matches(const struct obvious *o, bool ipv6,
				   const unsigned char *who)
{
	bool in = true;

	if (o->ipv6 != ipv6)
		return false;
	for (unsigned bit = 0; bit < o->prefix; bit++)
		in = in && bit_equal(o->bytes, who, bit);
	return in != o->negated;
}

/* The result's number, or 0. */
static inline unsigned obvious_find(const struct obvious *o, unsigned count,
				    bool ipv6, const unsigned char *who)
{
	unsigned skipping = 0;

	for (unsigned i = 0; i < count; i++) {
		if (o[i].kind == IF &&
		    (skipping || !obvious_matches(&o[i], ipv6, who)))
			skipping++;
		else if (o[i].kind == ENDIF && skipping)
			skipping--;
		else if (o[i].kind == RESULT && !skipping &&
			 obvious_matches(&o[i], ipv6, who))
			return o[i].result;
	}
	return 0;
}

/* RESULTS: how many different ones the table has. */
static inline unsigned make_table(struct obvious *o, unsigned results,
				  struct sbuf *rules)
{
	unsigned count = 1 + pick(OBVIOUS_RULES), depth = 0;

	for (unsigned i = 0; i < count; i++) {
		o[i] = pick_rule(depth, i % results + 1);
		depth += o[i].kind == IF;
		depth -= o[i].kind == ENDIF;
		add_rule(rules, &o[i]);
	}
	return count;
}

#endif
