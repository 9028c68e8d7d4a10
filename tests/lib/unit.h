/*
 * unit.h - what every unit test shares: one suite, one case, one exit code.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include "base/span.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* HAVE is exactly the C string TEXT. */
#define ck_assert_span(have, text)                                             \
	do {                                                                   \
		struct span span_is_ = (have);                                 \
		const char *span_want_ = (text);                               \
		/* an empty span may be NULL, which memcmp must not see */     \
		ck_assert_msg(span_is_.len == strlen(span_want_) &&            \
				      (!span_is_.len ||                        \
				       memcmp(span_is_.p, span_want_,          \
					      span_is_.len) == 0),             \
			      "have \"%.*s\", want \"%s\"", (int)span_is_.len, \
			      span_is_.p, span_want_);                         \
	} while (0)

static Suite *unit_suite;

/* The program's test case, in a suite named after what it tests. */
static inline TCase *unit_case(const char *name)
{
	TCase *tc = tcase_create(name);

	if (!unit_suite)
		unit_suite = suite_create(name);
	suite_add_tcase(unit_suite, tc);
	tcase_set_timeout(tc, 160);
	return tc;
}

/* Run; what main returns. CK_TAP_LOG_FILE_NAME tells the runner the rows. */
static inline int unit_run(void)
{
	SRunner *sr = srunner_create(unit_suite);
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
