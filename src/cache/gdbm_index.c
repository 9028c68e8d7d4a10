#include "cache/gdbm_index.h"

#include "cache/gdbm_format.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A header of ours, and the first directory behind it: read in one piece. */
#define ROOM_LEAST 8192

/* No file of ours is as large: what is read tells whether it is there. */
#define ANY_SIZE (UINT64_MAX / 2)

/* In one piece, or the index makes no sense. */
static int read_all(int fd, unsigned char *to, uint64_t length, uint64_t at)
{
	int64_t n = gdbm_bytes_read(fd, to, length, at);

	if (n < 0)
		return (int)n;
	return (uint64_t)n == length ? 0 : -EUCLEAN;
}

/* Is there SIZE bytes of file? Before so much memory is asked for. */
static int check_size(int fd, uint64_t size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return size <= (uint64_t)st.st_size ? 0 : -EUCLEAN;
}

static int make_room(struct gdbm_index *index, uint64_t size)
{
	void *memory;

	if (size <= index->room)
		return 0;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	if (index->memory)
		munmap(index->memory, index->room);
	index->memory = memory;
	index->room = size;
	return 0;
}

/* HAVE bytes of the file are in the memory, and the header H among them. */
static int read_rest(int fd, const struct gdbm_header *h, uint64_t have,
		     struct gdbm_index *index)
{
	uint64_t header_size, dir, dir_size;
	int r = 0;

	if (!gdbm_header_good(h, ANY_SIZE))
		return -EUCLEAN;
	header_size = (uint64_t)h->block_size;
	dir = (uint64_t)h->dir;
	dir_size = (uint64_t)h->dir_size;
	if (header_size + dir_size > index->room) {
		r = check_size(fd, header_size + dir_size);
		if (r == 0)
			r = make_room(index, header_size + dir_size);
		have = 0;
	}
	if (r == 0 && have < header_size)
		r = read_all(fd, index->memory, header_size, 0);
	/* in a small file the directory follows the header */
	if (r == 0 && (dir != header_size || have < header_size + dir_size))
		r = read_all(fd, index->memory + header_size, dir_size, dir);
	if (r < 0)
		return r;
	index->header_size = header_size;
	index->dir = dir;
	index->dir_size = dir_size;
	return 0;
}

int gdbm_index_save(int fd, struct gdbm_index *index)
{
	struct gdbm_header h;
	int64_t n;
	int r = make_room(index, ROOM_LEAST);

	if (r < 0)
		return r;
	n = gdbm_bytes_read(fd, index->memory, ROOM_LEAST, 0);
	if (n < 0)
		return (int)n;
	index->header_size = 0;
	if (n == 0)
		return 0;
	if ((uint64_t)n < sizeof(h))
		return -EUCLEAN;
	memcpy(&h, index->memory, sizeof(h));
	return read_rest(fd, &h, (uint64_t)n, index);
}

void gdbm_index_forget(struct gdbm_index *index)
{
	if (index->memory)
		munmap(index->memory, index->room);
	*index = (struct gdbm_index){ .memory = NULL };
}

int gdbm_index_restore(const struct gdbm_index *index, int fd)
{
	int r;

	if (index->header_size == 0)
		return ftruncate(fd, 0) < 0 ? -errno : 0;
	r = gdbm_bytes_write(fd, index->memory + index->header_size,
			     index->dir_size, index->dir);
	if (r == 0)
		r = gdbm_bytes_write(fd, index->memory, index->header_size, 0);
	return r;
}
