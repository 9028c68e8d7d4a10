#include "dns/spf.h"
#include "unit.h"

#include "net/address.h"

#include <stdio.h>

/* ---- a name server ----------------------------------------------- */

/* "NAME TYPE VALUE", one a line; of "fail" nobody answers. */
static const char zone[] =
	"ip.example TXT v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all\n"
	"one.example TXT v=spf1 ip4:192.0.2.7 ~all\n"
	"a.example TXT v=spf1 a -all\n"
	"a.example A 192.0.2.7\n"
	"a.example A 192.0.2.8\n"
	"a.example AAAA 2001:db8::7\n"
	"a24.example TXT v=spf1 a:a.example/24//64 -all\n"
	"mx.example TXT v=spf1 mx -all\n"
	"mx.example MX none.example\n"
	"mx.example MX a.example\n"
	"in.example TXT v=spf1 include:one.example include:a.example -all\n"
	"re.example TXT v=spf1 redirect=one.example\n"
	"re2.example TXT v=spf1 redirect=one.example include:a.example\n"
	"not.example TXT v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24 -all\n"
	"soft.example TXT v=spf1 ~ip4:192.0.2.0/24 ?all\n"
	"notin.example TXT v=spf1 -include:one.example ip4:192.0.2.0/24\n"
	"innot.example TXT v=spf1 include:not.example ip4:192.0.2.0/24 -all\n"
	"caps.example TXT V=SPF1 IP4:192.0.2.0/24 -ALL\n"
	"other.example TXT some words\n"
	"other.example TXT v=spf1 ip4:192.0.2.0/24\n"
	"two.example TXT v=spf1 ip4:192.0.2.0/24\n"
	"two.example TXT v=spf1 ip4:192.0.2.0/24\n"
	"ten.example TXT v=spf10 ip4:192.0.2.0/24\n"
	"bare.example TXT v=spf1\n"
	"all.example TXT v=spf1 +all\n"
	"all2.example TXT v=spf1 ip4:192.0.2.0/24 all\n"
	"inall.example TXT v=spf1 ip4:192.0.2.0/24 include:all.example -all\n"
	"wide.example TXT v=spf1 ip4:0.0.0.0/0 -all\n"
	"eight.example TXT v=spf1 ip4:192.0.0.0/8 -all\n"
	"half.example TXT v=spf1 ip4:192.0.2.7 ip4:0.0.0.0/1 ip4:128.0.0.0/1\n"
	"awide.example TXT v=spf1 a:a.example/0 -all\n"
	"mxwide.example TXT v=spf1 mx:mx.example/1 -all\n"
	"six.example TXT v=spf1 ip6:2000::/3 -all\n"
	"many.example TXT v=spf1 ip4:192.0.2.7 ip4:10.0.0.0/14 ip4:10.4.0.0/14 "
	"ip4:10.8.0.0/14 ip4:10.12.0.0/14 ip4:10.16.0.0/14 ip4:10.20.0.0/14 "
	"ip4:10.24.0.0/14 ip4:10.28.0.0/14 -all\n"
	"large.example TXT v=spf1 ip4:192.0.2.7 ip4:10.0.0.0/15 "
	"ip4:10.4.0.0/15 "
	"ip4:10.8.0.0/16 -all\n"
	"minuswide.example TXT v=spf1 ip4:192.0.2.7 -ip4:0.0.0.0/0\n"
	"loop.example TXT v=spf1 include:loop.example ip4:192.0.2.0/24\n"
	"ring1.example TXT v=spf1 ip4:192.0.2.0/24 redirect=ring2.example\n"
	"ring2.example TXT v=spf1 redirect=ring1.example\n"
	"eleven.example TXT v=spf1 ip4:192.0.2.7 a:a.example a:a.example "
	"a:a.example a:a.example a:a.example a:a.example a:a.example "
	"a:a.example a:a.example a:a.example a:a.example -all\n"
	"tenth.example TXT v=spf1 a:a.example a:a.example a:a.example "
	"a:a.example a:a.example a:a.example a:a.example a:a.example "
	"a:a.example a:a.example -all\n"
	"void.example TXT v=spf1 a:n1.example a:n2.example ip4:192.0.2.0/24\n"
	"voids.example TXT v=spf1 a:n1.example a:n2.example a:n3.example "
	"ip4:192.0.2.0/24\n"
	"macro.example TXT v=spf1 include:%{i}.example a:%{d} "
	"exists:%{i}.x.example ptr -all\n"
	"macro2.example TXT v=spf1 exists:%{i}.x ptr ip4:192.0.2.0/24 -all\n"
	"exists.example TXT v=spf1 exists:a.example -all\n"
	"ptr.example TXT v=spf1 ptr -all\n"
	"word.example TXT v=spf1 ip4:192.0.2.0/24 foo:bar -all\n"
	"mod.example TXT v=spf1 foo=bar exp=%{d} ip4:192.0.2.0/24 -all\n"
	"badnet.example TXT v=spf1 ip4:300.0.2.0/24 ip4:192.0.2.0/24\n"
	"badbits.example TXT v=spf1 a:a.example/33 ip4:192.0.2.0/24\n"
	"badname.example TXT v=spf1 a:a..example ip4:192.0.2.0/24\n"
	"mixed.example TXT v=spf1 ip4:2001:db8::/32 ip6:192.0.2.0/24\n"
	"after.example TXT v=spf1 -all ip4:192.0.2.0/24\n"
	"noinclude.example TXT v=spf1 include:none.example ip4:192.0.2.0/24\n"
	"failing.example TXT v=spf1 a:fail.example ip4:192.0.2.0/24\n"
	"dots.example TXT v=spf1 include:one.example. -all\n"
	"empty.example TXT v=spf1 include: a: mx:  = : / + -all\n"
	"manymx.example TXT v=spf1 mx ip4:192.0.2.7\n"
	"manymx.example MX m1.example\n"
	"manymx.example MX m2.example\n"
	"manymx.example MX m3.example\n"
	"manymx.example MX m4.example\n"
	"manymx.example MX m5.example\n"
	"manymx.example MX m6.example\n"
	"manymx.example MX m7.example\n"
	"manymx.example MX m8.example\n"
	"manymx.example MX m9.example\n"
	"manymx.example MX m10.example\n"
	"manymx.example MX m11.example\n";

static const char *const types[] = {
	[DNS_TYPE_A] = "A",
	[DNS_TYPE_MX] = "MX",
	[DNS_TYPE_TXT] = "TXT",
	[DNS_TYPE_AAAA] = "AAAA",
};

static void add(struct dns_records *to, enum dns_type type, struct span value)
{
	struct address a;

	if (type == DNS_TYPE_A || type == DNS_TYPE_AAAA) {
		ck_assert(address_parse(value, &a));
		value = (struct span){ (const char *)a.bytes,
				       address_bits(&a) / 8 };
	}
	memcpy(to->bytes + to->used, value.p, value.len);
	to->at[to->count].from = to->used;
	to->at[to->count++].len = value.len;
	to->used += value.len;
}

static void answer(const struct spf *s, struct dns_answer *ret)
{
	struct span rest = span_of(zone), line, name, type, value;

	ret->records->count = ret->records->used = 0;
	ret->records->cut = false;
	while (span_next_line(&rest, &line)) {
		ck_assert(span_cut(line, ' ', &name, &line));
		ck_assert(span_cut(line, ' ', &type, &value));
		if (span_equal_nocase(name, span_of(s->question_name)) &&
		    span_equal(type, span_of(types[s->question_type])))
			add(ret->records, s->question_type, value);
	}
	ret->status = ret->records->count > 0 ? DNS_FOUND : DNS_ABSENT;
	if (strcmp(s->question_name, "fail.example") == 0)
		ret->status = DNS_FAILED;
}

static enum spf_step run(struct spf *s, const char *who, struct span domain)
{
	static struct dns_records records;
	struct dns_answer a = { .records = &records };
	struct address address;
	enum spf_step step;
	int questions = 0;

	ck_assert(address_parse(span_of(who), &address));
	step = spf_begin(s, &address, domain);
	while (step == SPF_ASK) {
		ck_assert_int_le(++questions, SPF_QUESTIONS);
		answer(s, &a);
		step = spf_go_on(s, &a);
	}
	return step;
}

/* ---- rows -------------------------------------------------------- */

#define FOUR "192.0.2.7"
#define SIX  "2001:db8::7"

static const struct {
	const char *why, *domain, *who;
	bool inside;
} rows[] = {
	{ "a network", "ip.example", FOUR, true },
	{ "a network of IPv6", "ip.example", SIX, true },
	{ "another", "ip.example", "192.0.3.7", false },
	{ "an address", "one.example", FOUR, true },
	{ "another address", "one.example", "192.0.2.8", false },
	{ "a", "a.example", "192.0.2.8", true },
	{ "a of IPv6", "a.example", SIX, true },
	{ "not that of a", "a.example", "192.0.2.9", false },
	{ "a and its network", "a24.example", "192.0.2.99", true },
	{ "a and its network of IPv6", "a24.example", "2001:db8::99", true },
	{ "mx", "mx.example", FOUR, true },
	{ "mx of IPv6", "mx.example", SIX, true },
	{ "not of mx", "mx.example", "192.0.2.9", false },
	{ "include", "in.example", "192.0.2.8", true },
	{ "none of the included", "in.example", "192.0.2.9", false },
	{ "redirect", "re.example", FOUR, true },
	{ "redirect to no", "re.example", "192.0.2.8", false },
	{ "an include behind a redirect", "re2.example", "192.0.2.8", true },
	{ "and the redirect after it", "re2.example", FOUR, true },
	{ "the first match counts", "not.example", FOUR, false },
	{ "for others the next", "not.example", "192.0.2.8", true },
	{ "a soft fail is none of theirs", "soft.example", FOUR, false },
	{ "an include that says no", "notin.example", FOUR, false },
	{ "no of an included record is not no", "innot.example", FOUR, true },
	{ "capitals", "CAPS.example", FOUR, true },
	{ "another TXT record", "other.example", FOUR, true },
	{ "a name with a dot at its end", "dots.example", FOUR, true },
	{ "modifiers", "mod.example", FOUR, true },
	{ "as large as a large provider's", "large.example", FOUR, true },
	{ "no to all others by a network", "minuswide.example", FOUR, true },

	{ "no domain", "none.example", FOUR, false },
	{ "no record", "m1.example", FOUR, false },
	{ "two records", "two.example", FOUR, false },
	{ "another version", "ten.example", FOUR, false },
	{ "nothing in it", "bare.example", FOUR, false },
	{ "behind all", "after.example", FOUR, false },
	{ "an unknown word", "word.example", FOUR, false },
	{ "a network that is none", "badnet.example", FOUR, false },
	{ "a prefix that is none", "badbits.example", FOUR, false },
	{ "a name that is none", "badname.example", FOUR, false },
	{ "the wrong family", "mixed.example", FOUR, false },
	{ "terms with nothing in them", "empty.example", FOUR, false },
	{ "an include of nothing", "noinclude.example", FOUR, false },
	{ "exists says nothing", "exists.example", FOUR, false },
	{ "ptr says nothing", "ptr.example", FOUR, false },
	{ "macros say nothing", "macro.example", FOUR, false },
	{ "and what is behind them counts", "macro2.example", FOUR, true },
	{ "a question that fails", "failing.example", FOUR, false },
	{ "a domain that cannot be asked", "fail.example", FOUR, false },
	{ "a domain that is none", "a b", FOUR, false },

	/* somebody makes a record to get around greylisting */
	{ "everybody", "all.example", FOUR, false },
	{ "everybody, behind a match", "all2.example", FOUR, false },
	{ "everybody, included behind a match", "inall.example", FOUR, false },
	{ "/0", "wide.example", FOUR, false },
	{ "/8", "eight.example", FOUR, false },
	{ "two halves behind a match", "half.example", FOUR, false },
	{ "a/0", "awide.example", FOUR, false },
	{ "mx/1", "mxwide.example", FOUR, false },
	{ "/3 of IPv6", "six.example", SIX, false },
	{ "many networks", "many.example", FOUR, false },
	{ "a loop", "loop.example", FOUR, false },
	{ "a loop of redirects", "ring1.example", FOUR, false },
	{ "ten lookups", "tenth.example", FOUR, true },
	{ "eleven lookups", "eleven.example", FOUR, false },
	{ "two names that are not there", "void.example", FOUR, true },
	{ "three names that are not there", "voids.example", FOUR, false },
	{ "eleven mail servers", "manymx.example", FOUR, false },
};

START_TEST(domains_claim_addresses)
{
	static struct spf s;
	enum spf_step step = run(&s, rows[_i].who, span_of(rows[_i].domain));

	ck_assert_msg(step == (rows[_i].inside ? SPF_INSIDE : SPF_OUTSIDE),
		      "%s: %s", rows[_i].why, s.why ? s.why : "-");
}
END_TEST

/* The longest record, of one term again and again. */
static const char *const terms[] = { "x= ", "ptr ", "+ ",	    "= ",
				     "a ",  "-",    "ip4:1.2.3.4 ", "  " };

START_TEST(long_records_end)
{
	static struct dns_records records;
	static struct spf s;
	struct dns_answer a = { .status = DNS_FOUND, .records = &records };
	struct span term = span_of(terms[_i]);
	struct address who;
	int questions = 0;

	ck_assert(address_parse(SPAN(FOUR), &who));
	ck_assert_int_eq(spf_begin(&s, &who, SPAN("x.example")), SPF_ASK);
	memcpy(records.bytes, "v=spf1 ", 7);
	for (records.used = 7; records.used + term.len <= SPF_TEXT;
	     records.used += term.len)
		memcpy(records.bytes + records.used, term.p, term.len);
	records.at[0].len = records.used;
	records.count = 1;
	while (spf_go_on(&s, &a) == SPF_ASK)
		ck_assert_int_le(++questions, SPF_QUESTIONS);
	ck_assert_int_eq(s.step, SPF_OUTSIDE);
}
END_TEST

START_TEST(longer_ones_are_none)
{
	static struct dns_records records;
	static struct spf s;
	struct dns_answer a = { .status = DNS_FOUND, .records = &records };
	struct address who;

	ck_assert(address_parse(SPAN(FOUR), &who));
	memset(records.bytes, ' ', sizeof(records.bytes));
	memcpy(records.bytes, "v=spf1 ip4:192.0.2.7 ", 21);
	records.count = 1;
	records.at[0].len = SPF_TEXT;
	spf_begin(&s, &who, SPAN("x.example"));
	ck_assert_int_eq(spf_go_on(&s, &a), SPF_INSIDE);
	records.at[0].len = SPF_TEXT + 1;
	spf_begin(&s, &who, SPAN("x.example"));
	ck_assert_int_eq(spf_go_on(&s, &a), SPF_OUTSIDE);
	records.at[0].len = 30;
	records.bytes[25] = '\0';
	spf_begin(&s, &who, SPAN("x.example"));
	ck_assert_int_eq(spf_go_on(&s, &a), SPF_OUTSIDE);
	records.bytes[25] = ' ';
	records.cut = true;
	spf_begin(&s, &who, SPAN("x.example"));
	ck_assert_int_eq(spf_go_on(&s, &a), SPF_OUTSIDE);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("spf");

	tcase_add_loop_test(tc, domains_claim_addresses, 0, ROWS(rows));
	tcase_add_loop_test(tc, long_records_end, 0, ROWS(terms));
	tcase_add_test(tc, longer_ones_are_none);
	return unit_run();
}
