#include "base/escape.h"
#include "conf/parameters.h"
#include "ctl/commands.h"
#include "screen/lists.h"

#include <stdio.h>
#include <string.h>

/* Everything as it would be without a file and without -o. */
static void load_defaults(struct console *c, struct conf *ret)
{
	struct conf_input input = { .file = "", .stress = "" };
	struct report report;

	report_init(&report, &c->arena);
	conf_load_text(&input, SPAN(""), &c->arena, &report, ret);
}

/* The sites with the names their lists go by: a domain may hold a key. */
static void add_sites(struct console *c, struct sbuf *to)
{
	struct lists lists;

	if (!lists_open(&lists, &c->conf, false, &c->arena, &c->report)) {
		sbuf_add_text(to, "(not shown: there is a mistake in it)");
		return;
	}
	for (size_t i = 0; i < lists.sites.sites; i++) {
		const struct dnsbl_site *s = &lists.sites.site[i];

		if (i > 0)
			sbuf_add_char(to, ' ');
		lists_name(&lists, s->list, to);
		if (s->filter) {
			sbuf_add_char(to, '=');
			sbuf_add(to, s->filter_text);
		}
		if (s->weight != 1)
			sbuf_addf(to, "*%d", s->weight);
	}
}

/* What may be shown of ITEM's value. */
static void add_value(struct console *c, const struct conf_item *item,
		      struct sbuf *to)
{
	if (strcmp(item->name, "postscreen_dnsbl_sites") == 0)
		add_sites(c, to);
	else if (strcmp(item->name, "postscreen_dnsbl_reply_map") == 0 &&
		 strncmp(item->text, "inline:", 7) == 0)
		sbuf_add_text(to, "inline:{...} (not shown: it has the "
				  "secret names of lists)");
	else
		escape_printable(to, span_of(item->text), true);
}

static void print_origin(const struct conf_item *item)
{
	if (item->is_default)
		fputs("default", stdout);
	else if (item->origin.file)
		printf("%s, line %u", item->origin.file, item->origin.line);
	else
		fputs("option -o", stdout);
}

static void print_item(struct console *c, const struct conf_item *item,
		       bool differs)
{
	static char memory[65536];
	struct sbuf value = SBUF(memory);
	bool paint = c->colour && differs;

	add_value(c, item, &value);
	printf("%s%c %s = %s%s%s\n    # ", paint ? "\033[1m" : "",
	       differs ? '*' : ' ', item->name, memory,
	       sbuf_fitted(&value) ? "" : "...", paint ? "\033[0m" : "");
	print_origin(item);
	putchar('\n');
}

int explain_run(struct console *c, int argc, char **argv)
{
	int first = options_none(argc, argv);
	struct conf_item item, standard;
	bool found = first == argc;
	struct conf defaults;

	if (first < 0)
		return EX_USAGE;
	load_defaults(c, &defaults);
	for (size_t i = 0; conf_item(&c->conf, i, &item); i++) {
		bool differs = !conf_item(&defaults, i, &standard) ||
			       strcmp(item.text, standard.text) != 0;
		bool wanted = first == argc;

		for (int a = first; a < argc; a++)
			wanted = wanted ||
				 parameter_find(span_of(argv[a])) ==
					 parameter_find(span_of(item.name));
		if (wanted)
			print_item(c, &item, differs);
		found = found || wanted;
	}
	if (found)
		return EX_OK;
	say("no such setting");
	return COMMAND_NOTHING;
}
