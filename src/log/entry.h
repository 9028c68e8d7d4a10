/*
 * entry.h - a line of the log, as each of its readers takes it.
 */
#ifndef SCREEN_ENTRY_H
#define SCREEN_ENTRY_H

#include "log/event.h"
#include "log/log.h"

#include <sys/types.h>

/* postscreen's limit, which other programs that read logs have learnt. */
#define ENTRY_TEXT_LIMIT 2000

/* Room for raw text: a few bytes more, so that a character which is cut in two
 * lies behind the limit. */
#define ENTRY_RAW_MEMORY (ENTRY_TEXT_LIMIT + 8)

/* Room for the same with what stands before it. */
#define ENTRY_TEXT_MEMORY (ENTRY_RAW_MEMORY + sizeof("warning: "))

/* Room for an entry of any kind. */
#define ENTRY_MEMORY (2 * ENTRY_TEXT_LIMIT)

#define ENTRY_NAME_MEMORY    128
#define ENTRY_VERDICT_MEMORY 64

struct entry_party {
	char address[ADDRESS_TEXT + 1]; /* empty: not known */
	uint16_t port;
};

/* What the lines of a connection share; printable. */
struct entry_connection {
	char id[32];
	struct entry_party parties[2]; /* client and server */
	const char *verdict;	       /* below ENTRY_VERDICT_MEMORY, or NULL */
};

struct entry {
	enum log_level level;
	enum log_event event;
	struct span text; /* of entry_compose() */
	const struct entry_connection *connection;
};

/* What all lines of a process share; printable. */
struct entry_source {
	char name[ENTRY_NAME_MEMORY];
	pid_t pid; /* 0: ask the kernel for each line */
	unsigned facility;
};

/*
 * RAW, shorter than ENTRY_RAW_MEMORY, as a line takes it: printable, cut at
 * the limit, after the word of LEVEL. TO is empty and has ENTRY_TEXT_MEMORY.
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
