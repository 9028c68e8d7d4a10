#include "cache/dump.h"

#include "base/escape.h"
#include "base/number.h"
#include "net/cidr.h"

#include <inttypes.h>

#define CLEANUP_KEY "_LAST_CACHE_CLEANUP_COMPLETED_"

/* Longer than any setting can make a pass last. */
#define LONGEST_PASS INT32_MAX

/* As much as stamps_from_future() forgives. */
#define CLOCKS_DIFFER (24 * 3600)

void dump_format(const struct cache_entry *e, struct sbuf *to)
{
	sbuf_addf(to, "%s ", e->key);
	stamps_format(&e->stamps, to);
	sbuf_add_char(to, '\n');
}

static void quote(struct span text, struct sbuf *to)
{
	struct span start = text;

	if (start.len > 60)
		start.len = 60;
	sbuf_add_char(to, '"');
	escape_printable(to, start, false);
	sbuf_add_text(to, start.len < text.len ? "...\"" : "\"");
}

bool dump_parse_first(struct span line, struct sbuf *why)
{
	struct span name, version;

	if (span_equal(line, SPAN(DUMP_FIRST_LINE)))
		return true;
	if (span_cut(line, ' ', &name, &version) &&
	    span_equal(name, SPAN("smtp-screen-cache"))) {
		sbuf_add_text(why, "version ");
		quote(version, why);
		sbuf_add_text(why, " of the format is not known here; 1 is");
	} else {
		sbuf_add_text(why, "expected \"" DUMP_FIRST_LINE "\", not ");
		quote(line, why);
	}
	return false;
}

/* The key and what follows the white space behind it. */
static bool cut_white(struct span line, struct span *ret_key,
		      struct span *ret_rest)
{
	for (size_t i = 0; i < line.len; i++)
		if (span_is_space(line.p[i])) {
			*ret_key = (struct span){ line.p, i };
			*ret_rest = span_trim(span_skip(line, i));
			return true;
		}
	return false;
}

static bool parse_key(struct span text, const struct dump_networks *networks,
		      char *key, size_t size, struct sbuf *why)
{
	struct sbuf to = sbuf_in(key, size);
	struct cidr net;
	unsigned prefix;

	if (cidr_parse(text, &net) != CIDR_OK) {
		sbuf_add_text(why, "expected an address or network, not ");
		quote(text, why);
		return false;
	}
	prefix = net.net.family == ADDRESS_IPV4 ? networks->ipv4_prefix
						: networks->ipv6_prefix;
	if (net.prefix < prefix) {
		quote(text, why);
		sbuf_addf(why,
			  " is a larger network than entries have here: no "
			  "client would find it (%s = %u)",
			  net.net.family == ADDRESS_IPV4 ? "cache_ipv4_prefix"
							 : "cache_ipv6_prefix",
			  prefix);
		return false;
	}
	cache_key(&net.net, networks->ipv4_prefix, networks->ipv6_prefix, &to);
	return sbuf_fitted(&to);
}

/* Exactly five numbers, or eight. */
static bool are_numbers(struct span text, struct sbuf *why)
{
	struct span field, rest = text;
	int count = 0;
	bool more = true;

	while (more && count <= TESTS + 3) {
		uint64_t unused;

		field = rest;
		more = span_cut(rest, ';', &field, &rest);
		if (!number_parse(field, INT64_MAX, &unused)) {
			sbuf_addf(why,
				  "number %d of the value: expected a "
				  "whole number, not ",
				  count + 1);
			quote(field, why);
			return false;
		}
		count++;
	}
	if (count == TESTS || count == TESTS + 3)
		return true;
	sbuf_addf(why, "expected %d or %d numbers, with ; between, not ", TESTS,
		  TESTS + 3);
	quote(text, why);
	return false;
}

static bool are_possible(const struct stamps *s, int64_t now, struct sbuf *why)
{
	for (enum test t = 0; t < TESTS; t++)
		if (s->until[t] > now + LONGEST_PASS) {
			sbuf_addf(why, "no pass of %s can last until %" PRId64,
				  stamps_test_name(t), s->until[t]);
			return false;
		}
	if (s->first > now + CLOCKS_DIFFER || s->last > now + CLOCKS_DIFFER) {
		sbuf_addf(why,
			  "it was written in the future, at %" PRId64
			  "; is the clock right?",
			  s->last > s->first ? s->last : s->first);
		return false;
	}
	return true;
}

enum dump_line dump_parse(struct span line,
			  const struct dump_networks *networks, int64_t now,
			  struct cache_entry *ret, struct sbuf *why)
{
	struct cache_entry e = { .key = "" };
	struct span key, value;

	line = span_trim(line);
	if (line.len == 0 || line.p[0] == '#')
		return DUMP_NOTHING;
	if (!cut_white(line, &key, &value)) {
		sbuf_add_text(why, "expected a key and a value, not ");
		quote(line, why);
		return DUMP_WRONG;
	}
	if (span_equal(key, SPAN(CLEANUP_KEY)))
		return DUMP_NOTHING;
	if (!parse_key(key, networks, e.key, sizeof(e.key), why) ||
	    !are_numbers(value, why))
		return DUMP_WRONG;
	stamps_parse(value, &e.stamps);
	if (!are_possible(&e.stamps, now, why))
		return DUMP_WRONG;
	*ret = e;
	return DUMP_ENTRY;
}
