#include "daemon/limits.h"

#include "unit.h"

static const struct conf conf = {
	.client_connection_rate_limit = 30,
	.client_connection_count_limit = 5,
	.post_queue_limit = 10,
	.pre_queue_limit = 20,
};

static const struct conf off = {
	.post_queue_limit = 10,
	.pre_queue_limit = 20,
};

static const struct {
	const char *why;
	const struct conf *conf;
	struct load load;
	enum limit at_connect, at_tests;
} loads[] = {
	{ "the first", &conf, { 1, 0, 1, 1 }, LIMIT_NONE, LIMIT_NONE },
	{ "as many as allowed",
	  &conf,
	  { 5, 0, 5, 30 },
	  LIMIT_NONE,
	  LIMIT_NONE },
	{ "one more from there",
	  &conf,
	  { 6, 0, 6, 6 },
	  LIMIT_CLIENT,
	  LIMIT_NONE },
	{ "more from there, unlimited",
	  &off,
	  { 6, 0, 6, 1000 },
	  LIMIT_NONE,
	  LIMIT_NONE },
	{ "too fast, and too many",
	  &conf,
	  { 6, 0, 6, 31 },
	  LIMIT_RATE,
	  LIMIT_NONE },
	{ "one short of all smtpds",
	  &conf,
	  { 10, 9, 1, 1 },
	  LIMIT_NONE,
	  LIMIT_NONE },
	{ "all smtpds", &conf, { 11, 10, 1, 1 }, LIMIT_SMTPD, LIMIT_NONE },
	{ "this one is the last",
	  &conf,
	  { 19, 0, 1, 1 },
	  LIMIT_NONE,
	  LIMIT_NONE },
	/* postscreen counts the client itself: of 20 one is never screened */
	{ "the 20th is refused",
	  &conf,
	  { 20, 0, 1, 1 },
	  LIMIT_NONE,
	  LIMIT_SCREEN },
	{ "who is in transit is not screened",
	  &conf,
	  { 25, 6, 1, 1 },
	  LIMIT_NONE,
	  LIMIT_NONE },
};

START_TEST(limits_are_reached)
{
	ck_assert_msg(limit_at_connect(loads[_i].conf, &loads[_i].load) ==
			      loads[_i].at_connect,
		      "%s", loads[_i].why);
	ck_assert_msg(limit_at_tests(loads[_i].conf, &loads[_i].load) ==
			      loads[_i].at_tests,
		      "%s", loads[_i].why);
}
END_TEST

static const struct {
	bool before;
	unsigned open;
	bool after;
} stress[] = {
	{ false, 0, false }, { false, 15, false }, { false, 17, false },
	{ false, 18, true }, { true, 18, true },   { true, 15, true },
	{ true, 14, false }, { true, 0, false },   { false, 14, false },
};

START_TEST(stress_begins_late_and_ends_later)
{
	ck_assert_msg(limit_stress(stress[_i].before, &conf, stress[_i].open) ==
			      stress[_i].after,
		      "%u connections", stress[_i].open);
}
END_TEST

static const struct {
	enum limit limit;
	const char *reply, *before, *behind;
} words[] = {
	{ LIMIT_RATE, "421 4.7.0 Error: too many connections per minute",
	  "NOQUEUE: reject: CONNECT from", "too many connections per minute" },
	{ LIMIT_CLIENT, "421 4.7.0 Error: too many connections",
	  "NOQUEUE: reject: CONNECT from", "too many connections" },
	{ LIMIT_SMTPD, "421 4.3.2 All server ports are busy",
	  "NOQUEUE: reject: CONNECT from", "all server ports busy" },
	{ LIMIT_SCREEN, "421 4.3.2 All screening ports are busy",
	  "reject: connect from", "all screening ports busy" },
};

START_TEST(words_are_postscreens)
{
	struct limit_words w = limit_words(words[_i].limit);

	ck_assert_str_eq(limit_reply(words[_i].limit), words[_i].reply);
	ck_assert_str_eq(w.before, words[_i].before);
	ck_assert_str_eq(w.behind, words[_i].behind);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("limits");

	tcase_add_loop_test(tc, limits_are_reached, 0, ROWS(loads));
	tcase_add_loop_test(tc, stress_begins_late_and_ends_later, 0,
			    ROWS(stress));
	tcase_add_loop_test(tc, words_are_postscreens, 0, ROWS(words));
	return unit_run();
}
