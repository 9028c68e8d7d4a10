#include "smtp/input.h"
#include "unit.h"

static struct input in;

static void push(struct span bytes)
{
	size_t size;
	char *room = input_room(&in, &size);

	ck_assert_uint_ge(size, bytes.len);
	memcpy(room, bytes.p, bytes.len);
	input_filled(&in, bytes.len);
}

/* The lines of READS, each read ending at "/": "text" CRLF, "text" LF. */
static const struct {
	const char *why;
	struct span reads[4];
	const char *out; /* [text] or <text> when bare, then (behind), ... */
} rows[] = {
	{ "one line", { SPAN("NOOP\r\n") }, "[NOOP]()" },
	{ "bare LF", { SPAN("NOOP\n") }, "<NOOP>()" },
	{ "nothing but the end", { SPAN("\r\n") }, "[]()" },
	{ "nothing but LF", { SPAN("\n") }, "<>()" },
	{ "a CR alone is data", { SPAN("a\rb\r\n") }, "[a\rb]()" },
	{ "of two CRs one stays", { SPAN("a\r\r\n") }, "[a\r]()" },
	{ "LF CR is a bare end and data",
	  { SPAN("a\n\rb\r\n") },
	  "<a>(\rb\r\n)[\rb]()" },
	{ "two in a read", { SPAN("a\r\nb\r\n") }, "[a](b\r\n)[b]()" },
	{ "two in two reads", { SPAN("a\r\n"), SPAN("b\r\n") }, "[a]()[b]()" },
	{ "the rest of a line stays for the next read",
	  { SPAN("a\r\nb"), SPAN("c\r\n") },
	  "[a](b)[bc]()" },
	{ "cut between CR and LF",
	  { SPAN("a\r"), SPAN("\n"), SPAN("b\r\n") },
	  "[a]()[b]()" },
	{ "cut everywhere",
	  { SPAN("a"), SPAN("b"), SPAN("\r"), SPAN("\nc") },
	  "[ab](c)" },
	{ "8 bytes fit", { SPAN("123456\r\n") }, "[123456]()" },
	{ "8 bytes fit without CR", { SPAN("1234567\n") }, "<1234567>()" },
	{ "9 do not", { SPAN("1234567\r\n") }, "!" },
	{ "8 without an end may still wait", { SPAN("12345678") }, "" },
	{ "the ninth is too much", { SPAN("12345678"), SPAN("\n") }, "!" },
	{ "CRs count too", { SPAN("\r\r\r\r\r\r\r\r\r") }, "!" },
	{ "a long line behind a short one",
	  { SPAN("a\r\n123456789") },
	  "[a](123456789)!" },
	{ "each line is counted anew",
	  { SPAN("123456\r\n123456\r\n") },
	  "[123456](123456\r\n)[123456]()" },
};

static void note(struct sbuf *out, const struct engine_line *line)
{
	sbuf_add_char(out, line->bare_newline ? '<' : '[');
	sbuf_add(out, line->text);
	sbuf_add_char(out, line->bare_newline ? '>' : ']');
	sbuf_add_char(out, '(');
	sbuf_add(out, line->behind);
	sbuf_add_char(out, ')');
}

START_TEST(lines_are_found)
{
	char memory[256];
	struct sbuf out = SBUF(memory);
	enum input_next next = INPUT_MORE;

	input_start(&in, 8);
	for (int i = 0; i < 4 && rows[_i].reads[i].p; i++) {
		struct engine_line line;

		push(rows[_i].reads[i]);
		while ((next = input_next(&in, &line)) == INPUT_GOT_LINE)
			note(&out, &line);
	}
	if (next == INPUT_TOO_LONG)
		sbuf_add_char(&out, '!');
	ck_assert_msg(strcmp(out.text, rows[_i].out) == 0,
		      "%s: have \"%s\", want \"%s\"", rows[_i].why, out.text,
		      rows[_i].out);
}
END_TEST

START_TEST(nul_is_data)
{
	struct engine_line line;

	input_start(&in, 2048);
	push(SPAN("a\0b\r\n"));
	ck_assert_int_eq(input_next(&in, &line), INPUT_GOT_LINE);
	ck_assert_uint_eq(line.text.len, 3);
	ck_assert(memcmp(line.text.p, "a\0b", 3) == 0);
}
END_TEST

START_TEST(too_long_stays_too_long)
{
	struct engine_line line;

	input_start(&in, 4);
	push(SPAN("12345\r\nNOOP\r\n"));
	ck_assert_int_eq(input_next(&in, &line), INPUT_TOO_LONG);
	ck_assert_int_eq(input_next(&in, &line), INPUT_TOO_LONG);
}
END_TEST

/* A limit that no buffer could hold is our own limit. */
START_TEST(endless_lines_end)
{
	struct engine_line line;
	enum input_next next = INPUT_MORE;
	size_t pushed = 0;

	input_start(&in, (size_t)-1);
	while (next == INPUT_MORE) {
		char bytes[INPUT_READ];

		memset(bytes, '\r', sizeof(bytes));
		push((struct span){ bytes, sizeof(bytes) });
		pushed += sizeof(bytes);
		next = input_next(&in, &line);
		ck_assert_uint_le(pushed, INPUT_LINE + INPUT_READ);
	}
	ck_assert_int_eq(next, INPUT_TOO_LONG);
	ck_assert_uint_gt(pushed, INPUT_LINE);
}
END_TEST

/* The line limit of the defaults, to the byte. */
START_TEST(limit_counts_the_terminator)
{
	char bytes[2049];
	struct engine_line line;

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes + 2046, "\r\n", 2);
	input_start(&in, 2048);
	push((struct span){ bytes, 2048 });
	ck_assert_int_eq(input_next(&in, &line), INPUT_GOT_LINE);
	ck_assert_uint_eq(line.text.len, 2046);
	memcpy(bytes + 2046, "x\r\n", 3);
	push((struct span){ bytes, 2049 });
	ck_assert_int_eq(input_next(&in, &line), INPUT_TOO_LONG);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("input");

	tcase_add_loop_test(tc, lines_are_found, 0, ROWS(rows));
	tcase_add_test(tc, nul_is_data);
	tcase_add_test(tc, too_long_stays_too_long);
	tcase_add_test(tc, endless_lines_end);
	tcase_add_test(tc, limit_counts_the_terminator);
	return unit_run();
}
