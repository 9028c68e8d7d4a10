/*
 * state_note.c - put what is known of a DNS list into a state file, or show it.
 *
 *     state_note FILE DOMAIN NAME=NUMBER...    the rest stays as it is
 *     state_note FILE DOMAIN                   a line "NAME=NUMBER ..."
 *
 * Times are in seconds since 1970.
 */
#include "base/clock.h"
#include "base/number.h"
#include "state/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct record r;

static const struct {
	const char *name;
	int64_t *time;
	unsigned *number;
} fields[] = {
	{ "probed", &r.probed, NULL },
	{ "latency", NULL, &r.latency_ms },
	{ "finding", NULL, &r.finding },
	{ "must_right", &r.right[RECORD_MUST], NULL },
	{ "must_not_right", &r.right[RECORD_MUST_NOT], NULL },
	{ "must_wrong", &r.wrong[RECORD_MUST], NULL },
	{ "must_not_wrong", &r.wrong[RECORD_MUST_NOT], NULL },
	{ "muted", &r.muted, NULL },
	{ "reason", NULL, &r.reason },
	{ "resumed", &r.resumed, NULL },
	{ "alarm", &r.alarm, NULL },
	{ "listed", NULL, &r.alarm_listed },
	{ "tested", NULL, &r.alarm_tested },
	{ "paused", &r.paused, NULL },
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static bool set(const char *text)
{
	struct span name, value;
	uint64_t number;

	if (!span_cut(span_of(text), '=', &name, &value) ||
	    !number_parse(value, INT64_MAX, &number))
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		if (!span_equal(name, span_of(fields[i].name)))
			continue;
		if (fields[i].time)
			*fields[i].time = (int64_t)number;
		else
			*fields[i].number = (unsigned)number;
		return true;
	}
	return false;
}

static void show(void)
{
	for (size_t i = 0; i < FIELDS; i++)
		printf("%s%s=%" PRId64, i > 0 ? " " : "", fields[i].name,
		       fields[i].time ? *fields[i].time
				      : (int64_t)*fields[i].number);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct sightings seen;
	struct state s;
	int64_t now = clock_wall();

	if (argc < 3)
		return 64;
	state_init(&s, argv[1]);
	state_list(&s, argv[2], now, &r);
	if (argc == 3) {
		show();
		return 0;
	}
	for (int i = 3; i < argc; i++)
		if (!set(argv[i]))
			return 64;
	seen = (struct sightings){ .tested = r.alarm_tested,
				   .listed = r.alarm_listed };
	if (!state_list_note(&s, argv[2], &r, now))
		return 1;
	if ((r.alarm != 0 || r.paused != 0) &&
	    !state_list_alarm(&s, argv[2], &seen, r.paused, r.alarm))
		return 1;
	return 0;
}
