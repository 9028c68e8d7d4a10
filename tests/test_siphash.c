#include "base/siphash.h"
#include "unit.h"

#include <inttypes.h>

/*
 * The authors' own: key 00 01 .. 0f, text 00 01 02 .. of so many bytes. That
 * of 15 bytes stands in the paper, the others in their reference code.
 */
static const struct {
	size_t length;
	uint64_t hash;
} vectors[] = {
	{ 0, UINT64_C(0x726fdb47dd0e0e31) },
	{ 1, UINT64_C(0x74f839c593dc67fd) },
	{ 2, UINT64_C(0x0d6c8009d9a94f5a) },
	{ 3, UINT64_C(0x85676696d7fb7e2d) },
	{ 7, UINT64_C(0xab0200f58b01d137) },
	{ 8, UINT64_C(0x93f5f5799a932462) },
	{ 15, UINT64_C(0xa129ca6149be45e5) },
};

START_TEST(gives_what_its_authors_say)
{
	unsigned char key[SIPHASH_KEY];
	char text[15];

	for (int i = 0; i < 16; i++)
		key[i] = (unsigned char)i;
	for (int i = 0; i < 15; i++)
		text[i] = (char)i;
	ck_assert_msg(siphash(key, (struct span){ text, vectors[_i].length }) ==
			      vectors[_i].hash,
		      "%zu bytes", vectors[_i].length);
}
END_TEST

START_TEST(another_key_another_hash)
{
	unsigned char key[SIPHASH_KEY] = { 0 };
	uint64_t before = siphash(key, SPAN("list.example"));

	for (int i = 0; i < SIPHASH_KEY; i++) {
		key[i] ^= 1;
		ck_assert(siphash(key, SPAN("list.example")) != before);
		key[i] ^= 1;
	}
	ck_assert(siphash(key, SPAN("list.example")) == before);
	ck_assert(siphash(key, SPAN("list.exampld")) != before);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("siphash");

	tcase_add_loop_test(tc, gives_what_its_authors_say, 0, ROWS(vectors));
	tcase_add_test(tc, another_key_another_hash);
	return unit_run();
}
