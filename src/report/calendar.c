#include "report/calendar.h"

#include "base/clock.h"

#include <time.h>

#define DAY 86400

static struct tm date_of(int day)
{
	time_t seconds = (time_t)day * DAY;
	struct tm tm = { .tm_mday = 1 };

	gmtime_r(&seconds, &tm);
	return tm;
}

/* ---- units -----------------------------------------------------------------
 */

enum unit {
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_YEAR,
};

static const char *const unit_word[] = { "day", "week", "month", "year" };

static int number_of(enum unit unit, int day)
{
	struct tm tm = date_of(day);

	switch (unit) {
	case UNIT_DAY:
		return day;
	case UNIT_WEEK: /* 1970 began on a Thursday */
		return (day + 3) / 7;
	case UNIT_MONTH:
		return tm.tm_year * 12 + tm.tm_mon;
	case UNIT_YEAR:
		break;
	}
	return tm.tm_year;
}

static enum unit unit_for(int first, int last)
{
	enum unit u = UNIT_DAY;

	while (u < UNIT_YEAR &&
	       number_of(u, last) - number_of(u, first) >= CALENDAR_ROWS)
		u++;
	return u;
}

/* ---- rows ------------------------------------------------------------------
 */

/* DAY is the first in it that is asked for. */
static void name_row(struct calendar_row *row, enum unit unit, int day)
{
	struct tm tm =
		date_of(unit == UNIT_WEEK ? number_of(unit, day) * 7 - 3 : day);
	char *name = row->name, *brief = row->brief;

	switch (unit) {
	case UNIT_DAY:
		strftime(name, sizeof(row->name), "%a %d %b", &tm);
		strftime(brief, sizeof(row->brief), "%d", &tm);
		break;
	case UNIT_WEEK:
		strftime(name, sizeof(row->name), "%d %b", &tm);
		strftime(brief, sizeof(row->brief), "%d/%m", &tm);
		break;
	case UNIT_MONTH:
		strftime(name, sizeof(row->name), "%b %Y", &tm);
		strftime(brief, sizeof(row->brief), "%b", &tm);
		break;
	case UNIT_YEAR:
		strftime(name, sizeof(row->name), "%Y", &tm);
		strftime(brief, sizeof(row->brief), "%Y", &tm);
		break;
	}
}

static uint64_t all_of(const uint64_t count[OUTCOMES])
{
	uint64_t sum = 0;

	for (int o = 0; o < OUTCOMES; o++)
		sum += count[o];
	return sum;
}

void calendar_of(const struct figures *f, struct calendar *ret)
{
	int hour, first = figures_day(f->first, &hour);
	int last = figures_day(f->last, &hour);
	enum unit unit = unit_for(first, last);

	*ret = (struct calendar){ .unit = unit_word[unit] };
	if (f->count == 0)
		return;
	for (int day = first; day <= last; day++) {
		int at = number_of(unit, day) - number_of(unit, first);
		int from = day - f->first_day;
		struct calendar_row *row = &ret->row[at];

		if (at >= CALENDAR_ROWS || from < 0 || from >= FIGURES_DAYS + 2)
			continue;
		if (row->name[0] == '\0')
			name_row(row, unit, day);
		for (int o = 0; o < OUTCOMES; o++)
			row->count[o] += f->day[from][o];
		if (all_of(row->count) > ret->most)
			ret->most = all_of(row->count);
		ret->rows = at + 1;
	}
}

void calendar_date(int day, struct sbuf *to)
{
	struct tm tm = date_of(day);

	sbuf_addf(to, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
		  tm.tm_mday);
}
