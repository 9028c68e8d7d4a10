#include "base/clock.h"
#include "base/number.h"
#include "cache/dump.h"
#include "cache/entries.h"
#include "console/lines.h"
#include "console/progress.h"
#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

/* More lines than any cache has; memory must end somewhere. */
#define LINES_MOST 10000000

/* What is read, and in which form. */
struct reader {
	struct console *console;
	struct lines lines;
	bool headed; /* with our first line, as export writes it */
};

/* One line more into E. False: do not go on. */
static bool take_line(struct reader *r, struct span line, int64_t now,
		      struct entries *e)
{
	struct dump_networks networks = {
		(unsigned)r->console->conf.cache_ipv4_prefix,
		(unsigned)r->console->conf.cache_ipv6_prefix,
	};
	char memory[300];
	struct sbuf why = SBUF(memory);
	struct cache_entry entry;

	if (r->headed && r->lines.number == 1) {
		if (dump_parse_first(line, &why))
			return true;
		lines_blame(&r->lines, memory);
		return false;
	}
	switch (dump_parse(line, &networks, now, &entry, &why)) {
	case DUMP_NOTHING:
		return true;
	case DUMP_WRONG:
		return lines_blame(&r->lines, memory);
	case DUMP_ENTRY:
		break;
	}
	if (e->count >= LINES_MOST || !entries_add(e, &entry)) {
		lines_blame(&r->lines, "no memory for so many entries");
		return false;
	}
	return true;
}

static void read_all(struct reader *r, struct entries *e)
{
	char memory[DUMP_LINE + 1];
	struct sbuf line = SBUF(memory);
	int64_t now = clock_wall();
	enum lines_got got;

	while ((got = lines_next(&r->lines, &line)) == LINES_ONE)
		if (!take_line(r, sbuf_span(&line), now, e))
			return;
	if (got == LINES_END && r->lines.number == 1)
		lines_blame(&r->lines, r->headed ? "it is empty; expected "
						   "\"" DUMP_FIRST_LINE "\""
						 : "it is empty; expected what "
						   "postmap -s shows");
}

static int store(struct console *c, const struct entries *e)
{
	size_t changed = 0, i = 0;

	while (i < e->count && !console_interrupted()) {
		size_t left = e->count - i;
		size_t size = left < CACHE_BATCH ? left : CACHE_BATCH;
		int64_t began = clock_mono();
		int r = cache_join(&c->cache, e->entry + i, size,
				   console_deadline(c));

		if (r < 0) {
			progress_end();
			say("imported %zu of %zu %s; the rest can be "
			    "imported later with the same file",
			    i, e->count,
			    number_words(e->count, "entry", "entries"));
			return console_cache_failed(c, r);
		}
		changed += (size_t)r;
		i += size;
		progress_show("importing", i, e->count);
		if (i < e->count)
			console_let_others_in(began);
	}
	progress_end();
	printf("imported %zu %s: %zu new or better, %zu known as well or "
	       "better\n",
	       i, number_words(i, "entry", "entries"), changed, i - changed);
	if (i == e->count)
		return EX_OK;
	say("interrupted: %zu %s not imported", e->count - i,
	    number_words(e->count - i, "entry was", "entries were"));
	return EX_UNAVAILABLE;
}

static int import_from(struct reader *r)
{
	struct entries e = { .count = 0 };
	int code;

	read_all(r, &e);
	if (r->lines.mistakes > 0) {
		say("nothing was imported");
		code = EX_DATAERR;
	} else {
		code = console_use_cache(r->console);
		console_hold_signals();
		if (code == EX_OK)
			code = store(r->console, &e);
	}
	entries_free(&e);
	return code;
}

static int import_entries(struct console *c, bool headed, int argc, char **argv)
{
	struct reader r = { .console = c, .headed = headed };
	int first = options_none(argc, argv), code;

	if (first < 0 || argc - first > 1) {
		if (first >= 0)
			say("import takes one file, or standard input");
		return EX_USAGE;
	}
	code = lines_open(&r.lines, argv[first]);
	if (code != EX_OK)
		return code;
	code = import_from(&r);
	lines_close(&r.lines);
	return code;
}

int import_run(struct console *c, int argc, char **argv)
{
	const char *from = argc > 1 ? argv[1] : "";

	if (strcmp(from, "postgrey") == 0)
		return import_postgrey(c, argc - 1, argv + 1);
	if (strcmp(from, "postscreen") == 0)
		return import_entries(c, false, argc - 1, argv + 1);
	return import_entries(c, true, argc, argv);
}
