#include "conf/compiled_image.h"

#include <string.h>
#include <sys/stat.h>

struct compiled_source compiled_source_of(const struct stat *st)
{
	return (struct compiled_source){
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.modified = st->st_mtim.tv_sec,
		.modified_ns = st->st_mtim.tv_nsec,
		.changed = st->st_ctim.tv_sec,
		.changed_ns = st->st_ctim.tv_nsec,
	};
}

bool compiled_source_equal(const struct compiled_source *a,
			   const struct compiled_source *b)
{
	return a->inode == b->inode && a->size == b->size &&
	       a->modified == b->modified && a->modified_ns == b->modified_ns &&
	       a->changed == b->changed && a->changed_ns == b->changed_ns;
}

void compiled_key(const struct compiled_source *source,
		  unsigned char ret[SIPHASH_KEY])
{
	uint64_t words[] = { source->inode,
			     (uint64_t)source->changed ^
				     (uint64_t)source->changed_ns << 32 };

	memcpy(ret, words, SIPHASH_KEY);
}

uint64_t compiled_check(const unsigned char key[SIPHASH_KEY],
			const uint64_t *check, size_t len)
{
	return siphash(key, (struct span){ (const char *)(check + 1), len });
}

size_t compiled_key_size(enum address_family family)
{
	return family == ADDRESS_IPV4 ? 4 : 16;
}

size_t compiled_node_most(enum address_family family)
{
	return sizeof(((struct compiled_node *)NULL)->entries) /
	       (compiled_key_size(family) + sizeof(uint32_t));
}

uint64_t compiled_text_size(uint32_t len)
{
	uint64_t size = COMPILED_TEXT + (uint64_t)len;

	return (size + COMPILED_UNIT - 1) / COMPILED_UNIT * COMPILED_UNIT;
}
