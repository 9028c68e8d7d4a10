#include "doctor/doctor.h"

#include "base/number.h"
#include "console/json.h"
#include "console/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Long enough for any report of a setting. */
#define FINDING_TEXT 2048

static const char *level_name(enum doctor_level level)
{
	switch (level) {
	case DOCTOR_GOOD:
		return "good";
	case DOCTOR_NOTE:
		return "note";
	case DOCTOR_WARNING:
		return "warning";
	case DOCTOR_BROKEN:
		return "broken";
	}
	return "";
}

static const char *level_colour(const struct doctor *d, enum doctor_level level)
{
	if (!d->console->colour)
		return "";
	switch (level) {
	case DOCTOR_GOOD:
		return "\033[32m";
	case DOCTOR_NOTE:
		return "";
	case DOCTOR_WARNING:
		return "\033[33m";
	case DOCTOR_BROKEN:
		return "\033[31m";
	}
	return "";
}

static void print_text(const struct doctor *d, enum doctor_level level,
		       const char *change, const char *text)
{
	const char *paint = level_colour(d, level);

	printf("%s%-8s%s %-12s %s\n", paint, level_name(level),
	       paint[0] ? "\033[0m" : "", d->subject, text);
	if (change)
		printf("%21s change: %s\n", "", change);
	fflush(stdout); /* the next may take its time */
}

static void print_json(const struct doctor *d, enum doctor_level level,
		       const char *change, const char *text)
{
	fputs(d->findings > 0 ? ",\n{\"level\":" : "\n{\"level\":", stdout);
	json_print(stdout, span_of(level_name(level)));
	fputs(",\"subject\":", stdout);
	json_print(stdout, span_of(d->subject));
	fputs(",\"text\":", stdout);
	json_print(stdout, span_of(text));
	if (change) {
		fputs(",\"change\":", stdout);
		json_print(stdout, span_of(change));
	}
	putchar('}');
}

void doctor_find(struct doctor *d, enum doctor_level level, const char *change,
		 const char *format, ...)
{
	char text[FINDING_TEXT];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	if (d->json)
		print_json(d, level, change, text);
	else
		print_text(d, level, change, text);
	d->findings++;
	d->warnings += level == DOCTOR_WARNING;
	d->broken += level == DOCTOR_BROKEN;
}

bool doctor_report(struct doctor *d, const struct report *report)
{
	bool any = false;

	for (const struct report_line *line = report->first; line;
	     line = line->next) {
		any = any || line->level != REPORT_NOTE;
		switch (line->level) {
		case REPORT_NOTE:
			break;
		case REPORT_WARNING:
			doctor_find(d, DOCTOR_WARNING, NULL, "%s", line->text);
			break;
		case REPORT_ERROR:
			doctor_find(d, DOCTOR_BROKEN, NULL, "%s", line->text);
			break;
		}
	}
	return !any;
}

const char *doctor_setting(struct doctor *d, const char *parameter,
			   const char *value)
{
	static char memory[FINDING_TEXT];
	struct origin where = conf_origin(&d->console->conf, parameter);
	struct sbuf b = SBUF(memory);

	sbuf_addf(&b, "%s = %s",
		  strncmp(parameter, "postscreen_", 11) == 0 ? parameter + 11
							     : parameter,
		  value);
	if (where.file && where.line > 0)
		sbuf_addf(&b, " (%s, line %u)", where.file, where.line);
	else
		sbuf_addf(&b, " (in %s)", console_settings(d->console));
	return memory;
}

/* As root it becomes the cache's owner: what a network says is heard behind
 * that. */
static const struct checkup {
	const char *subject;
	void (*run)(struct doctor *d);
} checkups[] = {
	{ "settings", doctor_settings },  { "tables", doctor_tables },
	{ "systemd", doctor_units },	  { "upstream", doctor_upstream },
	{ "cache", doctor_cache },	  { "password", doctor_password },
	{ "shared list", doctor_shared }, { "state file", doctor_state },
	{ "counters", doctor_counters },  { "decision log", doctor_decisions },
	{ "sandbox", doctor_sandbox },	  { "clock", doctor_clock },
	{ "hand-off", doctor_handoff },	  { "resolver", doctor_resolvers },
	{ "lists", doctor_lists },
};

static void work(struct doctor *d)
{
	for (size_t i = 0; i < sizeof(checkups) / sizeof(checkups[0]); i++) {
		d->subject = checkups[i].subject;
		checkups[i].run(d);
	}
}

int doctor_run(struct console *c, int argc, char **argv)
{
	static struct doctor d;
	int first, code;

	d.console = c;
	first = options_json(argc, argv, &d.json);
	if (first < 0)
		return EX_USAGE;
	d.command = argv + first;
	/* tables too, as long as we may read them all */
	code = probing_open(&d.probing, c);
	if (code != EX_OK)
		return DOCTOR_BROKE;
	if (d.json)
		putchar('[');
	work(&d);
	if (d.json)
		fputs("\n]\n", stdout);
	else
		printf("%u broken, %u warning%s\n", d.broken, d.warnings,
		       number_words(d.warnings, "", "s"));
	probing_close(&d.probing);
	if (d.broken > 0)
		return DOCTOR_BROKE;
	return d.warnings > 0 ? DOCTOR_WARNED : EX_OK;
}
