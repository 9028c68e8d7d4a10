#include "dns/dnswire.h"
#include "unit.h"

#define NAME "2.0.0.127.bl.example"

#define ID 0x1234

static const unsigned char plain[] = {
	0x12, 0x34, 0x01, 0x00, 0,   1,	  0,   0,   0,	 0, 0,	 0,   1,
	'2',  1,    '0',  1,	'0', 3,	  '1', '2', '7', 2, 'b', 'l', 7,
	'e',  'x',  'a',  'm',	'p', 'l', 'e', 0,   0,	 1, 0,	 1,
};

START_TEST(build_writes_a_question)
{
	struct dnswire_query q;

	ck_assert(dnswire_build(NAME, DNS_TYPE_A, ID, false, &q));
	ck_assert_uint_eq(q.len, sizeof(plain));
	ck_assert_mem_eq(q.bytes, plain, sizeof(plain));
	ck_assert_uint_eq(q.question_end, sizeof(plain));
	ck_assert(!q.edns);
}
END_TEST

START_TEST(build_offers_edns)
{
	static const unsigned char opt[] = { 0, 0, 41, 1232 >> 8, 1232 & 255, 0,
					     0, 0, 0,  0,	  0 };
	struct dnswire_query q;

	ck_assert(dnswire_build(NAME, DNS_TYPE_A, ID, true, &q));
	ck_assert_uint_eq(q.len, sizeof(plain) + sizeof(opt));
	ck_assert_mem_eq(q.bytes, plain, 10);
	ck_assert_uint_eq(q.bytes[11], 1); /* ARCOUNT */
	ck_assert_mem_eq(q.bytes + 12, plain + 12, sizeof(plain) - 12);
	ck_assert_mem_eq(q.bytes + sizeof(plain), opt, sizeof(opt));
	ck_assert(q.edns);
}
END_TEST

#define L49 "1234567890123456789012345678901234567890123456789"
#define L63 L49 "0123456789abcd"

static const struct {
	const char *why, *name;
	bool good;
} names[] = {
	{ "the longest label", L63 ".example", true },
	{ "a longer label", L63 "x.example", false },
	{ "253 characters",
	  "x." L49 "." L49 "." L49 "." L49 "." L49 "."
	  "a",
	  true },
	{ "254 characters",
	  "x." L49 "." L49 "." L49 "." L49 "." L49 "."
	  "ab",
	  false },
	{ "nothing", "", false },
	{ "the root", ".", false },
	{ "an empty label", "a..example", false },
	{ "an escape is no way around", "a\\046b.example", false },
	{ "white space", "a b.example", false },
	{ "over 127", "\303\251.example", false },
};

START_TEST(build_refuses_bad_names)
{
	struct dnswire_query q = { .len = 77 };

	ck_assert_msg(dnswire_build(names[_i].name, DNS_TYPE_A, ID, true, &q) ==
			      names[_i].good,
		      "%s", names[_i].why);
	if (!names[_i].good)
		ck_assert_uint_eq(q.len, 77);
	else
		ck_assert_uint_le(q.len, DNSWIRE_QUERY);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("dnswire");

	tcase_add_test(tc, build_writes_a_question);
	tcase_add_test(tc, build_offers_edns);
	tcase_add_loop_test(tc, build_refuses_bad_names, 0, ROWS(names));
	return unit_run();
}
