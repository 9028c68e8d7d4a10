/*
 * options.h - the options of one command, as a table.
 *
 * They stand before the arguments, and values behind them or behind "=". What
 * is wrong is said on standard error, with the command's name.
 */
#ifndef SCREEN_OPTIONS_H
#define SCREEN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* The most of one command. */
#define OPTIONS_MOST 8

struct option_row {
	const char *name;   /* behind "--"; one letter behind "-" */
	bool *flag;	    /* becomes true, or */
	const char **value; /* becomes what stands behind it, or */
	/* is called with that each time: NULL, or what is wrong */
	const char *(*take)(void *context, const char *value);
	void *context;
};

/*
 * ARGV[0] is the command. The index of the first argument, or -1 after saying
 * what is wrong.
 */
int options_parse(int argc, char **argv, const struct option_row *row,
		  size_t rows);

/* The same of a command that has no options, or only --json. */
int options_none(int argc, char **argv);
int options_json(int argc, char **argv, bool *json);

/* options_parse for a command without arguments: false after saying what is
 * wrong. */
bool options_only(int argc, char **argv, const struct option_row *row,
		  size_t rows);

/* The same without options. */
bool options_nothing(int argc, char **argv);

#endif
