/*
 * compiled_image.h - what a compiled table looks like in its file.
 *
 * Blocks of 512 bytes, then texts. Block 0 is the header. The others are
 * nodes of two search trees, one for each family: the keys of a node are the
 * first addresses of ranges, in order, and the value beside a key is the
 * number of the node below, or at the lowest level what those addresses get:
 * where a text is, in units of 8 bytes from the file's start, or 0 for
 * nothing. The first texts are the mistakes that the table has, for whoever
 * opens it.
 *
 * Everything bears a keyed hash, so that damage is noticed by who reads the
 * damaged place, and not before: most of a file is never read. It keeps out
 * accidents, not attackers: those are kept out by who owns the file, and by
 * checking each number before it is used. Words are in the machine's order.
 */
#ifndef SCREEN_COMPILED_IMAGE_H
#define SCREEN_COMPILED_IMAGE_H

#include "base/siphash.h"
#include "net/address.h"

#define COMPILED_BLOCK	     512
#define COMPILED_MAGIC	     "smtp-screen cidr"
#define COMPILED_VERSION     1
#define COMPILED_ORDER	     UINT32_C(0x01020304)
#define COMPILED_LEVELS_MOST 8
#define COMPILED_UNIT	     8
/* As large as any table of LINEFILE_MAX makes it. */
#define COMPILED_MOST (UINT64_C(1) << 30)

struct stat;

/* Which source it was made of, as stat(2) tells it: any change shows here. */
struct compiled_source {
	uint64_t inode, size;
	int64_t modified, modified_ns, changed, changed_ns;
};

struct compiled_tree {
	uint32_t root, levels; /* no levels: nothing is found */
};

struct compiled_header {
	uint64_t check; /* of all behind it */
	char magic[16];
	uint32_t version, order;
	uint64_t size; /* of the file */
	struct compiled_source source;
	struct compiled_tree ipv4, ipv6;
	uint32_t blocks, mistakes;
	uint32_t rules, ranges; /* for people */
};

struct compiled_node {
	uint64_t check; /* of all behind it, to the block's end */
	uint32_t number, count;
	unsigned char entries[COMPILED_BLOCK - 16]; /* keys, then values */
};

/* Begins at a multiple of COMPILED_UNIT. */
struct compiled_text {
	uint64_t check; /* of LEN and the text */
	uint32_t len;
	char text[];
};

#define COMPILED_TEXT (sizeof(uint64_t) + sizeof(uint32_t))

_Static_assert(sizeof(struct compiled_header) <= COMPILED_BLOCK, "one block");
_Static_assert(sizeof(struct compiled_node) == COMPILED_BLOCK, "one block");

/* What belongs to the source that ST tells of. */
struct compiled_source compiled_source_of(const struct stat *st);

bool compiled_source_equal(const struct compiled_source *a,
			   const struct compiled_source *b);

/* The key of the hashes in a file made of SOURCE. */
void compiled_key(const struct compiled_source *source,
		  unsigned char ret[SIPHASH_KEY]);

/* The hash of the LEN bytes behind CHECK, which stands at their beginning. */
uint64_t compiled_check(const unsigned char key[SIPHASH_KEY],
			const uint64_t *check, size_t len);

/* Bytes of a key, and how many entries a node has room for. */
size_t compiled_key_size(enum address_family family);
size_t compiled_node_most(enum address_family family);

/* How long a text of LEN bytes is with what belongs to it. */
uint64_t compiled_text_size(uint32_t len);

#endif
