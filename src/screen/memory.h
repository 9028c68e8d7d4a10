/*
 * memory.h - the cache as one session uses it: what is known of this client.
 *
 * A broken cache must not cost anyone mail. Each function says in one log
 * line what is wrong and what to do, and the session goes on without it.
 */
#ifndef SCREEN_MEMORY_H
#define SCREEN_MEMORY_H

#include "cache/cache.h"
#include "conf/conf.h"

struct memory {
	const struct conf *conf;
	struct cache cache;
	char file[CACHE_PATH]; /* empty: there is none, or it is of no use */
	char key[ADDRESS_TEXT + 8];
	int error; /* of memory_recall: 0 or negative errno */
};

/* The cache that CONF names, for client WHO. Opens nothing yet; *M stays where
 * it is from now on. */
void memory_open(struct memory *m, const struct conf *conf,
		 const struct address *who);

/* What is known of the client: true with *RET, or false. */
bool memory_recall(struct memory *m, struct stamps *ret);

/*
 * Could memory_keep write what CLIENT ("[ADDR]:PORT") may earn? If not, the
 * reason is logged, and the cache is used again only if it is damaged: then
 * memory_keep repairs it, if it can.
 */
bool memory_would_keep(struct memory *m, const char *client);

/*
 * Add PASS, earned at NOW (wall time). *RET_WAS_NEW, whether a test had never
 * been passed before, is left alone when the cache cannot tell.
 */
void memory_keep(struct memory *m, const struct cache_pass *pass, int64_t now,
		 bool *ret_was_new);

void memory_close(struct memory *m);

#endif
