/*
 * log.h - the one way out for words.
 *
 * Lines go to the journal (with fields), to syslog or to standard error, and
 * never to a client: a descriptor 2 that is the client's socket is not used.
 * A stopped log daemon costs a connection LOG_PATIENCE at most, then lines
 * are dropped and counted; journal and syslog datagrams are therefore written
 * here and not by sd_journal_send(3) or syslog(3), which wait for ever.
 *
 * One connection, one process, one log: the state is this file's own.
 */
#ifndef SCREEN_LOG_H
#define SCREEN_LOG_H

#include "net/address.h"

/* How long, in microseconds, all lines of a process together may wait. */
#define LOG_PATIENCE INT64_C(50000)

/* What a line reports: its SMTP_SCREEN_EVENT, and the key of its MESSAGE_ID. */
enum log_event {
	LOG_CONNECT,
	LOG_ALLOWLISTED,
	LOG_DENYLISTED,
	LOG_ALLOWLIST_VETO,
	LOG_PREGREET,
	LOG_DNSBL_RANK,
	LOG_DNSBL_LISTED,
	LOG_PASS_NEW,
	LOG_PASS_OLD,
	LOG_HANGUP,
	LOG_REJECT,
	LOG_COMMAND_PIPELINING,
	LOG_NON_SMTP_COMMAND,
	LOG_BARE_NEWLINE,
	LOG_COMMAND_TIME_LIMIT,
	LOG_COMMAND_COUNT_LIMIT,
	LOG_COMMAND_LENGTH_LIMIT,
	LOG_SESSION_TIME_LIMIT,
	LOG_NO_VALID_RCPT,
	LOG_DISCONNECT,
	LOG_COMMAND_REPLACED,
	LOG_EHLO_DISCARD,
	LOG_LIST_MUTED,
	LOG_LIST_UNMUTED,
	LOG_TRIPWIRE,
	LOG_DNS_TROUBLE,
	LOG_PROXY_TROUBLE,
	LOG_CACHE_TROUBLE,
	LOG_STATE_TROUBLE,
	LOG_TABLE_TROUBLE,
	LOG_CONFIG_TROUBLE,
	LOG_HANDOFF_TROUBLE,
	LOG_TLS_CONNECT,
	LOG_TLS_ESTABLISHED,
	LOG_TLS_FAILED,
	LOG_TLS_DISCONNECT,
	LOG_TLS_TROUBLE,
	LOG_SANDBOX_TROUBLE,
	LOG_LIMIT,
	LOG_STRESS,
	LOG_DAEMON,
	LOG_OTHER,
	LOG_EVENTS,
};

/* The event as one word: "pass-new" for LOG_PASS_NEW. */
const char *log_event_name(enum log_event event);

enum log_level {
	LOG_LEVEL_FATAL,   /* "fatal: ", crit */
	LOG_LEVEL_WARNING, /* "warning: " */
	LOG_LEVEL_INFO,
};

struct log_settings {
	/*
	 * "auto", "stderr", "journal" or "syslog"; the last two may name
	 * their socket: "journal:/run/other/socket".
	 */
	const char *target;
	const char *name; /* syslog_name; empty: smtp-screen */
	bool utf8;	  /* leave well-formed UTF-8 as it is */
	int client;	  /* the client's descriptor, or -1 */
	bool by_hand;	  /* a trial: "auto" prefers standard error */
	int facility;	  /* syslog's number; 0: that of mail */
};

/* Is this a target that log_open would take? */
bool log_target_valid(const char *target);

/*
 * Start logging. Nothing can fail: what cannot be reached is noticed at the
 * first line, and then the next best target of "auto" is tried: standard
 * error for a trial by hand or on a terminal, else the journal, syslog, and
 * standard error last. That a daemon does not read is no reason to go on to
 * the next. May be called again when settings become known; before the first
 * call lines go where "auto" leads. A target that is not valid means "auto".
 */
void log_open(const struct log_settings *settings);

/*
 * Put these into the fields of all lines to come. ID is up to 31 bytes; what
 * is NULL gives no field.
 */
void log_connection(const char *id, const struct endpoint *client,
		    const struct endpoint *server);

/* Put SMTP_SCREEN_VERDICT into all lines to come; a string constant. */
void log_verdict(const char *verdict);

/*
 * Write one line. Whatever came from outside is made printable here and the
 * text, without "warning: " or "fatal: ", is cut at 2000 bytes. errno is kept.
 */
void log_line(enum log_level level, enum log_event event, const char *format,
	      ...) __attribute__((format(printf, 3, 4)));

/* log_line at that level. */
#define log_info(event, ...) log_line(LOG_LEVEL_INFO, (event), __VA_ARGS__)
#define log_warning(event, ...) \
	log_line(LOG_LEVEL_WARNING, (event), __VA_ARGS__)
#define log_fatal(event, ...) log_line(LOG_LEVEL_FATAL, (event), __VA_ARGS__)

/* The client is descriptor FD from now on. Leaves the log's socket as it is,
 * for a sandbox may forbid another. */
void log_client(int fd);

/*
 * Keep the lines that are no warnings until log_release, and write them
 * together then, with far fewer calls: for a service, in between two waits. A
 * warning, or a line for which there is no room, has them written at once.
 * log_flush writes them, and goes on holding: before another process begins,
 * whose lines are to come behind these.
 */
void log_hold(void);
void log_flush(void);
void log_release(void);

/* Open the log's socket now, so that a sandbox may forbid sockets later. */
void log_connect(void);

/*
 * For a process that lives on and on: say how many lines were dropped, if any
 * were and it is possible, and have LOG_PATIENCE again. In the child of a
 * fork, which owes nothing for its parent, not even the lines that it holds:
 * FORKED, before any descriptor of the log is closed behind its back.
 */
void log_renew(bool forked);

/* How many warnings (and fatal lines) were there of EVENT since the last such
 * call, whether they could be delivered or not? */
unsigned log_take_warned(enum log_event event);

/* How many lines were dropped so far. */
unsigned log_dropped(void);

/*
 * Say how many lines were dropped, if any were and it is possible, and close.
 * The descriptors are close-on-exec, so an exec needs no call.
 */
void log_close(void);

#endif
