#include "log/log.h"

#include "base/clock.h"
#include "base/escape.h"
#include "log/event.h"
#include "log/journal.h"
#include "log/outlet.h"
#include "log/syslog.h"
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

/* postscreen's limit, which other programs that read logs have learnt. */
#define TEXT_LIMIT 2000

/* The longest text with what stands before it, and a NUL. */
#define TEXT_MEMORY (TEXT_LIMIT + sizeof("warning: "))

#define NAME_MEMORY    128
#define VERDICT_MEMORY 64

#define DEFAULT_NAME "smtp-screen"

enum target {
	TARGET_JOURNAL,
	TARGET_SYSLOG,
	TARGET_STDERR,
	TARGETS,
};

struct line {
	enum log_level level;
	enum log_event event;
	struct span text;
};

/* One of the fields that all lines of a connection share. */
struct party {
	char address[ADDRESS_TEXT + 1];
	uint16_t port;
};

static struct {
	bool opened;
	enum target order[TARGETS];
	unsigned at; /* in order: what is used now */
	struct outlet journal, syslog;
	bool torn; /* standard error stands within a line */
	bool stderr_known, stderr_good; /* may lines go there? */

	char name[NAME_MEMORY];
	bool utf8, by_hand;
	int client;
	unsigned facility;

	char id[32];
	struct party parties[2]; /* client and server */
	const char *verdict;

	int64_t patience;
	unsigned dropped;
	unsigned warned[LOG_EVENTS];
} self = { .client = -1,
	   .facility = SYSLOG_FACILITY_MAIL,
	   .patience = LOG_PATIENCE };

/* ---- where lines go ----------------------------------------------------- */

/* What "log_target" asks for. */
struct wish {
	bool automatic;
	enum target target;
	struct span path; /* of the socket; empty: the usual one */
};

static bool parse_socket(struct span text, struct span word, struct span *path)
{
	struct outlet any;

	if (!span_starts_with(text, word))
		return false;
	*path = span_skip(text, word.len);
	if (path->len == 0)
		return true;
	if (path->p[0] != ':')
		return false;
	*path = span_skip(*path, 1);
	return outlet_init(&any, *path);
}

static bool parse_target(const char *target, struct wish *ret)
{
	struct span text = span_of(target);
	struct wish wish = { 0 };

	if (span_equal(text, SPAN("auto")))
		wish.automatic = true;
	else if (span_equal(text, SPAN("stderr")))
		wish.target = TARGET_STDERR;
	else if (parse_socket(text, SPAN("journal"), &wish.path))
		wish.target = TARGET_JOURNAL;
	else if (parse_socket(text, SPAN("syslog"), &wish.path))
		wish.target = TARGET_SYSLOG;
	else
		return false;
	*ret = wish;
	return true;
}

bool log_target_valid(const char *target)
{
	struct wish wish;

	return parse_target(target, &wish);
}

static void put_in_order(unsigned *count, enum target target)
{
	for (unsigned i = 0; i < *count; i++)
		if (self.order[i] == target)
			return;
	self.order[(*count)++] = target;
}

static void choose_order(const struct wish *wish)
{
	unsigned count = 0;

	if (!wish->automatic)
		put_in_order(&count, wish->target);
	if (self.by_hand || isatty(STDERR))
		put_in_order(&count, TARGET_STDERR);
	put_in_order(&count, TARGET_JOURNAL);
	put_in_order(&count, TARGET_SYSLOG);
	put_in_order(&count, TARGET_STDERR);
	self.at = 0;
}

static void init_outlet(struct outlet *o, const struct wish *wish,
			enum target target, const char *usual)
{
	bool named = !wish->automatic && wish->target == target;
	bool good;

	if (self.opened)
		outlet_close(o);
	good = outlet_init(o, named && wish->path.len > 0 ? wish->path
							  : span_of(usual));
	assert(good);
}

void log_open(const struct log_settings *settings)
{
	struct wish wish = { .automatic = true };
	struct sbuf name = SBUF(self.name);
	int saved = errno;

	/* a bad one has been reported as a mistake in the configuration */
	parse_target(settings->target, &wish);
	self.utf8 = settings->utf8;
	self.by_hand = settings->by_hand;
	self.client = settings->client;
	self.facility = settings->facility > 0 ? (unsigned)settings->facility
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

/* ---- what a line looks like --------------------------------------------- */

/* syslog's numbers, which the journal shares */
static int severity(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_FATAL:
		return 2; /* crit */
	case LOG_LEVEL_WARNING:
		return 4;
	case LOG_LEVEL_INFO:
		return 6;
	}
	return 6;
}

static const char *prefix(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_FATAL:
		return "fatal: ";
	case LOG_LEVEL_WARNING:
		return "warning: ";
	case LOG_LEVEL_INFO:
		return "";
	}
	return "";
}

static void add_party(struct sbuf *entry, const struct party *p,
		      const char *address, const char *port)
{
	if (!p->address[0])
		return;
	journal_add(entry, address, span_of(p->address));
	journal_add_number(entry, port, p->port);
}

/*
 * Listings are told by a program of its own in Postfix, and tools that read
 * its log know the line by that program's name.
 */
static void add_name(struct sbuf *to, enum log_event event)
{
	static const struct span ours = { "/postscreen", 11 };
	struct span name = span_of(self.name), end = name;

	if (name.len > ours.len)
		end = span_skip(name, name.len - ours.len);
	if (event != LOG_DNSBL_LISTED || !span_equal(end, ours)) {
		sbuf_add(to, name);
		return;
	}
	sbuf_add(to, (struct span){ name.p, name.len - ours.len });
	sbuf_add_text(to, "/dnsblog");
}

static enum outlet_result to_journal(const struct line *line)
{
	char memory[2 * TEXT_LIMIT], name_memory[NAME_MEMORY];
	struct sbuf entry = SBUF(memory), name = SBUF(name_memory);

	add_name(&name, line->event);
	journal_add(&entry, "MESSAGE", line->text);
	journal_add_number(&entry, "PRIORITY", (unsigned)severity(line->level));
	journal_add_number(&entry, "SYSLOG_FACILITY", self.facility);
	journal_add(&entry, "SYSLOG_IDENTIFIER", sbuf_span(&name));
	journal_add_number(&entry, "SYSLOG_PID", (unsigned)getpid());
	journal_add(&entry, "MESSAGE_ID", span_of(log_event_id(line->event)));
	journal_add(&entry, "SMTP_SCREEN_EVENT",
		    span_of(log_event_name(line->event)));
	if (self.id[0])
		journal_add(&entry, "SMTP_SCREEN_ID", span_of(self.id));
	add_party(&entry, &self.parties[0], "SMTP_SCREEN_CLIENT",
		  "SMTP_SCREEN_CLIENT_PORT");
	add_party(&entry, &self.parties[1], "SMTP_SCREEN_SERVER",
		  "SMTP_SCREEN_SERVER_PORT");
	if (self.verdict)
		journal_add(&entry, "SMTP_SCREEN_VERDICT",
			    span_of(self.verdict));
	/* a field cut short would spoil the whole entry */
	assert(sbuf_fitted(&entry));
	return outlet_send(&self.journal, sbuf_span(&entry), &self.patience);
}

static enum outlet_result to_syslog(const struct line *line)
{
	char memory[2 * TEXT_LIMIT], name_memory[NAME_MEMORY];
	struct sbuf to = SBUF(memory), name = SBUF(name_memory);

	add_name(&name, line->event);
	syslog_format(&to, self.facility, severity(line->level), clock_wall(),
		      sbuf_span(&name), getpid(), line->text);
	return outlet_send(&self.syslog, sbuf_span(&to), &self.patience);
}

static enum outlet_result to_stderr(const struct line *line)
{
	char memory[PIPE_BUF];
	struct sbuf to = SBUF(memory);

	if (!stderr_usable())
		return OUTLET_AWAY;
	add_name(&to, line->event);
	sbuf_addf(&to, "[%d]: ", (int)getpid());
	sbuf_add(&to, line->text);
	sbuf_add_char(&to, '\n');
	return outlet_write(STDERR, sbuf_span(&to), &self.torn, &self.patience);
}

/* ---- delivery ------------------------------------------------------------ */

static enum outlet_result to_target(enum target target, const struct line *line)
{
	switch (target) {
	case TARGET_JOURNAL:
		return to_journal(line);
	case TARGET_SYSLOG:
		return to_syslog(line);
	case TARGET_STDERR:
		return to_stderr(line);
	case TARGETS:
		break;
	}
	return OUTLET_AWAY;
}

/*
 * A target that is there but full loses the line: its daemon is stopped, and
 * the next target is most often the same daemon.
 */
static bool deliver(const struct line *line)
{
	for (int i = 0; i < TARGETS; i++) {
		enum outlet_result r = to_target(self.order[self.at], line);

		if (r != OUTLET_AWAY)
			return r == OUTLET_SENT;
		self.at = (self.at + 1) % TARGETS;
	}
	return false;
}

/* Cut TEXT at LIMIT bytes, but not within a character. */
static void cut(struct sbuf *text, size_t limit)
{
	if (text->len <= limit)
		return;
	while (limit > 0 && ((unsigned char)text->text[limit] & 0xc0) == 0x80)
		limit--;
	text->len = limit;
	text->text[limit] = '\0';
}

/*
 * Raw text as a line takes it. RAW holds a few bytes more than a line, so a
 * character that it cuts in two lies behind the limit.
 */
static void compose(enum log_level level, struct span raw, struct sbuf *to)
{
	char memory[TEXT_LIMIT + 8];
	struct sbuf clean = SBUF(memory);

	escape_printable(&clean, raw, self.utf8);
	cut(&clean, TEXT_LIMIT);
	sbuf_add_text(to, prefix(level));
	sbuf_add(to, sbuf_span(&clean));
}

void log_line(enum log_level level, enum log_event event, const char *format,
	      ...)
{
	char raw[TEXT_LIMIT + 8] = "", memory[TEXT_MEMORY];
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
	compose(level, (struct span){ raw, (size_t)n }, &text);
	if (!deliver(&(struct line){ level, event, sbuf_span(&text) }))
		self.dropped++;
	errno = saved;
}

/* ---- the connection ------------------------------------------------------ */

static void set_party(struct party *p, const struct endpoint *e)
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
	struct sbuf to = SBUF(self.id);

	escape_printable(&to, span_of(id), false);
	memset(self.parties, 0, sizeof(self.parties));
	set_party(&self.parties[0], client);
	set_party(&self.parties[1], server);
}

void log_verdict(const char *verdict)
{
	assert(!verdict || strlen(verdict) < VERDICT_MEMORY);
	self.verdict = verdict;
}

static bool connect_target(enum target target)
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
