#include "console/options.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static bool due, json;
static char taken[64];

static const char *take(void *context, const char *value)
{
	char *to = context;

	if (strcmp(value, "bad") == 0)
		return "no such setting";
	strcat(strcat(to, value), ";");
	return NULL;
}

static const char *since;
static const struct option_row table[] = {
	{ .name = "due", .flag = &due },
	{ .name = "json", .flag = &json },
	{ .name = "since", .value = &since },
	{ .name = "o", .take = take, .context = taken },
};

#define WORDS 5 /* behind the command's, at most */

static const struct {
	const char *why, *words[WORDS];
	int first; /* argument; -1: something is wrong */
	bool due, json;
	const char *since, *taken;
} rows[] = {
	{ "nothing", { NULL }, 1, false, false, NULL, NULL },
	{ "a flag", { "--due" }, 2, true, false, NULL, NULL },
	{ "the same twice", { "--due", "--due" }, 3, true, false, NULL, NULL },
	{ "a short form of one", { "--js" }, 2, false, true, NULL, NULL },
	{ "a value behind", { "--since", "7d" }, 3, false, false, "7d", NULL },
	{ "a value with =",
	  { "--since=7d", "--json" },
	  3,
	  false,
	  true,
	  "7d",
	  NULL },
	{ "the last value",
	  { "--since=1", "--since=2" },
	  3,
	  false,
	  false,
	  "2",
	  NULL },
	{ "arguments end it", { "a", "--due" }, 1, false, false, NULL, NULL },
	{ "so do two dashes",
	  { "--due", "--", "--json" },
	  3,
	  true,
	  false,
	  NULL,
	  NULL },
	{ "one letter, again and again",
	  { "-o", "a=b", "-oc=d", "--due", "x" },
	  5,
	  true,
	  false,
	  NULL,
	  "a=b;c=d;" },
	{ "a value that is refused",
	  { "-o", "bad" },
	  -1,
	  false,
	  false,
	  NULL,
	  NULL },
	{ "a letter without its value",
	  { "-o" },
	  -1,
	  false,
	  false,
	  NULL,
	  NULL },
	{ "a letter is no long name",
	  { "--o", "a" },
	  -1,
	  false,
	  false,
	  NULL,
	  NULL },
	{ "no such option", { "--nosuch" }, -1, false, false, NULL, NULL },
	{ "no short options", { "-d" }, -1, false, false, NULL, NULL },
	{ "a value that is missing",
	  { "--since" },
	  -1,
	  false,
	  false,
	  NULL,
	  NULL },
	{ "a value for a flag", { "--due=1" }, -1, false, false, NULL, NULL },
};

/* The command, the row's words behind it, and NULL. */
static int words_of(int row, char *argv[WORDS + 2])
{
	static char command[] = "command", word[WORDS][16];
	int argc = 1;

	argv[0] = command;
	for (int i = 0; i < WORDS && rows[row].words[i]; i++) {
		snprintf(word[i], sizeof(word[i]), "%s", rows[row].words[i]);
		argv[argc++] = word[i];
	}
	argv[argc] = NULL;
	return argc;
}

START_TEST(rows_are_followed)
{
	char *argv[WORDS + 2];
	int argc = words_of(_i, argv);

	ck_assert_int_eq(options_parse(argc, argv, table, ROWS(table)),
			 rows[_i].first);
	if (rows[_i].first < 0)
		return;
	ck_assert_msg(due == rows[_i].due && json == rows[_i].json, "%s",
		      rows[_i].why);
	ck_assert_pstr_eq(since, rows[_i].since);
	ck_assert_str_eq(taken, rows[_i].taken ? rows[_i].taken : "");
}
END_TEST

START_TEST(a_command_may_take_no_argument)
{
	char *argv[WORDS + 2];
	int argc = words_of(_i, argv);

	ck_assert(options_only(argc, argv, table, ROWS(table)) ==
		  (rows[_i].first == argc));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("options");

	tcase_add_loop_test(tc, rows_are_followed, 0, ROWS(rows));
	tcase_add_loop_test(tc, a_command_may_take_no_argument, 0, ROWS(rows));
	return unit_run();
}
