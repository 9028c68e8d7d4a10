#include "report/changes_text.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/moment.h"
#include "base/number.h"
#include "console/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Room for the words of a kind. */
#define KIND_TEXT 48

/* How many good clients are named. */
#define NAMED 20

/* One cell of the table of changes. */
struct cell {
	size_t from, to, count;
};

/* ---- what both ways of telling need ----------------------------------------
 */

/* What stands in a log is from outside. */
static void print_shown(const char *text)
{
	char memory[512];
	struct sbuf b = SBUF(memory);

	escape_printable(&b, span_of(text), true);
	fputs(memory, stdout);
}

static size_t count_then(const struct changes *c, size_t kind)
{
	size_t sum = 0;

	for (size_t to = 0; to < CHANGE_KINDS; to++)
		sum += c->change[kind][to].count;
	return sum;
}

static size_t count_now(const struct changes *c, size_t kind)
{
	size_t sum = 0;

	for (size_t from = 0; from < CHANGE_KINDS; from++)
		sum += c->change[from][kind].count;
	return sum;
}

static int most_first(const void *a, const void *b)
{
	const struct cell *one = a, *other = b;

	if (one->count != other->count)
		return one->count > other->count ? -1 : 1;
	return one->from * CHANGE_KINDS + one->to <
			       other->from * CHANGE_KINDS + other->to
		       ? -1
		       : 1;
}

/* Changes that there are, the most frequent first. */
static size_t collect(const struct changes *c,
		      struct cell to[CHANGE_KINDS * CHANGE_KINDS])
{
	size_t count = 0;

	for (size_t f = 0; f < CHANGE_KINDS; f++)
		for (size_t t = 0; t < CHANGE_KINDS; t++)
			if (f != t && c->change[f][t].count > 0)
				to[count++] =
					(struct cell){ f, t,
						       c->change[f][t].count };
	qsort(to, count, sizeof(to[0]), most_first);
	return count;
}

static struct cell cells[CHANGE_KINDS * CHANGE_KINDS];

/* ---- for people ------------------------------------------------------------
 */

static void heading(bool colour, const char *text)
{
	printf("\n%s%s%s\n", colour ? "\033[1m" : "", text,
	       colour ? "\033[0m" : "");
}

static void print_period(const struct changes *c)
{
	char memory[64];
	struct sbuf b = SBUF(memory);

	moment_format(c->first / CLOCK_SECOND, &b);
	sbuf_add_text(&b, " to ");
	moment_format(c->last / CLOCK_SECOND, &b);
	printf("%zu %s decided again, %s\n", c->total - c->not_again,
	       number_words(c->total - c->not_again, "connection",
			    "connections"),
	       memory);
	if (c->not_again > 0)
		printf("%zu %s not: limits and trouble are not for settings "
		       "of tests to decide\n",
		       c->not_again, number_words(c->not_again, "was", "were"));
}

static void print_kinds(const struct changes *c, bool colour)
{
	char words[KIND_TEXT];

	heading(colour, "  VERDICT                     THEN         NOW");
	for (size_t kind = 0; kind < CHANGE_KINDS; kind++) {
		size_t then = count_then(c, kind), now = count_now(c, kind);
		struct sbuf b = SBUF(words);

		if (then == 0 && now == 0)
			continue;
		changes_kind(kind, &b);
		printf("  %-22s %9zu   %9zu\n", words, then, now);
	}
}

static void print_examples(const struct change *change)
{
	size_t most = change->count < CHANGE_EXAMPLES ? change->count
						      : CHANGE_EXAMPLES;

	for (size_t i = 0; i < most; i++) {
		fputs(i > 0 ? ", " : "", stdout);
		print_shown(change->example[i].id);
		putchar(' ');
		print_shown(change->example[i].client);
	}
	puts(change->count > most ? ", ..." : "");
}

static void print_changes(const struct changes *c, bool colour)
{
	size_t count = collect(c, cells);
	char from[KIND_TEXT], to[KIND_TEXT], title[64];
	struct sbuf b = SBUF(title);

	if (c->changed == 0)
		sbuf_add_text(&b, "No verdict changes");
	else
		sbuf_addf(&b, "%zu %s", c->changed,
			  number_words(c->changed, "verdict changes",
				       "verdicts change"));
	if (c->unknown > 0)
		sbuf_addf(&b, ", and %zu %s not known", c->unknown,
			  number_words(c->unknown, "is", "are"));
	heading(colour, title);
	for (size_t i = 0; i < count; i++) {
		struct sbuf f = SBUF(from), t = SBUF(to);

		changes_kind(cells[i].from, &f);
		changes_kind(cells[i].to, &t);
		printf("  %s -> %s  %zu: ", from, to, cells[i].count);
		print_examples(&c->change[cells[i].from][cells[i].to]);
	}
	for (enum missing m = 0; m < MISSINGS; m++)
		if (c->missing[m] > 0)
			printf("  not known for %zu: %s\n", c->missing[m],
			       missing_name(m));
}

static void print_clients(const struct changes *c, bool colour)
{
	const struct regular **turned;
	size_t count = regulars_turned(&c->clients, &turned);

	heading(colour, "Good clients: came back and passed on another day");
	printf("  %zu of %zu would have been refused\n", count,
	       c->clients.good);
	for (size_t i = 0; i < count && i < NAMED; i++) {
		fputs("  ", stdout);
		print_shown(turned[i]->name);
		printf("  passed %u times; would be refused %u %s, first in ",
		       turned[i]->passes, turned[i]->turned,
		       number_words(turned[i]->turned, "time", "times"));
		print_shown(turned[i]->id);
		putchar('\n');
	}
	if (count > NAMED)
		printf("  ... and %zu more\n", count - NAMED);
	if (c->followers > 0)
		printf("  %zu %s that the cache let pass, of clients that "
		       "would have been refused\n"
		       "  before, here %s as passed\n",
		       c->followers,
		       number_words(c->followers, "connection", "connections"),
		       number_words(c->followers, "counts", "count"));
	free(turned);
}

/* Why a list decided nothing; NULL: it did. */
static const char *idle_words(const struct list_use *use)
{
	if (use->decided > 0)
		return NULL;
	if (use->asked == 0)
		return use->muted > 0	  ? "muted all the time"
		       : use->unasked > 0 ? NULL
					  : "nobody had to be looked up";
	if (use->silent == use->asked)
		return "never answered";
	if (use->listed == 0)
		return use->erred > 0 ? "its answers were errors"
				      : "lists nobody who came";
	return use->counted > 0 ? "never made the difference"
				: "no filter takes its answers";
}

static void print_use(const struct list_use *use)
{
	const char *idle = idle_words(use);

	printf(" %9zu %9zu %9zu %9zu", use->asked, use->listed, use->counted,
	       use->decided);
	if (idle)
		printf("  decided nothing: %s", idle);
	if (use->unasked > 0)
		printf("  unknown for %zu: not asked then", use->unasked);
	putchar('\n');
}

static void print_lists(const struct changes *c, const struct retrial *r,
			bool colour)
{
	if (r->lists.sites.lists == 0)
		return;
	heading(colour,
		"  DNS LIST                           ASKED    LISTED   "
		"COUNTED   DECIDED");
	for (size_t i = 0; i < r->lists.sites.lists; i++) {
		char memory[256];
		struct sbuf name = SBUF(memory);

		escape_printable(&name, span_of(r->name[i]), true);
		printf("  %-30s", memory);
		print_use(&c->list[i]);
	}
}

void changes_text(const struct changes *c, const struct retrial *r, bool colour)
{
	print_period(c);
	print_kinds(c, colour);
	print_changes(c, colour);
	print_clients(c, colour);
	print_lists(c, r, colour);
}

/* ---- as JSON ---------------------------------------------------------------
 */

static void json_kind(const char *name, size_t kind)
{
	char memory[KIND_TEXT];
	struct sbuf b = SBUF(memory);

	changes_kind(kind, &b);
	printf("\"%s\":\"%s\"", name, memory);
}

static void json_cells(const struct changes *c)
{
	size_t count = collect(c, cells);

	for (size_t i = 0; i < count; i++) {
		const struct change *change =
			&c->change[cells[i].from][cells[i].to];

		printf("%s{", i > 0 ? "," : "");
		json_kind("from", cells[i].from);
		putchar(',');
		json_kind("to", cells[i].to);
		printf(",\"count\":%zu,\"examples\":[", cells[i].count);
		for (size_t e = 0; e < CHANGE_EXAMPLES && e < change->count;
		     e++) {
			fputs(e > 0 ? "," : "", stdout);
			json_print(stdout, span_of(change->example[e].id));
		}
		fputs("]}", stdout);
	}
}

static void json_clients(const struct changes *c)
{
	const struct regular **turned;
	size_t count = regulars_turned(&c->clients, &turned);

	for (size_t i = 0; i < count; i++) {
		fputs(i > 0 ? ",{\"client\":" : "{\"client\":", stdout);
		json_print(stdout, span_of(turned[i]->name));
		printf(",\"passed\":%u,\"refused\":%u,\"id\":",
		       turned[i]->passes, turned[i]->turned);
		json_print(stdout, span_of(turned[i]->id));
		putchar('}');
	}
	free(turned);
}

static void json_lists(const struct changes *c, const struct retrial *r)
{
	for (size_t i = 0; i < r->lists.sites.lists; i++) {
		const struct list_use *use = &c->list[i];

		fputs(i > 0 ? ",{\"list\":" : "{\"list\":", stdout);
		json_print(stdout, span_of(r->name[i]));
		printf(",\"asked\":%zu,\"silent\":%zu,\"erred\":%zu,\"listed\":"
		       "%zu,\"counted\":%zu,"
		       "\"decided\":%zu,\"unasked\":%zu,\"muted\":%zu}",
		       use->asked, use->silent, use->erred, use->listed,
		       use->counted, use->decided, use->unasked, use->muted);
	}
}

void changes_json(const struct changes *c, const struct retrial *r)
{
	printf("{\"connections\":%zu,\"not_again\":%zu,\"first\":%" PRId64
	       ",\"last\":%" PRId64 ",\"changed\":%zu,\"unknown\":%zu,"
	       "\"changes\":[",
	       c->total, c->not_again, c->first / CLOCK_SECOND,
	       c->last / CLOCK_SECOND, c->changed, c->unknown);
	json_cells(c);
	fputs("],\"missing\":{", stdout);
	for (enum missing m = 0; m < MISSINGS; m++)
		printf("%s\"%s\":%zu", m > 0 ? "," : "", missing_name(m),
		       c->missing[m]);
	printf("},\"good_clients\":%zu,\"followers\":%zu,\"refused\":[",
	       c->clients.good, c->followers);
	json_clients(c);
	fputs("],\"lists\":[", stdout);
	json_lists(c, r);
	puts("]}");
}
