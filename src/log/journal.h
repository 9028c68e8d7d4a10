/*
 * journal.h - one entry in the journal's own protocol.
 *
 * An entry is one datagram of fields: "NAME=value" and a line feed, or for a
 * value that holds a line feed the name alone, a line feed, the length as 64
 * bits in little-endian order, the value and a line feed
 * (systemd.journal-fields(7), "Native Journal Protocol").
 */
#ifndef SCREEN_JOURNAL_H
#define SCREEN_JOURNAL_H

#include "base/sbuf.h"

/* Where the journal listens. Only a test says otherwise. */
extern const char *journal_socket;

/* Add one field. NAME is of A to Z, 0 to 9 and "_", and not first "_". */
void journal_add(struct sbuf *entry, const char *name, struct span value);

/* Add a field that is a number. */
void journal_add_number(struct sbuf *entry, const char *name, unsigned value);

#endif
