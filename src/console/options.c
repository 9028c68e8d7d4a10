#include "console/options.h"

#include "console/say.h"

#include <assert.h>
#include <getopt.h>

/* Numbers of rows, apart from all characters that getopt_long returns. */
#define FIRST 256

int options_parse(int argc, char **argv, const struct option_row *row,
		  size_t rows)
{
	struct option longs[OPTIONS_MOST + 1] = { { .name = NULL } };
	int c;

	assert(rows <= OPTIONS_MOST);
	for (size_t i = 0; i < rows; i++)
		longs[i] = (struct option){
			.name = row[i].name,
			.has_arg =
				row[i].value ? required_argument : no_argument,
			.val = FIRST + (int)i,
		};
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:", longs, NULL)) >= FIRST) {
		if (row[c - FIRST].value)
			*row[c - FIRST].value = optarg;
		else
			*row[c - FIRST].flag = true;
	}
	if (c == -1)
		return optind;
	say(c == ':' ? "%s: option %s needs a value; see smtp-screenctl "
		       "%s --help"
		     : "%s has no option %s; see smtp-screenctl %s --help",
	    argv[0], argv[optind - 1], argv[0]);
	return -1;
}

int options_none(int argc, char **argv)
{
	return options_parse(argc, argv, NULL, 0);
}

int options_json(int argc, char **argv, bool *json)
{
	const struct option_row row = { .name = "json", .flag = json };

	return options_parse(argc, argv, &row, 1);
}

bool options_only(int argc, char **argv, const struct option_row *row,
		  size_t rows)
{
	int first = options_parse(argc, argv, row, rows);

	if (first >= 0 && first < argc)
		say("%s takes no argument; see smtp-screenctl %s --help",
		    argv[0], argv[0]);
	return first == argc;
}
