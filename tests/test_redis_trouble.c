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

static const struct {
	int error;
	const char *meaning;
} faults[] = {
	{ -ECONNREFUSED, "nobody listens" },
	{ -ENOENT, "nobody listens" },
	{ -EACCES, "may not" },
	{ -EPERM, "may not" },
	{ -EAGAIN, "too many others" },
	{ -EHOSTUNREACH, "no way to it" },
	{ -ENETUNREACH, "no way to it" },
	{ -EADDRNOTAVAIL, "no way to it" },
	{ -EAFNOSUPPORT, "no way to it" },
	{ -ETIMEDOUT, "in time" },
	{ -ENOMEM, "memory or descriptors" },
	{ -EMFILE, "memory or descriptors" },
	{ -ENFILE, "memory or descriptors" },
	{ -EIO, "the connection failed" },
};

/* It must outlive the next call, as strerror's does not. */
START_TEST(faults_of_the_system_are_told)
{
	const char *told = redis_trouble_of(faults[_i].error);

	ck_assert_msg(strstr(told, faults[_i].meaning) != NULL, "%s: %s",
		      strerror(-faults[_i].error), told);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("redis_trouble");

	tcase_add_test(tc, errors_never_repeat_its_words);
	tcase_add_loop_test(tc, faults_of_the_system_are_told, 0, ROWS(faults));
	return unit_run();
}
