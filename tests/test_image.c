#include "state/image.h"
#include "unit.h"

#define NOON INT64_C(1790000000)
#define HOUR INT64_C(3600)

static struct image image;

static void make(void)
{
	static const unsigned char key[SIPHASH_KEY] = { 1, 2, 3 };

	memset(&image, 0, sizeof(image));
	image_header_init(&image.header, key);
}

START_TEST(a_new_header_is_valid)
{
	ck_assert(image_header_valid(&image.header));
}
END_TEST

START_TEST(a_header_with_any_bit_changed_is_not)
{
	unsigned char *byte = (unsigned char *)&image.header;

	for (size_t i = 0; i < sizeof(image.header); i++)
		for (int bit = 0; bit < 8; bit++) {
			byte[i] ^= (unsigned char)(1 << bit);
			ck_assert_msg(!image_header_valid(&image.header),
				      "byte %zu", i);
			byte[i] ^= (unsigned char)(1 << bit);
		}
	memset(&image.header, 0, sizeof(image.header));
	ck_assert(!image_header_valid(&image.header));
}
END_TEST

START_TEST(keys_differ_by_topic_name_and_file)
{
	static const unsigned char other[SIPHASH_KEY] = { 9 };
	uint64_t key = image_key(&image, SPAN("list"), SPAN("a.example"));

	ck_assert(key == image_key(&image, SPAN("list"), SPAN("a.example")));
	ck_assert(key != image_key(&image, SPAN("list"), SPAN("b.example")));
	ck_assert(key != image_key(&image, SPAN("lisp"), SPAN("a.example")));
	ck_assert(key != image_key(&image, SPAN("lista"), SPAN(".example")));
	image_header_init(&image.header, other);
	ck_assert(key != image_key(&image, SPAN("list"), SPAN("a.example")));
}
END_TEST

static const struct {
	const char *why;
	int64_t first, then;
	bool again;
} once[] = {
	{ "the same second", NOON, NOON, false },
	{ "a second before the hour is over", NOON, NOON + HOUR - 1, false },
	{ "an hour later", NOON, NOON + HOUR, true },
	{ "the clock was put back by a day", NOON, NOON - 24 * HOUR, true },
	{ "far ahead", 1, INT64_C(1) << 40, true },
};

START_TEST(once_in_a_period)
{
	ck_assert(image_once(&image, 77, HOUR, once[_i].first));
	ck_assert(image_once(&image, 78, HOUR, once[_i].first));
	ck_assert_msg(image_once(&image, 77, HOUR, once[_i].then) ==
			      once[_i].again,
		      "%s", once[_i].why);
}
END_TEST

START_TEST(the_oldest_makes_room)
{
	for (uint64_t k = 0; k < IMAGE_MARKS; k++)
		ck_assert(image_once(&image, 100 + k, HOUR, NOON + (int64_t)k));
	/* one more takes the place of the first, and is not silenced by it */
	ck_assert(image_once(&image, 99, HOUR, NOON + 1));
	ck_assert(!image_once(&image, 99, HOUR, NOON + 2));
	for (uint64_t k = 1; k < IMAGE_MARKS; k++)
		ck_assert(!image_once(&image, 100 + k, HOUR, NOON + HOUR - 1));
	ck_assert(image_once(&image, 100, HOUR, NOON + 3));
}
END_TEST

#define MINUTE 60

START_TEST(what_is_over_begins_anew)
{
	ck_assert(!image_over(&image, 77, MINUTE, NOON));
	ck_assert(image_once(&image, 77, HOUR, NOON));
	ck_assert(!image_over(&image, 78, MINUTE, NOON + MINUTE));
	ck_assert(!image_over(&image, 77, MINUTE, NOON + MINUTE - 1));
	ck_assert(!image_once(&image, 77, HOUR, NOON + MINUTE));
	ck_assert(image_over(&image, 77, MINUTE, NOON + MINUTE));
	ck_assert(!image_over(&image, 77, MINUTE, NOON + MINUTE));
	ck_assert(image_once(&image, 77, HOUR, NOON + MINUTE));
	/* the clock was put back */
	ck_assert(image_over(&image, 77, MINUTE, NOON - HOUR));
}
END_TEST

START_TEST(shunned_for_a_while_then_tried_by_one)
{
	ck_assert(!image_shunned(&image, 77, MINUTE, NOON));
	image_shun(&image, 77, NOON);
	ck_assert(!image_shunned(&image, 78, MINUTE, NOON));
	ck_assert(image_shunned(&image, 77, MINUTE, NOON));
	ck_assert(image_shunned(&image, 77, MINUTE, NOON + MINUTE - 1));
	ck_assert(!image_shunned(&image, 77, MINUTE, NOON + MINUTE));
	ck_assert(image_shunned(&image, 77, MINUTE, NOON + MINUTE));
	ck_assert(image_shunned(&image, 77, MINUTE, NOON + 2 * MINUTE - 1));
	ck_assert(!image_shunned(&image, 77, MINUTE, NOON + 2 * MINUTE));
	/* the clock was put back: tried, and from then on as ever */
	ck_assert(!image_shunned(&image, 77, MINUTE, NOON - HOUR));
	ck_assert(image_shunned(&image, 77, MINUTE, NOON - HOUR));
	image_forgive(&image, 77);
	ck_assert(!image_shunned(&image, 77, MINUTE, NOON - HOUR));
	image_forgive(&image, 79); /* nobody has shunned it */
	ck_assert(!image_shunned(&image, 79, MINUTE, NOON));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("image");

	tcase_add_checked_fixture(tc, make, NULL);
	tcase_add_test(tc, a_new_header_is_valid);
	tcase_add_test(tc, a_header_with_any_bit_changed_is_not);
	tcase_add_test(tc, keys_differ_by_topic_name_and_file);
	tcase_add_loop_test(tc, once_in_a_period, 0, ROWS(once));
	tcase_add_test(tc, the_oldest_makes_room);
	tcase_add_test(tc, what_is_over_begins_anew);
	tcase_add_test(tc, shunned_for_a_while_then_tried_by_one);
	return unit_run();
}
