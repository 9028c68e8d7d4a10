/*
 * sought.h - whose connections an operator asks for: the one of a decision ID,
 * or those of an address, a network, or a pseudonym in the log.
 */
#ifndef SCREEN_SOUGHT_H
#define SCREEN_SOUGHT_H

#include "base/pseudonym.h"
#include "conf/conf.h"
#include "history/records.h"
#include "net/cidr.h"

/* Room for a text with quotes around it, as it stands in a line. */
#define SOUGHT_TEXT 80

enum sought_kind {
	SOUGHT_ID,
	SOUGHT_PSEUDONYM,
	SOUGHT_NETWORK, /* an address, too */
};

struct sought {
	enum sought_kind kind;
	const char *text;
	struct cidr network;
	bool is_address;

	/* what it is called with privacy; empty: no key */
	char pseudonym[PSEUDONYM_TEXT];
	char holds[RECORDS_HOLDS][SOUGHT_TEXT];
};

/*
 * Understand TEXT. The key of pseudonyms is read if CONF has one, for the log
 * may hold lines from when it was in use. EX_OK, or the exit code after saying
 * what is wrong.
 */
int sought_parse(struct sought *s, const struct conf *conf, const char *text);

/* Let only lines be read in which it can stand. */
void sought_narrow(const struct sought *s, struct records_setup *setup);

/* Is it the connection, or one of the client? */
bool sought_is(const struct sought *s, const struct recorded *line);

/* The address of the client of LINE, if it is in the log or was asked for. */
bool sought_address(const struct sought *s, const struct recorded *line,
		    struct address *ret);

#endif
