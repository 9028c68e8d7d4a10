#include "greylist/grey_options.h"
#include "unit.h"

#include <getopt.h>
#include <stdio.h>

#define DAY INT64_C(86400)

static struct grey_options o;
static char why[256], notice[256];

static enum grey_wish parse(const char *one, const char *two)
{
	char first[3000], second[200], name[] = "x";
	char *argv[] = { name, first, two ? second : NULL, NULL };
	struct sbuf w = SBUF(why), n = SBUF(notice);

	snprintf(first, sizeof(first), "%s", one);
	snprintf(second, sizeof(second), "%s", two ? two : "");
	optind = 0; /* glibc: start over */
	return grey_options_parse(one[0] ? (two ? 3 : 2) : 1, argv, &o, &w, &n);
}

START_TEST(defaults_are_postgreys)
{
	ck_assert_int_eq(parse("", NULL), GREY_RUN);
	ck_assert_int_eq(o.rules.delay, 300);
	ck_assert_int_eq(o.rules.retry_window, 2 * DAY);
	ck_assert_uint_eq(o.rules.enough, 5);
	ck_assert_int_eq(o.max_age, 35 * DAY);
	ck_assert_uint_eq(o.ipv4_prefix, 24);
	ck_assert_uint_eq(o.ipv6_prefix, 64);
	ck_assert(!o.whole_address && !o.privacy && !o.exim && !o.test_clock);
	ck_assert_uint_eq(o.clients.count, 2);
	ck_assert(!o.clients.given);
	ck_assert_uint_eq(o.socket_mode, 0666);
	ck_assert_int_eq(o.facility, 2);
	ck_assert_str_eq(notice, "");
}
END_TEST

static const struct {
	const char *option;
	int64_t window;
} windows[] = {
	{ "--retry-window=1", DAY },
	{ "--retry-window=4h", 4 * 3600 },
	{ "--retry-window=12H", 12 * 3600 },
	{ "--retry-window=0", 0 },
	{ "--retry=3", 3 * DAY },
};

START_TEST(windows_are_days_or_hours)
{
	ck_assert_int_eq(parse(windows[_i].option, NULL), GREY_RUN);
	ck_assert_int_eq(o.rules.retry_window, windows[_i].window);
}
END_TEST

START_TEST(files_replace_the_usual_ones)
{
	ck_assert_int_eq(parse("--whitelist-clients=/a",
			       "--whitelist-clients=/b"),
			 GREY_RUN);
	ck_assert_uint_eq(o.clients.count, 2);
	ck_assert(o.clients.given && !o.recipients.given);
}
END_TEST

START_TEST(known_clients_may_be_off)
{
	ck_assert_int_eq(parse("--auto-whitelist-clients=0", NULL), GREY_RUN);
	ck_assert_uint_eq(o.rules.enough, 0);
	ck_assert_int_eq(parse("--auto-whitelist-clients", NULL), GREY_RUN);
	ck_assert_uint_eq(o.rules.enough, 5);
	ck_assert_int_eq(parse("--auto-whitelist-clients=9", NULL), GREY_RUN);
	ck_assert_uint_eq(o.rules.enough, 9);
}
END_TEST

START_TEST(zero_means_the_default)
{
	ck_assert_int_eq(parse("--delay=0", "--ipv4cidr=0"), GREY_RUN);
	ck_assert_int_eq(o.rules.delay, 300);
	ck_assert_uint_eq(o.ipv4_prefix, 24);
	ck_assert_str_eq(notice, "--delay=0 means the default, 300\n"
				 "--ipv4cidr=0 means the default, 24\n");
}
END_TEST

static const struct {
	const char *option, *word;
} mistakes[] = {
	{ "--delay=x", "a number of seconds" },
	{ "--delay=-1", "a number of seconds" },
	{ "--retry-window=", "days, or hours" },
	{ "--retry-window=h", "days, or hours" },
	{ "--retry-window=2w", "days, or hours" },
	{ "--ipv4cidr=33", "bits" },
	{ "--ipv6cidr=129", "bits" },
	{ "--socketmode=888", "octal" },
	{ "--socketmode=77777", "octal" },
	{ "--facility=nosuch", "facility" },
	{ "--greylist-text=a\nb", "one line" },
	{ "--x-greylist-header=a\rb", "one line" },
	{ "--dbdir=here", "absolute" },
	{ "--unix=here", "absolute" },
	{ "--nosuch", "no such option" },
	{ "--no-action", "no such option" },
	{ "--ipv=1", "no such option" }, /* of two */
	{ "-u", "a value" },
	{ "word", "only options" },
};

START_TEST(mistakes_are_named)
{
	ck_assert_int_eq(parse(mistakes[_i].option, NULL), GREY_WRONG);
	ck_assert_msg(strstr(why, mistakes[_i].word) != NULL, "%s: %s",
		      mistakes[_i].option, why);
}
END_TEST

START_TEST(help_and_version)
{
	ck_assert_int_eq(parse("--help", NULL), GREY_HELP);
	ck_assert_int_eq(parse("--man", NULL), GREY_HELP);
	ck_assert_int_eq(parse("-h", NULL), GREY_HELP);
	ck_assert_int_eq(parse("--version", NULL), GREY_VERSION);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("grey_options");

	tcase_add_test(tc, defaults_are_postgreys);
	tcase_add_loop_test(tc, windows_are_days_or_hours, 0, ROWS(windows));
	tcase_add_test(tc, files_replace_the_usual_ones);
	tcase_add_test(tc, known_clients_may_be_off);
	tcase_add_test(tc, zero_means_the_default);
	tcase_add_loop_test(tc, mistakes_are_named, 0, ROWS(mistakes));
	tcase_add_test(tc, help_and_version);
	return unit_run();
}
