#include "log/log.h"

#include "base/escape.h"
#include "log/entry.h"
#include "log/journal.h"
#include "log/outlet.h"
#include "log/syslog.h"
#include "log/target.h"
#include "net/stream.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STDERR 2

#define DEFAULT_NAME "smtp-screen"

static struct {
	bool opened;
	enum target_kind order[TARGETS];
	unsigned at; /* in order: what is used now */
	struct outlet journal, syslog;
	bool torn; /* standard error stands within a line */
	bool stderr_known, stderr_good; /* may lines go there? */

	struct entry_source from;
	bool utf8, by_hand;
	int client;

	int64_t patience;
	unsigned dropped;
	unsigned warned[LOG_EVENTS];
} self = { .from.facility = SYSLOG_FACILITY_MAIL,
	   .client = -1,
	   .patience = LOG_PATIENCE };

/* ---- where lines go ----------------------------------------------------- */

bool log_target_valid(const char *target)
{
	struct target any;

	return target_parse(target, &any);
}

static void put_in_order(unsigned *count, enum target_kind target)
{
	for (unsigned i = 0; i < *count; i++)
		if (self.order[i] == target)
			return;
	self.order[(*count)++] = target;
}

static void choose_order(const struct target *wish)
{
	unsigned count = 0;

	if (!wish->automatic)
		put_in_order(&count, wish->kind);
	if (self.by_hand || isatty(STDERR))
		put_in_order(&count, TARGET_STDERR);
	put_in_order(&count, TARGET_JOURNAL);
	put_in_order(&count, TARGET_SYSLOG);
	put_in_order(&count, TARGET_STDERR);
	self.at = 0;
}

static void init_outlet(struct outlet *o, const struct target *wish,
			enum target_kind target, const char *usual)
{
	bool named = !wish->automatic && wish->kind == target;
	bool good;

	if (self.opened)
		outlet_close(o);
	good = outlet_init(o, named && wish->path.len > 0 ? wish->path
							  : span_of(usual));
	assert(good);
}

void log_open(const struct log_settings *settings)
{
	struct target wish = { .automatic = true };
	struct sbuf name = SBUF(self.from.name);
	int saved = errno;

	/* a bad one has been reported as a mistake in the configuration */
	target_parse(settings->target, &wish);
	self.utf8 = settings->utf8;
	self.by_hand = settings->by_hand;
	self.client = settings->client;
	self.from.facility = settings->facility > 0
				     ? (unsigned)settings->facility
				     : SYSLOG_FACILITY_MAIL;
	self.stderr_known = false;
	escape_printable(&name, span_of(settings->name), false);
	if (name.len == 0)
		sbuf_add_text(&name, DEFAULT_NAME);
	init_outlet(&self.journal, &wish, TARGET_JOURNAL, journal_socket);
	init_outlet(&self.syslog, &wish, TARGET_SYSLOG, syslog_socket);
	choose_order(&wish);
	self.opened = true;
	errno = saved;
}

static void open_if_needed(void)
{
	static const struct log_settings unknown = { .target = "auto",
						     .client = -1 };

	if (!self.opened)
		log_open(&unknown);
}

/*
 * Found out once after each log_open: who opens the log knows the client's
 * descriptors by then, and from there on they stay what they are.
 */
static bool stderr_usable(void)
{
	if (!self.stderr_known)
		self.stderr_good =
			!stream_reaches(STDERR, STDIN_FILENO, self.by_hand) &&
			!stream_reaches(STDERR, STDOUT_FILENO, self.by_hand) &&
			!stream_reaches(STDERR, self.client, self.by_hand);
	self.stderr_known = true;
	return self.stderr_good;
}

/* ---- delivery ------------------------------------------------------------ */

static enum outlet_result to_journal(const struct entry *entry)
{
	char memory[ENTRY_MEMORY];
	struct sbuf to = SBUF(memory);

	entry_for_journal(entry, &self.from, &to);
	return outlet_send(&self.journal, sbuf_span(&to), &self.patience);
}

static enum outlet_result to_syslog(const struct entry *entry)
{
	char memory[ENTRY_MEMORY];
	struct sbuf to = SBUF(memory);

	entry_for_syslog(entry, &self.from, &to);
	return outlet_send(&self.syslog, sbuf_span(&to), &self.patience);
}

static enum outlet_result to_stderr(const struct entry *entry)
{
	char memory[PIPE_BUF];
	struct sbuf to = SBUF(memory);

	if (!stderr_usable())
		return OUTLET_AWAY;
	entry_for_stderr(entry, &self.from, &to);
	return outlet_write(STDERR, sbuf_span(&to), &self.torn, &self.patience);
}

static enum outlet_result to_target(enum target_kind target,
				    const struct entry *entry)
{
	switch (target) {
	case TARGET_JOURNAL:
		return to_journal(entry);
	case TARGET_SYSLOG:
		return to_syslog(entry);
	case TARGET_STDERR:
		return to_stderr(entry);
	case TARGETS:
		break;
	}
	return OUTLET_AWAY;
}

/*
 * A target that is there but full loses the line: its daemon is stopped, and
 * the next target is most often the same daemon.
 */
static bool deliver(const struct entry *entry)
{
	for (int i = 0; i < TARGETS; i++) {
		enum outlet_result r = to_target(self.order[self.at], entry);

		if (r != OUTLET_AWAY)
			return r == OUTLET_SENT;
		self.at = (self.at + 1) % TARGETS;
	}
	return false;
}

void log_line(enum log_level level, enum log_event event, const char *format,
	      ...)
{
	char raw[ENTRY_RAW_MEMORY], memory[ENTRY_TEXT_MEMORY];
	struct sbuf text = SBUF(memory);
	int saved = errno, n;
	va_list args;

	va_start(args, format);
	n = vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	if (n < 0) /* the words without the values still say something */
		n = snprintf(raw, sizeof(raw), "%s", format);
	if ((size_t)n >= sizeof(raw))
		n = sizeof(raw) - 1;
	if (level != LOG_LEVEL_INFO)
		self.warned[event]++;
	open_if_needed();
	entry_compose(level, (struct span){ raw, (size_t)n }, self.utf8, &text);
	if (!deliver(&(struct entry){ level, event, sbuf_span(&text) }))
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
	struct sbuf to = SBUF(self.from.id);

	escape_printable(&to, span_of(id), false);
	memset(self.from.parties, 0, sizeof(self.from.parties));
	set_party(&self.from.parties[0], client);
	set_party(&self.from.parties[1], server);
}

void log_verdict(const char *verdict)
{
	assert(!verdict || strlen(verdict) < ENTRY_VERDICT_MEMORY);
	self.from.verdict = verdict;
}

static bool connect_target(enum target_kind target)
{
	switch (target) {
	case TARGET_JOURNAL:
		return outlet_open(&self.journal) == 0;
	case TARGET_SYSLOG:
		tzset(); /* reads a file, which a sandbox may forbid too */
		return outlet_open(&self.syslog) == 0;
	case TARGET_STDERR:
		return stderr_usable();
	case TARGETS:
		break;
	}
	return false;
}

void log_client(int fd)
{
	self.client = fd;
	self.stderr_known = false;
}

void log_connect(void)
{
	int saved = errno;

	open_if_needed();
	for (int i = 0; i < TARGETS; i++) {
		if (connect_target(self.order[self.at]))
			break;
		self.at = (self.at + 1) % TARGETS;
	}
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

static void close_outlets(void)
{
	if (self.opened) {
		outlet_close(&self.journal);
		outlet_close(&self.syslog);
	}
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

	self.patience = LOG_PATIENCE;
	if (forked)
		close_outlets();
	if (forked || tell_dropped())
		self.dropped = 0;
	errno = saved;
}

void log_close(void)
{
	int saved = errno;

	tell_dropped();
	close_outlets();
	/* said, or as lost as the lines themselves */
	self.dropped = 0;
	errno = saved;
}
