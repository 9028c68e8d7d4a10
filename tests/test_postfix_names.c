#include "conf/postfix_names.h"
#include "unit.h"

static const struct {
	const char *name;
	bool known;
} names[] = {
	{ "2bounce_notice_recipient", true }, /* the first */
	{ "virtual_uid_maps", true },	      /* the last */
	{ "alias_maps", true },
	{ "smtpd_tls_security_level", true },
	{ "disable_vrfy_command", true },
	{ "command_time_limit", true },
	{ "postscreen_tls_cert_file", true },
	{ "alias_map", false },
	{ "alias_mapss", false },
	{ "lias_maps", false },
	{ "alias_maps\nalias", false },
	{ "\n", false },
	{ "", false },
	{ "0", false },
	{ "zzz", false },
	{ "Alias_maps", false },
};

START_TEST(names_are_known)
{
	ck_assert_msg(postfix_names_has(span_of(names[_i].name)) ==
			      names[_i].known,
		      "%s", names[_i].name);
}
END_TEST

START_TEST(some_have_a_standard_value)
{
	struct span text = { "", 0 };

	ck_assert(postfix_names_standard(SPAN("config_directory"), &text));
	ck_assert_span(text, "/etc/postfix");
	ck_assert(!postfix_names_standard(SPAN("alias_maps"), &text));
	ck_assert(!postfix_names_standard(SPAN(""), &text));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("postfix_names");

	tcase_add_loop_test(tc, names_are_known, 0, ROWS(names));
	tcase_add_test(tc, some_have_a_standard_value);
	return unit_run();
}
