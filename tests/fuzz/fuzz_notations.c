/*
 * fuzz_notations.c - what a single setting, argument or environment variable
 * can hold: addresses, networks, names, servers; and the mark of the cache.
 *
 * Byte 0 chooses. What is read is written and read again the same.
 */
#include "as_file.h"
#include "base/number.h"
#include "cache/cache_map.h"
#include "cache/mark.h"
#include "dns/answer_tag.h"
#include "dns/list_pattern.h"
#include "dns/resolvers.h"
#include "greylist/organisation.h"
#include "handoff/connect.h"
#include "handoff/pass.h"
#include "net/cidr.h"
#include "net/generic_name.h"
#include "net/hostname.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define ROOM 4096

static char memory[ROOM];

static void try_address(const char *text, size_t len)
{
	struct sbuf to = SBUF(memory);
	struct address a, again;

	if (!address_parse((struct span){ text, len }, &a))
		return;
	address_format(&a, &to);
	assert(address_parse(sbuf_span(&to), &again));
	assert(address_equal(&a, &again));
}

static void try_endpoint(const char *text, size_t len)
{
	struct sbuf to = SBUF(memory);
	struct endpoint e, again;
	bool has_port;

	if (!endpoint_parse((struct span){ text, len }, &e, &has_port))
		return;
	assert(has_port || e.port == 0);
	endpoint_format(&e, &to);
	assert(endpoint_parse(sbuf_span(&to), &again, &has_port) && has_port);
	assert(address_equal(&e.address, &again.address));
	assert(e.port == again.port);
}

static void try_cidr(const char *text, size_t len)
{
	struct sbuf to = SBUF(memory);
	struct cidr net, again;
	enum cidr_error error = cidr_parse((struct span){ text, len }, &net);

	if (error != CIDR_OK && error != CIDR_HOST_BITS)
		return;
	assert(net.prefix <= address_bits(&net.net));
	assert(cidr_contains(&net, &net.net));
	cidr_format(&net, &to);
	assert(cidr_parse(sbuf_span(&to), &again) == CIDR_OK);
	assert(again.prefix == net.prefix &&
	       address_equal(&net.net, &again.net));
}

static void try_name(const char *text, size_t len)
{
	static const struct address who = { .family = ADDRESS_IPV6,
					    .bytes = { 0x20, 1, 0xd, 0xb8 } };
	struct span name = { text, len };
	struct sbuf to = SBUF(memory);
	struct list_pattern pattern;

	generic_name(name, &who);
	if (organisation_of(name, &to))
		assert(sbuf_fitted(&to) && to.len <= len &&
		       hostname_valid(name));
	if (list_pattern_parse(name, &pattern)) {
		struct span front;

		list_pattern_fits(&pattern, SPAN("key.list.example"));
		list_pattern_front(&pattern, SPAN("key.list.example"), &front);
	}
}

static void try_servers(const char *text, size_t len)
{
	static const struct origin where = { "fuzz", 1, "dns_servers" };
	struct resolvers r = { .count = 0 };
	struct report report;
	struct arena arena;
	struct as_file file;

	if (arena_open(&arena, 1 << 16) < 0)
		return;
	report_init(&report, &arena);
	resolvers_parse(text, &report, &where, &r);
	assert(r.count <= RESOLVERS_MAX);
	as_file_open(&file, (struct span){ text, len });
	resolvers_read(file.path, &r);
	assert(r.count >= 1 && r.count <= RESOLVERS_MAX);
	assert(r.retry > 0 && r.rounds > 0);
	close(file.fd);
	arena_close(&arena);
}

static void try_places(const char *text, size_t len)
{
	struct span s = { text, len };
	const char *wanted = NULL;
	struct cache_map map;
	struct connect to;
	struct pass pass;

	if (!connect_parse(s, &to, &wanted))
		assert(wanted);
	else
		assert(to.server.port > 0);
	if (pass_parse(s, SPAN("/var/spool/postfix"), &pass))
		assert(memchr(pass.socket.sun_path, '\0',
			      sizeof(pass.socket.sun_path)));
	if (!cache_map_parse(text, &map)) {
		assert(map.file.len < CACHE_PATH);
		assert(map.server.user.len < CACHE_USER);
	}
}

static void try_small(const char *text, size_t len)
{
	struct span s = { text, len };
	enum answer_tag tag;
	uint64_t number;
	int small;

	if (number_parse(s, 99, &number))
		assert(number <= 99);
	number_parse_int(s, &small);
	answer_tag_parse(s, &tag);
}

/* A lock file that somebody else has written to. */
static void try_mark(const char *text, size_t len)
{
	struct mark_boot boot = { "0123456789abcdef0123456789abcdef0123" };
	struct as_file lock, cache;
	struct mark_state state;

	as_file_open(&lock, (struct span){ text, len });
	as_file_open(&cache, SPAN("what was there"));
	assert(mark_read(lock.fd, &state) == 0);
	assert(len >= 52 || !mark_watched(&state, &boot));
	if (mark_journal_replay(lock.fd, cache.fd) == 0)
		assert(lseek(cache.fd, 0, SEEK_END) <= (off_t)len);
	else
		assert(lseek(cache.fd, 0, SEEK_END) == 14);
	close(lock.fd);
	close(cache.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(const char *text, size_t len) = {
		try_address, try_endpoint, try_cidr,  try_name,
		try_servers, try_places,   try_small, try_mark,
	};
	char *text;

	if (size < 1 || size > 16384)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	all[data[0] % (sizeof(all) / sizeof(all[0]))](text, size - 1);
	free(text);
	return 0;
}
