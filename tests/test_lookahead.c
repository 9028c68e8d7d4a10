#include "history/lookahead.h"

#include "base/sbuf.h"
#include "history/unpacked.h"
#include "unit.h"

static struct lookahead *l;
static struct lookahead_line line;
static char text[UNPACKED_LINE];

static void make(void)
{
	l = lookahead_new();
	ck_assert_ptr_nonnull(l);
}

static void drop(void)
{
	lookahead_free(l);
}

static void add_number(int number)
{
	struct sbuf b = SBUF(text);

	sbuf_addf(&b,
		  "{\"v\":1,\"verdict\":\"pass\",\"path\":\"cache\","
		  "\"id\":\"n%d\",\"port\":%d}",
		  number, number);
	lookahead_add(l, sbuf_span(&b), true);
}

static void is_number(int number)
{
	char want[16];
	struct sbuf b = SBUF(want);

	sbuf_addf(&b, "n%d", number);
	ck_assert_int_eq(line.kind, RECORDED_GOOD);
	ck_assert_str_eq(line.line->id, want);
	ck_assert_int_eq(line.line->port, number);
	ck_assert(line.whole && line.text.p[0] == '{');
}

START_TEST(of_nothing_there_is_nothing)
{
	ck_assert(lookahead_has_room(l));
	ck_assert(!lookahead_next(l, &line));
	ck_assert(!lookahead_next(l, &line));
}
END_TEST

/* As records.c reads: fill it, take one, fill it. */
START_TEST(lines_come_out_in_their_order)
{
	int added = 0, taken = 0;

	while (taken < 50000) {
		while (lookahead_has_room(l) && added < 50000)
			add_number(added++);
		ck_assert(lookahead_next(l, &line));
		is_number(taken++);
	}
	ck_assert(!lookahead_next(l, &line));
	/* and it can go on */
	add_number(7);
	ck_assert(lookahead_next(l, &line));
	is_number(7);
	ck_assert(!lookahead_next(l, &line));
}
END_TEST

START_TEST(one_line_at_a_time)
{
	for (int i = 0; i < 1000; i++) {
		add_number(i);
		ck_assert(lookahead_next(l, &line));
		is_number(i);
	}
	ck_assert(!lookahead_next(l, &line));
}
END_TEST

START_TEST(it_is_left_while_threads_are_at_work)
{
	for (int i = 0; lookahead_has_room(l); i++)
		add_number(i);
	ck_assert(lookahead_next(l, &line));
	is_number(0);
}
END_TEST

START_TEST(lines_of_all_kinds)
{
	static const struct {
		const char *text;
		bool whole;
		enum recorded_line want;
	} kinds[] = {
		{ "", true, RECORDED_TORN },
		{ "", false, RECORDED_TORN },
		{ "{", true, RECORDED_TORN },
		{ "{}", true, RECORDED_OTHER },
		{ "{\"v\":1,\"verdict\":\"pass\",\"path\":\"cache\"}", false,
		  RECORDED_GOOD },
	};

	for (int i = 0; i < 5; i++)
		lookahead_add(l, span_of(kinds[i].text), kinds[i].whole);
	for (int i = 0; i < 5; i++) {
		ck_assert(lookahead_next(l, &line));
		ck_assert_int_eq(line.kind, kinds[i].want);
		ck_assert(line.whole == kinds[i].whole);
		ck_assert_span(line.text, kinds[i].text);
	}
}
END_TEST

/* A good line that takes all the memory it can get. */
static void add_glutton(size_t objects)
{
	struct sbuf b = SBUF(text);

	sbuf_add_text(&b, "{\"v\":1,\"verdict\":\"pass\",\"path\":\"cache\","
			  "\"id\":\"n1\",\"port\":1,\"x\":[{}");
	while (objects-- > 0)
		sbuf_add_text(&b, ",{}");
	sbuf_add_text(&b, "]}");
	ck_assert(sbuf_fitted(&b));
	lookahead_add(l, sbuf_span(&b), true);
}

START_TEST(a_line_that_takes_much_tears_no_other)
{
	static const size_t sizes[] = { 10, 1000, 10000, 15000, 20000, 80000 };

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < ROWS(sizes); i++) {
			if (lookahead_has_room(l)) {
				add_glutton(sizes[i]);
				add_number(i);
				add_number(i);
			}
			while (lookahead_next(l, &line)) {
				/* it may be too much, but only itself */
				ck_assert_int_ne(line.kind, RECORDED_OTHER);
				ck_assert(lookahead_next(l, &line));
				is_number(i);
				ck_assert(lookahead_next(l, &line));
				is_number(i);
			}
		}
}
END_TEST

START_TEST(many_such_lines_in_one_batch)
{
	int lines = 0;

	while (lookahead_has_room(l)) {
		add_glutton(5000);
		lines++;
	}
	for (; lines > 0; lines--) {
		ck_assert(lookahead_next(l, &line));
		is_number(1);
	}
	ck_assert(!lookahead_next(l, &line));
}
END_TEST

START_TEST(the_longest_line)
{
	memset(text, ' ', sizeof(text));
	for (int i = 0; i < 3; i++)
		lookahead_add(l, (struct span){ text, sizeof(text) }, true);
	for (int i = 0; i < 3; i++) {
		ck_assert(lookahead_next(l, &line));
		ck_assert_int_eq(line.kind, RECORDED_TORN);
		ck_assert_uint_eq(line.text.len, sizeof(text));
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("lookahead");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, of_nothing_there_is_nothing);
	tcase_add_test(tc, lines_come_out_in_their_order);
	tcase_add_test(tc, one_line_at_a_time);
	tcase_add_test(tc, it_is_left_while_threads_are_at_work);
	tcase_add_test(tc, lines_of_all_kinds);
	tcase_add_test(tc, a_line_that_takes_much_tears_no_other);
	tcase_add_test(tc, many_such_lines_in_one_batch);
	tcase_add_test(tc, the_longest_line);
	return unit_run();
}
