#include "base/number.h"
#include "dns/dnsbl.h"
#include "unit.h"

#include <limits.h>
#include <stdio.h>

static struct arena arena;
static struct report report;
static struct dnsbl lists;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 4 << 20), 0);
	report_init(&report, &arena);
}

static void teardown(void)
{
	arena_close(&arena);
}

static void parse(const char *sites)
{
	ck_assert_msg(dnsbl_parse(sites, NULL, &arena, &report, NULL, &lists),
		      "%s", report_first_error(&report));
}

/* "f 60 127.0.0.2 ...", "a 60", "x" for failed, "p" for pending */
static struct dns_answer answer(const char *text)
{
	struct dns_answer a = { .status = DNS_PENDING, .ttl = -1 };
	struct span rest = span_of(text), word;

	ck_assert(span_next_item(&rest, " ", &word));
	switch (word.p[0]) {
	case 'f':
		a.status = DNS_FOUND;
		break;
	case 'a':
		a.status = DNS_ABSENT;
		break;
	case 'x':
		a.status = DNS_FAILED;
		break;
	default:
		break;
	}
	if (span_next_item(&rest, " ", &word)) {
		int ttl;

		ck_assert(number_parse_int(word, &ttl));
		a.ttl = ttl;
	}
	while (span_next_item(&rest, " ", &word)) {
		struct address addr;

		ck_assert(address_parse(word, &addr));
		memcpy(a.address[a.count++], addr.bytes, 4);
	}
	return a;
}

#define K "abcdefghijklmnopqrst012345"

/* ---- the setting -------------------------------------------------------- */

static const struct {
	const char *why, *text, *lists;
	size_t sites;
	int weight; /* of the last site */
	bool filter;
} good[] = {
	{ "nothing", " ,", "", 0, 0, false },
	{ "a domain", "bl.example", "bl.example", 1, 1, false },
	{ "a weight", "bl.example*2", "bl.example", 1, 2, false },
	{ "a filter", "bl.example=127.0.0.4", "bl.example", 1, 1, true },
	{ "both", "wl.example=127.0.[0..255].[1..3]*-2", "wl.example", 1, -2,
	  true },
	{ "a sign", "bl.example*+3", "bl.example", 1, 3, false },
	{ "weight 0", "bl.example*0", "bl.example", 1, 0, false },
	{ "the largest weight", "bl.example*2147483647", "bl.example", 1,
	  INT_MAX, false },
	{ "commas and white space", "a.example,b.example \t\r\n, c.example*5",
	  "a.example b.example c.example", 3, 5, false },
	{ "a domain twice is one list", "a.example*2 a.example=127.0.0.3*4",
	  "a.example", 2, 4, true },
	{ "case makes two", "a.example A.example", "a.example A.example", 2, 1,
	  false },
	{ "an underscore, a single label", "_dnsbl local", "_dnsbl local", 2, 1,
	  false },
};

START_TEST(parse_takes_sites)
{
	char text[256];
	struct sbuf b = SBUF(text);

	parse(good[_i].text);
	for (size_t i = 0; i < lists.lists; i++) {
		if (i > 0)
			sbuf_add_char(&b, ' ');
		sbuf_add_text(&b, lists.list[i].domain);
	}
	ck_assert_msg(strcmp(text, good[_i].lists) == 0, "%s: %s", good[_i].why,
		      text);
	ck_assert_uint_eq(lists.sites, good[_i].sites);
	if (lists.sites > 0) {
		const struct dnsbl_site *last = &lists.site[lists.sites - 1];

		ck_assert_int_eq(last->weight, good[_i].weight);
		ck_assert_uint_eq(last->list, lists.lists - 1);
		ck_assert((last->filter != NULL) == good[_i].filter);
	}
}
END_TEST

static const struct {
	const char *why, *text, *error;
	unsigned errors;
} bad[] = {
	{ "no number", "d.example*x",
	  "bad DNSBL weight factor \"x\" in \"d.example*x\"", 1 },
	{ "no weight", "d.example*",
	  "bad DNSBL weight factor \"\" in \"d.example*\"", 1 },
	{ "something behind it", "d.example*2x",
	  "bad DNSBL weight factor \"2x\" in \"d.example*2x\"", 1 },
	{ "too large", "d.example*2147483648",
	  "bad DNSBL weight factor \"2147483648\" in "
	  "\"d.example*2147483648\"",
	  1 },
	{ "filter behind the weight", "d.example*2=1.2.3.4",
	  "bad DNSBL weight factor \"2=1.2.3.4\" in "
	  "\"d.example*2=1.2.3.4\"",
	  1 },
	{ "a filter's mistake", "d.example=1.2.300.4",
	  "bad DNSBL filter syntax: need decimal number 0..255 or \"[\" at "
	  "\"1.2.>300<.4\"",
	  1 },
	{ "no filter", "d.example=*2",
	  "bad DNSBL filter syntax: empty address pattern", 1 },
	{ "no domain", "=127.0.0.2",
	  "bad DNSBL domain name \"\" in \"=127.0.0.2\"", 1 },
	{ "no host name", "d..example*2",
	  "bad DNSBL domain name \"d..example\" in \"d..example*2\"", 1 },
	{ "a dot at the end", "d.example.",
	  "bad DNSBL domain name \"d.example.\" in \"d.example.\"", 1 },
	{ "all numeric", "127.0.0.2",
	  "bad DNSBL domain name \"127.0.0.2\" in \"127.0.0.2\"", 1 },
	{ "over 127", "d\303\251.example",
	  "bad DNSBL domain name \"d\303\251.example\" in "
	  "\"d\303\251.example\"",
	  1 },
	{ "each is named", "a..b c..d ok.example*x", NULL, 3 },
	{ "no key in a weight", "a.b*2;" K ".c.d",
	  "bad DNSBL weight factor \"2;KEY.c.d\" in \"a.b*2;KEY.c.d\"", 1 },
	{ "no key in a filter", K ".a.b=127.0.0.2;" K ".c.d",
	  "bad DNSBL filter syntax: garbage after pattern at "
	  "\"127.0.0.2>;<KEY.c.d\"",
	  1 },
	{ "no key in a domain", K "..a.b",
	  "bad DNSBL domain name \"KEY..a.b\" in \"KEY..a.b\"", 1 },
};

START_TEST(parse_names_mistakes)
{
	struct dnsbl kept = { .lists = 77 };

	ck_assert_msg(!dnsbl_parse(bad[_i].text, NULL, &arena, &report, NULL,
				   &kept),
		      "%s", bad[_i].why);
	ck_assert_uint_eq(kept.lists, 77);
	ck_assert_uint_eq(report.errors, bad[_i].errors);
	if (bad[_i].error)
		ck_assert_str_eq(report_first_error(&report), bad[_i].error);
}
END_TEST

START_TEST(parse_bounds_the_questions)
{
	char text[64 * (DNS_QUESTIONS + 2)];
	struct sbuf b = SBUF(text);

	for (int i = 0; i < DNS_QUESTIONS; i++)
		sbuf_addf(&b, "d%d.example ", i);
	parse(text);
	ck_assert_uint_eq(lists.lists, DNS_QUESTIONS);
	sbuf_add_text(&b, "d0.example*2");
	parse(text);
	ck_assert_uint_eq(lists.sites, DNS_QUESTIONS + 1);
	sbuf_add_text(&b, " more.example");
	ck_assert(!dnsbl_parse(text, NULL, &arena, &report, NULL, &lists));
	ck_assert_str_eq(report_first_error(&report),
			 "too many DNSBL domains: \"more.example\" is one "
			 "more than 128");
}
END_TEST

START_TEST(parse_survives_a_full_arena)
{
	struct arena small = { .memory = NULL, .size = 0 };

	ck_assert(!dnsbl_parse("a.example=1.2.3.4", NULL, &small, &report, NULL,
			       &lists));
	ck_assert_uint_eq(report.errors, 1);
}
END_TEST

/* ---- names -------------------------------------------------------------- */

static const struct {
	const char *why, *who, *name;
} names[] = {
	{ "IPv4", "192.0.2.99", "99.2.0.192.bl.example" },
	{ "no padding", "0.10.255.1", "1.255.10.0.bl.example" },
	{ "IPv6", "2001:db8::1234",
	  "4.3.2.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	  ".bl.example" },
	{ "nibbles in lower case", "2001:DB8:1:2:3:4:567:89AB",
	  "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"
	  ".bl.example" },
};

START_TEST(query_name_reverses)
{
	char name[DNSBL_QUERY_NAME];
	struct sbuf b = SBUF(name);
	struct address who;

	parse("bl.example");
	ck_assert(address_parse(span_of(names[_i].who), &who));
	dnsbl_query_name(&lists.list[0], &who, &b);
	ck_assert_msg(strcmp(name, names[_i].name) == 0, "%s: %s",
		      names[_i].why, name);
}
END_TEST

START_TEST(query_name_has_room)
{
	char domain[256], name[DNSBL_QUERY_NAME];
	struct sbuf b = SBUF(name);
	struct address who = { .family = ADDRESS_IPV6 };

	memset(domain, 'x', 255);
	domain[255] = '\0';
	for (int i = 50; i < 255; i += 51)
		domain[i] = '.';
	domain[254] = 'x';
	parse(domain);
	dnsbl_query_name(&lists.list[0], &who, &b);
	ck_assert(sbuf_fitted(&b));
}
END_TEST

/* ---- the score ---------------------------------------------------------- */

static const struct {
	const char *why, *sites, *answers[4];
	int score;
	const char *top;
	int ttl;
} scores[] = {
	{ "nothing answered", "a.b c.d", { "p", "p" }, 0, NULL, -1 },
	{ "listed", "a.b", { "f 60 127.0.0.2" }, 1, "a.b", 60 },
	{ "not listed", "a.b", { "a 60" }, 0, NULL, 60 },
	{ "failed", "a.b", { "x" }, 0, NULL, -1 },
	{ "a filter that matches",
	  "a.b=127.0.0.[2;4]*2",
	  { "f 60 127.0.0.4" },
	  2,
	  "a.b",
	  60 },
	{ "a filter that does not: what is listed still ends",
	  "a.b=127.0.0.[2;4]*2 c.d",
	  { "f 9 127.0.0.3", "a 60" },
	  0,
	  NULL,
	  60 },
	{ "any of the records",
	  "a.b=127.0.0.9",
	  { "f 1 127.0.0.3 127.0.0.9" },
	  1,
	  "a.b",
	  1 },
	{ "a weight counts once",
	  "a.b=127.0.0.[3;9]*2",
	  { "f 1 127.0.0.3 127.0.0.9" },
	  2,
	  "a.b",
	  1 },
	{ "each site of one domain",
	  "a.b=127.0.0.[2;4]*2, a.b*1",
	  { "f 1 127.0.0.4" },
	  3,
	  "a.b",
	  1 },
	{ "signed sum",
	  "a.b*3 c.d*-2",
	  { "f 1 127.0.0.2", "f 1 127.0.0.2" },
	  1,
	  "a.b",
	  1 },
	{ "the largest weight is credited",
	  "a.b c.d*2 e.f",
	  { "f 1 127.0.0.2", "f 1 127.0.0.2", "f 1 127.0.0.2" },
	  4,
	  "c.d",
	  1 },
	{ "the first of equals",
	  "a.b*2 c.d*2",
	  { "f 1 127.0.0.2", "f 1 127.0.0.2" },
	  4,
	  "a.b",
	  1 },
	{ "the largest that matched",
	  "a.b=127.0.0.9*5 c.d*2",
	  { "f 1 127.0.0.2", "f 1 127.0.0.2" },
	  2,
	  "c.d",
	  1 },
	{ "negative alone is credited too",
	  "a.b*-2 c.d*-1",
	  { "f 1 127.0.0.2", "f 1 127.0.0.2" },
	  -3,
	  "c.d",
	  1 },
	{ "a pending list counts nothing",
	  "a.b*2 c.d*2",
	  { "p", "f 1 127.0.0.2" },
	  2,
	  "c.d",
	  1 },
	{ "too much to count",
	  "a.b*2147483647 a.b*2147483647",
	  { "f 1 127.0.0.2" },
	  INT_MAX,
	  "a.b",
	  1 },
	{ "too little to count",
	  "a.b*-2147483648 a.b*-2147483648",
	  { "f 1 127.0.0.2" },
	  INT_MIN,
	  "a.b",
	  1 },

	/* lifetimes: blocklists, score above 0: until a listing ends */
	{ "the earliest listing",
	  "a.b c.d e.f",
	  { "f 50 127.0.0.2", "f 20 127.0.0.2", "a 5" },
	  2,
	  "a.b",
	  20 },
	/* score 0 or less: until a blocklist may list, an allowlist not */
	{ "the earliest absence", "a.b c.d", { "a 50", "a 20" }, 0, NULL, 20 },
	{ "an allowlist's listing",
	  "a.b c.d*-1",
	  { "a 50", "f 20 127.0.0.2" },
	  -1,
	  "c.d",
	  20 },
	{ "an allowlist's absence is no reason",
	  "a.b c.d*-1",
	  { "a 50", "a 20" },
	  0,
	  NULL,
	  50 },
	{ "an allowlist's absence while listed",
	  "a.b c.d*-1",
	  { "f 50 127.0.0.2", "a 20" },
	  1,
	  "a.b",
	  20 },
	{ "weight 0 is an allowlist",
	  "a.b*0",
	  { "f 20 127.0.0.2" },
	  0,
	  "a.b",
	  20 },
	{ "weight 0, absent", "a.b*0 c.d", { "a 20", "a 30" }, 0, NULL, 30 },
	{ "a failure leaves the others alone",
	  "a.b c.d e.f",
	  { "a 50", "x", "a 70" },
	  0,
	  NULL,
	  50 },
	{ "no SOA leaves the others alone",
	  "a.b c.d",
	  { "a 50", "a -1" },
	  0,
	  NULL,
	  50 },
	{ "TTL 0 is known", "a.b c.d", { "a 50", "a 0" }, 0, NULL, 0 },
	{ "nothing known", "a.b c.d", { "x", "a -1" }, 0, NULL, -1 },
	{ "one domain, both kinds",
	  "a.b*2 a.b=127.0.0.9*-1",
	  { "f 20 127.0.0.9" },
	  1,
	  "a.b",
	  20 },
};

static void assert_score(const struct dnsbl_score *s, int score,
			 const char *top, int ttl, const char *why)
{
	ck_assert_msg(s->score == score, "%s: score %d", why, s->score);
	ck_assert_msg(s->ttl == ttl, "%s: ttl %d", why, (int)s->ttl);
	ck_assert_msg(s->has_top == (top != NULL), "%s", why);
	if (top)
		ck_assert_str_eq(lists.list[s->top].domain, top);
}

static const struct {
	const char *why, *sites, *answers[3];
	int least;
} leasts[] = {
	{ "all answered", "a.b*3 c.d*-2", { "f 20 127.0.0.2", "a 20" }, 3 },
	{ "allowlist failed", "a.b*3 c.d*-2", { "f 20 127.0.0.2", "x" }, 1 },
	{ "allowlist silent", "a.b*3 c.d*-2", { "f 20 127.0.0.2", "p" }, 1 },
	{ "allowlist errs",
	  "a.b*3 c.d*-2",
	  { "f 20 127.0.0.2", "f 20 127.255.255.254" },
	  1 },
	{ "blocklist failed", "a.b*3 c.d*2", { "f 20 127.0.0.2", "x" }, 3 },
	{ "far below",
	  "a.b*-2147483648 c.d*-2147483648",
	  { "x", "x" },
	  INT_MIN },
};

/* What allowlists that gave no answer could have made of it. */
START_TEST(score_knows_what_was_missed)
{
	struct dns_answer answers[4];
	struct dnsbl_score s;

	parse(leasts[_i].sites);
	for (size_t i = 0; i < lists.lists; i++)
		answers[i] = answer(leasts[_i].answers[i]);
	dnsbl_score(&lists, answers, true, &s);
	ck_assert_msg(s.least == leasts[_i].least, "%s: %d", leasts[_i].why,
		      s.least);
}
END_TEST

START_TEST(score_adds_up)
{
	struct dns_answer answers[4];
	struct dnsbl_score s;

	parse(scores[_i].sites);
	for (size_t i = 0; i < lists.lists; i++)
		answers[i] = answer(scores[_i].answers[i]);
	/* none of these rows is about errors: the check changes nothing */
	for (int check = 0; check < 2; check++) {
		dnsbl_score(&lists, answers, check, &s);
		assert_score(&s, scores[_i].score, scores[_i].top,
			     scores[_i].ttl, scores[_i].why);
	}
}
END_TEST

static const struct {
	const char *why, *sites, *answer;
	bool error;
	int score; /* with the check */
	int unchecked;
} errors[] = {
	{ "a listing", "a.b", "f 9 127.0.0.2", false, 1, 1 },
	{ "not listed is no error", "a.b", "a 9", false, 0, 0 },
	{ "a failure is another matter", "a.b", "x", false, 0, 0 },
	{ "pending", "a.b", "p", false, 0, 0 },
	{ "outside 127/8", "a.b", "f 9 192.0.2.1", true, 0, 1 },
	{ "a resolver that blocks", "a.b", "f 9 0.0.0.0", true, 0, 1 },
	{ "public resolver, over quota", "a.b", "f 9 127.255.255.254", true, 0,
	  1 },
	{ "the start of the error network", "a.b", "f 9 127.255.255.0", true, 0,
	  1 },
	{ "the last that counts", "a.b", "f 9 127.254.255.255", false, 1, 1 },
	{ "behind it", "a.b", "f 9 127.255.0.0", true, 0, 1 },
	{ "beside the error network", "a.b", "f 9 127.0.255.3", false, 1, 1 },
	{ "127.0.0.1", "a.b", "f 9 127.0.0.1", true, 0, 1 },
	{ "an error beats the listing beside it", "a.b",
	  "f 9 127.0.0.2 127.255.255.254", true, 0, 1 },
	{ "in any order", "a.b", "f 9 192.0.2.1 127.0.0.2", true, 0, 1 },
	{ "named", "a.b=127.0.0.1", "f 9 127.0.0.1", false, 1, 1 },
	{ "named in a set", "a.b=127.0.0.[1;3]", "f 9 127.0.0.1", false, 1, 1 },
	{ "a range names nothing", "a.b=127.0.0.[1..3]", "f 9 127.0.0.1", true,
	  0, 1 },
	{ "a range elsewhere names nothing", "a.b=127.0.[0..255].1",
	  "f 9 127.0.0.1", true, 0, 1 },
	{ "named by another site of the list: there alone it counts",
	  "a.b*2 a.b=127.0.0.1*3", "f 9 127.0.0.1", false, 3, 5 },
	{ "nor does a range let it through then",
	  "a.b=127.0.0.[1..3]*2 a.b=127.0.0.1*3", "f 9 127.0.0.1", false, 3,
	  5 },
	{ "but the listing beside it", "a.b=127.0.0.[1..3]*2 a.b=127.0.0.1*3",
	  "f 9 127.0.0.1 127.0.0.2", false, 5, 5 },
	{ "named by another list", "a.b c.d=127.0.0.1", "f 9 127.0.0.1", true,
	  0, 1 },
	{ "named, but not alone", "a.b=127.0.0.1",
	  "f 9 127.0.0.1 127.255.255.254", true, 0, 1 },
	{ "a private list's own code", "a.b=10.0.0.1", "f 9 10.0.0.1", false, 1,
	  1 },
	{ "an allowlist that is over quota says nothing good",
	  "a.b=127.[0..255].[0..255].[0..255]*-5", "f 9 127.255.255.255", true,
	  0, -5 },
};

START_TEST(score_knows_errors)
{
	struct dns_answer answers[2] = { answer(errors[_i].answer),
					 answer("p") };
	struct dnsbl_score s;

	parse(errors[_i].sites);
	ck_assert_msg(dnsbl_answer_is_error(&lists, 0, &answers[0], NULL) ==
			      errors[_i].error,
		      "%s", errors[_i].why);
	dnsbl_score(&lists, answers, true, &s);
	ck_assert_msg(s.score == errors[_i].score, "%s: %d", errors[_i].why,
		      s.score);
	if (errors[_i].error) {
		ck_assert_int_eq(s.ttl, 0);
		ck_assert(!s.has_top);
	}
	dnsbl_score(&lists, answers, false, &s);
	ck_assert_msg(s.score == errors[_i].unchecked, "%s: %d", errors[_i].why,
		      s.score);
}
END_TEST

static const struct {
	const char *why, *sites, *answers[3];
	bool clean;
} cleans[] = {
	{ "no list has it", "a.b c.d", { "a 60", "a 60" }, true },
	{ "one has it", "a.b c.d", { "a 60", "f 60 127.0.0.2" }, false },
	{ "but not what the filter wants",
	  "a.b=127.0.0.9",
	  { "f 60 127.0.0.2" },
	  true },
	{ "only an allowlist", "a.b*-1", { "f 60 127.0.0.2" }, true },
	{ "good and bad",
	  "a.b*-2 c.d",
	  { "f 60 127.0.0.2", "f 60 127.0.0.2" },
	  false },
	{ "one is silent", "a.b c.d", { "a 60", "p" }, false },
	{ "one fails", "a.b c.d", { "a 60", "x" }, false },
	{ "one errs", "a.b c.d", { "a 60", "f 60 127.0.0.1" }, false },
	{ "nobody was asked", "", { NULL }, false },
};

START_TEST(score_knows_who_is_clean)
{
	struct dns_answer answers[3];
	struct dnsbl_score s;

	parse(cleans[_i].sites);
	for (size_t i = 0; i < lists.lists; i++)
		answers[i] = answer(cleans[_i].answers[i]);
	dnsbl_score(&lists, answers, true, &s);
	ck_assert_msg(s.clean == cleans[_i].clean, "%s", cleans[_i].why);
	/* a list that is muted is as if it were not there */
	for (size_t i = 0; i < lists.lists; i++)
		lists.list[i].muted = true;
	dnsbl_score(&lists, answers, true, &s);
	ck_assert(!s.clean);
}
END_TEST

/* The same sites in any order: the same score and lifetime. */
START_TEST(score_knows_no_order)
{
	enum { SITES = 7 };
	struct dns_answer answers[SITES];
	struct dnsbl_site site[SITES];
	struct dnsbl any = { .site = site, .lists = SITES, .sites = SITES };
	struct dnsbl_list list[SITES];
	struct dnsbl_score first, again;

	srandom((unsigned)_i);
	any.list = list;
	for (size_t i = 0; i < SITES; i++) {
		list[i] = (struct dnsbl_list){ .domain = "x.example" };
		site[i] = (struct dnsbl_site){
			.list = i,
			.weight = (int)(random() % 7 - 3),
		};
		answers[i] = (struct dns_answer){
			.status = (enum dns_status)(random() % 4),
			.ttl = random() % 5 - 1,
			.count = 1,
			.address = { { 127, 0, 0, 2 } },
		};
	}
	dnsbl_score(&any, answers, true, &first);
	for (int round = 0; round < 20; round++) {
		size_t i = (size_t)random() % SITES;
		struct dnsbl_site swap = site[0];

		site[0] = site[i];
		site[i] = swap;
		dnsbl_score(&any, answers, true, &again);
		ck_assert_int_eq(first.score, again.score);
		ck_assert_int_eq(first.ttl, again.ttl);
		ck_assert(first.has_top == again.has_top);
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("dnsbl");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, parse_takes_sites, 0, ROWS(good));
	tcase_add_loop_test(tc, parse_names_mistakes, 0, ROWS(bad));
	tcase_add_test(tc, parse_bounds_the_questions);
	tcase_add_test(tc, parse_survives_a_full_arena);
	tcase_add_loop_test(tc, query_name_reverses, 0, ROWS(names));
	tcase_add_test(tc, query_name_has_room);
	tcase_add_loop_test(tc, score_adds_up, 0, ROWS(scores));
	tcase_add_loop_test(tc, score_knows_what_was_missed, 0, ROWS(leasts));
	tcase_add_loop_test(tc, score_knows_who_is_clean, 0, ROWS(cleans));
	tcase_add_loop_test(tc, score_knows_errors, 0, ROWS(errors));
	tcase_add_loop_test(tc, score_knows_no_order, 0, 50);
	return unit_run();
}
