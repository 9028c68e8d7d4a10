#include "greylist/reputation.h"
#include "unit.h"

#define T   INT64_C(1790000000)
#define DAY INT64_C(86400)

static const struct reputation_rules nothing = { .trust_age = 7 * DAY };
static const struct reputation_rules trust = {
	.cache = "c",
	.state = "s",
	.trust_age = 7 * DAY,
};
static const struct reputation_rules suspicious = {
	.state = "s",
	.trust_age = 7 * DAY,
	.only_suspicious = true,
};
static const struct reputation_rules names_alone = {
	.trust_age = 7 * DAY,
	.only_suspicious = true,
};

#define LONG_KNOWN     \
	.known = true, \
	.stamps = { .first = T - 7 * DAY, .last = T - DAY, .count = 3 }

static const struct {
	const char *why;
	const struct reputation_rules *rules;
	struct reputation_facts facts;
	enum judge_standing want;
} rows[] = {
	{ "no option",
	  &nothing,
	  { LONG_KNOWN, .has_record = true },
	  JUDGE_STANDING_NONE },

	{ "passed long ago, often",
	  &trust,
	  { LONG_KNOWN, .has_record = true },
	  JUDGE_STANDING_TRUSTED },
	{ "also when its name is that of a line",
	  &trust,
	  { LONG_KNOWN, .has_record = true, .generic = true },
	  JUDGE_STANDING_TRUSTED },
	{ "also without a record",
	  &trust,
	  { LONG_KNOWN },
	  JUDGE_STANDING_TRUSTED },
	{ "a second too new",
	  &trust,
	  { .known = true,
	    .stamps = { .first = T - 7 * DAY + 1, .last = T, .count = 3 } },
	  JUDGE_STANDING_NONE },
	{ "not often enough",
	  &trust,
	  { .known = true,
	    .stamps = { .first = T - 9 * DAY, .last = T, .count = 2 } },
	  JUDGE_STANDING_NONE },
	{ "postscreen's entry, of which more is not known",
	  &trust,
	  { .known = true, .stamps = { .count = 9 } },
	  JUDGE_STANDING_NONE },
	{ "an entry from the future",
	  &trust,
	  { .known = true,
	    .stamps = { .first = T - 9 * DAY,
			.last = T + 9 * DAY,
			.count = 9 } },
	  JUDGE_STANDING_NONE },
	{ "old stamps of nobody",
	  &trust,
	  { .stamps = { .first = T - 9 * DAY, .last = T, .count = 9 } },
	  JUDGE_STANDING_NONE },
	{ "but listed lately",
	  &trust,
	  { LONG_KNOWN, .has_record = true, .recent = { .score = 1 } },
	  JUDGE_STANDING_NONE },
	{ "but it spoke too early lately",
	  &trust,
	  { LONG_KNOWN, .has_record = true, .recent = { .pregreet = true } },
	  JUDGE_STANDING_NONE },

	{ "a list vouches",
	  &trust,
	  { .has_record = true, .recent = { .score = -2 } },
	  JUDGE_STANDING_VOUCHED },
	{ "a list vouches for who spoke too early",
	  &trust,
	  { .has_record = true, .recent = { .score = -2, .pregreet = true } },
	  JUDGE_STANDING_NONE },
	{ "a list vouches, without the option",
	  &nothing,
	  { .has_record = true, .recent = { .score = -2 } },
	  JUDGE_STANDING_NONE },

	{ "ordinary",
	  &suspicious,
	  { .has_record = true },
	  JUDGE_STANDING_ORDINARY },
	{ "a name of a line",
	  &suspicious,
	  { .has_record = true, .generic = true },
	  JUDGE_STANDING_NONE },
	{ "listed",
	  &suspicious,
	  { .has_record = true, .recent = { .score = 1 } },
	  JUDGE_STANDING_NONE },
	{ "spoke too early",
	  &suspicious,
	  { .has_record = true, .recent = { .pregreet = true } },
	  JUDGE_STANDING_NONE },
	{ "the record cannot be read",
	  &suspicious,
	  { .has_record = false },
	  JUDGE_STANDING_NONE },
	{ "there is to be none",
	  &names_alone,
	  { .has_record = false },
	  JUDGE_STANDING_ORDINARY },
	{ "there is to be none, and the name is bad",
	  &names_alone,
	  { .generic = true },
	  JUDGE_STANDING_NONE },
};

START_TEST(clients_are_judged)
{
	struct reputation_facts f = rows[_i].facts;

	f.now = T;
	ck_assert_msg(reputation_judge(rows[_i].rules, &f) == rows[_i].want,
		      "%s", rows[_i].why);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("reputation");

	tcase_add_loop_test(tc, clients_are_judged, 0, ROWS(rows));
	return unit_run();
}
