/*
 * options.h - settings for tests of what follows from them: as they are after
 * a few -o options, with nothing from a file.
 */
#ifndef TESTS_OPTIONS_H
#define TESTS_OPTIONS_H

#include "conf/conf.h"
#include "unit.h"

/* Holds the settings; the test closes it. */
static struct arena arena;

static inline struct conf options_load(const char *const *options, size_t count)
{
	struct conf_input input = { .file = "/dev/null",
				    .options = options,
				    .option_count = count,
				    .stress = "" };
	struct report ignored;
	struct conf conf;

	ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
	report_init(&ignored, &arena);
	conf_load(&input, &arena, &ignored, &conf);
	return conf;
}

#endif
