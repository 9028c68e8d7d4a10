#include "conf/compiled.h"
#include "conf/compiled_write.h"
#include "conf/table.h"
#include "random_cidr.h"
#include "tables.h"

#include <errno.h>
#include <sys/stat.h>

#define MANY 100000

static char source[128], compiled[160], spec[160];

/* The table now holds RULES, and nothing is compiled. */
static void write_rules(struct span rules)
{
	snprintf(source, sizeof(source), "%s", file_with("t", rules));
	snprintf(compiled, sizeof(compiled), "%s" COMPILED_SUFFIX, source);
	snprintf(spec, sizeof(spec), "cidr:%s", source);
	unlink(compiled);
}

/* What belongs beside the table, in an arena of its own. */
static struct span make(struct arena *in)
{
	struct report mistakes;
	struct span image;
	struct stat st;

	ck_assert_int_eq(arena_open(in, (size_t)1 << 30), 0);
	report_init(&mistakes, in);
	ck_assert_int_eq(compiled_make(source, in, &mistakes, &st, &image), 0);
	return image;
}

static void compile(void)
{
	struct arena in;

	file_with("t" COMPILED_SUFFIX, make(&in));
	arena_close(&in);
}

static struct table *open_it(void)
{
	struct table *t = table_open(span_of(spec), &arena, &report, &here);

	ck_assert_ptr_nonnull(t);
	return t;
}

/* What T gives for KEY; "-" when it is not found. */
static const char *answer(const struct table *t, const char *key)
{
	static char text[256];
	struct sbuf value = SBUF(text);
	int found = table_find(t, span_of(key), &value);

	ck_assert_int_ge(found, 0);
	return found > 0 ? text : "-";
}

/* What is beside the table; NULL when it is not used. */
static const struct compiled *open_compiled(void)
{
	char text[256];
	struct sbuf why = SBUF(text);
	struct compiled *c = arena_alloc(&arena, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	return compiled_open(c, source, &arena, &why) == COMPILED_GOOD ? c
								       : NULL;
}

static bool is_used(void)
{
	return open_compiled() != NULL;
}

static void forget_everything(void)
{
	arena_close(&arena);
	ck_assert_int_eq(arena_open(&arena, 64 << 20), 0);
	report_init(&report, &arena);
}

/* ---- the same answers as the text -----------------------------------------
 */

static void compare(const struct table *t, const struct obvious *o,
		    unsigned count, bool ipv6, const unsigned char *who)
{
	char name[64], want[16] = "-";
	struct sbuf key = SBUF(name);
	unsigned result = obvious_find(o, count, ipv6, who);

	add_address(&key, ipv6, who);
	if (result > 0)
		snprintf(want, sizeof(want), "%u", result);
	ck_assert_msg(strcmp(answer(t, name), want) == 0,
		      "%s: have %s, want %s", name, answer(t, name), want);
}

/* WHO is changed by one, up or down. */
static void step(unsigned char *who, bool ipv6, int by)
{
	for (int i = ipv6 ? 15 : 3; i >= 0; i--) {
		int sum = who[i] + by;

		who[i] = (unsigned char)sum;
		if (sum >= 0 && sum < 256)
			return;
	}
}

/* The first and last address of a network, and those beside it: nothing can
 * change between two of these. */
static void compare_edges(const struct table *t, const struct obvious *o,
			  unsigned count, const struct obvious *net)
{
	unsigned char who[16];
	unsigned bits = net->ipv6 ? 128 : 32;

	memcpy(who, net->bytes, sizeof(who));
	compare(t, o, count, net->ipv6, who);
	step(who, net->ipv6, -1);
	compare(t, o, count, net->ipv6, who);
	memcpy(who, net->bytes, sizeof(who));
	for (unsigned bit = net->prefix; bit < bits; bit++)
		who[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
	compare(t, o, count, net->ipv6, who);
	step(who, net->ipv6, 1);
	compare(t, o, count, net->ipv6, who);
}

START_TEST(random_tables_keep_their_meaning)
{
	random_seed();
	for (int round = 0; round < 300; round++) {
		unsigned long start = seed;
		struct obvious o[OBVIOUS_RULES];
		char memory[8192];
		struct sbuf rules = SBUF(memory);
		unsigned count =
			make_table(o, round % 2 ? 3 : OBVIOUS_RULES, &rules);
		struct table *t;

		ck_assert(sbuf_fitted(&rules));
		write_rules(sbuf_span(&rules));
		compile();
		ck_assert(is_used());
		t = open_it();
		ck_assert(!reported(REPORT_WARNING, "damaged"));
		printf("TEST_SEED=%lu\n%s", start, memory);
		for (unsigned i = 0; i < count; i++)
			if (o[i].kind != ENDIF)
				compare_edges(t, o, count, &o[i]);
		forget_everything();
	}
}
END_TEST

/* Single addresses and small networks, so many that trees have all levels. */
static void write_many(void)
{
	static char memory[MANY * 32];
	struct sbuf b = SBUF(memory);

	for (unsigned i = 0; i < MANY / 2; i++) {
		sbuf_addf(&b, "10.%u.%u.0/28 v%u\n", i >> 8, i & 255, i);
		sbuf_addf(&b, "2001:db8:%x::/48 w%u\n", i, i % 3);
	}
	ck_assert(sbuf_fitted(&b));
	write_rules(sbuf_span(&b));
}

START_TEST(large_tables_are_found_through)
{
	char key[64], want[16];
	const struct compiled *c;
	struct table *t;

	write_many();
	compile();
	c = open_compiled();
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(compiled_verify(c), 0);
	ck_assert_uint_ge(c->header.ipv4.levels, 3);
	ck_assert_uint_ge(c->header.ipv6.levels, 3);
	ck_assert_uint_eq(c->header.rules, MANY);
	t = open_it();
	for (unsigned i = 0; i < MANY / 2; i += 7) {
		snprintf(key, sizeof(key), "10.%u.%u.15", i >> 8, i & 255);
		snprintf(want, sizeof(want), "v%u", i);
		ck_assert_str_eq(answer(t, key), want);
		snprintf(key, sizeof(key), "10.%u.%u.16", i >> 8, i & 255);
		ck_assert_str_eq(answer(t, key), "-");
		snprintf(key, sizeof(key), "2001:db8:%x:ffff::", i);
		snprintf(want, sizeof(want), "w%u", i % 3);
		ck_assert_str_eq(answer(t, key), want);
	}
	ck_assert_str_eq(answer(t, "9.255.255.255"), "-");
	ck_assert_str_eq(answer(t, "255.255.255.255"), "-");
	ck_assert_str_eq(answer(t, "::"), "-");
}
END_TEST

START_TEST(ifs_as_deep_as_one_likes)
{
	static char memory[3 << 20];
	struct sbuf b = SBUF(memory);
	struct table *t;

	for (int i = 0; i < MANY; i++)
		sbuf_addf(&b, "if !10.%d.%d.0/24\n", i >> 8 & 255, i & 255);
	sbuf_add_text(&b, "0.0.0.0/0 a\n");
	for (int i = 0; i < MANY; i++)
		sbuf_add_text(&b, "endif\n");
	sbuf_add_text(&b, "10.0.0.0/9 b\n");
	ck_assert(sbuf_fitted(&b));
	write_rules(sbuf_span(&b));
	compile();
	t = open_it();
	ck_assert_str_eq(answer(t, "9.255.255.255"), "a");
	ck_assert_str_eq(answer(t, "10.1.2.3"), "b");
	ck_assert_str_eq(answer(t, "10.255.0.0"), "-");
	ck_assert_str_eq(answer(t, "11.0.0.0"), "a");
}
END_TEST

static const char small[] = "# two networks\n"
			    "192.0.2.0/24 permit\n"
			    "198.51.100.7 reject, x\n"
			    "if 2001:db8::/32\n"
			    "!2001:db8:1::/48 dunno\n"
			    "endif\n"
			    "10.0.0.1/8 host bits\n";

static const struct {
	const char *key, *result;
} asked[] = {
	{ "192.0.2.77", "permit" }, { "198.51.100.7", "reject, x" },
	{ "198.51.100.8", "-" },    { "2001:db8::1", "dunno" },
	{ "2001:db8:1::1", "-" },   { "::ffff:192.0.2.77", "-" },
	{ "mail.example", "-" },    { "10.0.0.1", "-" },
	{ "255.255.255.255", "-" },
};

/* All answers are right, compiled or not. */
static void ask_all(const struct table *t, const char *why)
{
	for (size_t i = 0; i < ROWS(asked); i++)
		ck_assert_msg(strcmp(answer(t, asked[i].key),
				     asked[i].result) == 0,
			      "%s: %s is %s", why, asked[i].key,
			      answer(t, asked[i].key));
}

START_TEST(mistakes_are_reported_as_ever)
{
	unsigned warnings;

	write_rules(SPAN(small));
	ask_all(open_it(), "text");
	warnings = report.warnings;
	ck_assert_uint_eq(warnings, 1);
	compile();
	ck_assert(is_used());
	report_init(&report, &arena);
	ask_all(open_it(), "compiled");
	ck_assert_uint_eq(report.warnings, warnings);
	ck_assert(reported(REPORT_WARNING,
			   "/etc/x.conf, line 3: param: cidr map "));
	ck_assert(reported(REPORT_WARNING, ", line 7: host bits are set in"));
}
END_TEST

START_TEST(a_value_too_long_is_said_so)
{
	char text[4];
	struct sbuf value = SBUF(text);

	write_rules(SPAN(small));
	compile();
	ck_assert_int_eq(table_find(open_it(), SPAN("192.0.2.1"), &value),
			 -EMSGSIZE);
}
END_TEST

START_TEST(an_empty_table_finds_nothing)
{
	struct table *t;

	write_rules(SPAN("# nothing\n"));
	compile();
	ck_assert(is_used());
	t = open_it();
	ck_assert_str_eq(answer(t, "192.0.2.1"), "-");
	ck_assert_str_eq(answer(t, "::1"), "-");
}
END_TEST

/* ---- when it is used ------------------------------------------------------
 */

static void touch(void)
{
	ck_assert_int_eq(utimensat(AT_FDCWD, source, NULL, 0), 0);
}

/* Other contents of the same length, with the old time of change. */
static void change_unnoticed(void)
{
	struct stat st;
	int fd = open(source, O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(pwrite(fd, "# TWO", 5, 0), 5);
	ck_assert_int_eq(
		futimens(fd, (struct timespec[]){ st.st_atim, st.st_mtim }), 0);
	close(fd);
}

static void replace_by_copy(void)
{
	char copy[160];
	struct stat st;

	ck_assert_int_eq(stat(source, &st), 0);
	snprintf(copy, sizeof(copy), "%s", file_with("copy", SPAN(small)));
	ck_assert_int_eq(
		utimensat(AT_FDCWD, copy,
			  (struct timespec[]){ st.st_atim, st.st_mtim }, 0),
		0);
	ck_assert_int_eq(rename(copy, source), 0);
}

static void make_writable(void)
{
	ck_assert_int_eq(chmod(compiled, 0620), 0);
}

static void make_writable_by_all(void)
{
	ck_assert_int_eq(chmod(compiled, 0602), 0);
}

static void link_it(void)
{
	char other[160];

	snprintf(other, sizeof(other), "%s/other", dir);
	ck_assert_int_eq(rename(compiled, other), 0);
	ck_assert_int_eq(symlink(other, compiled), 0);
}

static void make_fifo(void)
{
	ck_assert_int_eq(unlink(compiled), 0);
	ck_assert_int_eq(mkfifo(compiled, 0600), 0);
}

static void cut_header(void)
{
	ck_assert_int_eq(truncate(compiled, 100), 0);
}

static void cut_end(void)
{
	struct stat st;

	ck_assert_int_eq(stat(compiled, &st), 0);
	ck_assert_int_eq(truncate(compiled, st.st_size - 8), 0);
}

static void empty_it(void)
{
	ck_assert_int_eq(truncate(compiled, 0), 0);
}

static void write_text_there(void)
{
	file_with("t" COMPILED_SUFFIX,
		  SPAN("192.0.2.0/24 reject -- and this is no compiled table "
		       "but a text that somebody has put into its place, long "
		       "enough for a header to be read from it, or what would "
		       "be one: it has more than 200 bytes, for sure.\n"));
}

static void other_version(void)
{
	uint32_t version = COMPILED_VERSION + 1;
	int fd = open(compiled, O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(pwrite(fd, &version, sizeof(version),
				offsetof(struct compiled_header, version)),
			 sizeof(version));
	close(fd);
}

static const struct {
	const char *why;
	void (*change)(void);
	enum report_level level;
	const char *words;
} changes[] = {
	{ "touched", touch, REPORT_NOTE, "is older than the text" },
	{ "changed, with the time set back", change_unnoticed, REPORT_NOTE,
	  "is older than the text" },
	{ "replaced, with the same time and size", replace_by_copy, REPORT_NOTE,
	  "is older than the text" },
	{ "another version", other_version, REPORT_NOTE, "another version" },
	{ "its group may write", make_writable, REPORT_WARNING,
	  "does not belong to the owner of the text alone" },
	{ "all may write", make_writable_by_all, REPORT_WARNING,
	  "does not belong to the owner of the text alone" },
	{ "a symbolic link", link_it, REPORT_WARNING, "is a symbolic link" },
	{ "a fifo", make_fifo, REPORT_WARNING, "is no regular file" },
	{ "empty", empty_it, REPORT_WARNING, "is cut short" },
	{ "no whole header", cut_header, REPORT_WARNING, "is cut short" },
	{ "no end", cut_end, REPORT_WARNING, "is damaged" },
	{ "a text", write_text_there, REPORT_WARNING, "is no compiled table" },
};

START_TEST(otherwise_the_text_is_read)
{
	write_rules(SPAN(small));
	compile();
	ck_assert_msg(is_used(), "%s", changes[_i].why);
	changes[_i].change();
	ck_assert_msg(!is_used(), "%s", changes[_i].why);
	ask_all(open_it(), changes[_i].why);
	ck_assert_msg(reported(changes[_i].level, changes[_i].words), "%s: %s",
		      changes[_i].why, reports());
	/* one more than the table's own mistake */
	ck_assert_uint_eq(report.warnings,
			  1 + (changes[_i].level == REPORT_WARNING));
}
END_TEST

/* On kernels before 6.13 two changes within a few milliseconds have one time.
 */
START_TEST(a_change_right_behind_shows)
{
	for (int i = 0; i < 20; i++) {
		write_rules(SPAN(small));
		compile();
		change_unnoticed();
		ck_assert_msg(!is_used(), "round %d", i);
	}
}
END_TEST

START_TEST(what_another_user_made_is_not_used)
{
	if (geteuid() != 0)
		return; /* only root can give files away */
	write_rules(SPAN(small));
	compile();
	ck_assert_int_eq(chown(compiled, 12345, 12345), 0);
	ck_assert(!is_used());
	ck_assert_int_eq(chown(source, 12345, 12345), 0);
	compile();
	ck_assert_int_eq(chown(compiled, 0, 0), 0);
	ck_assert(is_used()); /* root may anyway */
	ck_assert_int_eq(chown(compiled, 12345, 12345), 0);
	ck_assert(is_used());
}
END_TEST

START_TEST(a_source_that_is_gone_is_missed)
{
	write_rules(SPAN(small));
	compile();
	ck_assert_int_eq(unlink(source), 0);
	ck_assert(!is_used());
	open_it();
	ck_assert(reported(REPORT_WARNING, "No such file"));
}
END_TEST

/* ---- damage ---------------------------------------------------------------
 */

START_TEST(no_damaged_byte_changes_an_answer)
{
	struct arena in;
	struct span image;
	unsigned told = 0;

	write_rules(SPAN(small));
	image = make(&in);
	for (size_t i = 0; i < image.len; i++) {
		char *byte = (char *)(uintptr_t)image.p + i;

		*byte ^= 0x5a;
		file_with("t" COMPILED_SUFFIX, image);
		*byte ^= 0x5a;
		ask_all(open_it(), "damaged");
		told += reported(REPORT_WARNING, "damaged");
		forget_everything();
	}
	arena_close(&in);
	/* all of three blocks, but for what is behind the header */
	ck_assert_uint_gt(told, 2 * COMPILED_BLOCK);
}
END_TEST

START_TEST(cut_while_it_is_mapped)
{
	struct table *t;

	write_many();
	compile();
	t = open_it();
	ck_assert_str_eq(answer(t, "10.0.7.1"), "v7");
	ck_assert_int_eq(truncate(compiled, 4096), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(answer(t, "10.150.7.1"), "v38407");
	ck_assert_uint_eq(report.warnings, 1);
	ck_assert(reported(REPORT_WARNING, "is damaged: reading the text"));
}
END_TEST

START_TEST(replaced_while_it_is_mapped)
{
	struct table *t;
	char other[160];

	write_rules(SPAN(small));
	compile();
	t = open_it();
	snprintf(other, sizeof(other), "%s", file_with("o", SPAN("nonsense")));
	ck_assert_int_eq(rename(other, compiled), 0);
	ask_all(t, "replaced");
	ck_assert_uint_eq(report.warnings, 1);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("compiled");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_test(tc, random_tables_keep_their_meaning);
	tcase_add_test(tc, large_tables_are_found_through);
	tcase_add_test(tc, ifs_as_deep_as_one_likes);
	tcase_add_test(tc, mistakes_are_reported_as_ever);
	tcase_add_test(tc, a_value_too_long_is_said_so);
	tcase_add_test(tc, an_empty_table_finds_nothing);
	tcase_add_loop_test(tc, otherwise_the_text_is_read, 0, ROWS(changes));
	tcase_add_test(tc, a_change_right_behind_shows);
	tcase_add_test(tc, what_another_user_made_is_not_used);
	tcase_add_test(tc, a_source_that_is_gone_is_missed);
	tcase_add_test(tc, no_damaged_byte_changes_an_answer);
	tcase_add_test(tc, cut_while_it_is_mapped);
	tcase_add_test(tc, replaced_while_it_is_mapped);
	return unit_run();
}
