#include "history/recorded.h"

#include "unit.h"

static struct recorded_reader *reader;
static struct recorded line;

static void make_reader(void)
{
	reader = recorded_reader_new();
	ck_assert_ptr_nonnull(reader);
}

static void free_reader(void)
{
	recorded_reader_free(reader);
}

static const struct {
	const char *text;
	enum recorded_line want;
} kinds[] = {
	{ "{\"v\":1,\"verdict\":\"pass\",\"path\":\"cache\"}", RECORDED_GOOD },
	{ "{\"v\":2,\"verdict\":\"pass\",\"path\":\"cache\"}", RECORDED_OTHER },
	{ "{\"v\":1,\"verdict\":\"what\",\"path\":\"cache\"}", RECORDED_OTHER },
	{ "{\"v\":1,\"verdict\":\"pass\"}", RECORDED_OTHER },
	{ "{\"v\":\"1\"}", RECORDED_OTHER },
	{ "{}", RECORDED_OTHER },
	{ "{\"v\":1,\"verdict\":\"pa", RECORDED_TORN },
	{ "[1]", RECORDED_TORN },
	{ "7", RECORDED_TORN },
	{ "", RECORDED_TORN },
};

START_TEST(lines_are_told_apart)
{
	ck_assert_int_eq(recorded_read(reader, span_of(kinds[_i].text), &line),
			 kinds[_i].want);
}
END_TEST

START_TEST(all_members_arrive)
{
	static const char text[] =
		"{\"v\":1,\"id\":\"b0b\",\"time\":1795826586.608237,"
		"\"client\":\"192.0.2.1\",\"port\":4,"
		"\"network\":\"192.0.2.1\",\"pregreet\":{\"bytes\":66,"
		"\"after\":0.25},\"lists\":[{\"list\":\"a.example\","
		"\"status\":\"listed\",\"answers\":[\"127.0.0.2\","
		"\"127.0.0.4\",7,\"x\"],\"counted\":true,\"weight\":-3,"
		"\"ttl\":60,\"took\":0.000143},{\"list\":\"b.example\","
		"\"status\":\"error\",\"why\":\"typo\","
		"\"answers\":[\"127.255.255.252\"]},{\"list\":\"c\","
		"\"status\":\"odd\"},{\"list\":\"d\",\"status\":"
		"\"muted\"}],\"dnsbl\":{\"score\":-3,\"threshold\":2,"
		"\"least\":-4},\"waited\":1.5,\"from\":\"\","
		"\"session\":{\"commands\":4,\"last\":\"QUIT\"},"
		"\"path\":\"tests\",\"verdict\":\"refuse\","
		"\"reason\":\"pregreet\",\"access\":\"reject\","
		"\"cache\":{\"stamps\":[5,4,3,2,1],\"count\":9},"
		"\"tests\":{\"pregreet\":{\"due\":true,\"result\":"
		"\"failed\",\"action\":\"enforce\"}},\"took\":2.000001}";

	ck_assert_int_eq(recorded_read(reader, SPAN(text), &line),
			 RECORDED_GOOD);
	ck_assert_str_eq(line.id, "b0b");
	ck_assert_int_eq(line.time, INT64_C(1795826586608237));
	ck_assert_int_eq(line.port, 4);
	ck_assert(line.pregreet && line.pregreet_bytes == 66 &&
		  line.pregreet_after == 250000);
	ck_assert(line.asked && line.lists == 3);
	ck_assert_int_eq(line.list[0].answer.status, DNS_FOUND);
	ck_assert_uint_eq(line.list[0].answer.count, 2);
	ck_assert_uint_eq(line.list[0].answer.address[1][3], 4);
	ck_assert_int_eq(line.list[0].answer.took, 143);
	ck_assert(line.list[0].counted && line.list[0].weight == -3);
	ck_assert_int_eq(line.list[1].status, RECORDED_ERROR);
	ck_assert_str_eq(line.list[1].answer.why, "typo");
	ck_assert_int_eq(line.list[2].answer.status, DNS_PENDING);
	ck_assert(line.scored && line.score == -3 && line.least == -4);
	ck_assert_int_eq(line.ttl, -1);
	ck_assert_int_eq(line.waited, 1500000);
	ck_assert(line.has_from && line.session);
	ck_assert_str_eq(line.helo, "");
	ck_assert_int_eq(line.verdict, DECISION_REFUSE);
	ck_assert_int_eq(line.failure, FAILURE_PREGREET);
	ck_assert_int_eq(line.access, ACCESS_REJECT);
	ck_assert(line.known && line.stamps.until[TEST_BARE_NEWLINE] == 1 &&
		  line.stamps.count == 9);
	ck_assert(line.test[TEST_PREGREET].due &&
		  line.test[TEST_PREGREET].result == RESULT_FAILED &&
		  line.test[TEST_PREGREET].action == ACTION_ENFORCE);
	ck_assert_int_eq(line.took, 2000001);
}
END_TEST

START_TEST(members_of_another_kind_are_as_if_not_there)
{
	static const char text[] =
		"{\"v\":1,\"id\":[],\"time\":\"now\",\"port\":1e99,"
		"\"lists\":{},\"dnsbl\":[],\"tests\":7,\"cache\":null,"
		"\"session\":true,\"took\":-5,\"waited\":1e300,"
		"\"verdict\":\"pass\",\"path\":\"cache\"}";

	ck_assert_int_eq(recorded_read(reader, SPAN(text), &line),
			 RECORDED_GOOD);
	ck_assert_str_eq(line.id, "");
	ck_assert(line.time == 0 && line.took == 0 && line.waited == -1);
	ck_assert(line.port == 0 && !line.asked && line.lists == 0 &&
		  !line.scored && !line.known && !line.session);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("recorded");

	tcase_add_checked_fixture(tc, make_reader, free_reader);
	tcase_add_loop_test(tc, lines_are_told_apart, 0, ROWS(kinds));
	tcase_add_test(tc, all_members_arrive);
	tcase_add_test(tc, members_of_another_kind_are_as_if_not_there);
	return unit_run();
}
