/*
 * gdbm_format.h - how a GDBM file is laid out, and its bytes.
 *
 * In the machine's byte order and in blocks: a header (with a table of free
 * space, which continues in blocks elsewhere), a directory of bucket addresses
 * indexed by the first bits of an entry's hash, buckets (a small table of free
 * space and a hash table of addresses), and key and value of each entry in one
 * piece. Addresses and sizes are in bytes.
 */
#ifndef SCREEN_GDBM_FORMAT_H
#define SCREEN_GDBM_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define GDBM_HASH_BITS	 31
#define GDBM_KEY_START	 4
#define GDBM_BUCKET_FREE 6

struct gdbm_free_space {
	int32_t size;
	int64_t at;
};

struct gdbm_free_table {
	int32_t slots;
	int32_t count;
	int64_t next; /* address of the next table, or 0 */
	struct gdbm_free_space space[];
};

struct gdbm_header {
	int32_t magic;
	int32_t block_size;
	int64_t dir;
	int32_t dir_size; /* bytes */
	int32_t dir_bits;
	int32_t bucket_size;
	int32_t bucket_slots;
	int64_t next_block;
	struct gdbm_free_table free;
};

struct gdbm_slot {
	int32_t hash; /* -1: empty */
	char key_start[GDBM_KEY_START];
	int64_t at;
	int32_t key_size;
	int32_t value_size;
};

struct gdbm_bucket {
	int32_t free_count;
	struct gdbm_free_space free[GDBM_BUCKET_FREE];
	int32_t bits; /* how many bits of the hash lead here */
	int32_t count;
	struct gdbm_slot slot[];
};

/* Do LENGTH bytes from AT on lie within a file of SIZE bytes? */
bool gdbm_fits(uint64_t size, uint64_t at, uint64_t length);

/*
 * Can H be the header of a file of SIZE bytes, with a directory that lies
 * within it? One of a kind that ours never are (32-bit addresses, extensions,
 * buckets of another size than a block) is not.
 */
bool gdbm_header_good(const struct gdbm_header *h, uint64_t size);

/*
 * Read LENGTH bytes at AT of the file FD. How many there are, the rest of TO
 * stays as it is; or negative errno.
 */
int64_t gdbm_bytes_read(int fd, unsigned char *to, uint64_t length,
			uint64_t at);

/* Write LENGTH bytes at AT of the file FD. 0 or negative errno. */
int gdbm_bytes_write(int fd, const void *bytes, uint64_t length, uint64_t at);

#endif
