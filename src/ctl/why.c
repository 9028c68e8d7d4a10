#include "base/clock.h"
#include "base/moment.h"
#include "console/json.h"
#include "ctl/commands.h"
#include "history/sought.h"
#include "report/advice.h"
#include "report/story.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* So many connections of a client are shown, if not --all. */
#define LATEST 10

struct options {
	const char *since;
	bool all, json;
};

/* The latest connections, in turn, and the line of the very last: what was read
 * is gone when the next one is. */
struct latest {
	char *summary[LATEST];
	char *text;
	size_t count;
};

static struct sought sought;
static struct retrial retrial;
static struct advice advice;

/* The index of what is sought, or -1 after saying what is wrong. */
static int parse(int argc, char **argv, struct options *o)
{
	const struct option_row rows[] = {
		{ .name = "all", .flag = &o->all },
		{ .name = "since", .value = &o->since },
		{ .name = "json", .flag = &o->json },
	};
	int first =
		options_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));

	if (first < 0 || first == argc - 1)
		return first;
	say("why needs one decision ID, address or network");
	return -1;
}

/* ---- today -----------------------------------------------------------------
 */

static void tell_missing(FILE *to)
{
	fputs("  cannot be told, for nobody found out then:\n", to);
	for (enum missing m = 0; m < MISSINGS; m++) {
		const char *before = " (";

		if (!retrial.missing[m])
			continue;
		fprintf(to, "    %s", missing_name(m));
		for (size_t i = 0;
		     m == MISSING_LISTS && i < retrial.lists.sites.lists; i++) {
			if (!retrial.unasked[i])
				continue;
			fputs(before, to);
			story_foreign(retrial.name[i], to);
			before = ", ";
		}
		fputs(before[0] == ',' ? ")\n" : "\n", to);
	}
}

static void tell_today(const struct console *c, FILE *to)
{
	char memory[160];
	struct sbuf b = SBUF(memory);

	story_heading(to, c->colour,
		      "With today's settings, and the same facts");
	if (!retrial.again) {
		fputs("  the same: this is not for the settings of tests to "
		      "decide\n",
		      to);
		return;
	}
	if (!retrial.known) {
		tell_missing(to);
		return;
	}
	story_sentence(&retrial.sentence, retrial.facts.veto, &b);
	fprintf(to, "  %s%s\n",
		retrial_differs(&retrial) ? "" : "the same: ", memory);
	if (retrial.scored)
		fprintf(to, "  score %d, threshold %d\n", retrial.score.score,
			c->conf.dnsbl_threshold);
}

static void tell_advice(const struct console *c, FILE *to)
{
	story_heading(to, c->colour, "To let it in");
	for (size_t i = 0; i < advice.count; i++)
		fprintf(to, "  %s%s\n", i > 0 ? "or " : "", advice.line[i]);
	if (advice.needed && retrial.client) {
		char memory[ADDRESS_TEXT];
		struct sbuf b = SBUF(memory);

		address_format(retrial.client, &b);
		fprintf(to,
			"\nWhat would happen to it right now: smtp-screenctl "
			"check %s\n",
			memory);
	}
}

static void tell(const struct console *c, const struct recorded *line, FILE *to)
{
	story_tell(line, c->colour, to);
	tell_today(c, to);
	tell_advice(c, to);
}

static void decide(struct console *c, const struct recorded *line)
{
	static struct address who;

	retrial_run(&retrial, line,
		    sought_address(&sought, line, &who) ? &who : NULL);
	advice_give(&retrial, console_settings(c), &advice);
}

/* ---- as JSON ---------------------------------------------------------------
 */

static void print_member(const char *name, const char *value)
{
	printf("\"%s\":", name);
	json_print(stdout, span_of(value));
}

static void print_object(const struct recorded *line, bool first)
{
	const char *before = "";

	fputs(first ? "{" : ",{", stdout);
	print_member("id", line->id);
	printf(",\"time\":%" PRId64 ",", line->time / CLOCK_SECOND);
	print_member("client", line->client);
	printf(",\"verdict\":\"%s\",\"reason\":\"%s\",\"today\":{",
	       decision_verdict_name(line->verdict),
	       failure_name(line->failure));
	if (retrial.known)
		printf("\"verdict\":\"%s\",\"reason\":\"%s\"",
		       decision_verdict_name(retrial.sentence.verdict),
		       failure_name(retrial.sentence.failure));
	printf("},\"missing\":[");
	for (enum missing m = 0; m < MISSINGS; m++)
		if (retrial.missing[m]) {
			printf("%s\"%s\"", before, missing_name(m));
			before = ",";
		}
	fputs("],\"advice\":[", stdout);
	for (size_t i = 0; i < advice.count; i++) {
		fputs(i > 0 ? "," : "", stdout);
		json_print(stdout, span_of(advice.line[i]));
	}
	fputs("]}", stdout);
}

/* ---- several ---------------------------------------------------------------
 */

static bool keep(struct latest *l, const struct records *records,
		 const struct recorded *line)
{
	char **summary = &l->summary[l->count++ % LATEST];
	struct span text = records_text(records);
	size_t size;
	FILE *to;

	free(*summary);
	free(l->text);
	*summary = NULL;
	l->text = strndup(text.p, text.len);
	to = open_memstream(summary, &size);
	if (!to)
		return false;
	story_summary(line, to);
	return fclose(to) == 0 && l->text;
}

/* The last one in full; it is as good as read from the file again. */
static void tell_last(struct console *c, const struct latest *l)
{
	static struct recorded line;
	struct recorded_reader *reader = recorded_reader_new();

	if (reader &&
	    recorded_read(reader, span_of(l->text), &line) == RECORDED_GOOD) {
		decide(c, &line);
		tell(c, &line, stdout);
	}
	recorded_reader_free(reader);
}

static void print_latest(struct console *c, const struct latest *l)
{
	size_t from = l->count > LATEST ? l->count - LATEST : 0;

	if (from > 0)
		printf("%zu connections, the latest (--all shows all of "
		       "them):\n",
		       l->count);
	for (size_t i = from; l->count > 1 && i < l->count; i++)
		fputs(l->summary[i % LATEST], stdout);
	if (l->count > 1)
		fputs("\nThe last of them:\n\n", stdout);
	tell_last(c, l);
}

static void forget(struct latest *l)
{
	for (size_t i = 0; i < LATEST; i++)
		free(l->summary[i]);
	free(l->text);
}

static void say_searched(const struct records *records)
{
	int64_t first, last;
	const char *name;

	say("%s is not in the decision log; searched:", sought.text);
	for (size_t i = 0;
	     (name = records_file(records, i, &first, &last)) != NULL; i++) {
		char memory[64];
		struct sbuf b = SBUF(memory);

		moment_format(first / CLOCK_SECOND, &b);
		sbuf_add_text(&b, " to ");
		moment_format(last / CLOCK_SECOND, &b);
		say("%s, %s", name, memory);
	}
}

/* Tell all that is found. False: no memory. */
static bool read_all(struct console *c, struct records *records,
		     const struct options *o, struct latest *l)
{
	const struct recorded *line;

	while ((line = records_next(records))) {
		if (!sought_is(&sought, line))
			continue;
		if (o->json || o->all)
			decide(c, line);
		else if (!keep(l, records, line))
			return false;
		if (o->json) {
			print_object(line, l->count++ == 0);
		} else if (o->all) {
			fputs(l->count++ > 0 ? "\n\n" : "", stdout);
			tell(c, line, stdout);
		}
	}
	return true;
}

static int search(struct console *c, const struct options *o,
		  struct records *records)
{
	struct latest latest = { .count = 0 };
	int code = EX_OK;

	fputs(o->json ? "[" : "", stdout);
	if (!read_all(c, records, o, &latest)) {
		say("no memory");
		code = EX_OSERR;
	} else if (latest.count == 0) {
		say_searched(records);
		code = COMMAND_NOTHING;
	} else if (!o->json && !o->all) {
		print_latest(c, &latest);
	}
	fputs(o->json ? "]\n" : "", stdout);
	forget(&latest);
	return code;
}

int why_run(struct console *c, int argc, char **argv)
{
	struct options o = { .json = false };
	struct records_setup setup = { .verb = "searching" };
	struct records *records;
	int code, what = parse(argc, argv, &o);

	if (what < 0 || (o.since && !records_since(o.since, &setup.since)))
		return EX_USAGE;
	code = sought_parse(&sought, &c->conf, argv[what]);
	if (code != EX_OK)
		return code;
	if (!retrial_open(&retrial, &c->conf, &c->arena, &c->report))
		return console_misconfigured(c);
	setup.file = c->conf.decision_log;
	sought_narrow(&sought, &setup);
	code = records_code(records_open(&setup, &records));
	if (code != EX_OK)
		return code;
	code = search(c, &o, records);
	records_close(records);
	return code;
}
