#include "dns/spf.h"

#include "base/number.h"
#include "net/cidr.h"
#include "net/hostname.h"

#include <string.h>

const char SPF_NO_ANSWER[] = "name servers did not answer";

/* ---- ends -------------------------------------------------------- */

/* What reads the record returns whether to go on reading. */
static bool end(struct spf *s, const char *why)
{
	s->why = why;
	s->step = SPF_OUTSIDE;
	return false;
}

static struct spf_record *top(struct spf *s)
{
	return &s->record[s->depth - 1];
}

/* The first term that matches decides for its record. */
static void match(struct spf *s, char qualifier)
{
	struct spf_record *r = top(s);

	if (r->decided)
		return;
	r->decided = true;
	r->inside = qualifier == '+';
}

/* ---- questions --------------------------------------------------- */

static bool set_name(char to[256], struct span name)
{
	struct sbuf text = sbuf_in(to, 256);

	if (name.len > 1 && name.p[name.len - 1] == '.')
		name.len--;
	if (!hostname_valid(name))
		return false;
	sbuf_add(&text, name);
	return sbuf_fitted(&text);
}

static bool ask(struct spf *s, enum dns_type type, struct span name)
{
	if (!set_name(s->question_name, name))
		return end(s, "a name in the record is none");
	if (++s->questions > SPF_QUESTIONS)
		return end(s, "the record asks for too many names");
	s->question_type = type;
	s->step = SPF_ASK;
	return false;
}

static bool ask_address(struct spf *s, struct span name)
{
	return ask(s,
		   s->who.family == ADDRESS_IPV4 ? DNS_TYPE_A : DNS_TYPE_AAAA,
		   name);
}

/* ---- networks ---------------------------------------------------- */

/* A network that the domain claims. False when that is too much. */
static bool claim(struct spf *s, const struct cidr *net, char qualifier)
{
	bool four = net->net.family == ADDRESS_IPV4;

	if (qualifier != '+')
		return true;
	if (net->prefix < (four ? SPF_IPV4_PREFIX : SPF_IPV6_PREFIX))
		return false;
	if (four)
		s->ipv4_sum += UINT64_C(1) << (32 - net->prefix);
	else
		s->ipv6_sum += net->prefix < 64
				       ? UINT64_C(1) << (64 - net->prefix)
				       : 1;
	return s->ipv4_sum <= UINT64_C(1) << (32 - SPF_IPV4_SUM) &&
	       s->ipv6_sum <= UINT64_C(1) << (64 - SPF_IPV6_SUM);
}

static const char too_much[] = "the record claims too much of the Internet";

/* ip4 and ip6. NULL, or what is wrong. */
static const char *take_network(struct spf *s, struct span text,
				enum address_family family, char qualifier)
{
	struct cidr net;
	enum cidr_error e = cidr_parse(text, &net);

	if ((e != CIDR_OK && e != CIDR_HOST_BITS) || net.net.family != family)
		return "a network in the record is none";
	if (!claim(s, &net, qualifier))
		return too_much;
	if (cidr_contains(&net, &s->who))
		match(s, qualifier);
	return NULL;
}

/* An address that a name of the record has. */
static bool take_address(struct spf *s, struct span bytes)
{
	struct cidr net = { .net.family = s->who.family };

	if (bytes.len != (s->who.family == ADDRESS_IPV4 ? 4 : 16))
		return true;
	memcpy(net.net.bytes, bytes.p, bytes.len);
	net.prefix =
		s->who.family == ADDRESS_IPV4 ? s->ipv4_prefix : s->ipv6_prefix;
	address_mask(&net.net, net.prefix);
	if (!claim(s, &net, s->qualifier))
		return false;
	if (cidr_contains(&net, &s->who))
		match(s, s->qualifier);
	return true;
}

/* ---- terms ------------------------------------------------------- */

struct term {
	char qualifier;
	struct span name, value; /* behind ":" or "=", or from "/" on */
	char separator;		 /* one of these, or 0 */
};

static bool next_term(struct spf_record *r, struct term *ret)
{
	struct span rest = span_skip(span_of(r->text), r->at), word;
	size_t n = 0;

	while (rest.len > 0 && rest.p[0] == ' ')
		rest = span_skip(rest, 1);
	word = rest;
	while (n < word.len && word.p[n] != ' ')
		n++;
	word.len = n;
	r->at = (size_t)(word.p - r->text) + n;
	if (n == 0)
		return false;
	*ret = (struct term){ .qualifier = '+' };
	if (strchr("+-~?", word.p[0])) {
		ret->qualifier = word.p[0];
		word = span_skip(word, 1);
	}
	for (n = 0; n < word.len && !strchr(":=/", word.p[n]); n++)
		;
	ret->name = (struct span){ word.p, n };
	ret->separator = n < word.len ? word.p[n] : '\0';
	ret->value = span_skip(word, ret->separator == '/' ? n : n + 1);
	return true;
}

static bool is(const struct term *t, const char *name)
{
	return span_equal_nocase(t->name, span_of(name));
}

/* "DOMAIN/24//64" of a and mx; DOMAIN is that of the record when it is left
 * out. */
static bool take_prefixes(struct spf *s, struct span value, struct span *name)
{
	struct span four = { value.p, 0 }, six = { value.p, 0 };
	uint64_t n4 = 32, n6 = 128;

	if (span_cut(value, '/', name, &four)) {
		if (four.len > 0 && four.p[0] == '/') {
			six = span_skip(four, 1);
			four.len = 0;
		} else if (span_cut(four, '/', &four, &six)) {
			six = six.len > 0 && six.p[0] == '/' ? span_skip(six, 1)
							     : SPAN("x");
		}
		if ((four.len > 0 && !number_parse(four, 32, &n4)) ||
		    (six.len > 0 && !number_parse(six, 128, &n6)) ||
		    (four.len == 0 && six.len == 0))
			return false;
	} else {
		*name = value;
	}
	s->ipv4_prefix = (unsigned)n4;
	s->ipv6_prefix = (unsigned)n6;
	return true;
}

/* A term that asks. */
static bool take_lookup(struct spf *s, const struct term *t)
{
	bool is_include = is(t, "include");
	struct span name;

	if (++s->lookups > SPF_LOOKUPS)
		return end(s, "the record needs more than 10 lookups");
	if (is(t, "exists") || is(t, "ptr") || span_find(t->value, '%') >= 0)
		return true;
	if (is_include)
		name = t->value;
	else if (!take_prefixes(s, t->value, &name))
		return end(s, "a prefix in the record is none");
	if (name.len == 0 && !is_include)
		name = span_of(top(s)->domain);
	s->qualifier = t->qualifier;
	if (is_include)
		return ask(s, DNS_TYPE_TXT, name);
	return is(t, "mx") ? ask(s, DNS_TYPE_MX, name) : ask_address(s, name);
}

static bool take_all(struct spf *s, const struct term *t)
{
	struct spf_record *r = top(s);

	if (t->qualifier == '+')
		return end(s, "the record claims everybody");
	match(s, t->qualifier);
	r->at = strlen(r->text); /* what follows is for nobody */
	r->redirect[0] = '\0';
	return true;
}

static bool take_modifier(struct spf *s, const struct term *t)
{
	struct spf_record *r = top(s);

	if (is(t, "redirect") && span_find(t->value, '%') < 0 &&
	    !set_name(r->redirect, t->value))
		return end(s, "a name in the record is none");
	return true;
}

static bool take_term(struct spf *s, const struct term *t)
{
	static const char *const asking[] = { "include", "a", "mx", "exists",
					      "ptr" };
	const char *why;

	if (t->separator == '=')
		return take_modifier(s, t);
	if (is(t, "all"))
		return take_all(s, t);
	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		if (is(t, asking[i]))
			return take_lookup(s, t);
	if (is(t, "ip4"))
		why = take_network(s, t->value, ADDRESS_IPV4, t->qualifier);
	else if (is(t, "ip6"))
		why = take_network(s, t->value, ADDRESS_IPV6, t->qualifier);
	else
		why = "a word in the record means nothing";
	return why ? end(s, why) : true;
}

/* The record is at its end: go on behind the term that it was for. */
static bool leave(struct spf *s)
{
	struct spf_record *r = top(s);
	bool inside = r->decided && r->inside;
	char qualifier = r->qualifier;

	if (r->redirect[0] != '\0') {
		if (++s->lookups > SPF_LOOKUPS)
			return end(s, "the record needs more than 10 lookups");
		s->redirected = true;
		return ask(s, DNS_TYPE_TXT, span_of(r->redirect));
	}
	s->depth--;
	if (s->depth == 0) {
		s->step = inside ? SPF_INSIDE : SPF_OUTSIDE;
		return false;
	}
	if (inside)
		match(s, qualifier);
	return true;
}

/* ---- answers ----------------------------------------------------- */

static struct span record_at(const struct dns_records *a, size_t i)
{
	return (struct span){ a->bytes + a->at[i].from, a->at[i].len };
}

static bool is_spf(struct span text)
{
	return span_starts_with_nocase(text, SPAN("v=spf1")) &&
	       (text.len == 6 || text.p[6] == ' ');
}

/* A record has come: the first, one that is included, or a redirect's. */
static bool take_record(struct spf *s, const struct dns_records *a)
{
	bool redirected = s->redirected;
	struct span found = { NULL, 0 };
	struct spf_record *r;

	for (size_t i = 0; i < a->count; i++) {
		if (!is_spf(record_at(a, i)))
			continue;
		if (found.p)
			return end(s, "there are two records");
		found = record_at(a, i);
	}
	if (!found.p)
		return end(s, "there is no record");
	if (found.len > SPF_TEXT || memchr(found.p, '\0', found.len))
		return end(s, "the record is too long");
	s->redirected = false;
	if (!redirected)
		s->depth++;
	r = top(s);
	if (!redirected) {
		r->decided = r->inside = false;
		r->qualifier = s->qualifier;
	}
	memcpy(r->text, found.p, found.len);
	r->text[found.len] = '\0';
	r->at = 6;
	r->redirect[0] = '\0';
	memcpy(r->domain, s->question_name, sizeof(r->domain));
	return true;
}

static bool next_mx(struct spf *s)
{
	if (s->mx_count == 0)
		return true;
	s->mx_count--;
	return ask_address(s, span_of(s->mx[s->mx_count]));
}

static bool take_mx(struct spf *s, const struct dns_records *a)
{
	if (a->count > SPF_MX)
		return end(s, "the record's mx has more than 10 names");
	s->mx_count = 0;
	for (size_t i = 0; i < a->count; i++)
		if (set_name(s->mx[s->mx_count], record_at(a, i)))
			s->mx_count++;
	return next_mx(s);
}

static bool take_addresses(struct spf *s, const struct dns_records *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (!take_address(s, record_at(a, i)))
			return end(s, too_much);
	return next_mx(s);
}

enum spf_step spf_begin(struct spf *s, const struct address *who,
			struct span domain)
{
	s->who = *who;
	s->depth = 0;
	s->lookups = s->voids = s->questions = 0;
	s->ipv4_sum = s->ipv6_sum = 0;
	s->mx_count = 0;
	s->qualifier = '+';
	s->redirected = false;
	s->why = NULL;
	ask(s, DNS_TYPE_TXT, domain);
	return s->step;
}

static bool take_answer(struct spf *s, const struct dns_answer *answer)
{
	const struct dns_records *a = answer->records;

	if (answer->status != DNS_FOUND && answer->status != DNS_ABSENT)
		return end(s, SPF_NO_ANSWER);
	if (answer->status == DNS_FOUND && a->cut)
		return end(s, "an answer is too long");
	if (a->count == 0 && s->depth > 0 && ++s->voids > SPF_VOIDS)
		return end(s, "the record names too much that is not there");
	switch (s->question_type) {
	case DNS_TYPE_TXT:
		return take_record(s, a);
	case DNS_TYPE_MX:
		return take_mx(s, a);
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		return take_addresses(s, a);
	}
	return end(s, NULL);
}

enum spf_step spf_go_on(struct spf *s, const struct dns_answer *answer)
{
	struct term t;

	if (!take_answer(s, answer))
		return s->step;
	while (next_term(top(s), &t) ? take_term(s, &t) : leave(s))
		;
	return s->step;
}
