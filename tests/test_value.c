#include "conf/conf.h"
#include "conf/value.h"
#include "unit.h"

static const struct {
	const char *why, *text;
	enum value result;
	int64_t seconds;
} times[] = {
	{ "seconds", "5s", VALUE_GOOD, 5 },
	{ "minutes", "5m", VALUE_GOOD, 300 },
	{ "hours", "2h", VALUE_GOOD, 7200 },
	{ "days", "2d", VALUE_GOOD, 172800 },
	{ "weeks", "1w", VALUE_GOOD, 604800 },
	{ "the unit of the default", "2", VALUE_GOOD, 172800 },
	{ "the least", "1s", VALUE_GOOD, 1 },
	{ "a word", "2days", VALUE_DOUBTFUL, 172800 },
	{ "a word with blank", "2 days", VALUE_BAD, 0 },
	{ "less than the least", "0", VALUE_BAD, 0 },
	{ "negative", "-1s", VALUE_BAD, 0 },
	{ "a sign", "+1s", VALUE_BAD, 0 },
	{ "only a unit", "s", VALUE_BAD, 0 },
	{ "nothing", "", VALUE_BAD, 0 },
	{ "another unit", "1y", VALUE_BAD, 0 },
	{ "capitals", "1D", VALUE_BAD, 0 },
	{ "a fraction", "1.5d", VALUE_BAD, 0 },
	{ "68 years", "2147483647s", VALUE_GOOD, INT32_MAX },
	{ "more", "2147483648s", VALUE_BAD, 0 },
	{ "68 years in weeks", "3550w", VALUE_GOOD, INT64_C(3550) * 604800 },
	{ "more weeks", "3551w", VALUE_BAD, 0 },
	{ "more than a number holds", "99999999999999999999999s", VALUE_BAD,
	  0 },
};

START_TEST(times_are_read)
{
	const struct parameter *p = parameter_find(SPAN("greet_ttl"));
	int64_t seconds = -7;

	ck_assert_msg(value_parse(p, times[_i].text, &seconds) ==
			      times[_i].result,
		      "%s", times[_i].why);
	ck_assert_msg(seconds == (times[_i].result == VALUE_BAD
					  ? -7
					  : times[_i].seconds),
		      "%s: %lld", times[_i].why, (long long)seconds);
}
END_TEST

static const struct {
	const char *why, *parameter, *text;
	enum value result;
	int number;
} numbers[] = {
	{ "the least", "dnsbl_threshold", "1", VALUE_GOOD, 1 },
	{ "less", "dnsbl_threshold", "0", VALUE_BAD, 0 },
	{ "the most", "cache_ipv6_prefix", "128", VALUE_GOOD, 128 },
	{ "more", "cache_ipv6_prefix", "129", VALUE_BAD, 0 },
	{ "negative", "dnsbl_allowlist_threshold", "-3", VALUE_GOOD, -3 },
	{ "the least of all", "dnsbl_allowlist_threshold", "-2147483648",
	  VALUE_GOOD, INT32_MIN },
	{ "too many", "dnsbl_allowlist_threshold", "2147483648", VALUE_BAD, 0 },
	{ "text", "dnsbl_threshold", "two", VALUE_BAD, 0 },
	{ "text behind", "dnsbl_threshold", "2 ", VALUE_BAD, 0 },
	{ "nothing", "dnsbl_threshold", "", VALUE_BAD, 0 },
	{ "a short line", "line_length_limit", "511", VALUE_BAD, 0 },
	{ "digits of delays", "delay_logging_resolution_limit", "7", VALUE_BAD,
	  0 },
	{ "pre queue", "pre_queue_limit", "9", VALUE_BAD, 0 },
	{ "post queue", "post_queue_limit", "5", VALUE_GOOD, 5 },
	{ "no connections", "client_connection_count_limit", "0", VALUE_GOOD,
	  0 },
	{ "no commands", "command_count_limit", "0", VALUE_BAD, 0 },
};

START_TEST(numbers_are_read)
{
	const struct parameter *p =
		parameter_find(span_of(numbers[_i].parameter));
	int number = -7;

	ck_assert_msg(value_parse(p, numbers[_i].text, &number) ==
			      numbers[_i].result,
		      "%s", numbers[_i].why);
	ck_assert_int_eq(number, numbers[_i].result == VALUE_BAD
					 ? -7
					 : numbers[_i].number);
}
END_TEST

START_TEST(large_numbers_are_read)
{
	const struct parameter *p = parameter_find(SPAN("message_size_limit"));
	int64_t number = -7;

	ck_assert_int_eq(value_parse(p, "-1", &number), VALUE_BAD);
	ck_assert_int_eq(value_parse(p, "9223372036854775808", &number),
			 VALUE_BAD);
	ck_assert_int_eq(number, -7);
	ck_assert_int_eq(value_parse(p, "9223372036854775807", &number),
			 VALUE_GOOD);
	ck_assert(number == INT64_MAX);
	ck_assert_int_eq(value_parse(p, "0", &number), VALUE_GOOD);
	ck_assert(number == 0);
}
END_TEST

/* All enumerations are read as int here: their type is one. */
static const struct {
	const char *parameter, *text;
	enum value result;
	unsigned value;
} words[] = {
	{ "greet_action", "ignore", VALUE_GOOD, ACTION_IGNORE },
	{ "greet_action", "CONTINUE", VALUE_GOOD, ACTION_IGNORE },
	{ "greet_action", "Enforce", VALUE_GOOD, ACTION_ENFORCE },
	{ "greet_action", "drop", VALUE_GOOD, ACTION_DROP },
	{ "greet_action", "drop x", VALUE_BAD, 0 },
	{ "greet_action", "dro", VALUE_BAD, 0 },
	{ "greet_action", "", VALUE_BAD, 0 },
	{ "tls_security_level", "", VALUE_GOOD, TLS_NONE },
	{ "tls_security_level", "none", VALUE_GOOD, TLS_NONE },
	{ "tls_security_level", "may", VALUE_GOOD, TLS_MAY },
	{ "tls_security_level", "encrypt", VALUE_GOOD, TLS_ENCRYPT },
	{ "tls_security_level", "fingerprint", VALUE_DOUBTFUL, TLS_ENCRYPT },
	{ "tls_security_level", "verify", VALUE_DOUBTFUL, TLS_ENCRYPT },
	{ "tls_security_level", "secure", VALUE_DOUBTFUL, TLS_ENCRYPT },
	{ "tls_security_level", "dane", VALUE_BAD, 0 },
	{ "exec_address_from", "", VALUE_GOOD, EXEC_ADDRESS_UNSET },
	{ "exec_address_from", "unset", VALUE_GOOD, EXEC_ADDRESS_UNSET },
	{ "exec_address_from", "environment", VALUE_GOOD,
	  EXEC_ADDRESS_ENVIRONMENT },
	{ "exec_address_from", "arguments", VALUE_GOOD,
	  EXEC_ADDRESS_ARGUMENTS },
	{ "exec_address_from", "argv", VALUE_BAD, 0 },
	{ "deep_protocol_tests", "reconnect", VALUE_GOOD, DEEP_RECONNECT },
	{ "deep_protocol_tests", "inline", VALUE_GOOD, DEEP_INLINE },
	{ "deep_protocol_tests", "", VALUE_BAD, 0 },
};

START_TEST(words_are_read)
{
	const struct parameter *p =
		parameter_find(span_of(words[_i].parameter));
	unsigned value = 77;

	ck_assert_msg(value_parse(p, words[_i].text, &value) ==
			      words[_i].result,
		      "%s %s", words[_i].parameter, words[_i].text);
	ck_assert_uint_eq(value,
			  words[_i].result == VALUE_BAD ? 77 : words[_i].value);
}
END_TEST

START_TEST(switches_are_read)
{
	const struct parameter *p = parameter_find(SPAN("soft_bounce"));
	bool on = false;

	ck_assert_int_eq(value_parse(p, "yes", &on), VALUE_GOOD);
	ck_assert(on);
	ck_assert_int_eq(value_parse(p, "1", &on), VALUE_BAD);
	ck_assert_int_eq(value_parse(p, "", &on), VALUE_BAD);
	ck_assert(on);
	ck_assert_int_eq(value_parse(p, "No", &on), VALUE_GOOD);
	ck_assert(!on);
}
END_TEST

START_TEST(texts_are_read)
{
	const char *text = NULL;

	ck_assert_int_eq(value_parse(parameter_find(SPAN("mynetworks")), "",
				     &text),
			 VALUE_GOOD);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(value_parse(parameter_find(SPAN("smtpd_banner")), "",
				     &text),
			 VALUE_BAD);
	ck_assert_int_eq(value_parse(parameter_find(SPAN("myhostname")), "a_b",
				     &text),
			 VALUE_GOOD);
	ck_assert_str_eq(text, "a_b");
	ck_assert_int_eq(value_parse(parameter_find(SPAN("myhostname")), "a b",
				     &text),
			 VALUE_BAD);
	ck_assert_str_eq(text, "a_b");
}
END_TEST

/* Whoever adds a parameter also gives it words and a last resort. */
START_TEST(each_parameter_can_be_explained)
{
	for (size_t i = 0; i < parameter_count; i++) {
		char memory[200];
		struct sbuf to = SBUF(memory);
		struct conf conf;

		value_expected(&parameters[i], &to);
		ck_assert_msg(to.len > 0 && sbuf_fitted(&to), "%s",
			      parameters[i].name);
		value_clear(&parameters[i], &conf);
		ck_assert(value_doubt(&parameters[i])[0] != '\0');
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("value");

	tcase_add_loop_test(tc, times_are_read, 0, ROWS(times));
	tcase_add_loop_test(tc, numbers_are_read, 0, ROWS(numbers));
	tcase_add_test(tc, large_numbers_are_read);
	tcase_add_loop_test(tc, words_are_read, 0, ROWS(words));
	tcase_add_test(tc, switches_are_read);
	tcase_add_test(tc, texts_are_read);
	tcase_add_test(tc, each_parameter_can_be_explained);
	return unit_run();
}
