#include "base/clock.h"
#include "conf/expected.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define T    INT64_C(1700000000)
#define LONG (clock_mono() + 30 * CLOCK_SECOND)

static char dir[64], file[80], lock[96];
static struct expected e;

static void make(void)
{
	strcpy(dir, "/tmp/test_expected.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/expected", dir);
	snprintf(lock, sizeof(lock), "%s.lock", file);
}

static void drop(void)
{
	unlink(file);
	unlink(lock);
	rmdir(dir);
}

static void change(const char *domain, int64_t until, bool was, int result)
{
	bool have = !was;
	int r = expected_change(file, span_of(domain), until, T, LONG, &have);

	ck_assert_int_eq(r, result);
	if (r == 0)
		ck_assert(have == was);
}

static const struct {
	const char *why, *name;
	bool valid;
} names[] = {
	{ "a domain", "example.com", true },
	{ "one below it", "a.b.example.com", true },
	{ "a top-level domain is a mistake", "com", false },
	{ "an address", "a@example.com", false },
	{ "nothing", "", false },
	{ "a dot before", ".example.com", false },
	{ "two words", "example com.org", false },
	{ "a line feed", "example.com\nx.org", false },
};

START_TEST(names_are_domains)
{
	ck_assert_msg(expected_valid(span_of(names[_i].name)) ==
			      names[_i].valid,
		      "%s", names[_i].why);
}
END_TEST

/* At T, with this file. */
static const struct {
	const char *why, *text, *sender;
	bool covered;
} senders[] = {
	{ "that domain", "example.com 1700000900\n", "a@example.com", true },
	{ "in capitals", "Example.com 1700000900\n", "a@eXample.COM", true },
	{ "below it", "example.com 1700000900\n", "a@b.c.example.com", true },
	{ "another that ends so", "example.com 1700000900\n",
	  "a@notexample.com", false },
	{ "another that begins so", "example.com 1700000900\n",
	  "a@example.com.evil.org", false },
	{ "above it", "b.example.com 1700000900\n", "a@example.com", false },
	{ "the last \"@\" counts", "example.com 1700000900\n",
	  "\"x@example.com\"@evil.org", false },
	{ "a bounce has no domain", "example.com 1700000900\n", "", false },
	{ "no \"@\"", "example.com 1700000900\n", "example.com", false },
	{ "nothing behind it", "example.com 1700000900\n", "example.com@",
	  false },
	{ "the last second", "example.com 1700000000\n", "a@example.com",
	  true },
	{ "over", "example.com 1699999999\n", "a@example.com", false },
	{ "by a clock that was wrong", "example.com 1800000000\n",
	  "a@example.com", false },
	{ "any of them", "x.org 1700000900\nexample.com 1700000900\n",
	  "a@example.com", true },
	{ "the later line", "example.com 1\nexample.com 1700000900",
	  "a@example.com", true },
	{ "no number", "example.com\n", "a@example.com", false },
	{ "a number that is none", "example.com -1\n", "a@example.com", false },
	{ "all of a top-level domain", "com 1700000900\n", "a@example.com",
	  false },
	{ "rubbish", "\x01\xff\n\n   \nexample.com 1700000900\n",
	  "a@example.com", true },
};

START_TEST(senders_are_covered)
{
	expected_parse(span_of(senders[_i].text), T, &e);
	ck_assert_msg(expected_covers(&e, span_of(senders[_i].sender), T) ==
			      senders[_i].covered,
		      "%s", senders[_i].why);
}
END_TEST

START_TEST(it_ends_by_itself)
{
	expected_parse(SPAN("example.com 1700000900\n"), T, &e);
	ck_assert(expected_covers(&e, SPAN("a@example.com"), T + 900));
	ck_assert(!expected_covers(&e, SPAN("a@example.com"), T + 901));
}
END_TEST

START_TEST(a_file_is_changed)
{
	ck_assert_int_eq(expected_load(file, T, &e), 0);
	ck_assert_uint_eq(e.count, 0);
	change("Example.com", T + 60, false, 0);
	change("b.org", T + 70, false, 0);
	change("example.com", T + 900, true, 0);
	ck_assert_int_eq(expected_load(file, T, &e), 0);
	ck_assert_uint_eq(e.count, 2);
	ck_assert_str_eq(e.domain[0].name, "example.com");
	ck_assert_int_eq(e.domain[0].until, T + 900);
	change("example.com", 0, true, 0);
	change("example.com", 0, false, 0);
	ck_assert_int_eq(expected_load(file, T, &e), 0);
	ck_assert_uint_eq(e.count, 1);
	ck_assert_str_eq(e.domain[0].name, "b.org");
}
END_TEST

START_TEST(there_are_so_many_at_most)
{
	char name[32];

	for (int i = 0; i < EXPECTED_MOST; i++) {
		snprintf(name, sizeof(name), "d%d.example.com", i);
		change(name, T + 60, false, 0);
	}
	change("more.example.com", T + 60, false, -ENOSPC);
	change("d7.example.com", T + 900, true, 0);
	ck_assert_int_eq(expected_load(file, T, &e), 0);
	ck_assert_uint_eq(e.count, EXPECTED_MOST);
}
END_TEST

START_TEST(a_change_is_seen)
{
	struct expected_watch w = { .file = file };

	ck_assert_int_eq(expected_refresh(&w, T), 0);
	change("example.com", T + 60, false, 0);
	ck_assert_int_eq(expected_refresh(&w, T), 0);
	ck_assert(expected_covers(&w.list, SPAN("a@example.com"), T));
	/* nothing that others may write to, and once it is mended all is well
	 */
	ck_assert_int_eq(chmod(file, 0666), 0);
	ck_assert_int_eq(expected_refresh(&w, T), -EPERM);
	ck_assert(!expected_covers(&w.list, SPAN("a@example.com"), T));
	ck_assert_int_eq(expected_refresh(&w, T), -EPERM);
	ck_assert_int_eq(chmod(file, 0600), 0);
	ck_assert_int_eq(expected_refresh(&w, T), 0);
	ck_assert(expected_covers(&w.list, SPAN("a@example.com"), T));
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(expected_refresh(&w, T), 0);
	ck_assert(!expected_covers(&w.list, SPAN("a@example.com"), T));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("expected");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_loop_test(tc, names_are_domains, 0, ROWS(names));
	tcase_add_loop_test(tc, senders_are_covered, 0, ROWS(senders));
	tcase_add_test(tc, it_ends_by_itself);
	tcase_add_test(tc, a_file_is_changed);
	tcase_add_test(tc, there_are_so_many_at_most);
	tcase_add_test(tc, a_change_is_seen);
	return unit_run();
}
