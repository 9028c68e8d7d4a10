#include "history/list_figures.h"

#include "unit.h"

#include <stdio.h>

static struct list_figures *f;
static struct recorded line;

static void make(void)
{
	f = calloc(1, sizeof(*f));
	ck_assert_ptr_nonnull(f);
	memset(&line, 0, sizeof(line));
	line.scored = true;
	line.threshold = 3;
}

static void drop(void)
{
	free(f);
}

/* A connection for which NAMES, a letter each, were asked; those in HIT listed
 * it and added their WEIGHT. */
static void add(const char *names, const char *hit, const int *weight)
{
	static const char *const name[] = { "a", "b", "c", "d" };

	line.lists = 0;
	line.score = 0;
	for (; *names != '\0'; names++) {
		struct recorded_list *l = &line.list[line.lists++];
		const char *at = strchr(hit, *names);

		*l = (struct recorded_list){
			.name = name[*names - 'a'],
			.status = at ? RECORDED_LISTED : RECORDED_ABSENT,
			.answer.took = 1000,
			.counted = at != NULL,
			.weight = at ? weight[*names - 'a'] : 0,
		};
		line.score += l->weight;
	}
	list_figures_add(f, &line);
}

static const struct list_figure *of(const char *name)
{
	for (size_t i = 0; i < f->lists; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return &f->list[i];
	ck_abort_msg("there is no list %s", name);
	return NULL;
}

static const struct {
	const char *why, *hit;
	int weight[4];
	int alone[4], decided[4];
} verdicts[] = {
	{ "nobody", "", { 3, 3, 3, -2 }, { 0 }, { 0 } },
	{ "one over the threshold", "a", { 3, 3 }, { 1 }, { 1 } },
	{ "one below it", "a", { 2, 3 }, { 1 }, { 0 } },
	{ "two, each enough", "ab", { 3, 3 }, { 0 }, { 0, 0 } },
	{ "two, both needed", "ab", { 2, 1 }, { 0 }, { 1, 1 } },
	{ "two, one needed", "ab", { 3, 1 }, { 0 }, { 1, 0 } },
	{ "three, any two enough", "abc", { 2, 2, 2 }, { 0 }, { 0, 0, 0 } },
	{ "saved by an allowlist",
	  "ad",
	  { 4, 0, 0, -2 },
	  { 1, 0, 0, 1 },
	  { 0, 0, 0, 1 } },
	{ "an allowlist not enough",
	  "ad",
	  { 9, 0, 0, -2 },
	  { 1, 0, 0, 1 },
	  { 1, 0, 0, 0 } },
	{ "an allowlist not needed",
	  "ad",
	  { 1, 0, 0, -2 },
	  { 1, 0, 0, 1 },
	  { 0, 0, 0, 0 } },
	{ "a weight of 0 is no hit", "a", { 0 }, { 0 }, { 0 } },
};

START_TEST(who_decided)
{
	static const char *const name[] = { "a", "b", "c", "d" };

	add("abcd", verdicts[_i].hit, verdicts[_i].weight);
	for (int i = 0; i < 4; i++) {
		const struct list_figure *l = of(name[i]);

		ck_assert_msg(
			l->alone == (uint64_t)verdicts[_i].alone[i] &&
				l->decided == (uint64_t)verdicts[_i].decided[i],
			"%s: %s alone %ju decided %ju", verdicts[_i].why,
			name[i], (uintmax_t)l->alone, (uintmax_t)l->decided);
	}
}
END_TEST

START_TEST(nothing_is_decided_before_the_lists_are_added_up)
{
	static const int weight[] = { 3 };

	line.scored = false;
	add("a", "a", weight);
	ck_assert(of("a")->hits == 1 && of("a")->decided == 0 &&
		  f->scored == 0);
}
END_TEST

START_TEST(overlap_is_counted_both_ways)
{
	static const int weight[] = { 1, 1, 1, -1 };

	add("abcd", "ab", weight);
	add("abcd", "abc", weight);
	add("abcd", "a", weight);
	add("abcd", "ad", weight);
	ck_assert_uint_eq(of("a")->hits, 4);
	ck_assert_uint_eq(of("a")->alone, 2);
	ck_assert_uint_eq(of("a")->together[1], 2);
	ck_assert_uint_eq(of("b")->together[0], 2);
	ck_assert_uint_eq(of("a")->together[2], 1);
	ck_assert_uint_eq(of("c")->together[1], 1);
	/* denying and allowing lists are no company */
	ck_assert_uint_eq(of("a")->together[3], 0);
	ck_assert(of("d")->allows && !of("a")->allows);
	ck_assert_uint_eq(of("d")->alone, 1);
}
END_TEST

START_TEST(answers_and_failures)
{
	static const struct {
		enum recorded_status status;
		int64_t took;
	} answers[] = {
		{ RECORDED_LISTED, 10 },  { RECORDED_ABSENT, 20 },
		{ RECORDED_ERROR, 30 },	  { RECORDED_FAILED, 90 },
		{ RECORDED_PENDING, -1 }, { RECORDED_MUTED, -1 },
	};

	line.lists = 1;
	line.list[0].name = "a";
	for (int i = 0; i < ROWS(answers); i++) {
		line.list[0].status = answers[i].status;
		line.list[0].answer.took = answers[i].took;
		list_figures_add(f, &line);
	}
	ck_assert_uint_eq(list_figure_asked(of("a")), 5);
	ck_assert_uint_eq(list_figure_errors(of("a")), 3);
	/* a question without an answer has no latency */
	ck_assert_uint_eq(of("a")->latency.count, 3);
	ck_assert_int_eq(histogram_quantile(&of("a")->latency, 50), 20);
	ck_assert_int_eq(histogram_quantile(&of("a")->latency, 95), 30);
}
END_TEST

START_TEST(lists_that_change_places_stay_apart)
{
	static const int weight[] = { 1, 1 };

	add("ab", "a", weight);
	add("ba", "a", weight);
	add("b", "", weight);
	ck_assert_uint_eq(f->lists, 2);
	ck_assert_uint_eq(of("a")->hits, 2);
	ck_assert_uint_eq(list_figure_asked(of("b")), 3);
}
END_TEST

START_TEST(there_is_room_for_so_many)
{
	char name[300];

	line.lists = 1;
	line.list[0].name = name;
	line.list[0].status = RECORDED_LISTED;
	line.list[0].counted = true;
	line.list[0].weight = 1;
	for (int i = 0; i < LIST_FIGURES + 5; i++) {
		snprintf(name, sizeof(name), "list%d", i);
		list_figures_add(f, &line);
	}
	ck_assert_uint_eq(f->lists, LIST_FIGURES);
	ck_assert_uint_eq(f->others, 5);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	list_figures_add(f, &line);
	ck_assert_uint_eq(f->others, 6);
}
END_TEST

/* As no program of ours writes it. */
START_TEST(a_list_twice_in_a_line)
{
	static const int weight[] = { 3 };

	add("aa", "a", weight);
	ck_assert_uint_eq(of("a")->hits, 2);
	ck_assert_uint_eq(of("a")->together[0], 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("list_figures");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_loop_test(tc, who_decided, 0, ROWS(verdicts));
	tcase_add_test(tc, nothing_is_decided_before_the_lists_are_added_up);
	tcase_add_test(tc, overlap_is_counted_both_ways);
	tcase_add_test(tc, answers_and_failures);
	tcase_add_test(tc, lists_that_change_places_stay_apart);
	tcase_add_test(tc, there_is_room_for_so_many);
	tcase_add_test(tc, a_list_twice_in_a_line);
	return unit_run();
}
