#include "cache/dump.h"
#include "cache/entries.h"
#include "ctl/commands.h"

#include <stdio.h>

int export_run(struct console *c, int argc, char **argv)
{
	int first = options_none(argc, argv), r;
	struct entries e;

	if (first < 0 || first < argc) {
		if (first >= 0)
			say("export writes to standard output and takes "
			    "no argument");
		return EX_USAGE;
	}
	r = console_use_cache(c);
	if (r != EX_OK)
		return r;
	r = entries_read(&c->cache, console_deadline(c), &e);
	if (r < 0)
		return console_cache_failed(c, r);
	puts(DUMP_FIRST_LINE);
	for (size_t i = 0; i < e.count; i++) {
		char line[DUMP_LINE + 2];
		struct sbuf b = SBUF(line);

		dump_format(&e.entry[i], &b);
		fputs(line, stdout);
	}
	if (e.foreign > 0)
		say("%zu entries are not ours and were left out", e.foreign);
	entries_free(&e);
	return EX_OK;
}
