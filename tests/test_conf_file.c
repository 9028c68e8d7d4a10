#include "conf/conf_file.h"
#include "unit.h"

static struct arena arena;
static struct report report;
static struct conf_file file;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 16 << 20), 0);
	report_init(&report, &arena);
	ck_assert(conf_file_init(&file, &arena, &report));
}

static void teardown(void)
{
	arena_close(&arena);
}

static int read_text(const char *text)
{
	return conf_file_read_text(&file, "x.conf", span_of(text));
}

START_TEST(names_are_kept_as_written)
{
	const struct setting *s;

	ck_assert_int_eq(read_text("\nblue = sky\ngreet_wait=3 \n"), 0);
	s = conf_file_ours(&file,
			   parameter_find(SPAN("postscreen_greet_wait")));
	ck_assert_ptr_nonnull(s);
	ck_assert_str_eq(s->name, "greet_wait");
	ck_assert_span(s->text, "3");
	ck_assert_str_eq(s->text.p, "3"); /* a C string too */
	ck_assert_str_eq(s->origin.file, "x.conf");
	ck_assert_uint_eq(s->origin.line, 3);
	ck_assert_str_eq(s->origin.parameter, "greet_wait");
	s = conf_file_other(&file, SPAN("blue"));
	ck_assert_ptr_nonnull(s);
	ck_assert_span(s->text, "sky");
	ck_assert_uint_eq(s->origin.line, 2);
	ck_assert_ptr_null(conf_file_other(&file, SPAN("greet_wait")));
	ck_assert_ptr_null(conf_file_other(&file, SPAN("blu")));
	ck_assert_ptr_null(conf_file_other(&file, SPAN("")));
}
END_TEST

START_TEST(names_of_postfix_are_its_own)
{
	file.names_of_postfix = true;
	ck_assert_int_eq(read_text("greet_wait = 3\nhandoff = x\n"
				   "postscreen_greet_wait = 4\n"
				   "soft_bounce = yes\n"),
			 0);
	ck_assert_span(conf_file_other(&file, SPAN("greet_wait"))->text, "3");
	ck_assert_span(conf_file_other(&file, SPAN("handoff"))->text, "x");
	ck_assert_span(
		conf_file_ours(&file, parameter_find(SPAN("greet_wait")))->text,
		"4");
	ck_assert_span(conf_file_ours(&file,
				      parameter_find(SPAN("soft_bounce")))
			       ->text,
		       "yes");
	ck_assert_uint_eq(report.warnings, 0);
}
END_TEST

START_TEST(options_replace_and_take_their_origin)
{
	const struct setting *s;

	ck_assert_int_eq(read_text("blue = sky\ngrey = fog"), 0);
	conf_file_option(&file, " blue = sea ");
	conf_file_option(&file, "grey=");
	s = conf_file_other(&file, SPAN("blue"));
	ck_assert_str_eq(s->text.p, "sea");
	ck_assert_ptr_null(s->origin.file);
	ck_assert_uint_eq(s->origin.line, 0);
	s = conf_file_other(&file, SPAN("grey"));
	ck_assert_str_eq(s->text.p, "");
	ck_assert_ptr_null(report.first);
}
END_TEST

/* More names than there are buckets: none is lost, and none is taken for
 * another. */
START_TEST(many_names_are_kept)
{
	static char text[65536];
	struct sbuf all = SBUF(text);
	char memory[32];
	struct sbuf name = SBUF(memory);
	unsigned count = 0;

	for (int i = 0; i < 2000; i++)
		sbuf_addf(&all, "n%d=%d\n", i, i);
	ck_assert(sbuf_fitted(&all));
	ck_assert_int_eq(read_text(text), 0);
	for (int i = 0; i < 2000; i++) {
		const struct setting *s;

		sbuf_clear(&name);
		sbuf_addf(&name, "n%d", i);
		s = conf_file_other(&file, sbuf_span(&name));
		ck_assert_ptr_nonnull(s);
		ck_assert_str_eq(s->text.p, memory + 1);
	}
	for (const struct setting *s = file.first; s; s = s->next)
		ck_assert_uint_eq(s->origin.line, ++count);
	ck_assert_uint_eq(count, 2000);
}
END_TEST

START_TEST(references_are_marked)
{
	ck_assert_int_eq(read_text("a=$b\nb=x\nc=y\nd=$$c\ne=${a?{$(e)}}\n"
				   "mail_name=$f\nf=\n"),
			 0);
	conf_file_mark_references(&file);
	ck_assert(conf_file_other(&file, SPAN("a"))->referenced);
	ck_assert(conf_file_other(&file, SPAN("b"))->referenced);
	ck_assert(!conf_file_other(&file, SPAN("c"))->referenced);
	ck_assert(!conf_file_other(&file, SPAN("d"))->referenced);
	ck_assert(conf_file_other(&file, SPAN("e"))->referenced);
	ck_assert(conf_file_other(&file, SPAN("f"))->referenced);
}
END_TEST

START_TEST(a_full_arena_is_noticed)
{
	struct arena small;

	ck_assert_int_eq(arena_open(&small, 16384), 0);
	ck_assert(conf_file_init(&file, &small, &report));
	while (!file.full)
		conf_file_option(&file, "b=1");
	ck_assert(file.full);
	arena_close(&small);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("conf_file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, names_are_kept_as_written);
	tcase_add_test(tc, names_of_postfix_are_its_own);
	tcase_add_test(tc, options_replace_and_take_their_origin);
	tcase_add_test(tc, many_names_are_kept);
	tcase_add_test(tc, references_are_marked);
	tcase_add_test(tc, a_full_arena_is_noticed);
	return unit_run();
}
