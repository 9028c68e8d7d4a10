#include "base/clock.h"
#include "console/owner.h"
#include "ctl/commands.h"
#include "screen/trial.h"

#include <stdio.h>

static struct trial trial;

static bool parse_all(int count, char **texts)
{
	for (int i = 0; i < count; i++) {
		struct address who;

		if (!address_parse(span_of(texts[i]), &who)) {
			say("\"%s\" is no address; expected one such as "
			    "192.0.2.1 or 2001:db8::1",
			    texts[i]);
			return false;
		}
	}
	return true;
}

static void print_trial(const struct console *c, const char *text)
{
	static const struct address unknown = { .family = ADDRESS_NONE };
	static char memory[TRIAL_TEXT];
	struct sbuf told = SBUF(memory);
	struct address who;

	address_parse(span_of(text), &who);
	address_unmap(&who);
	trial_run(&trial, &who, &unknown);
	trial_describe(&trial, c->colour, &told);
	fputs(memory, stdout);
	fflush(stdout); /* the next address may take its time */
}

int check_run(struct console *c, int argc, char **argv)
{
	struct trial_setup setup = { &c->conf, &c->arena, &c->report };
	int first = options_none(argc, argv);
	char memory[512];
	struct sbuf why = SBUF(memory);

	if (first < 0 || first == argc) {
		if (first >= 0)
			say("check needs an address");
		return EX_USAGE;
	}
	if (!parse_all(argc - first, argv + first))
		return EX_USAGE;
	/* tables first: some may be root's alone */
	if (!trial_open(&trial, &setup))
		return console_misconfigured(c);
	/* without the cache there is still much to tell */
	if (c->cache_file[0] != '\0' &&
	    owner_become(c->cache_file, &why) != OWNER_OK)
		say("%s", memory);
	for (int i = first; i < argc; i++) {
		if (i > first)
			putchar('\n');
		print_trial(c, argv[i]);
	}
	trial_close(&trial);
	return EX_OK;
}
