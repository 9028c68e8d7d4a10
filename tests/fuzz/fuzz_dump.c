/* A dump of the cache, line by line: what is taken can be written again. */
#include "cache/dump.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1790000000)

static const struct dump_networks networks = { 24, 64 };

static void again(const struct cache_entry *e)
{
	char text[DUMP_LINE + 2], why[300];
	struct sbuf line = SBUF(text), w = SBUF(why);
	struct cache_entry same;

	dump_format(e, &line);
	if (!sbuf_fitted(&line) ||
	    dump_parse(sbuf_span(&line), &networks, NOW, &same, &w) !=
		    DUMP_ENTRY ||
	    strcmp(same.key, e->key) != 0 ||
	    memcmp(&same.stamps, &e->stamps, sizeof(same.stamps)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size }, line;
	bool first = true;

	while (span_next_line(&rest, &line)) {
		char memory[300];
		struct sbuf why = SBUF(memory);
		struct cache_entry e;

		if (first)
			dump_parse_first(line, &why);
		else if (dump_parse(line, &networks, NOW, &e, &why) ==
			 DUMP_ENTRY)
			again(&e);
		first = false;
	}
	return 0;
}
