/*
 * fuzz_greylist.c - the files of greylisting, and what clients put into them.
 *
 * Byte 0 chooses: a value of the ledger, the domains that are expected, or
 * the lists of clients or recipients, as "list NUL whom to look for".
 */
#include "as_file.h"
#include "conf/expected.h"
#include "net/generic_name.h"
#include "triplet/exempt.h"
#include "triplet/ledger.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define NOW INT64_C(1790000000)

enum what {
	TRIPLET,
	CLIENT,
	EXPECTED,
	EXEMPT_CLIENTS,
	EXEMPT_RECIPIENTS,
	WHATS,
};

static void try_triplet(struct span value)
{
	char memory[LEDGER_VALUE + 1];
	struct sbuf text = SBUF(memory);
	struct judge_triplet t, again;

	if (!ledger_parse_triplet(value, &t))
		return;
	assert(t.known && t.first >= 0 && t.last >= 0);
	ledger_format_triplet(&t, 0, &text);
	assert(sbuf_fitted(&text));
	assert(ledger_parse_triplet(sbuf_span(&text), &again));
	assert(again.first == t.first && again.last == t.last);
}

static void try_client(struct span value)
{
	char memory[LEDGER_VALUE + 1];
	struct sbuf text = SBUF(memory);
	struct judge_client c, again;

	if (!ledger_parse_client(value, &c))
		return;
	assert(c.known && c.last >= 0);
	ledger_format_client(&c, 0, &text);
	assert(sbuf_fitted(&text));
	assert(ledger_parse_client(sbuf_span(&text), &again));
	assert(again.count == c.count && again.last == c.last);
}

static void try_expected(struct span text)
{
	static struct expected e;
	struct span list = text, sender = SPAN("a@b.example");

	span_cut(text, '\0', &list, &sender);
	expected_parse(list, NOW, &e);
	assert(e.count <= EXPECTED_MOST);
	for (size_t i = 0; i < e.count; i++) {
		assert(expected_valid(span_of(e.domain[i].name)));
		assert(e.domain[i].until >= NOW &&
		       e.domain[i].until - NOW <= EXPECTED_LONGEST);
	}
	expected_covers(&e, sender, NOW);
	assert(!expected_covers(&e, sender, NOW + EXPECTED_LONGEST + 1));
}

/* The administrator's own patterns may take libc long; see fuzz_tables.c. */
static bool is_bomb(struct span text)
{
	size_t repeats = 0;

	for (size_t i = 0; i < text.len; i++)
		repeats += text.p[i] == '{' || text.p[i] == '+' ||
			   text.p[i] == '*' || text.p[i] == '?';
	return repeats > 12 || (repeats > 4 && span_find(text, ',') >= 0);
}

static void try_lists(struct span text, bool clients)
{
	struct span list = text, whom = SPAN("mx.example");
	struct address who = { .family = ADDRESS_IPV4,
			       .bytes = { 192, 0, 2, 1 } };
	struct as_file file;
	struct exempt e;

	span_cut(text, '\0', &list, &whom);
	if (is_bomb(list) || exempt_open(&e) < 0)
		return;
	address_parse(whom, &who);
	as_file_open(&file, list);
	if (clients) {
		exempt_read_clients(&e, file.path, false);
		exempt_client(&e, whom, &who);
		generic_name(whom, &who);
	} else {
		exempt_read_recipients(&e, file.path, false);
		exempt_recipient(&e, whom);
	}
	close(file.fd);
	exempt_close(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text;

	if (size < 1)
		return 0;
	text = (struct span){ (const char *)data + 1, size - 1 };
	switch ((enum what)(data[0] % WHATS)) {
	case TRIPLET:
		try_triplet(text);
		break;
	case CLIENT:
		try_client(text);
		break;
	case EXPECTED:
		try_expected(text);
		break;
	case EXEMPT_CLIENTS:
		try_lists(text, true);
		break;
	case EXEMPT_RECIPIENTS:
		try_lists(text, false);
		break;
	case WHATS:
		break;
	}
	return 0;
}
