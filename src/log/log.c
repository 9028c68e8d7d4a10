#include "log/log.h"

#include "base/escape.h"
#include "log/entry.h"
#include "log/held.h"
#include "log/syslog.h"
#include "log/ways.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_NAME "smtp-screen"

static struct {
	struct ways ways;
	struct entry_source from;
	struct entry_connection connection;
	bool utf8;

	bool holding;
	unsigned dropped;
	unsigned warned[LOG_EVENTS];

	/* What a line goes through, one behind the other: most are short, and
	 * then all that this file writes to is one page. */
	char work[ENTRY_RAW_MEMORY + ENTRY_TEXT_MEMORY + WAYS_MEMORY];
} self = { .ways = { .client = -1, .patience = LOG_PATIENCE },
	   .from.facility = SYSLOG_FACILITY_MAIL };

/* Far from the rest, for most processes hold none. */
static struct held held;

/* ---- where lines go ------------------------------------------------------ */

bool log_target_valid(const char *target)
{
	struct target any;

	return target_parse(target, &any);
}

void log_open(const struct log_settings *settings)
{
	struct sbuf name = SBUF(self.from.name);
	int saved = errno;

	self.utf8 = settings->utf8;
	self.from.facility = settings->facility > 0
				     ? (unsigned)settings->facility
				     : SYSLOG_FACILITY_MAIL;
	escape_printable(&name, span_of(settings->name), false);
	if (name.len == 0)
		sbuf_add_text(&name, DEFAULT_NAME);
	ways_open(&self.ways, settings->target, settings->client,
		  settings->by_hand);
	errno = saved;
}

static void open_if_needed(void)
{
	static const struct log_settings unknown = { .target = "auto",
						     .client = -1 };

	if (!self.ways.opened)
		log_open(&unknown);
}

/* ---- lines --------------------------------------------------------------- */

static void deliver_held(void)
{
	self.from.pid = getpid();
	self.dropped +=
		ways_send_all(&self.ways, held.entry, held.count, &self.from);
	self.from.pid = 0;
	held_forget(&held);
}

/* False for a line that must go out now; those before it have gone then. */
static bool hold(const struct entry *entry)
{
	if (entry->level == LOG_LEVEL_INFO && held_add(&held, entry))
		return true;
	deliver_held();
	return entry->level == LOG_LEVEL_INFO && held_add(&held, entry);
}

void log_hold(void)
{
	self.holding = true;
}

void log_flush(void)
{
	int saved = errno;

	if (held.count > 0)
		deliver_held();
	errno = saved;
}

void log_release(void)
{
	log_flush();
	self.holding = false;
}

void log_line(enum log_level level, enum log_event event, const char *format,
	      ...)
{
	char *raw = self.work;
	struct sbuf text;
	struct entry entry;
	int saved = errno, n;
	va_list args;

	va_start(args, format);
	n = vsnprintf(raw, ENTRY_RAW_MEMORY, format, args);
	va_end(args);
	if (n < 0) /* the words without the values still say something */
		n = snprintf(raw, ENTRY_RAW_MEMORY, "%s", format);
	if ((size_t)n >= ENTRY_RAW_MEMORY)
		n = ENTRY_RAW_MEMORY - 1;
	text = sbuf_in(raw + n + 1, ENTRY_TEXT_MEMORY);
	if (level != LOG_LEVEL_INFO)
		self.warned[event]++;
	open_if_needed();
	entry_compose(level, (struct span){ raw, (size_t)n }, self.utf8, &text);
	entry = (struct entry){ level, event, sbuf_span(&text),
				&self.connection };
	if (!(self.holding && hold(&entry)) &&
	    !ways_send(&self.ways, &entry, &self.from,
		       text.text + text.len + 1))
		self.dropped++;
	errno = saved;
}

/* ---- the connection ------------------------------------------------------ */

static void set_party(struct entry_party *p, const struct endpoint *e)
{
	struct sbuf address = SBUF(p->address);

	if (!e)
		return;
	address_format(&e->address, &address);
	p->port = e->port;
}

void log_connection(const char *id, const struct endpoint *client,
		    const struct endpoint *server)
{
	struct entry_connection *c = &self.connection;
	struct sbuf to = SBUF(c->id);

	escape_printable(&to, span_of(id), false);
	memset(c->parties, 0, sizeof(c->parties));
	set_party(&c->parties[0], client);
	set_party(&c->parties[1], server);
}

void log_verdict(const char *verdict)
{
	assert(!verdict || strlen(verdict) < ENTRY_VERDICT_MEMORY);
	self.connection.verdict = verdict;
}

void log_client(int fd)
{
	ways_client(&self.ways, fd);
}

void log_connect(void)
{
	int saved = errno;

	open_if_needed();
	ways_connect(&self.ways);
	errno = saved;
}

unsigned log_take_warned(enum log_event event)
{
	unsigned warned = self.warned[event];

	self.warned[event] = 0;
	return warned;
}

unsigned log_dropped(void)
{
	return self.dropped;
}

/* True when nothing is left to be told. */
static bool tell_dropped(void)
{
	unsigned dropped = self.dropped;

	if (dropped == 0)
		return true;
	log_warning(LOG_OTHER,
		    "%u log lines were dropped: the log was full or away",
		    dropped);
	return self.dropped == dropped;
}

void log_renew(bool forked)
{
	int saved = errno;

	self.ways.patience = LOG_PATIENCE;
	if (forked) {
		ways_close(&self.ways);
		self.holding = false;
		held_forget(&held);
	}
	if (forked || tell_dropped())
		self.dropped = 0;
	errno = saved;
}

void log_close(void)
{
	int saved = errno;

	log_release();
	tell_dropped();
	ways_close(&self.ways);
	/* said, or as lost as the lines themselves */
	self.dropped = 0;
	errno = saved;
}
