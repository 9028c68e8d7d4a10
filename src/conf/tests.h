/*
 * tests.h - the five tests that a client may have to pass.
 *
 * The order is that of the stamps in a cache entry, postscreen's own.
 */
#ifndef SCREEN_TESTS_H
#define SCREEN_TESTS_H

#include <stdbool.h>
#include <stdint.h>

enum test {
	TEST_PREGREET, /* before the greeting */
	TEST_DNSBL,
	TEST_PIPELINING, /* behind it: the deep tests */
	TEST_NON_SMTP,
	TEST_BARE_NEWLINE,
	TESTS,
};

#define TEST_FIRST_DEEP TEST_PIPELINING

enum action {
	ACTION_IGNORE,
	ACTION_ENFORCE,
	ACTION_DROP,
};

/* What the settings say of one test. */
struct test_settings {
	bool enabled;
	enum action action;
	int64_t ttl; /* seconds a pass lasts; TEST_DNSBL: the least */
};

#endif
