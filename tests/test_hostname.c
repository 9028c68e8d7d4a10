#include "net/hostname.h"
#include "unit.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *why, *name;
	bool good;
} names[] = {
	{ "plain", "zen.spamhaus.org", true },
	{ "underscore", "_a.b_c.org", true },
	{ "inner hyphen", "a-b.org", true },
	{ "hyphen first", "-a.org", false },
	{ "hyphen first in a later label", "a.-b.org", false },
	{ "hyphen last", "a-.org", false },
	{ "dot at the end", "a.org.", false },
	{ "dot first", ".org", false },
	{ "two dots", "a..org", false },
	{ "all numeric", "1.2.3", false },
	{ "numeric label", "1.2.org", true },
	{ "longest label", A63 ".org", true },
	{ "label too long", A63 "a.org", false },
	{ "too long in all", A63 "." A63 "." A63 "." A63 ".a", false },
	{ "space", "a b.org", false },
	{ "high byte", "\303\244.org", false },
	{ "nothing", "", false },
};

START_TEST(valid_knows_host_names)
{
	ck_assert_msg(hostname_valid(span_of(names[_i].name)) == names[_i].good,
		      "%s", names[_i].why);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("hostname");

	tcase_add_loop_test(tc, valid_knows_host_names, 0, ROWS(names));
	return unit_run();
}
