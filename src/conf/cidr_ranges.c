#include "conf/cidr_ranges.h"

#include <errno.h>

/*
 * The rules are evaluated for a whole network instead of an address: there
 * each one matches always, never, or for a part of it. Where something
 * depends on the part, the halves are looked at, with the rules that are left.
 */

/* A rule, by its place in the table. */
struct step {
	const struct cidr_rule *rule;
	uint32_t partner; /* of an if its endif, of an endif its if */
	uint32_t kept;	  /* of an if: the last narrowing that kept it */
};

#define NO_PARTNER UINT32_MAX

struct division {
	struct step *step;
	uint32_t narrowings;
	struct cidr_ranges ranges;
};

enum certainty {
	NEVER,
	ALWAYS,
	DEPENDS,
};

/* Does RULE's pattern match the addresses in PART? */
static enum certainty judge(const struct cidr_rule *rule,
			    const struct cidr *part)
{
	const struct cidr *net = &rule->net;
	bool inside = false;

	if (net->net.family != part->net.family)
		return NEVER; /* also when negated */
	if (net->prefix > part->prefix) {
		if (cidr_contains(part, &net->net))
			return DEPENDS;
	} else {
		inside = cidr_contains(net, &part->net);
	}
	return inside != rule->rule.negated ? ALWAYS : NEVER;
}

/* Where in LIST the body of an if ends whose endif is END. */
static size_t skip_body(const uint32_t *list, size_t count, size_t at,
			uint32_t end)
{
	while (at < count && list[at] != end)
		at++;
	return at;
}

/*
 * Write to TO which of the COUNT rules in LIST can still decide on addresses
 * in PART; how many.
 */
static size_t narrow(struct division *d, const struct cidr *part,
		     const uint32_t *list, size_t count, uint32_t *to)
{
	size_t n = 0, depth = 0;

	d->narrowings++;
	for (size_t i = 0; i < count; i++) {
		struct step *s = &d->step[list[i]];
		enum certainty match = NEVER;

		if (s->rule->rule.kind == RULE_RESULT ||
		    s->rule->rule.kind == RULE_IF)
			match = judge(s->rule, part);
		switch (s->rule->rule.kind) {
		case RULE_RESULT:
			if (match == NEVER)
				break;
			to[n++] = list[i];
			if (match == ALWAYS && depth == 0)
				return n;
			break;
		case RULE_IF:
		case RULE_NEVER:
			if (match == NEVER)
				i = skip_body(list, count, i, s->partner);
			if (match != DEPENDS)
				break;
			s->kept = d->narrowings;
			depth++;
			to[n++] = list[i];
			break;
		case RULE_ENDIF:
			if (d->step[s->partner].kept != d->narrowings)
				break;
			depth--;
			if (to[n - 1] == s->partner)
				n--; /* nothing is left in it */
			else
				to[n++] = list[i];
			break;
		}
	}
	return n;
}

static bool same_result(const struct rule *a, const struct rule *b)
{
	return a == b || (a && b && span_equal(a->result, b->result));
}

/* The addresses from FIRST on get what RULE gives. */
static void add(struct cidr_ranges *to, const struct address *first,
		const struct rule *rule)
{
	if (to->count > 0 && same_result(to->range[to->count - 1].rule, rule))
		return;
	to->range[to->count++] = (struct cidr_range){ *first, rule };
}

/* NEXT is room for what is left of LIST. As deep as an address has bits. */
static void divide(struct division *d, const struct cidr *part,
		   const uint32_t *list, size_t count, uint32_t *next)
{
	size_t left = narrow(d, part, list, count, next);
	const struct cidr_rule *first = left > 0 ? d->step[next[0]].rule : NULL;
	struct cidr half = *part;

	if (!first ||
	    (first->rule.kind == RULE_RESULT && judge(first, part) == ALWAYS)) {
		add(&d->ranges, &part->net, first ? &first->rule : NULL);
		return;
	}
	half.prefix++;
	divide(d, &half, next, left, next + left);
	half.net.bytes[part->prefix / 8] |=
		(unsigned char)(0x80 >> part->prefix % 8);
	divide(d, &half, next, left, next + left);
}

static size_t count_rules(const struct rules *r)
{
	size_t count = 0;

	for (const struct rule *rule = r->first; rule; rule = rule->next)
		count++;
	return count;
}

/* Number the rules; OPEN is room for as many ifs as there are. */
static void number(const struct rules *r, struct step *step, uint32_t *open)
{
	size_t depth = 0;
	uint32_t i = 0;

	for (const struct rule *rule = r->first; rule; rule = rule->next, i++) {
		step[i].rule = (const struct cidr_rule *)rule;
		step[i].partner = NO_PARTNER;
		if (rule->kind == RULE_IF || rule->kind == RULE_NEVER)
			open[depth++] = i;
		if (rule->kind != RULE_ENDIF)
			continue;
		step[i].partner = open[--depth];
		step[step[i].partner].partner = i;
	}
}

int cidr_ranges(const struct rules *r, enum address_family family,
		struct arena *arena, struct cidr_ranges *ret)
{
	struct cidr all = { .net = { .family = family } };
	size_t count = count_rules(r), lists = address_bits(&all.net) + 2;
	struct division d = { 0 };
	uint32_t *list;

	if (count >= NO_PARTNER / lists)
		return -ENOMEM;
	/* each rule has a network, whose two ends may begin a range */
	d.ranges.range =
		arena_array(arena, 2 * count + 1, sizeof(*d.ranges.range));
	d.step = arena_array(arena, count, sizeof(*d.step));
	list = arena_array(arena, count * lists, sizeof(*list));
	if (!d.ranges.range || !d.step || !list)
		return -ENOMEM;
	number(r, d.step, list);
	for (uint32_t i = 0; i < count; i++)
		list[i] = i;
	divide(&d, &all, list, count, list + count);
	if (d.ranges.count == 1 && !d.ranges.range[0].rule)
		d.ranges.count = 0;
	*ret = d.ranges;
	return 0;
}
