/*
 * Tables, network lists and access lists, from hostile text. The first byte
 * says what is made of the text, the rest is "text NUL key".
 */
#include "conf/access.h"
#include "conf/linefile.h"
#include "conf/table.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum what {
	CIDR,
	REGEXP,
	PCRE,
	TEXTHASH,
	INLINE,
	NETLIST,
	ACCESS,
	LINES,
	SPEC,
	WHATS,
};

static struct arena arena;
static struct report report;
static const struct origin where = { "fuzz", 1, "table" };

/*
 * regcomp(3) unrolls "a{9999}{9999}" until memory ends. These patterns are
 * the administrator's, so that is his; here it only ends the run.
 */
static bool is_bomb(struct span text)
{
	size_t repeats = 0;

	for (size_t i = 0; i < text.len; i++)
		repeats += text.p[i] == '{' || text.p[i] == '+' ||
			   text.p[i] == '*' || text.p[i] == '?';
	return repeats > 12 || (repeats > 4 && span_find(text, ',') >= 0) ||
	       text.len > 400;
}

/* Each line of TEXT as a rule in braces, where its own braces allow it. */
static void add_rules(struct sbuf *spec, struct span text)
{
	struct span line;

	sbuf_add_char(spec, '{');
	while (span_next_line(&text, &line)) {
		sbuf_add_text(spec, "{");
		sbuf_add(spec, line);
		sbuf_add_text(spec, "} ");
	}
	sbuf_add_char(spec, '}');
}

static void look_up(struct span spec, struct span key)
{
	struct table *t = table_open(spec, &arena, &report, &where);
	char text[64];
	struct sbuf value = SBUF(text);

	if (!t)
		return;
	assert(strlen(table_name(t)) <= spec.len);
	if (table_find(t, key, &value) <= 0)
		assert(sbuf_span(&value).len < sizeof(text));
	table_find(t, SPAN("192.0.2.1"), &value);
	table_find(t, SPAN("2001:db8::1"), &value);
}

static void ask_lists(enum what what, const char *text, struct span key)
{
	struct address who = { .family = ADDRESS_IPV4, .bytes = { 192, 0, 2 } };
	char memory[64];
	struct sbuf warning = SBUF(memory);
	struct netlist *n;
	struct access_list *a;

	/* a file is whatever this machine has there */
	if (strchr(text, '/') && what == NETLIST)
		text = "!192.0.2.0/24 [::]/0";
	address_parse(key, &who);
	n = netlist_open(what == NETLIST ? text : "192.0.2.1", &arena, &report,
			 &where);
	assert(n);
	netlist_find(n, &who, &warning);
	a = access_open(what == ACCESS ? text : "permit_mynetworks", n, &arena,
			&report, &where);
	assert(a);
	access_decide(a, &who, &warning);
}

static void read_lines(struct span text)
{
	char *copy = malloc(text.len + 1);
	struct linefile f;
	struct span line;
	unsigned last = 0;

	memcpy(copy, text.p, text.len);
	linefile_over(&f, copy, text.len);
	while (linefile_next(&f, &line) > 0) {
		assert(line.len > 0 && f.number > last);
		assert(!memchr(line.p, '\0', line.len));
		last = f.number;
		copy[line.p + line.len - copy] = '\0';
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "cidr:", "regexp:", "pcre:",
					     "texthash:", "inline:" };
	static char memory[1 << 16];
	struct sbuf spec = SBUF(memory);
	struct span text, key = SPAN("192.0.2.1");
	enum what what;

	if (size < 2)
		return 0;
	what = data[0] % WHATS;
	text = (struct span){ (const char *)data + 1, size - 1 };
	if (what != LINES)
		span_cut(text, '\0', &text, &key);
	/* tables in the lists may be patterns too */
	if (what != CIDR && what != TEXTHASH && what != LINES && is_bomb(text))
		return 0;
	if (arena_open(&arena, 1 << 20) < 0)
		abort();
	report_init(&report, &arena);
	switch (what) {
	case CIDR:
	case REGEXP:
	case PCRE:
	case TEXTHASH:
		sbuf_add_text(&spec, types[what]);
		add_rules(&spec, text);
		look_up(sbuf_span(&spec), key);
		break;
	case INLINE:
		sbuf_add_text(&spec, "inline:{");
		sbuf_add(&spec, text);
		sbuf_add_text(&spec, "}");
		look_up(sbuf_span(&spec), key);
		break;
	case NETLIST:
	case ACCESS:
		sbuf_add(&spec, text);
		ask_lists(what, memory, key);
		break;
	case LINES:
		read_lines(text);
		break;
	case SPEC:
		look_up(text, key);
		break;
	case WHATS:
		break;
	}
	arena_close(&arena);
	return 0;
}
