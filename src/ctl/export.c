#include "base/number.h"
#include "cache/dump.h"
#include "cache/entries.h"
#include "ctl/commands.h"

#include <stdio.h>

int export_run(struct console *c, int argc, char **argv)
{
	struct entries e;
	int code;

	if (!options_nothing(argc, argv))
		return EX_USAGE;
	code = console_entries(c, &e);
	if (code != EX_OK)
		return code;
	puts(DUMP_FIRST_LINE);
	for (size_t i = 0; i < e.count; i++) {
		char line[DUMP_LINE + 2];
		struct sbuf b = SBUF(line);

		dump_format(&e.entry[i], &b);
		fputs(line, stdout);
	}
	if (e.foreign > 0)
		say("%zu %s left out", e.foreign,
		    number_words(e.foreign, "entry is not ours and was",
				 "entries are not ours and were"));
	entries_free(&e);
	return EX_OK;
}
