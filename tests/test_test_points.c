#include "dns/test_points.h"
#include "tables.h"

#define MUST	 RECORD_MUST
#define MUST_NOT RECORD_MUST_NOT

static const char *const sample =
	"format 1\n"
	"list none.example positive=none negative=none\n"
	"list karma.example permit=127.0.0.1 negative=none\n"
	"list allow.example kind=allow positive=127.0.0.2=127.0.10.0\n"
	"  error=127.0.10.[1..3]:poisoned\n"
	"list odd.example positive=127.0.0.2=127.255.0.7\n";

#define ABSENT                       \
	{                            \
		.status = DNS_ABSENT \
	}
#define FAILED                       \
	{                            \
		.status = DNS_FAILED \
	}
#define PENDING                       \
	{                             \
		.status = DNS_PENDING \
	}
#define FOUND(...)                                                        \
	{                                                                 \
		.status = DNS_FOUND,                                      \
		.count = sizeof((unsigned char[][4]){ __VA_ARGS__ }) / 4, \
		.address = {                                              \
			__VA_ARGS__                                       \
		}                                                         \
	}

static const struct {
	const char *why, *domain;
	enum record_point point;
	struct dns_answer answer;
	enum point_seen checked, unchecked;
	enum answer_tag tag;
} points[] = {
	{ "listed, as it must be", "bl.example", MUST, FOUND({ 127, 0, 0, 2 }),
	  POINT_RIGHT, POINT_RIGHT, 0 },
	{ "by any other code too", "bl.example", MUST, FOUND({ 127, 0, 0, 99 }),
	  POINT_RIGHT, POINT_RIGHT, 0 },
	{ "not listed", "bl.example", MUST, ABSENT, POINT_WRONG, POINT_WRONG,
	  0 },
	{ "not listed, as it must not be", "bl.example", MUST_NOT, ABSENT,
	  POINT_RIGHT, POINT_RIGHT, 0 },
	{ "listed, which it must not be", "bl.example", MUST_NOT,
	  FOUND({ 127, 0, 0, 2 }), POINT_WRONG, POINT_WRONG, 0 },
	{ "an error where nothing may be", "bl.example", MUST_NOT,
	  FOUND({ 127, 255, 255, 254 }), POINT_ERROR, POINT_WRONG,
	  TAG_BLOCKED },
	{ "an error beside a listing", "bl.example", MUST,
	  FOUND({ 127, 0, 0, 2 }, { 127, 255, 255, 255 }), POINT_ERROR,
	  POINT_RIGHT, TAG_BLOCKED },
	{ "an address of somebody else", "bl.example", MUST,
	  FOUND({ 192, 0, 2, 80 }), POINT_ERROR, POINT_RIGHT, TAG_FOREIGN },
	{ "127.0.0.1 is an error", "bl.example", MUST_NOT,
	  FOUND({ 127, 0, 0, 1 }), POINT_ERROR, POINT_WRONG, TAG_LOOPBACK },
	{ "no answer", "bl.example", MUST, FAILED, POINT_FAILED, POINT_FAILED,
	  0 },
	{ "no answer yet", "bl.example", MUST_NOT, PENDING, POINT_FAILED,
	  POINT_FAILED, 0 },
	{ "no such point", "none.example", MUST, FOUND({ 127, 0, 0, 2 }),
	  POINT_NONE, POINT_NONE, 0 },
	{ "no such point either", "karma.example", MUST_NOT,
	  FOUND({ 127, 0, 0, 1 }), POINT_NONE, POINT_NONE, 0 },
	{ "with a code of its own", "allow.example", MUST,
	  FOUND({ 127, 0, 10, 0 }), POINT_RIGHT, POINT_RIGHT, 0 },
	{ "with another code", "allow.example", MUST, FOUND({ 127, 0, 5, 2 }),
	  POINT_WRONG, POINT_WRONG, 0 },
	{ "poisoned", "allow.example", MUST, FOUND({ 127, 0, 10, 3 }),
	  POINT_ERROR, POINT_WRONG, TAG_POISONED },
	{ "its own code would be an error elsewhere", "odd.example", MUST,
	  FOUND({ 127, 255, 0, 7 }), POINT_RIGHT, POINT_RIGHT, 0 },
};

START_TEST(points_are_judged)
{
	const struct dnslists *known = dnslists_open(
		file_with("lists", span_of(sample)), NULL, &arena, &report);
	enum answer_tag tag = 0;
	struct dnslist list;

	dnslists_find(known, span_of(points[_i].domain), &list);
	ck_assert_msg(test_point_judge(&list, points[_i].point,
				       &points[_i].answer, true,
				       &tag) == points[_i].checked,
		      "%s", points[_i].why);
	ck_assert_msg(tag == points[_i].tag, "%s", points[_i].why);
	ck_assert_msg(test_point_judge(&list, points[_i].point,
				       &points[_i].answer, false,
				       &tag) == points[_i].unchecked,
		      "%s, unchecked", points[_i].why);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("test_points");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_loop_test(tc, points_are_judged, 0, ROWS(points));
	return unit_run();
}
