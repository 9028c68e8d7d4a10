#include "log/journal.h"

#include <stdint.h>

const char *journal_socket = "/run/systemd/journal/socket";

static void add_length(struct sbuf *entry, uint64_t len)
{
	for (int i = 0; i < 8; i++)
		sbuf_add_char(entry, (char)(unsigned char)(len >> 8 * i));
}

void journal_add(struct sbuf *entry, const char *name, struct span value)
{
	sbuf_add_text(entry, name);
	if (span_find(value, '\n') < 0) {
		sbuf_add_char(entry, '=');
	} else {
		sbuf_add_char(entry, '\n');
		add_length(entry, value.len);
	}
	sbuf_add(entry, value);
	sbuf_add_char(entry, '\n');
}

void journal_add_number(struct sbuf *entry, const char *name, unsigned value)
{
	sbuf_add_text(entry, name);
	sbuf_add_char(entry, '=');
	sbuf_add_number(entry, value);
	sbuf_add_char(entry, '\n');
}
