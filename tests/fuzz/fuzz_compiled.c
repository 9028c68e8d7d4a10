/*
 * A compiled table. Whatever stands in its file, nothing is read beyond it;
 * damage is noticed or changes nothing; and undamaged it says what the text
 * says.
 *
 * Input: one byte what is done, one byte how often, so many times two bytes
 * where and one byte what is written there, and the text of a table, in whose
 * own addresses the keys are found.
 */
#include "conf/compiled.h"
#include "conf/compiled_write.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum what {
	AS_IT_IS,
	DAMAGED,
	FORGED, /* as damaged, but every hash is right */
	RAW,	/* the text is the file */
	WHATS,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena arena;

static bool read_table(struct span text, struct compiled_input *ret)
{
	static const struct origin where = { "fuzz", 1, "table" };
	struct table_source s = {
		.type = "cidr", .name = "t", .arena = &arena, .where = &where
	};
	static struct report report;
	char *copy = arena_text(&arena, text);

	report_init(&report, &arena);
	s.report = &report;
	linefile_over(&s.lines, copy, text.len);
	*ret = (struct compiled_input){ .source = { .inode = 1 } };
	if (table_cidr_read(&ret->rules, &s) < 0)
		return false;
	ret->mistakes = report.first;
	return true;
}

/* Make the hashes of all blocks right. */
static void forge(unsigned char *image, size_t size)
{
	struct compiled_header h;
	unsigned char key[SIPHASH_KEY];

	if (size < COMPILED_BLOCK)
		return;
	memcpy(&h, image, sizeof(h));
	compiled_key(&h.source, key);
	h.check = compiled_check(key, &h.check, sizeof(h) - sizeof(h.check));
	memcpy(image, &h, sizeof(h));
	for (size_t at = COMPILED_BLOCK; at + COMPILED_BLOCK <= size;
	     at += COMPILED_BLOCK) {
		struct compiled_node *node = (void *)(image + at);

		node->check = compiled_check(
			key, &node->check, sizeof(*node) - sizeof(node->check));
	}
}

static void ask(const struct compiled *c, const struct compiled_input *input,
		bool must, const struct address *who)
{
	static char mine[1 << 16], theirs[1 << 16];
	char text[ADDRESS_TEXT];
	struct sbuf key = SBUF(text), a = SBUF(mine), b = SBUF(theirs);
	int have, want;

	address_format(who, &key);
	have = compiled_find(c, sbuf_span(&key), &a);
	if (!input || (have < 0 && !must))
		return;
	want = table_cidr_find(&input->rules, sbuf_span(&key), &b);
	assert(have == want && strcmp(mine, theirs) == 0);
}

/* Around the addresses in the rules, where what is found can change. */
static void ask_all(const struct compiled *c,
		    const struct compiled_input *input, bool compare, bool must)
{
	static const struct address corners[] = {
		{ ADDRESS_IPV4, { 0 } },
		{ ADDRESS_IPV4, { 255, 255, 255, 255 } },
		{ ADDRESS_IPV6, { 0 } },
		{ ADDRESS_IPV6, { 255, 255, 255, 255, 255, 255, 255, 255 } },
	};
	int most = 100;

	for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++)
		ask(c, compare ? input : NULL, must, &corners[i]);
	for (const struct rule *r = input->rules.first; r && most-- > 0;
	     r = r->next) {
		struct cidr net = ((const struct cidr_rule *)r)->net;
		size_t last = address_bits(&net.net) / 8;

		if (net.net.family == ADDRESS_NONE)
			continue;
		ask(c, compare ? input : NULL, must, &net.net);
		net.net.bytes[last - 1] ^= 1;
		ask(c, compare ? input : NULL, must, &net.net);
		for (unsigned bit = net.prefix; bit < 8 * last; bit++)
			net.net.bytes[bit / 8] |=
				(unsigned char)(0x80 >> bit % 8);
		ask(c, compare ? input : NULL, must, &net.net);
	}
}

static void use(const void *image, size_t size,
		const struct compiled_input *input, enum what what)
{
	/* of its own length, so that a byte too many is noticed */
	void *copy = malloc(size > 0 ? size : 1);
	char memory[256];
	struct sbuf why = SBUF(memory);
	struct report report;
	struct compiled c;

	assert(copy);
	memcpy(copy, image, size);
	report_init(&report, &arena);
	if (compiled_over(&c, copy, size, &why) == COMPILED_GOOD) {
		compiled_report(&c, &report, NULL);
		assert(compiled_verify(&c) == 0 || what != AS_IT_IS);
		ask_all(&c, input, what == AS_IT_IS || what == DAMAGED,
			what == AS_IT_IS);
	} else {
		assert(what != AS_IT_IS);
	}
	free(copy);
}

static void patch(unsigned char *image, size_t size, const uint8_t *patches,
		  size_t count)
{
	for (size_t i = 0; i < count; i++, patches += 3)
		image[(size_t)(patches[0] << 8 | patches[1]) % size] =
			patches[2];
}

static void run(enum what what, const uint8_t *patches, size_t count,
		struct span text)
{
	struct compiled_input input;
	struct span made;
	unsigned char *image;

	if (!read_table(text, &input))
		return;
	if (what == RAW) {
		use(text.p, text.len, &input, what);
		return;
	}
	assert(compiled_write(&input, &arena, &made) == 0);
	image = malloc(made.len);
	assert(image);
	memcpy(image, made.p, made.len);
	if (what != AS_IT_IS)
		patch(image, made.len, patches, count);
	if (what == FORGED)
		forge(image, made.len);
	use(image, made.len, &input, what);
	free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t patches;

	if (size < 2)
		return 0;
	patches = data[1];
	if (size < 2 + 3 * patches)
		return 0;
	if (arena_open(&arena, 64 << 20) < 0)
		abort();
	run(data[0] % WHATS, data + 2, patches,
	    (struct span){ (const char *)data + 2 + 3 * patches,
			   size - 2 - 3 * patches });
	arena_close(&arena);
	return 0;
}
