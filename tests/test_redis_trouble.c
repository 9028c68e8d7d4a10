#include "cache/redis_trouble.h"
#include "unit.h"

#include <errno.h>

START_TEST(errors_never_repeat_its_words)
{
	ck_assert_ptr_nonnull(
		strstr(redis_trouble_said(SPAN("OOM x")), "memory"));
	ck_assert_ptr_nonnull(
		strstr(redis_trouble_said(SPAN("READONLY")), "replica"));
	ck_assert_ptr_nonnull(
		strstr(redis_trouble_said(SPAN("s3cr3t")), "7.0"));
	ck_assert_ptr_null(
		strstr(redis_trouble_said(SPAN("s3cr3t")), "s3cr3t"));
}
END_TEST

/* It must outlive the next call, as strerror's does not. */
START_TEST(faults_of_the_system_are_told)
{
	ck_assert_ptr_nonnull(
		strstr(redis_trouble_of(-ECONNREFUSED), "nobody listens"));
	ck_assert_ptr_nonnull(strstr(redis_trouble_of(-EACCES), "may not"));
	ck_assert_str_eq(redis_trouble_of(-EIO), "the connection failed");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("redis_trouble");

	tcase_add_test(tc, errors_never_repeat_its_words);
	tcase_add_test(tc, faults_of_the_system_are_told);
	return unit_run();
}
