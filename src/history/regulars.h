/*
 * regulars.h - the clients of a decision log, and which of them are good: they
 * came back and passed on another day.
 *
 * A client is what shares an entry of the cache: "network" in the log.
 */
#ifndef SCREEN_REGULARS_H
#define SCREEN_REGULARS_H

#include "base/siphash.h"

#include <stdbool.h>
#include <stddef.h>

/* Room for a decision ID, and a NUL; longer ones are none of ours. */
#define REGULAR_ID 24

struct regular {
	uint64_t hash; /* of its name */
	bool used;
	bool good;	   /* passed on two days */
	int32_t passed_on; /* the day of the last pass, since 1970; 0: never */
	unsigned passes;
	unsigned turned; /* times that it would be refused now, and was not */
	char *name;	 /* when it would */
	char id[REGULAR_ID]; /* the first of them */
};

struct regulars {
	unsigned char key[SIPHASH_KEY];
	struct regular *client; /* a table, open addressing */
	size_t size, count;
	size_t good;
};

/* Nothing is in *R yet. */
void regulars_init(struct regulars *r);
void regulars_free(struct regulars *r);

/* The client NAME, added if it is new; until the next call. NULL when there is
 * no memory. */
struct regular *regulars_find(struct regulars *r, struct span name);

/* It has passed at TIME, in microseconds. */
void regulars_passed(struct regulars *r, struct regular *client, int64_t time);

/* It would be refused in the connection ID, which was not. False when there is
 * no memory. */
bool regulars_turn(struct regular *client, struct span name, const char *id);

/* The good ones that would be refused, those that passed most often first:
 * *RET points to them, to be freed. How many. */
size_t regulars_turned(const struct regulars *r, const struct regular ***ret);

#endif
