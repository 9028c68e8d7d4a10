/*
 * bdb_dump.h - what db_dump(1) writes of a Berkeley DB, record by record.
 *
 * A header that begins with "VERSION=3" and ends with "HEADER=END", then two
 * lines for each record, key and value, each behind a space: in hexadecimal,
 * or (db_dump -p) as text with "\xx" for what is none; "DATA=END". Several
 * databases may follow one another.
 */
#ifndef SCREEN_BDB_DUMP_H
#define SCREEN_BDB_DUMP_H

#include "base/sbuf.h"
#include "triplet/triplet.h"

/* The longest key or value; longer ones are cut. */
#define BDB_DATUM TRIPLET_TEXT

/* The longest line, without its newline. */
#define BDB_LINE (3 * BDB_DATUM + 1)

enum bdb_place {
	BDB_BEFORE, /* a database */
	BDB_HEADER,
	BDB_KEY,
	BDB_VALUE,
};

struct bdb_dump {
	enum bdb_place place;
	bool text;    /* as db_dump -p writes it */
	size_t whole; /* databases, to their ends */
	char key[BDB_DATUM + 1], value[BDB_DATUM + 1];
	size_t key_len, value_len;
};

enum bdb_line {
	BDB_NOTHING,
	BDB_RECORD, /* key and value are there, until the next line */
	BDB_WRONG,  /* WHY says what */
};

/* Nothing has been read. */
void bdb_dump_start(struct bdb_dump *d);

/* Take LINE, without its newline. */
enum bdb_line bdb_dump_take(struct bdb_dump *d, struct span line,
			    struct sbuf *why);

/* Is all that there was to come? A dump that was cut short is not whole. */
bool bdb_dump_is_whole(const struct bdb_dump *d);

#endif
