/*
 * instances.h - the messages that have been given their header lately.
 *
 * A message comes with one request for each recipient, of the same "instance";
 * one header is enough.
 */
#ifndef SCREEN_INSTANCES_H
#define SCREEN_INSTANCES_H

#include "base/siphash.h"

/* Postgrey's. */
#define INSTANCES 10

struct instances {
	uint64_t hash[INSTANCES];
	unsigned count, next;
	unsigned char key[SIPHASH_KEY]; /* any, drawn by the caller */
};

/*
 * Is INSTANCE a new one? It is from now on no more. Requests without one are
 * always new.
 */
bool instances_add(struct instances *list, struct span instance);

#endif
