/*
 * cache_map.h - what cache_map says: where it is kept who passed.
 *
 *	none
 *	gdbm:/absolute/path
 *	gdbm:/absolute/path redis://[USER@]ADDRESS[:PORT][/DB]
 *	gdbm:/absolute/path redis+unix://[USER@]/path/of/socket[?db=DB]
 *
 * The second is the list that several hosts share, on a Redis or Valkey
 * server. ADDRESS is numeric, or "localhost" for 127.0.0.1: names would have
 * to be looked up before each client that is not known here.
 */
#ifndef SCREEN_CACHE_MAP_H
#define SCREEN_CACHE_MAP_H

#include "conf/report.h"
#include "net/address.h"

/* The longest path of a cache file. */
#define CACHE_PATH 4000

/* The longest name of a user. */
#define CACHE_USER 64

#define CACHE_REDIS_PORT 6379

/* A Redis or Valkey server. Spans are pieces of the map's text. */
struct cache_server {
	struct span user;   /* empty: the server's default user */
	struct span path;   /* of its Unix socket; empty: TCP */
	struct endpoint at; /* TCP */
	unsigned db;
};

struct cache_map {
	struct span file; /* of GDBM; empty: there is no cache */
	bool foreign;	  /* a type of Postfix's: our default in its place */
	bool shared;	  /* SERVER has the list of several hosts */
	struct cache_server server;
};

/*
 * Parse MAP, which must outlive *RET. NULL when it is right, else what was
 * expected: a string constant. Empty is "none", and Postfix's types mean our
 * default file.
 */
const char *cache_map_parse(const char *map, struct cache_map *ret);

/*
 * The same, with mistakes to REPORT as those of WHERE; false when there was
 * one. It is never repeated whole: there might be a password in it.
 */
bool cache_map_read(const char *map, struct report *report,
		    const struct origin *where, struct cache_map *ret);

/* Parse the part of a map that names a server; the same. TEXT outlives *RET. */
const char *cache_server_parse(struct span text, struct cache_server *ret);

/* "redis://192.0.2.7:6379/0", without the user: how messages name SERVER. */
void cache_server_format(const struct cache_server *server, struct sbuf *to);

#endif
