/* The command in "handoff = exec:COMMAND": words hold no more than the text. */
#include "handoff/words.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	char *const *words;
	size_t total = 0;
	struct arena arena;

	/* small, so that large inputs find it full */
	if (arena_open(&arena, 16384) < 0)
		abort();
	if (words_split(text, &arena, &words) == WORDS_OK)
		for (; *words; words++)
			total += strlen(*words);
	assert(total <= size);
	arena_close(&arena);
	return 0;
}
