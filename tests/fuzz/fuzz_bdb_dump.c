/* What db_dump writes of Postgrey's databases, line by line: an entry that is
 * taken has a name that tells what it is, and fits where it belongs. */
#include "migrate/bdb_dump.h"
#include "migrate/postgrey.h"

#include <stdlib.h>

#define NOW INT64_C(1790000000)

static void take(const struct bdb_dump *d)
{
	static char memory[TRIPLET_TEXT + 1];
	struct sbuf name = SBUF(memory);
	struct ledger_entry e;

	switch (postgrey_entry((struct span){ d->key, d->key_len },
			       (struct span){ d->value, d->value_len }, NOW,
			       &name, &e)) {
	case POSTGREY_TRIPLET:
	case POSTGREY_CLIENT:
		if (!sbuf_fitted(&name) ||
		    ledger_is_client(e.name) != e.is_client)
			abort();
		break;
	case POSTGREY_HASHED:
	case POSTGREY_STRANGE:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bdb_dump d;
	struct span rest = { (const char *)data, size }, line;

	bdb_dump_start(&d);
	while (span_next_line(&rest, &line)) {
		char memory[300];
		struct sbuf why = SBUF(memory);

		switch (bdb_dump_take(&d, line, &why)) {
		case BDB_NOTHING:
			break;
		case BDB_RECORD:
			take(&d);
			break;
		case BDB_WRONG:
			if (why.len == 0)
				abort();
			return 0;
		}
	}
	return 0;
}
