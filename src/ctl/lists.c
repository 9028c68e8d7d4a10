#include "base/clock.h"
#include "base/escape.h"
#include "base/moment.h"
#include "console/condition.h"
#include "console/json.h"
#include "console/probing.h"
#include "ctl/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the settings say of a list, "127.0.0.[2..4]*2 *1": all its sites. */
static void add_sites(const struct dnsbl *sites, size_t list, struct sbuf *to)
{
	for (size_t i = 0; i < sites->sites; i++) {
		const struct dnsbl_site *s = &sites->site[i];

		if (s->list != list)
			continue;
		if (to->len > 0)
			sbuf_add_char(to, ' ');
		if (s->filter)
			escape_printable(to, s->filter_text, false);
		sbuf_addf(to, "*%d", s->weight);
	}
}

static void print_heading(const struct console *c)
{
	printf("%s%-30s %-24s %-10s %6s  %s%s\n", c->colour ? "\033[1m" : "",
	       "LIST", "WEIGHT", "STATE", "MS", "LAST PROBED",
	       c->colour ? "\033[0m" : "");
}

static void print_row(const struct console *c, const char *name,
		      const char *sites, const struct dnslist *known,
		      const struct record *r, int64_t now)
{
	const char *paint = condition_colour(r, now, c->colour);
	char ms[16], probed[40];
	struct sbuf m = SBUF(ms), p = SBUF(probed);

	if (r->probed != 0) {
		sbuf_addf(&m, "%u", r->latency_ms);
		moment_format(r->probed, &p);
	} else {
		sbuf_add_text(&m, "-");
		sbuf_add_text(&p, "never");
	}
	printf("%-30s %-24s %s%-10s%s %6s  %s\n", name, sites, paint,
	       condition_name(r, now), paint[0] ? "\033[0m" : "", ms, probed);
	condition_explain(r, known, NULL, now, stdout);
}

static void print_object(const char *name, const char *sites,
			 const struct record *r, int64_t now)
{
	fputs("{\"list\":", stdout);
	json_print(stdout, span_of(name));
	fputs(",\"weight\":", stdout);
	json_print(stdout, span_of(sites));
	putchar(',');
	condition_json(r, now, stdout);
	putchar('}');
}

static void print_all(const struct console *c, struct probing *p, bool json)
{
	int64_t now = clock_wall();

	if (json)
		putchar('[');
	else if (p->lists.sites.lists > 0)
		print_heading(c);
	for (size_t i = 0; i < p->lists.sites.lists; i++) {
		char memory[1024];
		struct sbuf sites = SBUF(memory);
		struct record r;

		add_sites(&p->lists.sites, i, &sites);
		state_list(&p->lists.state, p->lists.sites.list[i].domain, now,
			   &r);
		if (!json) {
			print_row(c, probing_name(p, i), memory,
				  &p->lists.sites.list[i].known, &r, now);
			continue;
		}
		fputs(i > 0 ? ",\n" : "\n", stdout);
		print_object(probing_name(p, i), memory, &r, now);
	}
	if (json)
		fputs("\n]\n", stdout);
}

int lists_run(struct console *c, int argc, char **argv)
{
	static struct probing p;
	bool json = false;
	const struct option_row row = { .name = "json", .flag = &json };
	int code, error;

	if (!options_only(argc, argv, &row, 1))
		return EX_USAGE;
	code = probing_begin(&p, c);
	if (code != EX_OK)
		return code;
	print_all(c, &p, json);
	error = state_trouble(&p.lists.state);
	if (error < 0)
		say("state file %s: %s -- what was known is not shown",
		    c->conf.state_file, strerror(-error));
	probing_close(&p);
	return error < 0 ? EX_UNAVAILABLE : EX_OK;
}
