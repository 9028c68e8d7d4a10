/*
 * Journal entries: whatever the value, who reads the entry finds that value
 * and no other field.
 */
#include "log/journal.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t length_at(const char *p)
{
	uint64_t len = 0;

	for (int i = 7; i >= 0; i--)
		len = len << 8 | (unsigned char)p[i];
	return len;
}

/* Read one field, as journald does. */
static struct span take_value(struct span *rest, struct span name)
{
	struct span value;

	assert(span_starts_with(*rest, name));
	*rest = span_skip(*rest, name.len);
	assert(rest->len > 0);
	if (rest->p[0] == '=') {
		*rest = span_skip(*rest, 1);
		assert(span_cut(*rest, '\n', &value, rest));
		return value;
	}
	assert(rest->p[0] == '\n' && rest->len >= 9);
	value = (struct span){ rest->p + 9, length_at(rest->p + 1) };
	assert(value.len < rest->len - 9);
	*rest = span_skip(*rest, 9 + value.len);
	assert(rest->p[0] == '\n');
	*rest = span_skip(*rest, 1);
	return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char memory[8192];
	struct sbuf entry = SBUF(memory);
	struct span value = { (const char *)data, size }, rest;

	journal_add(&entry, "MESSAGE", value);
	journal_add_number(&entry, "PRIORITY", 6);
	if (!sbuf_fitted(&entry))
		return 0;
	rest = sbuf_span(&entry);
	assert(span_equal(take_value(&rest, SPAN("MESSAGE")), value));
	assert(span_equal(take_value(&rest, SPAN("PRIORITY")), SPAN("6")));
	assert(rest.len == 0);
	return 0;
}
