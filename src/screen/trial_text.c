#include "base/escape.h"
#include "base/moment.h"
#include "screen/refusal.h"
#include "screen/trial.h"

#include <inttypes.h>
#include <string.h>

/* ECMA-48, or nothing. */
struct paint {
	const char *strong, *good, *bad, *end;
};

static const struct paint colours = { "\033[1m", "\033[32m", "\033[31m",
				      "\033[0m" };
static const struct paint plain = { "", "", "", "" };

/* Columns of the table of lists. */
#define NAME_MOST  40
#define NAME_LEAST 12

static void heading(const struct paint *p, const char *text, struct sbuf *to)
{
	sbuf_addf(to, "%s%s%s\n", p->strong, text, p->end);
}

static void address(const struct address *a, struct sbuf *to)
{
	address_format(a, to);
}

/* ---- access list and cache ---------------------------------------------- */

static void describe_access(const struct trial *t, const struct paint *p,
			    struct sbuf *to)
{
	heading(p, "Access list", to);
	switch (t->facts.access) {
	case ACCESS_PERMIT:
		sbuf_addf(to, "  %spermitted%s\n", p->good, p->end);
		break;
	case ACCESS_REJECT:
		sbuf_addf(to, "  %sdenied%s\n", p->bad, p->end);
		break;
	case ACCESS_DUNNO:
		sbuf_add_text(to, "  no decision\n");
		break;
	}
	if (t->server.family != ADDRESS_NONE) {
		sbuf_add_text(to, "  server address ");
		address(&t->server, to);
		sbuf_add_text(to, t->facts.veto
					  ? ": new clients may not pass here\n"
					  : ": clients may pass here\n");
	}
	if (t->warning[0] != '\0')
		sbuf_addf(to, "  %swarning:%s %s\n", p->bad, p->end,
			  t->warning);
}

static void describe_stamp(const struct trial *t, const struct stamps *s,
			   enum test test, struct sbuf *to)
{
	int64_t until = s->until[test];

	sbuf_addf(to, "  %-14s", stamps_test_name(test));
	if (!t->setup.conf->test[test].enabled)
		sbuf_add_text(to, "off");
	else if (until == STAMP_NEW)
		sbuf_add_text(to, "not passed yet");
	else if (until == STAMP_DISABLED)
		sbuf_add_text(to, "was off when this client passed; due");
	else if (stamps_from_future(s, t->now))
		sbuf_add_text(to, "written by a clock ahead of ours; due");
	else if (stamps_due(s, test, t->now)) {
		sbuf_add_text(to, "passed, ended ");
		moment_format_period(t->now - until, 2, to);
		sbuf_add_text(to, " ago; due");
	} else {
		sbuf_add_text(to, "passed, good for another ");
		moment_format_period(until - t->now, 2, to);
	}
	sbuf_add_char(to, '\n');
}

static void describe_entry(const struct trial *t, const struct stamps *s,
			   struct sbuf *to)
{
	sbuf_addf(to, "  %s, known since ", t->key);
	moment_format(s->first, to);
	sbuf_add_text(to, ", last tested ");
	moment_format(s->last, to);
	sbuf_addf(to, ", rounds of tests: %" PRIu64 "\n", s->count);
	for (enum test test = 0; test < TESTS; test++)
		describe_stamp(t, s, test, to);
}

static void describe_cache(const struct trial *t, const struct paint *p,
			   struct sbuf *to)
{
	heading(p, "Cache", to);
	if (t->cache_file[0] == '\0') {
		sbuf_add_text(to, "  none: cache_map says so\n");
		return;
	}
	if (t->cached < 0) {
		sbuf_addf(to,
			  "  %s%s: %s%s\n"
			  "  (what follows is for a client that is not known; "
			  "run this as root, or as the owner of the cache)\n",
			  p->bad, t->cache_file, strerror(-t->cached), p->end);
		return;
	}
	if (t->cached == 0)
		sbuf_addf(to, "  %s is not known\n", t->key);
	else
		describe_entry(t, &t->stamps, to);
}

/* As far as a connection would have asked. */
static void describe_shared(const struct trial *t, const struct paint *p,
			    struct sbuf *to)
{
	if (!t->has_shared)
		return;
	sbuf_add_text(to, "  ");
	cache_server_format(&t->shared.server, to);
	if (t->elsewhere < 0)
		sbuf_addf(to, ": %s%s%s\n", p->bad, t->shared.trouble, p->end);
	else if (t->elsewhere > 0)
		sbuf_add_text(to, ":\n");
	else if (t->shared.answered)
		sbuf_addf(to, ": %s is not known\n", t->key);
	else
		sbuf_add_text(to, " is not asked about this client\n");
	if (t->elsewhere > 0)
		describe_entry(t, &t->shared.stamps, to);
}

/* ---- the lists ---------------------------------------------------------- */

/* The width of the longest name, within bounds. */
static int name_width(const struct lists *l)
{
	size_t width = NAME_LEAST;

	for (size_t i = 0; i < l->sites.lists; i++) {
		char memory[256];
		struct sbuf name = SBUF(memory);

		lists_name(l, i, &name);
		if (name.len > width)
			width = name.len;
	}
	return width > NAME_MOST ? NAME_MOST : (int)width;
}

static void add_records(const struct dns_answer *a, struct sbuf *to)
{
	for (size_t i = 0; i < a->count; i++)
		sbuf_addf(to, "%s%u.%u.%u.%u", i > 0 ? " " : "",
			  a->address[i][0], a->address[i][1], a->address[i][2],
			  a->address[i][3]);
}

static void describe_answer(const struct trial *t, size_t list,
			    const struct dns_answer *a, struct sbuf *to)
{
	struct dnsbl_error error;

	if (t->lists.sites.list[list].muted) {
		sbuf_add_text(to, "muted, not asked: see smtp-screenctl lists");
		return;
	}
	switch (a->status) {
	case DNS_PENDING:
		sbuf_addf(to, "no answer within greet_wait");
		break;
	case DNS_FAILED:
		sbuf_addf(to, "failed: %s", a->why);
		break;
	case DNS_ABSENT:
		sbuf_add_text(to, "not listed");
		break;
	case DNS_FOUND:
		add_records(a, to);
		if (t->setup.conf->dns_answer_check &&
		    dnsbl_answer_is_error(&t->lists.sites, list, a, &error))
			sbuf_addf(to, " (an error of the list: %s -- ignored)",
				  answer_tag_cause(error.tag));
		break;
	}
}

static bool counts(const struct trial *t, const struct dnsbl_site *s,
		   const struct dns_answer *a)
{
	bool check = t->setup.conf->dns_answer_check;

	return dnsbl_site_matches(&t->lists.sites, s, a, check) &&
	       !(check &&
		 dnsbl_answer_is_error(&t->lists.sites, s->list, a, NULL));
}

/* One line a site; what belongs to the list stands in its first. */
static void describe_site(const struct trial *t, const struct paint *p,
			  const struct dnsbl_site *s, bool first, int width,
			  struct sbuf *to)
{
	const struct dns_answer *a = &dnsclient_answers(t->lists.dns)[s->list];
	bool match = counts(t, s, a);
	char memory[256], filter[64], ms[24] = "-";
	struct sbuf name = SBUF(memory), f = SBUF(filter), m = SBUF(ms);

	if (first)
		lists_name(&t->lists, s->list, &name);
	if (s->filter)
		escape_printable(&f, s->filter_text, false);
	else
		sbuf_add_text(&f, "any");
	if (a->status != DNS_PENDING) {
		sbuf_clear(&m);
		sbuf_addf(&m, "%" PRId64, a->took / 1000);
	}
	sbuf_addf(to, "  %-*s  %-20s %s%+6d %-7s%s %5s  ", width, memory,
		  filter, match ? (s->weight > 0 ? p->bad : p->good) : "",
		  s->weight, match ? "counts" : "-", match ? p->end : "",
		  first ? ms : "");
	if (first)
		describe_answer(t, s->list, a, to);
	sbuf_add_char(to, '\n');
}

static void describe_lists(const struct trial *t, const struct paint *p,
			   struct sbuf *to)
{
	const struct conf *conf = t->setup.conf;
	const struct dnsbl *sites = &t->lists.sites;
	int width = name_width(&t->lists);

	heading(p, "DNS lists", to);
	if (sites->sites == 0) {
		sbuf_add_text(to, "  none: dnsbl_sites is empty\n");
		return;
	}
	sbuf_addf(to, "  %-*s  %-20s %6s %-7s %5s  %s\n", width, "LIST",
		  "FILTER", "WEIGHT", "MATCH", "MS", "ANSWER");
	for (size_t l = 0; l < sites->lists; l++) {
		bool first = true;

		for (size_t i = 0; i < sites->sites; i++) {
			if (sites->site[i].list != l)
				continue;
			describe_site(t, p, &sites->site[i], first, width, to);
			first = false;
		}
	}
	sbuf_addf(to, "  score %d, threshold %d", t->score.score,
		  conf->dnsbl_threshold);
	if (conf->dnsbl_allowlist_threshold < 0)
		sbuf_addf(to, ", allowlist threshold %d",
			  conf->dnsbl_allowlist_threshold);
	if (!t->facts.due[TEST_DNSBL])
		sbuf_add_text(to, "; not due, a connection would not ask now");
	sbuf_add_char(to, '\n');
}

/* ---- the decision ------------------------------------------------------- */

static void describe_refusal(const struct trial *t, enum failure failure,
			     enum refusal when, struct sbuf *to)
{
	char memory[256];
	struct sbuf name = SBUF(memory);

	if (t->score.has_top)
		lists_name(&t->lists, t->score.top, &name);
	refusal_format(failure, when, &t->facts, &t->client, memory, to);
}

/* Which tests come first, and how long they take. */
static void describe_tests(const struct trial *t, struct sbuf *to)
{
	const struct conf *conf = t->setup.conf;
	const struct facts *f = &t->facts;

	if (facts_nothing_due(f))
		return;
	sbuf_add_text(to, "  tests that are due:");
	for (enum test test = 0; test < TESTS; test++)
		if (f->due[test])
			sbuf_addf(to, " %s", stamps_test_name(test));
	sbuf_add_char(to, '\n');
	if (f->excused)
		sbuf_add_text(to, "  the lists vouch for it: all tests count "
				  "as passed\n");
	else if (f->due[TEST_PREGREET])
		sbuf_addf(to,
			  "  it waits %" PRId64 "s for its greeting%s (one "
			  "that does not wait: %s)\n",
			  f->released ? conf->greet_wait_min : conf->greet_wait,
			  f->released ? ", since it has waited before and no "
					"list knows anything bad of it"
				      : "",
			  conf->test[TEST_PREGREET].action == ACTION_DROP
				  ? "521"
			  : conf->test[TEST_PREGREET].action == ACTION_ENFORCE
				  ? "550"
				  : "logged only");
	if (f->result[TEST_DNSBL] == RESULT_FAILED &&
	    conf->test[TEST_DNSBL].action == ACTION_IGNORE)
		sbuf_add_text(to, "  it is listed; dnsbl_action = ignore, so "
				  "that is logged only\n");
}

static void describe_pass(const struct trial *t, struct sbuf *to)
{
	const char *before = "  remembered: ";
	struct cache_pass pass;

	if (t->cache_file[0] == '\0' || t->cached < 0 ||
	    !verdict_pass(&t->facts, t->setup.conf, t->now, &pass))
		return;
	for (enum test test = 0; test < TESTS; test++) {
		if (pass.until[test] == 0)
			continue;
		sbuf_addf(to, "%s%s for ", before, stamps_test_name(test));
		moment_format_period(pass.until[test] - t->now, 2, to);
		before = ", ";
	}
	sbuf_add_char(to, '\n');
}

/* The tests behind the greeting need a cache: a client told to come back
 * must be known by then, or it is spared them (screen.c). */
static bool is_spared(const struct trial *t, const struct verdict *v)
{
	return v->failure == FAILURE_NONE && !t->facts.veto &&
	       (t->cache_file[0] == '\0' || t->cached < 0);
}

static void describe_verdict(const struct trial *t, const struct paint *p,
			     struct sbuf *to)
{
	struct verdict v = verdict_of(&t->facts, t->setup.conf);

	switch (v.next) {
	case NEXT_DROP:
		sbuf_addf(to, "  %srefused at once:%s ", p->bad, p->end);
		describe_refusal(t, v.failure, REFUSAL_AT_ONCE, to);
		break;
	case NEXT_ENGINE:
		if (is_spared(t, &v)) {
			sbuf_addf(to,
				  "  %shanded to the smtpd%s, without the "
				  "tests behind the greeting, which need a "
				  "cache",
				  p->good, p->end);
			break;
		}
		if (v.failure != FAILURE_NONE) {
			sbuf_addf(to, "  %srefused politely, at RCPT:%s ",
				  p->bad, p->end);
			describe_refusal(t, v.failure, REFUSAL_AT_RCPT, to);
			break;
		}
		sbuf_addf(to, "  %stold to come back, at RCPT:%s ", p->strong,
			  p->end);
		describe_refusal(t, FAILURE_NONE, REFUSAL_AT_RCPT, to);
		sbuf_add_text(to, t->facts.veto
					  ? " (it may only pass on another "
					    "server address)"
					  : " (tested behind the greeting; it "
					    "is known when it comes back)");
		break;
	case NEXT_WATCH:
		sbuf_addf(to,
			  "  %shanded to the smtpd%s, and watched until that "
			  "takes a recipient",
			  p->good, p->end);
		break;
	case NEXT_EARLY:
	case NEXT_HANDOFF:
		sbuf_addf(to, "  %shanded to the smtpd%s", p->good, p->end);
		break;
	}
	sbuf_add_char(to, '\n');
	describe_pass(t, to);
}

static void describe_decision(const struct trial *t, const struct paint *p,
			      struct sbuf *to)
{
	heading(p, "Decision", to);
	switch (verdict_welcome(t->facts.access, t->setup.conf)) {
	case WELCOME_HANDOFF:
		sbuf_addf(to,
			  "  %shanded to the smtpd at once%s: the access list "
			  "permits it\n",
			  p->good, p->end);
		return;
	case WELCOME_DROP:
		sbuf_addf(to, "  %srefused at once:%s ", p->bad, p->end);
		describe_refusal(t, FAILURE_DENYLIST, REFUSAL_AT_ONCE, to);
		sbuf_add_char(to, '\n');
		return;
	case WELCOME_OPEN:
		if ((t->cached <= 0 && t->elsewhere <= 0) ||
		    !facts_nothing_due(&t->facts))
			break;
		sbuf_addf(to,
			  "  %shanded to the smtpd at once%s: it passed "
			  "lately, and nothing is due\n",
			  p->good, p->end);
		return;
	case WELCOME_SUSPECT:
		break;
	}
	describe_tests(t, to);
	describe_verdict(t, p, to);
}

void trial_describe(const struct trial *t, bool colour, struct sbuf *to)
{
	const struct paint *p = colour ? &colours : &plain;

	sbuf_add_text(to, p->strong);
	address(&t->client, to);
	sbuf_addf(to, "%s\n\n", p->end);
	describe_access(t, p, to);
	describe_cache(t, p, to);
	describe_shared(t, p, to);
	describe_lists(t, p, to);
	describe_decision(t, p, to);
}
