/*
 * tables.h - what the tests of tables share: an arena, a report, and a fresh
 * directory with files in it.
 */
#ifndef TESTS_TABLES_H
#define TESTS_TABLES_H

#include "base/sbuf.h"
#include "conf/report.h"
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct arena arena;
static struct report report;
__attribute__((unused)) static struct origin here = { "/etc/x.conf", 3,
						      "param" };
static char dir[64];

static inline void tables_setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 64 << 20), 0);
	report_init(&report, &arena);
	snprintf(dir, sizeof(dir), "/tmp/test_tables.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static inline void tables_teardown(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(dir);
	arena_close(&arena);
}

/* DIR/NAME now holds TEXT. Returns its path, in the arena. */
static inline const char *file_with(const char *name, struct span text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text.p, text.len), (ssize_t)text.len);
	close(fd);
	return arena_text(&arena, span_of(path));
}

/*
 * TEXT with each "DIR" in it as the fresh directory; for settings that name
 * files in it.
 */
static inline const char *in_dir(const char *text)
{
	static char memory[8192];
	struct sbuf b = SBUF(memory);
	const char *at;

	while ((at = strstr(text, "DIR")) != NULL) {
		sbuf_add(&b, (struct span){ text, (size_t)(at - text) });
		sbuf_add_text(&b, dir);
		text = at + 3;
	}
	sbuf_add_text(&b, text);
	ck_assert(sbuf_fitted(&b));
	return arena_text(&arena, sbuf_span(&b));
}

/* Does any message of LEVEL hold TEXT? */
static inline bool reported(enum report_level level, const char *text)
{
	for (const struct report_line *l = report.first; l; l = l->next)
		if (l->level == level && strstr(l->text, text))
			return true;
	return false;
}

/* All messages, for the one who must find out what went wrong. */
static inline const char *reports(void)
{
	static char memory[8192];
	struct sbuf b = SBUF(memory);

	for (const struct report_line *l = report.first; l; l = l->next)
		sbuf_addf(&b, "%d %s\n", (int)l->level, l->text);
	return memory;
}

/* WARNING NULL: nothing may have been reported; else a warning holds it. */
static inline void ck_assert_warned(const char *warning, const char *why)
{
	if (warning)
		ck_assert_msg(reported(REPORT_WARNING, warning),
			      "%s: no \"%s\" in: %s", why, warning, reports());
	else
		ck_assert_msg(report.errors + report.warnings == 0, "%s: %s",
			      why, reports());
}

#endif
