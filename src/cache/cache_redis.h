/*
 * cache_redis.h - one connection to a Redis or Valkey server, in the caller's
 * poll; the only file that knows hiredis.
 *
 * Commands are collected, sent and answered in their order. Nothing here ever
 * waits, and nothing the server may say is believed to be short, or to end:
 * what is longer than any answer that we ask for ends the connection. It knows
 * nothing of what is stored (shared.h does). RESP version 2, as all servers
 * speak it unasked; no TLS.
 */
#ifndef SCREEN_CACHE_REDIS_H
#define SCREEN_CACHE_REDIS_H

#include "cache/cache_map.h"

#include <poll.h>

/* All commands that are asked before the next answer, and a password. */
#define CACHE_REDIS_OUT 4096

/* Text of one answer; what is longer is cut. */
#define CACHE_REDIS_TEXT 2048

/* Elements of one answer; more are counted and dropped. */
#define CACHE_REDIS_ITEMS 16

struct redisReader; /* hiredis's */

enum cache_redis_kind {
	CACHE_REDIS_NIL,
	CACHE_REDIS_TEXT_KIND, /* any bytes: TEXT */
	CACHE_REDIS_WORD,      /* "OK", "QUEUED": TEXT */
	CACHE_REDIS_ERROR,     /* "WRONGTYPE ...": TEXT */
	CACHE_REDIS_NUMBER,
	CACHE_REDIS_LIST,  /* COUNT elements */
	CACHE_REDIS_OTHER, /* lists in lists: nothing that we ask for */
};

struct cache_redis_item {
	enum cache_redis_kind kind;
	struct span text;
	int64_t number;
};

/* One answer. Spans are good until the next call for the connection. */
struct cache_redis_reply {
	struct cache_redis_item top;
	size_t count; /* of a list, as the server said */
	struct cache_redis_item item[CACHE_REDIS_ITEMS];
};

struct cache_redis {
	int fd; /* -1: not open */
	bool connected;
	struct redisReader *reader;
	size_t heard;	    /* bytes since the last whole answer */
	unsigned greetings; /* answers to our own first words, still to come */
	unsigned awaited;   /* answers to what was asked, still to come */
	struct sbuf out;
	size_t sent;
	const char *trouble; /* a string constant: why the last call failed */
	struct cache_redis_reply reply;
	struct sbuf text; /* of REPLY */
	char out_memory[CACHE_REDIS_OUT];
	char text_memory[CACHE_REDIS_TEXT];
};

/* Not open; *R stays where it is from now on. */
void cache_redis_init(struct cache_redis *r);

/*
 * Begin to connect to SERVER, and to log in with PASSWORD when that is not
 * empty. It is wiped from *R as soon as it is sent. 0 or negative errno.
 */
int cache_redis_open(struct cache_redis *r, const struct cache_server *server,
		     struct span password);

/* The same on FD, a socket of ours that is connected and does not block. */
int cache_redis_adopt(struct cache_redis *r, int fd);

/* Ask with a command of COUNT words; they are copied. */
void cache_redis_ask(struct cache_redis *r, const struct span *words,
		     size_t count);

/* How many bytes of commands can be asked before some are sent. */
size_t cache_redis_room(const struct cache_redis *r);

/* Send what can be sent without waiting. 0, or negative errno as
 * cache_redis_next. */
int cache_redis_send(struct cache_redis *r);

/* Is an answer still to come? */
bool cache_redis_awaits(const struct cache_redis *r);

/* What to poll for. */
struct pollfd cache_redis_pollfd(const struct cache_redis *r);

/*
 * Go on as far as that is possible without waiting. 1 with the next answer in
 * R->reply; 0 when there is none yet; or a negative errno with R->trouble, and
 * then the connection is closed: -EACCES not logged in, -EPROTO nonsense,
 * -EMSGSIZE too much, others as the system said.
 */
int cache_redis_next(struct cache_redis *r);

/* The same, waiting until DEADLINE (monotonic): -ETIMEDOUT when it has come
 * instead of an answer. */
int cache_redis_wait(struct cache_redis *r, int64_t deadline);

void cache_redis_close(struct cache_redis *r);

#endif
