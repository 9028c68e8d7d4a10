#include "base/arena.h"
#include "unit.h"

#include <stdalign.h>
#include <stdint.h>

START_TEST(memory_is_zeroed_and_aligned)
{
	struct arena a;

	ck_assert_int_eq(arena_open(&a, 4096), 0);
	for (size_t size = 1; size < 40; size++) {
		unsigned char *p = arena_alloc(&a, size);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_close(&a);
}
END_TEST

START_TEST(a_full_arena_says_so)
{
	struct arena a;

	ck_assert_int_eq(arena_open(&a, 4096), 0);
	ck_assert_ptr_null(arena_alloc(&a, 4097));
	ck_assert_ptr_null(arena_array(&a, SIZE_MAX / 2, 4));
	ck_assert_ptr_nonnull(arena_alloc(&a, 4096));
	ck_assert_ptr_null(arena_alloc(&a, 1));
	ck_assert_ptr_null(arena_text(&a, SPAN("x")));
	arena_close(&a);
}
END_TEST

START_TEST(text_is_copied_whole)
{
	struct arena a;
	const char *copy;

	ck_assert_int_eq(arena_open(&a, 4096), 0);
	copy = arena_text(&a, SPAN("a\0b"));
	ck_assert_int_eq(memcmp(copy, "a\0b", 4), 0);
	ck_assert_str_eq(arena_text(&a, SPAN("")), "");
	arena_close(&a);
}
END_TEST

static void note(void *object)
{
	char *to = *(char **)object;

	strcat(to, to[0] ? "b" : "a");
}

START_TEST(closing_runs_what_it_was_told)
{
	struct arena a;
	char order[4] = "";
	char **object;

	ck_assert_int_eq(arena_open(&a, 4096), 0);
	object = arena_alloc(&a, sizeof(*object));
	*object = order;
	ck_assert(arena_on_close(&a, note, object));
	ck_assert(arena_on_close(&a, note, object));
	ck_assert_str_eq(order, "");
	arena_close(&a);
	ck_assert_str_eq(order, "ab");
	arena_close(&a);
	ck_assert_str_eq(order, "ab");
}
END_TEST

START_TEST(a_full_arena_takes_no_closer)
{
	struct arena a;

	ck_assert_int_eq(arena_open(&a, 4096), 0);
	ck_assert_ptr_nonnull(arena_alloc(&a, 4096));
	ck_assert(!arena_on_close(&a, note, NULL));
	arena_close(&a);
}
END_TEST

START_TEST(what_was_given_back_is_zero_again)
{
	struct arena a;
	size_t used;
	char *again;

	ck_assert_int_eq(arena_open(&a, 4096), 0);
	ck_assert_ptr_nonnull(arena_text(&a, SPAN("stays")));
	used = a.used;
	ck_assert_ptr_nonnull(arena_text(&a, SPAN("for a moment")));
	arena_rewind(&a, used);
	ck_assert_uint_eq(a.used, used);
	again = arena_alloc(&a, 16);
	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(again[i], 0);
	ck_assert_str_eq(a.memory, "stays");
	arena_close(&a);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("arena");

	tcase_add_test(tc, memory_is_zeroed_and_aligned);
	tcase_add_test(tc, a_full_arena_says_so);
	tcase_add_test(tc, text_is_copied_whole);
	tcase_add_test(tc, closing_runs_what_it_was_told);
	tcase_add_test(tc, a_full_arena_takes_no_closer);
	tcase_add_test(tc, what_was_given_back_is_zero_again);
	return unit_run();
}
