#include "base/clock.h"
#include "base/moment.h"
#include "base/number.h"
#include "cache/entries.h"
#include "console/json.h"
#include "ctl/commands.h"

#include <inttypes.h>
#include <stdio.h>

/* What is left of a pass, or why there is none. */
static void add_state(const struct stamps *s, enum test test, int64_t now,
		      struct sbuf *to)
{
	enum entry_state state = entry_state(s, test, now);

	if (state == ENTRY_PASSED)
		moment_format_period(s->until[test] - now, 1, to);
	else
		sbuf_add_text(to, entry_state_name(state));
}

static const char *colour_of(const struct console *c, enum entry_state state)
{
	return c->colour && state == ENTRY_PASSED ? "\033[32m" : "";
}

static void print_row(const struct console *c, const struct cache_entry *e,
		      int64_t now)
{
	char memory[40];
	struct sbuf b = SBUF(memory);

	printf("%-26s", e->key);
	for (enum test t = 0; t < TESTS; t++) {
		enum entry_state state = entry_state(&e->stamps, t, now);

		sbuf_clear(&b);
		add_state(&e->stamps, t, now, &b);
		printf(" %s%-12s%s", colour_of(c, state), memory,
		       colour_of(c, state)[0] ? "\033[0m" : "");
	}
	sbuf_clear(&b);
	moment_format(e->stamps.last, &b);
	printf(" %6" PRIu64 "  %s\n", e->stamps.count,
	       e->stamps.last > 0 ? memory : "-");
}

static void print_table(const struct console *c, const struct entries *e,
			int64_t now)
{
	if (e->count == 0)
		return;
	printf("%s%-26s", c->colour ? "\033[1m" : "", "NETWORK");
	for (enum test t = 0; t < TESTS; t++)
		printf(" %-12s", stamps_test_name(t));
	printf(" %6s  %s%s\n", "ROUNDS", "LAST TESTED",
	       c->colour ? "\033[0m" : "");
	for (size_t i = 0; i < e->count; i++)
		print_row(c, &e->entry[i], now);
}

static void print_object(const struct cache_entry *e, int64_t now)
{
	fputs("{\"network\":", stdout);
	json_print(stdout, span_of(e->key));
	printf(",\"first\":%" PRId64 ",\"last\":%" PRId64 ",\"rounds\":%" PRIu64
	       ",\"tests\":{",
	       e->stamps.first, e->stamps.last, e->stamps.count);
	for (enum test t = 0; t < TESTS; t++) {
		if (t > 0)
			putchar(',');
		json_print(stdout, span_of(stamps_test_name(t)));
		fputs(":{\"state\":", stdout);
		json_print(stdout, span_of(entry_state_name(
					   entry_state(&e->stamps, t, now))));
		printf(",\"until\":%" PRId64 "}", e->stamps.until[t]);
	}
	fputs("}}", stdout);
}

static void print_json(const struct entries *e, int64_t now)
{
	putchar('[');
	for (size_t i = 0; i < e->count; i++) {
		fputs(i > 0 ? ",\n" : "\n", stdout);
		print_object(&e->entry[i], now);
	}
	fputs("\n]\n", stdout);
}

int list_run(struct console *c, int argc, char **argv)
{
	struct entries e;
	bool json = false;
	const struct option_row row = { .name = "json", .flag = &json };
	int code;

	if (!options_only(argc, argv, &row, 1))
		return EX_USAGE;
	code = console_entries(c, &e);
	if (code != EX_OK)
		return code;
	if (json)
		print_json(&e, clock_wall());
	else
		print_table(c, &e, clock_wall());
	if (e.foreign > 0)
		say("%zu %s", e.foreign,
		    number_words(e.foreign,
				 "entry is not ours and is not shown; expire "
				 "removes it",
				 "entries are not ours and are not shown; "
				 "expire removes them"));
	entries_free(&e);
	return EX_OK;
}
