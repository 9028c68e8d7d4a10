#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/dump.h"
#include "ctl/entries.h"
#include "ctl/progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* More lines than any cache has; memory must end somewhere. */
#define LINES_MOST 10000000

/* Enough mistakes to see what kind of file it is. */
#define MISTAKES_MOST 10

struct reader {
	struct ctl *ctl;
	FILE *file;
	const char *name;
	bool postscreen; /* there is no first line of ours */
	size_t line;
	size_t mistakes;
};

enum got {
	GOT_LINE,
	GOT_END,
	GOT_NOTHING, /* a mistake, told already: do not go on */
};

static void blame(struct reader *r, const char *why)
{
	if (r->mistakes < MISTAKES_MOST)
		ctl_say("%s, line %zu: %s", r->name, r->line, why);
	else if (r->mistakes == MISTAKES_MOST)
		ctl_say("%s: ... and more mistakes", r->name);
	r->mistakes++;
}

/* The next line. One without end would be read for ever, so a long one is
 * where reading stops. */
static enum got next_line(struct reader *r, struct sbuf *to)
{
	int c;

	sbuf_clear(to);
	r->line++;
	while ((c = getc(r->file)) != EOF && c != '\n') {
		sbuf_add_char(to, (char)c);
		if (!sbuf_fitted(to)) {
			blame(r, "longer than any line of this format; "
				 "nothing behind it was read");
			return GOT_NOTHING;
		}
	}
	if (ferror(r->file)) {
		blame(r, strerror(errno));
		return GOT_NOTHING;
	}
	return c == EOF && to->len == 0 ? GOT_END : GOT_LINE;
}

/* One line more into E. False: do not go on. */
static bool take_line(struct reader *r, struct span line, int64_t now,
		      struct entries *e)
{
	struct dump_networks networks = {
		(unsigned)r->ctl->conf.cache_ipv4_prefix,
		(unsigned)r->ctl->conf.cache_ipv6_prefix,
	};
	char memory[300];
	struct sbuf why = SBUF(memory);
	struct cache_entry entry;

	if (r->line == 1 && !r->postscreen) {
		if (dump_parse_first(line, &why))
			return true;
		blame(r, memory);
		return false;
	}
	switch (dump_parse(line, &networks, now, &entry, &why)) {
	case DUMP_NOTHING:
		return true;
	case DUMP_WRONG:
		blame(r, memory);
		return r->mistakes <= MISTAKES_MOST;
	case DUMP_ENTRY:
		break;
	}
	if (e->count >= LINES_MOST || !entries_add(e, &entry)) {
		blame(r, "no memory for so many entries");
		return false;
	}
	return true;
}

static void read_all(struct reader *r, struct entries *e)
{
	char memory[DUMP_LINE + 1];
	struct sbuf line = SBUF(memory);
	int64_t now = clock_wall();
	enum got got;

	while ((got = next_line(r, &line)) == GOT_LINE)
		if (!take_line(r, sbuf_span(&line), now, e))
			return;
	if (got == GOT_END && r->line == 1)
		blame(r, r->postscreen
				 ? "it is empty; expected what postmap -s shows"
				 : "it is empty; expected \"" DUMP_FIRST_LINE
				   "\"");
}

static int store(struct ctl *c, const struct entries *e)
{
	size_t changed = 0, i = 0;

	while (i < e->count && !ctl_interrupted()) {
		size_t left = e->count - i;
		size_t size = left < CACHE_BATCH ? left : CACHE_BATCH;
		int64_t began = clock_mono();
		int r = cache_join(&c->cache, e->entry + i, size,
				   ctl_deadline(c));

		if (r < 0) {
			progress_end();
			ctl_say("imported %zu of %zu entries; the rest can be "
				"imported later with the same file",
				i, e->count);
			return ctl_cache_failed(c, r);
		}
		changed += (size_t)r;
		i += size;
		progress_show("importing", i, e->count);
		if (i < e->count)
			ctl_let_others_in(began);
	}
	progress_end();
	printf("imported %zu entries: %zu new or better, %zu known as well "
	       "or better\n",
	       i, changed, i - changed);
	if (i == e->count)
		return EX_OK;
	ctl_say("interrupted: %zu entries were not imported", e->count - i);
	return EX_UNAVAILABLE;
}

static int import_from(struct reader *r)
{
	struct entries e = { .count = 0 };
	int code;

	read_all(r, &e);
	if (r->mistakes > 0) {
		ctl_say("nothing was imported");
		code = EX_DATAERR;
	} else {
		code = ctl_use_cache(r->ctl);
		ctl_hold_signals();
		if (code == EX_OK)
			code = store(r->ctl, &e);
	}
	entries_free(&e);
	return code;
}

int import_run(struct ctl *c, int argc, char **argv)
{
	struct reader r = { .ctl = c, .file = stdin, .name = "standard input" };
	int i = ctl_options(argc, argv, NULL), code;

	if (i < 0)
		return EX_USAGE;
	if (i < argc && strcmp(argv[i], "postscreen") == 0) {
		r.postscreen = true;
		i++;
	}
	if (argc - i > 1) {
		ctl_say("import takes one file, or standard input");
		return EX_USAGE;
	}
	if (i == argc || strcmp(argv[i], "-") == 0)
		return import_from(&r);
	r.name = argv[i];
	r.file = fopen(r.name, "re");
	if (!r.file) {
		ctl_say("%s: %s", r.name, strerror(errno));
		return errno == EACCES ? EX_NOPERM : EX_NOINPUT;
	}
	code = import_from(&r);
	fclose(r.file);
	return code;
}
