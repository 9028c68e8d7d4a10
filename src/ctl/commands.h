/*
 * commands.h - the commands of smtp-screenctl, one file each.
 *
 * ARGV[0] is the command's name. The settings are read; whoever needs the
 * cache says so with console_use_cache().
 */
#ifndef SCREEN_COMMANDS_H
#define SCREEN_COMMANDS_H

#include "console/console.h"
#include "console/options.h"
#include "console/say.h"

#include <sysexits.h>

/* The exit code for not found, or nothing to do, where a script may want to
 * know. */
#define COMMAND_NOTHING 1

struct command {
	const char *name, *arguments, *brief, *help;
	int (*run)(struct console *c, int argc, char **argv);
	bool own_settings; /* it works with settings of another place */
	int misconfigured; /* the exit code for mistakes in the settings, when
			      it is not EX_CONFIG */
};

extern const struct command commands[];
extern const size_t commands_count;

/* NULL when there is no such command. */
const struct command *commands_find(const char *name);

int list_run(struct console *c, int argc, char **argv);
int show_run(struct console *c, int argc, char **argv);
int pass_run(struct console *c, int argc, char **argv);
int forget_run(struct console *c, int argc, char **argv);
int expire_run(struct console *c, int argc, char **argv);
int export_run(struct console *c, int argc, char **argv);
int import_run(struct console *c, int argc, char **argv);
int import_postgrey(struct console *c, int argc,
		    char **argv); /* a part of it */
int compile_run(struct console *c, int argc, char **argv);
int import_postfix_run(struct console *c, int argc, char **argv);
int check_run(struct console *c, int argc, char **argv);
int explain_run(struct console *c, int argc, char **argv);
int expect_run(struct console *c, int argc, char **argv);
int lists_run(struct console *c, int argc, char **argv);
int metrics_run(struct console *c, int argc, char **argv);
int report_run(struct console *c, int argc, char **argv);
int probe_run(struct console *c, int argc, char **argv);
int whatif_run(struct console *c, int argc, char **argv);
int why_run(struct console *c, int argc, char **argv);

#endif
