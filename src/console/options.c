#include "console/options.h"

#include "base/sbuf.h"
#include "console/say.h"

#include <assert.h>
#include <getopt.h>

/* Numbers of rows, apart from all characters that getopt_long returns. */
#define FIRST 256

static const struct option_row no_row;

static bool is_letter(const struct option_row *row)
{
	return row->name[1] == '\0';
}

static bool wants_value(const struct option_row *row)
{
	return !row->flag;
}

/* What is wrong with it, or NULL. */
static const char *note(const struct option_row *row, const char *value)
{
	if (row->flag)
		*row->flag = true;
	else if (row->value)
		*row->value = value;
	else
		return row->take(row->context, value);
	return NULL;
}

/* For getopt_long: all rows whose name is one letter. */
static void add_letters(const struct option_row *row, size_t rows,
			struct sbuf *to)
{
	sbuf_add_text(to, "+:");
	for (size_t i = 0; i < rows; i++)
		if (is_letter(&row[i]))
			sbuf_addf(to, "%s%s", row[i].name,
				  wants_value(&row[i]) ? ":" : "");
}

/* And all others. */
static void add_words(const struct option_row *row, size_t rows,
		      struct option *to)
{
	for (size_t i = 0; i < rows; i++)
		if (!is_letter(&row[i]))
			*to++ = (struct option){
				.name = row[i].name,
				.has_arg = wants_value(&row[i])
						   ? required_argument
						   : no_argument,
				.val = FIRST + (int)i,
			};
}

/* The row that getopt_long's C stands for. */
static const struct option_row *find(const struct option_row *row, int c)
{
	if (c >= FIRST)
		return row + (c - FIRST);
	while (row->name[0] != c || !is_letter(row))
		row++;
	return row;
}

int options_parse(int argc, char **argv, const struct option_row *row,
		  size_t rows)
{
	struct option longs[OPTIONS_MOST + 1] = { { .name = NULL } };
	char memory[2 * OPTIONS_MOST + 4];
	struct sbuf letters = SBUF(memory);
	const char *wrong;
	int c;

	assert(rows <= OPTIONS_MOST);
	add_letters(row, rows, &letters);
	add_words(row, rows, longs);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, memory, longs, NULL)) != -1 &&
	       c != ':' && c != '?') {
		wrong = note(find(row, c), optarg);
		if (!wrong)
			continue;
		say("%s: %s", argv[0], wrong);
		return -1;
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
	return options_parse(argc, argv, &no_row, 0);
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

bool options_nothing(int argc, char **argv)
{
	return options_only(argc, argv, &no_row, 0);
}
