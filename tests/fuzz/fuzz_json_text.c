/*
 * JSON of the decision log: whatever a client said, what is written is JSON to
 * jansson, and reads back as UTF-8 of no more than was let through.
 *
 * Input: one byte the limit, the rest the text.
 */
#include "base/escape.h"
#include "base/json_text.h"
#include "history/recorded.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct recorded_reader *reader;
	static struct recorded line;
	static char memory[64 << 10];
	struct sbuf to = SBUF(memory);
	size_t limit;

	if (size < 1 || size > 4096)
		return 0;
	if (!reader)
		reader = recorded_reader_new();
	limit = data[0];
	json_text_begin(&to, '{');
	json_text_number(&to, "v", DECISION_SCHEMA);
	json_text_member(&to, "verdict", "pass");
	json_text_member(&to, "path", "tests");
	json_text_name(&to, "helo");
	json_text_string(&to, (struct span){ (const char *)data + 1, size - 1 },
			 limit);
	json_text_seconds(&to, "took", (int64_t)limit);
	json_text_end(&to, '}');
	assert(sbuf_fitted(&to));
	assert(!memchr(to.text, '\n', to.len));
	/* a NUL is JSON, but no text that the reader gives out */
	if (memchr(data + 1, '\0', size - 1))
		return 0;
	assert(recorded_read(reader, sbuf_span(&to), &line) == RECORDED_GOOD);
	assert(escape_is_utf8(span_of(line.helo)) || line.helo[0] != '\0');
	assert(strlen(line.helo) <= 3 * limit + 3);
	assert(line.took == (int64_t)limit);
	return 0;
}
