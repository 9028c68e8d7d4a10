/*
 * fuzz_policy_request.c - bytes of a policy client, in pieces of any size.
 *
 * Whatever comes, the parser stays in its memory, reads a request the same
 * whether it comes at once or byte by byte, and every name made of it fits.
 */
#include "greylist/request.h"
#include "triplet/triplet.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All requests in DATA, as one number; PIECE bytes at a time. */
static uint64_t read_all(const uint8_t *data, size_t size, size_t piece)
{
	static const unsigned char key[SIPHASH_KEY];
	static struct triplet_rules rules = { .ipv4_prefix = 24 };
	static char memory[TRIPLET_TEXT];
	static struct request r;
	const struct address who = { .family = ADDRESS_IPV4 };
	uint64_t sum = 0;

	request_init(&r);
	while (size > 0) {
		enum request_state state;
		struct span line;
		size_t room;
		char *to = request_room(&r, &room);

		if (room > piece)
			room = piece;
		if (room > size)
			room = size;
		memcpy(to, data, room);
		request_arrived(&r, room);
		data += room;
		size -= room;
		while ((state = request_next(&r, &line)) == REQUEST_GARBAGE ||
		       state == REQUEST_WHOLE) {
			struct sbuf name = SBUF(memory);

			if (state == REQUEST_GARBAGE)
				continue;
			triplet_name(&rules, &who,
				     request_get(&r, REQUEST_SENDER),
				     request_get(&r, REQUEST_RECIPIENT), &name);
			assert(sbuf_fitted(&name));
			sum = sum * 31 + siphash(key, sbuf_span(&name));
			request_forget(&r);
		}
		if (state == REQUEST_ENDLESS)
			return 0;
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* what does not fit at once may fit in pieces, and is not compared */
	uint64_t whole = read_all(data, size, size);
	uint64_t bytes = read_all(data, size, 1);

	assert(whole == bytes || size >= REQUEST_MEMORY);
	return 0;
}
