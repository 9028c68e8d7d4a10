#include "greylist/request.h"
#include "unit.h"

static struct request r;

static void init(void)
{
	request_init(&r);
}

/* As much as there is room for. */
static void arrive(struct span text)
{
	while (text.len > 0) {
		size_t size;
		char *to = request_room(&r, &size);

		if (size > text.len)
			size = text.len;
		memcpy(to, text.p, size);
		request_arrived(&r, size);
		text = span_skip(text, size);
	}
}

static const struct {
	const char *why, *text;
	unsigned garbage;
	const char *sender; /* NULL: missing */
} lines[] = {
	{ "plain", "sender=a@x\n\n", 0, "a@x" },
	{ "CR LF", "sender=a@x\r\n\r\n", 0, "a@x" },
	{ "two CRs, of which one is the value's", "sender=a@x\r\r\n\n", 0,
	  "a@x\r" },
	{ "no value", "sender=\n\n", 0, "" },
	{ "missing", "recipient=b@y\n\n", 0, NULL },
	{ "the last one counts", "sender=a\nsender=bcd\nsender=e\n\n", 0, "e" },
	{ "equal signs in the value", "sender=a=b==c=\n\n", 0, "a=b==c=" },
	{ "equal signs before the name", "==sender=a@x\n\n", 0, "a@x" },
	{ "unknown attributes", "x=y\nsender=a@x\nstress=\n\n", 0, "a@x" },
	{ "garbage", "hello\nsender=a@x\n===\n\n", 2, "a@x" },
	{ "garbage with one equal sign", "=sender\nsender=a@x\n\n", 1, "a@x" },
	{ "another case is another name", "SENDER=b\nsender=a\n\n", 0, "a" },
	{ "spaces belong to name and value", " sender=b\nsender= a \n\n", 0,
	  " a " },
	{ "any bytes", "sender=\001\377\200@\033\n\n", 0, "\001\377\200@\033" },
};

static void check_line(int row)
{
	unsigned garbage = 0;
	struct span line;
	enum request_state state;

	while ((state = request_next(&r, &line)) == REQUEST_GARBAGE)
		garbage++;
	ck_assert_msg(state == REQUEST_WHOLE, "%s", lines[row].why);
	ck_assert_msg(garbage == lines[row].garbage, "%s: %u", lines[row].why,
		      garbage);
	ck_assert_msg(request_has(&r, REQUEST_SENDER) ==
			      (lines[row].sender != NULL),
		      "%s", lines[row].why);
	ck_assert_span(request_get(&r, REQUEST_SENDER),
		       lines[row].sender ? lines[row].sender : "");
}

START_TEST(lines_are_attributes)
{
	arrive(span_of(lines[_i].text));
	check_line(_i);
}
END_TEST

START_TEST(lines_come_in_any_pieces)
{
	struct span text = span_of(lines[_i].text), line;

	/* all but the last byte, which makes it whole */
	for (; text.len > 1; text = span_skip(text, 1)) {
		enum request_state state;

		arrive((struct span){ text.p, 1 });
		if (lines[_i].garbage > 0)
			continue; /* counted at the end */
		state = request_next(&r, &line);
		ck_assert_msg(state == REQUEST_PARTIAL, "%s", lines[_i].why);
		ck_assert(request_begun(&r));
	}
	arrive(text);
	check_line(_i);
}
END_TEST

START_TEST(requests_may_come_at_once)
{
	struct span line;

	arrive(SPAN("sender=a@x\nqueue_id=1\n\nsender=b@x\n\n\nsender=c"));
	ck_assert_int_eq(request_next(&r, &line), REQUEST_WHOLE);
	ck_assert_span(request_get(&r, REQUEST_SENDER), "a@x");
	ck_assert_span(request_get(&r, REQUEST_QUEUE_ID), "1");
	request_forget(&r);
	ck_assert_int_eq(request_next(&r, &line), REQUEST_WHOLE);
	ck_assert_span(request_get(&r, REQUEST_SENDER), "b@x");
	ck_assert(!request_has(&r, REQUEST_QUEUE_ID));
	request_forget(&r);
	ck_assert_int_eq(request_next(&r, &line), REQUEST_WHOLE); /* empty */
	request_forget(&r);
	ck_assert_int_eq(request_next(&r, &line), REQUEST_PARTIAL);
	ck_assert(request_begun(&r));
	arrive(SPAN("d\n\n"));
	ck_assert_int_eq(request_next(&r, &line), REQUEST_WHOLE);
	ck_assert_span(request_get(&r, REQUEST_SENDER), "cd");
	request_forget(&r);
	ck_assert(!request_begun(&r));
}
END_TEST

static char filler[2 * REQUEST_MEMORY];

START_TEST(other_attributes_have_any_length_together)
{
	struct span line;

	memset(filler, 'x', sizeof(filler));
	memcpy(filler, "x=", 2);
	arrive(SPAN("sender=a@x\n"));
	for (int i = 0; i < 10; i++) {
		arrive((struct span){ filler, REQUEST_MEMORY / 2 });
		arrive(SPAN("\n"));
		ck_assert_int_eq(request_next(&r, &line), REQUEST_PARTIAL);
	}
	arrive(SPAN("recipient=b@y\n\n"));
	ck_assert_int_eq(request_next(&r, &line), REQUEST_WHOLE);
	ck_assert_span(request_get(&r, REQUEST_SENDER), "a@x");
	ck_assert_span(request_get(&r, REQUEST_RECIPIENT), "b@y");
}
END_TEST

/* Fill it, piece by piece, until it says so. */
static void fill_up(struct span piece)
{
	struct span line;
	size_t sent = 0;

	for (;;) {
		size_t size;
		char *to = request_room(&r, &size);

		if (size > piece.len)
			size = piece.len;
		memcpy(to, piece.p, size);
		request_arrived(&r, size);
		sent += size;
		if (request_next(&r, &line) == REQUEST_ENDLESS)
			return;
		ck_assert_uint_le(sent, 100 * REQUEST_MEMORY);
	}
}

START_TEST(an_endless_line_does_not_fit)
{
	fill_up(SPAN("xxxxxxxxx"));
}
END_TEST

START_TEST(endless_values_do_not_fit)
{
	fill_up(SPAN("sender=xxxxxxxxxxxxxxxxx\n"));
}
END_TEST

START_TEST(a_nul_is_a_byte)
{
	struct span line;

	arrive(SPAN("sender=a\0b\n\n"));
	ck_assert_int_eq(request_next(&r, &line), REQUEST_WHOLE);
	ck_assert(span_equal(request_get(&r, REQUEST_SENDER), SPAN("a\0b")));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("request");

	tcase_add_checked_fixture(tc, init, NULL);
	tcase_add_loop_test(tc, lines_are_attributes, 0, ROWS(lines));
	tcase_add_loop_test(tc, lines_come_in_any_pieces, 0, ROWS(lines));
	tcase_add_test(tc, requests_may_come_at_once);
	tcase_add_test(tc, other_attributes_have_any_length_together);
	tcase_add_test(tc, an_endless_line_does_not_fit);
	tcase_add_test(tc, endless_values_do_not_fit);
	tcase_add_test(tc, a_nul_is_a_byte);
	return unit_run();
}
