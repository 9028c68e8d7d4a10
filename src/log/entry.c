/* entry.c - see entry.h. */
#include "log/entry.h"

#include "base/clock.h"
#include "base/escape.h"
#include "log/journal.h"
#include "log/syslog.h"

#include <assert.h>
#include <unistd.h>

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

void entry_compose(enum log_level level, struct span raw, bool utf8,
		   struct sbuf *to)
{
	size_t before;

	sbuf_add_text(to, prefix(level));
	before = to->len;
	escape_printable(to, raw, utf8); /* never longer than RAW */
	cut(to, before + ENTRY_TEXT_LIMIT);
}

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

static void add_party(struct sbuf *entry, const struct entry_party *p,
		      const char *address, const char *port)
{
	if (!p->address[0])
		return;
	journal_add(entry, address, span_of(p->address));
	journal_add_number(entry, port, p->port);
}

static void add_connection(struct sbuf *to, const struct entry_connection *c)
{
	if (c->id[0])
		journal_add(to, "SMTP_SCREEN_ID", span_of(c->id));
	add_party(to, &c->parties[0], "SMTP_SCREEN_CLIENT",
		  "SMTP_SCREEN_CLIENT_PORT");
	add_party(to, &c->parties[1], "SMTP_SCREEN_SERVER",
		  "SMTP_SCREEN_SERVER_PORT");
	if (c->verdict)
		journal_add(to, "SMTP_SCREEN_VERDICT", span_of(c->verdict));
}

/*
 * Listings are told by a program of its own in Postfix, and tools that read
 * its log know the line by that program's name.
 */
static void add_name(struct sbuf *to, const struct entry_source *from,
		     enum log_event event)
{
	static const struct span ours = { "/postscreen", 11 };
	struct span name = span_of(from->name), end = name;

	if (name.len > ours.len)
		end = span_skip(name, name.len - ours.len);
	if (event != LOG_DNSBL_LISTED || !span_equal(end, ours)) {
		sbuf_add(to, name);
		return;
	}
	sbuf_add(to, (struct span){ name.p, name.len - ours.len });
	sbuf_add_text(to, "/dnsblog");
}

static pid_t pid_of(const struct entry_source *from)
{
	return from->pid > 0 ? from->pid : getpid();
}

void entry_for_journal(const struct entry *entry,
		       const struct entry_source *from, struct sbuf *to)
{
	char name_memory[ENTRY_NAME_MEMORY];
	struct sbuf name = SBUF(name_memory);

	add_name(&name, from, entry->event);
	journal_add(to, "MESSAGE", entry->text);
	journal_add_number(to, "PRIORITY", (unsigned)severity(entry->level));
	journal_add_number(to, "SYSLOG_FACILITY", from->facility);
	journal_add(to, "SYSLOG_IDENTIFIER", sbuf_span(&name));
	journal_add_number(to, "SYSLOG_PID", (unsigned)pid_of(from));
	journal_add(to, "MESSAGE_ID", span_of(log_event_id(entry->event)));
	journal_add(to, "SMTP_SCREEN_EVENT",
		    span_of(log_event_name(entry->event)));
	add_connection(to, entry->connection);
	/* a field cut short would spoil the whole entry */
	assert(sbuf_fitted(to));
}

void entry_for_syslog(const struct entry *entry,
		      const struct entry_source *from, struct sbuf *to)
{
	char name_memory[ENTRY_NAME_MEMORY];
	struct sbuf name = SBUF(name_memory);

	add_name(&name, from, entry->event);
	syslog_format(to, from->facility, severity(entry->level), clock_wall(),
		      sbuf_span(&name), pid_of(from), entry->text);
}

void entry_for_stderr(const struct entry *entry,
		      const struct entry_source *from, struct sbuf *to)
{
	add_name(to, from, entry->event);
	sbuf_addf(to, "[%d]: ", (int)pid_of(from));
	sbuf_add(to, entry->text);
	sbuf_add_char(to, '\n');
}
