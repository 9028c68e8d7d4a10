/*
 * commands.h - the commands of smtp-screenctl, one file each.
 *
 * ARGV[0] is the command's name. The settings are read; whoever needs the
 * cache says so with ctl_use_cache().
 */
#ifndef SCREEN_COMMANDS_H
#define SCREEN_COMMANDS_H

#include "ctl/ctl.h"

int list_run(struct ctl *c, int argc, char **argv);
int show_run(struct ctl *c, int argc, char **argv);
int pass_run(struct ctl *c, int argc, char **argv);
int forget_run(struct ctl *c, int argc, char **argv);
int expire_run(struct ctl *c, int argc, char **argv);
int export_run(struct ctl *c, int argc, char **argv);
int import_run(struct ctl *c, int argc, char **argv);
int check_run(struct ctl *c, int argc, char **argv);
int explain_run(struct ctl *c, int argc, char **argv);
int lists_run(struct ctl *c, int argc, char **argv);
int probe_run(struct ctl *c, int argc, char **argv);

#endif
