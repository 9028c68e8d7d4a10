#include "dns/dnsbl_advice.h"
#include "dns/resolvers.h"
#include "tables.h"

#define K "abcdefghijklmnopqrst012345"

static const char *const data =
	"format 1\n"
	"list .spam.example error=127.255.255.254:public-resolver\n"
	"list zen.spam.example codes=127.0.0.[2..11]\n"
	"list xbl.spam.example codes=127.0.0.4\n"
	"list KEY.zen.dq.example show=zen.spam.example\n"
	"  url=https://dq.example/\n"
	"list allow.example kind=allow error=127.0.10.[1..3]:poisoned\n"
	"list karma.example kind=mixed permit=127.0.0.1 negative=none\n"
	"closed old.example since=2025-01-16 left=empty\n"
	"closed world.example left=world\n"
	"closed folded.example use=zen.spam.example\n"
	"unfit domains.example why=domain\n"
	"within xbl.spam.example zen.spam.example\n"
	"resolver 8.8.8.8 name=Google\n"
	"resolver 127.0.0.53 name=resolved class=stub\n";

/* Every message; "N " or "W " before each. */
static const char *advise(const char *sites, const char *servers,
			  int allowlist_threshold, bool check)
{
	static char memory[8192];
	struct sbuf all = SBUF(memory);
	struct dnslists *known = dnslists_open(
		file_with("lists", span_of(data)), NULL, &arena, &report);
	struct resolvers resolvers = { .count = 0 };
	struct dnsbl lists;
	struct dnsbl_advice advice = {
		.lists = &lists,
		.known = known,
		.servers = &resolvers,
		.check = check,
		.allowlist_threshold = allowlist_threshold,
		.report = &report,
	};

	ck_assert(dnsbl_parse(sites, known, &arena, &report, NULL, &lists));
	ck_assert(resolvers_parse(servers, &report, NULL, &resolvers));
	dnsbl_advise(&advice);
	for (const struct report_line *l = report.first; l; l = l->next)
		sbuf_addf(&all, "%c %s\n", "NWE"[l->level], l -> text);
	ck_assert_uint_eq(report.errors, 0);
	return memory;
}

static const struct {
	const char *why, *sites, *servers;
	int allow;
	const char *told; /* all of it */
} advices[] = {
	{ "nothing known", "bl.example*2", "", 0,
	  "N bl.example: counts 2 for 127.0.0.2 to 127.254.255.255\n" },
	{ "errors outside of what counts need no word", "zen.spam.example", "",
	  0,
	  "N zen.spam.example: counts 1 for 127.0.0.2 to 127.254.255.255\n" },
	{ "a filter is shown, and what it does not let through",
	  "allow.example=127.0.[0..255].[1..3]*-2", "", 0,
	  "N allow.example: counts -2 for 127.0.[0..255].[1..3], but not "
	  "127.0.10.[1..3] (poisoned), 127.0.0.1 (loopback)\n" },
	{ "a filter that names an error", "allow.example=127.0.10.[1;5]", "", 0,
	  "W the filter of allow.example lets 127.0.10.[1..3] through, which "
	  "is an error of the list: it gives false answers to those it has "
	  "blocked for long\n"
	  "N allow.example: counts 1 for 127.0.10.[1;5]\n" },
	{ "a filter that names an error of all", "bl.example=127.0.0.[1;2]", "",
	  0,
	  "W the filter of bl.example lets 127.0.0.1 through, which is an "
	  "error of the list: lists use it for \"I do not tell you\"\n"
	  "N bl.example: counts 1 for 127.0.0.[1;2]\n" },
	{ "unless the list permits it", "karma.example=127.0.0.1*-1", "", 0,
	  "N karma.example: counts -1 for 127.0.0.1\n" },
	{ "a filter that never matches", "xbl.spam.example=127.0.0.9", "", 0,
	  "N xbl.spam.example: counts 1 for 127.0.0.9\n"
	  "W the filter of xbl.spam.example never matches: it lists with "
	  "127.0.0.4\n" },
	{ "closed", "old.example=127.0.0.2", "", 0,
	  "N old.example: counts 1 for 127.0.0.2\n"
	  "W old.example is closed since 2025-01-16: remove it\n" },
	{ "closed, and dangerous", "world.example=127.0.0.2", "", 0,
	  "N world.example: counts 1 for 127.0.0.2\n"
	  "W world.example is closed, and has answered that every address is "
	  "listed: remove it\n" },
	{ "closed, with a heir", "folded.example=127.0.0.2", "", 0,
	  "N folded.example: counts 1 for 127.0.0.2\n"
	  "W folded.example is closed: its data is now in zen.spam.example\n" },
	{ "about something else", "domains.example=127.0.0.2", "", 0,
	  "N domains.example: counts 1 for 127.0.0.2\n"
	  "W domains.example is not about bad or good clients (domain): remove "
	  "it\n" },
	{ "a placeholder", "YOUR_KEY.zen.dq.example=127.0.0.2", "", 0,
	  "N zen.spam.example: counts 1 for 127.0.0.2\n"
	  "W zen.spam.example: put your key in the place of the word that "
	  "stands for it\n" },
	{ "no key", "zen.dq.example=127.0.0.2", "", 0,
	  "N zen.dq.example: counts 1 for 127.0.0.2\n"
	  "W zen.dq.example wants a key of yours in front of its name; see "
	  "https://dq.example/\n" },
	{ "one within the other",
	  "zen.spam.example=127.0.0.2 xbl.spam.example=127.0.0.4", "", 0,
	  "N zen.spam.example: counts 1 for 127.0.0.2\n"
	  "N xbl.spam.example: counts 1 for 127.0.0.4\n"
	  "W zen.spam.example has all that xbl.spam.example has: both together "
	  "count the same thing twice\n" },
	{ "with a key and without is the same",
	  "zen.spam.example=127.0.0.2 " K ".zen.dq.example=127.0.0.2", "", 0,
	  "N zen.spam.example: counts 1 for 127.0.0.2\n"
	  "N zen.spam.example: counts 1 for 127.0.0.2\n"
	  "W zen.spam.example is asked by two domains: they count the same "
	  "thing twice\n" },
	{ "good and bad are not the same thing",
	  "zen.spam.example=127.0.0.2 xbl.spam.example=127.0.0.4*-1", "", 0,
	  "N zen.spam.example: counts 1 for 127.0.0.2\n"
	  "N xbl.spam.example: counts -1 for 127.0.0.4\n" },
	{ "an allowlist that decides alone", "bl.example=127.0.0.2*-2", "", -2,
	  "N bl.example: counts -2 for 127.0.0.2\n"
	  "W bl.example alone reaches dnsbl_allowlist_threshold (-2): by its "
	  "word a client is spared all tests, and that is remembered\n" },
	{ "one that does not", "bl.example=127.0.0.2*-2", "", -3,
	  "N bl.example: counts -2 for 127.0.0.2\n" },
	{ "a resolver that lists refuse", "zen.spam.example=127.0.0.2",
	  "192.0.2.53 8.8.8.8", 0,
	  "N zen.spam.example: counts 1 for 127.0.0.2\n"
	  "W 8.8.8.8 (Google) is shared by many, and refused by "
	  "zen.spam.example; use a recursive resolver of your own\n" },
	{ "but not with a key, or by others",
	  K ".zen.dq.example=127.0.0.2 bl.example=127.0.0.2", "8.8.8.8", 0,
	  "N zen.spam.example: counts 1 for 127.0.0.2\n"
	  "N bl.example: counts 1 for 127.0.0.2\n" },
	{ "one that hides it", "zen.spam.example=127.0.0.2", "127.0.0.53", 0,
	  "N zen.spam.example: counts 1 for 127.0.0.2\n"
	  "N 127.0.0.53 (resolved) hides which name server asks the lists; "
	  "some refuse public ones: zen.spam.example\n" },
	{ "no lists", "", "8.8.8.8", -1, "" },
};

START_TEST(advise_tells)
{
	const char *told = advise(advices[_i].sites, advices[_i].servers,
				  advices[_i].allow, true);

	ck_assert_msg(strcmp(told, advices[_i].told) == 0, "%s:\n%s\nwant\n%s",
		      advices[_i].why, told, advices[_i].told);
}
END_TEST

START_TEST(without_the_check_all_counts)
{
	ck_assert_str_eq(advise("allow.example=127.0.[0..255].[1..3] x.example",
				"", 0, false),
			 "N allow.example: counts 1 for 127.0.[0..255].[1..3]\n"
			 "N x.example: counts 1 for any answer\n");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("dnsbl_advice");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_loop_test(tc, advise_tells, 0, ROWS(advices));
	tcase_add_test(tc, without_the_check_all_counts);
	return unit_run();
}
