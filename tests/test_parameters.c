#include "conf/parameters.h"
#include "conf/postfix_names.h"
#include "unit.h"

START_TEST(names_are_in_byte_order)
{
	for (size_t i = 1; i < parameter_count; i++)
		ck_assert_msg(strcmp(parameters[i - 1].name,
				     parameters[i].name) < 0,
			      "%s", parameters[i].name);
}
END_TEST

START_TEST(each_name_is_found)
{
	struct span prefix = SPAN(PARAMETER_PREFIX);

	for (size_t i = 0; i < parameter_count; i++) {
		const struct parameter *p = &parameters[i];
		struct span name = span_of(p->name);

		ck_assert_ptr_eq(parameter_find(name), p);
		if (!span_starts_with(name, prefix))
			continue;
		name = span_skip(name, prefix.len);
		/* the short name is ours just when Postfix has no such name */
		ck_assert_msg((parameter_find(name) == p) ==
				      !postfix_names_has(name),
			      "%s", p->name);
	}
}
END_TEST

/* A default that a prefix was forgotten in would be empty, silently. */
START_TEST(defaults_refer_to_parameters)
{
	for (size_t i = 0; i < parameter_count; i++) {
		const char *standard = parameters[i].standard;
		const char *name = standard ? strchr(standard, '$') : NULL;

		if (!name || parameters[i].flags & PARAMETER_RAW)
			continue;
		name += strspn(name, "${");
		struct span s = { name, strspn(name, "abcdefghijklmnopqrstuvwxy"
						     "z_") };
		ck_assert_msg(parameter_find(s) ||
				      span_equal(s, SPAN("stress")),
			      "%s", parameters[i].name);
	}
}
END_TEST

static const struct {
	const char *why, *name;
} strangers[] = {
	{ "nothing", "" },
	{ "only the prefix", "postscreen_" },
	{ "Postfix's", "command_time_limit" },
	{ "ours takes no prefix", "postscreen_dns_servers" },
	{ "twice the prefix", "postscreen_postscreen_greet_wait" },
	{ "a beginning", "greet_wai" },
	{ "a longer one", "greet_waits" },
	{ "other case", "Greet_wait" },
	{ "very long",
	  "greet_wait_greet_wait_greet_wait_greet_wait_greet_wait_greet_wait" },
};

START_TEST(strangers_are_not_found)
{
	ck_assert_ptr_null(parameter_find(SPAN("greet_wait\0")));
	ck_assert_msg(!parameter_find(span_of(strangers[_i].name)), "%s",
		      strangers[_i].why);
}
END_TEST

static const struct {
	const char *why, *name, *suggestion;
} misspelt[] = {
	{ "a letter missing", "greet_wat", "greet_wait" },
	{ "two letters missing", "geet_wat", "greet_wait" },
	{ "two exchanged", "greet_wiat", "greet_wait" },
	{ "two added", "ggreet_waitt", "greet_wait" },
	{ "three wrong", "xxxet_wait", "" },
	{ "one missing, one added", "reet_waits", "greet_wait" },
	{ "the first and the last", "xreet_waix", "greet_wait" },
	{ "two missing behind", "greet_wa", "greet_wait" },
	{ "moved by three", "et_waitgre", "" },
	{ "with its prefix", "postscreen_greet_wat", "postscreen_greet_wait" },
	{ "in its prefix", "postscren_greet_wait", "postscreen_greet_wait" },
	{ "a prefix too many", "postscreen_handoff", "handoff" },
	{ "a prefix too many, and more", "postscreen_handof", "handoff" },
	{ "the nearest counts", "dnsbl_max_tl", "dnsbl_max_ttl" },
	{ "only with prefix", "comand_time_limit", "" },
	{ "only with prefix, near", "postscreen_comand_time_limit",
	  "postscreen_command_time_limit" },
	{ "far off", "colour", "" },
	{ "short", "x", "" },
	{ "nothing", "", "" },
};

START_TEST(misspellings_are_recognized)
{
	char memory[64];
	struct sbuf suggestion = SBUF(memory);
	const struct parameter *p =
		parameter_suggest(span_of(misspelt[_i].name), &suggestion);

	ck_assert_msg(strcmp(memory, misspelt[_i].suggestion) == 0,
		      "%s: have %s", misspelt[_i].why, memory);
	ck_assert((p != NULL) == (memory[0] != '\0'));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("parameters");

	tcase_add_test(tc, names_are_in_byte_order);
	tcase_add_test(tc, each_name_is_found);
	tcase_add_test(tc, defaults_refer_to_parameters);
	tcase_add_loop_test(tc, strangers_are_not_found, 0, ROWS(strangers));
	tcase_add_loop_test(tc, misspellings_are_recognized, 0, ROWS(misspelt));
	return unit_run();
}
