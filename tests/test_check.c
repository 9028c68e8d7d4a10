#include "screen/check.h"

#include "options.h"

static const struct {
	const char *why;
	const char *options[6];
	const char *error; /* NULL: there is none */
} rows[] = {
	{ "the defaults", { NULL }, NULL },
	{ "a state file somewhere",
	  { "state_file=state" },
	  "state_file: bad value \"state\": expected an absolute path" },
	{ "none", { "state_file=" }, NULL },
	{ "a decision log somewhere",
	  { "decision_log=./x" },
	  "decision_log: bad value \"./x\": expected an absolute path" },
	{ "a log that there is not",
	  { "log_target=paper" },
	  "log_target: bad value \"paper\": expected auto, journal, syslog "
	  "or stderr" },
	{ "greylisting that cannot see a recipient",
	  { "greylist=yes" },
	  "greylist: yes needs deep_protocol_tests = inline" },
	{ "and nothing that watches",
	  { "greylist=yes", "deep_protocol_tests=inline" },
	  "greylist: yes needs deep_protocol_tests = inline and a test" },
	{ "greylisting that can",
	  { "greylist=yes", "deep_protocol_tests=inline",
	    "pipelining_enable=yes" },
	  NULL },
	{ "its memory somewhere",
	  { "greylist=yes", "deep_protocol_tests=inline",
	    "pipelining_enable=yes", "greylist_dbdir=db" },
	  "greylist_dbdir: bad value \"db\": expected the absolute path" },
	{ "its key somewhere",
	  { "greylist=yes", "deep_protocol_tests=inline",
	    "pipelining_enable=yes", "greylist_privacy_key=key" },
	  "greylist_privacy_key: bad value \"key\": expected the absolute" },
	{ "two lines for a client",
	  { "greylist=yes", "deep_protocol_tests=inline",
	    "pipelining_enable=yes", "greylist_text=a\tb" },
	  "greylist_text: bad value: expected text of one line" },
	{ "of greylisting that is off nothing is asked",
	  { "greylist_dbdir=db", "greylist_text=a\tb" },
	  NULL },
};

START_TEST(mistakes_are_found_at_the_start)
{
	struct report report;
	struct conf conf;
	size_t count = 0;
	const char *error;

	while (rows[_i].options[count])
		count++;
	conf = options_load(rows[_i].options, count);
	report_init(&report, &arena);
	check_at_start(&conf, &report);
	error = report_first_error(&report);
	ck_assert_msg(rows[_i].error ? error && strstr(error, rows[_i].error)
				     : !error,
		      "%s: %s", rows[_i].why, error ? error : "no error");
	ck_assert_uint_eq(report.errors, rows[_i].error != NULL);
	arena_close(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("check");

	tcase_add_loop_test(tc, mistakes_are_found_at_the_start, 0, ROWS(rows));
	return unit_run();
}
