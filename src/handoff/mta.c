#include "handoff/mta.h"

#include "base/sbuf.h"
#include "handoff/executable.h"

#include <stdlib.h>
#include <string.h>

/* What stands between words for a shell. */
#define SEPARATORS " \t\n;&|()'\""

static enum mta by_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct span name = span_of(slash ? slash + 1 : path);

	if (span_starts_with(name, SPAN("exim")))
		return MTA_EXIM;
	/* with what distributions add, as in sendmail.postfix */
	if (span_starts_with(name, SPAN("sendmail")) ||
	    strstr(path, "/postfix/"))
		return MTA_SENDMAIL;
	return MTA_OTHER;
}

/* What it is where its links lead counts most: Exim has a "sendmail", too. */
static enum mta of_file(const char *path)
{
	char real[PATH_MAX];
	enum mta mta = realpath(path, real) ? by_name(real) : MTA_OTHER;

	return mta == MTA_OTHER ? by_name(path) : mta;
}

static enum mta of_program(const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return executable_find(name, path, &st) == 0 ? of_file(path)
						     : by_name(name);
}

/* WORD may be a program, or a host's name or a file that is called so. */
static enum mta of_argument(struct span word)
{
	char name[PATH_MAX], path[PATH_MAX];
	struct sbuf b = SBUF(name);
	struct stat st;

	sbuf_add(&b, word);
	if (!executable_has_path(name) && by_name(name) == MTA_OTHER)
		return MTA_OTHER;
	return executable_find(name, path, &st) == 0 ? of_file(path)
						     : MTA_OTHER;
}

enum mta mta_of(char *const *argv)
{
	enum mta mta = of_program(argv[0]);
	struct span rest, word;

	while (mta == MTA_OTHER && *++argv) {
		rest = span_of(*argv);
		while (mta == MTA_OTHER &&
		       span_next_item(&rest, SEPARATORS, &word))
			mta = of_argument(word);
	}
	return mta;
}
