#include "report/wording.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/moment.h"

#include <inttypes.h>
#include <time.h>

#define DAY (86400 * CLOCK_SECOND)

/* ---- figures ---------------------------------------------------------------
 */

void wording_count(uint64_t count, struct sbuf *to)
{
	if (count < 1000) {
		sbuf_addf(to, "%" PRIu64, count);
		return;
	}
	wording_count(count / 1000, to);
	sbuf_addf(to, ",%03" PRIu64, count % 1000);
}

void wording_share(uint64_t part, uint64_t whole, struct sbuf *to)
{
	if (whole == 0)
		sbuf_add_char(to, '-');
	else
		sbuf_addf(to, "%.1f %%", 100.0 * (double)part / (double)whole);
}

void wording_period(int64_t microseconds, struct sbuf *to)
{
	double ms = (double)microseconds / (double)CLOCK_MS;

	if (microseconds < 0)
		sbuf_add_char(to, '-');
	else if (ms < 9.95)
		sbuf_addf(to, "%.1f ms", ms);
	else if (ms < 999.5)
		sbuf_addf(to, "%.0f ms", ms);
	else if (ms < 99950)
		sbuf_addf(to, "%.1f s", ms / 1000);
	else
		moment_format_period(microseconds / CLOCK_SECOND, 2, to);
}

static bool local(int64_t microseconds, struct tm *ret)
{
	time_t seconds = (time_t)(microseconds / CLOCK_SECOND);

	return localtime_r(&seconds, ret) != NULL;
}

void wording_time(int64_t microseconds, struct sbuf *to)
{
	char text[64] = "-";
	struct tm tm;

	if (local(microseconds, &tm))
		strftime(text, sizeof(text), "%a %d %b %Y %H:%M", &tm);
	sbuf_add_text(to, text);
}

void wording_zone(int64_t microseconds, struct sbuf *to)
{
	char text[64] = "-";
	struct tm tm;

	/* what TZ says is anybody's text */
	if (local(microseconds, &tm))
		strftime(text, sizeof(text), "%Z (%z)", &tm);
	wording_foreign(text, to);
}

/* ---- words -----------------------------------------------------------------
 */

const char *wording_verdict(enum decision_verdict verdict)
{
	static const char *const words[DECISION_VERDICTS] = {
		[DECISION_PASS] = "passed to the mail server",
		[DECISION_RETRY] = "told to come back",
		[DECISION_REFUSE] = "refused",
		[DECISION_DROP] = "refused at once",
		[DECISION_HANGUP] = "left before a verdict",
		[DECISION_LIMIT] = "too many at a time",
		[DECISION_TROUBLE] = "trouble of ours",
	};

	return words[verdict];
}

enum failure wording_reason(const struct frequent_item *network)
{
	enum failure most = FAILURE_DENYLIST;

	for (enum failure f = 0; f <= FAILURE_NONE; f++)
		if (network->kind[f] > network->kind[most])
			most = f;
	return most;
}

void wording_foreign(const char *text, struct sbuf *to)
{
	escape_printable(to, span_of(text), false);
}

/* ---- notes -----------------------------------------------------------------
 */

static bool note_always(const struct figures *f, struct sbuf *to)
{
	sbuf_add_text(to, "Days and hours are those of the time zone ");
	wording_zone(f->until, to);
	sbuf_add_text(to, ". What the mail server did with the clients that it "
			  "was given is not in the decision log, nor is what "
			  "smtp-screen-greylist delayed.");
	return true;
}

static bool note_start(const struct summary *s, struct sbuf *to)
{
	const struct figures *f = s->figures;

	if (f->count == 0 || s->read.old > 0 || f->first - f->since < DAY)
		return false;
	sbuf_add_text(to, "The log begins later than asked for: ");
	wording_time(f->first, to);
	sbuf_add_char(to, '.');
	return true;
}

static bool note_networks(const struct figures *f, struct sbuf *to)
{
	uint64_t less = frequent_short_by(f->refused);

	if (less == 0)
		return false;
	sbuf_add_text(to, "More networks were refused than are told apart, so "
			  "each of those figures may be too low, by at most ");
	wording_count(less, to);
	sbuf_add_char(to, '.');
	return true;
}

/* Number NUMBER of those that are a count and what is counted. */
static bool note_count(const struct summary *s, size_t number, struct sbuf *to)
{
	const struct figures *f = s->figures;
	const struct {
		uint64_t count;
		const char *words;
	} notes[] = {
		{ f->verdict[DECISION_DROP],
		  "Refused at once, so that what other tests had found is not "
		  "known" },
		{ f->returns.given_up,
		  "Told to come back, and no longer looked for, for there were "
		  "too many" },
		{ f->lists.others,
		  "Answers of DNS lists left out, for there were too many "
		  "lists" },
		{ f->hidden[0],
		  "Clients recorded as networks only (decision_log_privacy)" },
		{ f->hidden[1],
		  "Clients recorded under pseudonyms (decision_log_privacy), "
		  "each of which stands for those that share a pass" },
		{ f->trouble, "Times that the cache could not be asked" },
		{ f->ahead, "Lines dated in the future, and left out" },
		{ s->read.torn, "Torn lines that were skipped" },
		{ s->read.other,
		  "Lines of another version's form that were skipped" },
		{ s->read.failed, "Files that could not be read whole" },
	};

	if (number >= sizeof(notes) / sizeof(notes[0]) ||
	    notes[number].count == 0)
		return false;
	sbuf_addf(to, "%s: ", notes[number].words);
	wording_count(notes[number].count, to);
	sbuf_add_char(to, '.');
	return true;
}

#define NOTES 13

bool wording_note(const struct summary *s, int number, struct sbuf *to)
{
	for (int n = 0; n < NOTES; n++) {
		bool applies;

		sbuf_clear(to);
		applies = n == 0   ? note_always(s->figures, to)
			  : n == 1 ? note_start(s, to)
			  : n == 2 ? note_networks(s->figures, to)
				   : note_count(s, (size_t)n - 3, to);
		if (applies && number-- == 0)
			return true;
	}
	return false;
}
