/*
 * entry.h - a line of the log, as each of its readers takes it.
 */
#ifndef SCREEN_ENTRY_H
#define SCREEN_ENTRY_H

#include "log/event.h"
#include "log/log.h"

/* postscreen's limit, which other programs that read logs have learnt. */
#define ENTRY_TEXT_LIMIT 2000

/* The longest text with what stands before it, and a NUL. */
#define ENTRY_TEXT_MEMORY (ENTRY_TEXT_LIMIT + sizeof("warning: "))

/* Room for an entry of any kind. */
#define ENTRY_MEMORY (2 * ENTRY_TEXT_LIMIT)

#define ENTRY_NAME_MEMORY    128
#define ENTRY_VERDICT_MEMORY 64

struct entry {
	enum log_level level;
	enum log_event event;
	struct span text; /* of entry_compose() */
};

struct entry_party {
	char address[ADDRESS_TEXT + 1]; /* empty: not known */
	uint16_t port;
};

/* What all lines of a process and of a connection share; printable. */
struct entry_source {
	char name[ENTRY_NAME_MEMORY];
	unsigned facility;
	char id[32];
	struct entry_party parties[2]; /* client and server */
	const char *verdict;	       /* below ENTRY_VERDICT_MEMORY, or NULL */
};

/*
 * RAW as a line takes it: printable, cut at the limit, after the word of
 * LEVEL. RAW has a few bytes more than a line when it was cut already, so
 * that a character which that cut in two lies behind the limit.
 */
void entry_compose(enum log_level level, struct span raw, bool utf8,
		   struct sbuf *to);

void entry_for_journal(const struct entry *entry,
		       const struct entry_source *from, struct sbuf *to);
void entry_for_syslog(const struct entry *entry,
		      const struct entry_source *from, struct sbuf *to);

/* With its newline; at most PIPE_BUF bytes. */
void entry_for_stderr(const struct entry *entry,
		      const struct entry_source *from, struct sbuf *to);

#endif
