/*
 * fuzz_decisions.c - a line of the decision log that somebody else has written.
 *
 * What is read of it keeps recorded.h's promises: text is text, numbers are
 * those of the enums, and no more lists than there is room for.
 */
#include "ctl/recorded.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tests(const struct recorded *line)
{
	for (int t = 0; t < TESTS; t++) {
		assert((unsigned)line->test[t].result <= RESULT_FAILED);
		assert((unsigned)line->test[t].action <= ACTION_DROP);
		assert(line->stamps.until[t] >= 0);
	}
}

static void check_lists(const struct recorded *line)
{
	assert(line->lists <= DNS_QUESTIONS);
	for (size_t i = 0; i < line->lists; i++) {
		const struct recorded_list *l = &line->list[i];

		assert(l->name && (unsigned)l->status < RECORDED_STATUSES);
		assert(l->answer.count <= DNS_ADDRESSES);
		assert(recorded_status_name(l->status));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct recorded_reader *reader;
	static struct recorded line;

	if (!reader)
		reader = recorded_reader_new();
	if (recorded_read(reader, (struct span){ (const char *)data, size },
			  &line) != RECORDED_GOOD)
		return 0;
	{
		const char *const text[] = {
			line.id,     line.version, line.privacy,
			line.client, line.network, line.server,
			line.source, line.pass,	   line.reply,
			line.top,    line.helo,	   line.from,
			line.to,     line.last,	   line.cache_trouble,
		};

		for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
			assert(text[i] && strlen(text[i]) <= size);
	}
	assert((unsigned)line.verdict < DECISION_VERDICTS);
	assert((unsigned)line.path < DECISION_PATHS);
	check_tests(&line);
	check_lists(&line);
	return 0;
}
