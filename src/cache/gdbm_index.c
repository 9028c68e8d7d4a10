#include "cache/gdbm_index.h"

#include "cache/gdbm_format.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int gdbm_index_save(int fd, struct gdbm_index *ret)
{
	struct gdbm_index index = { .bytes = NULL };
	struct gdbm_header h;
	struct stat st;
	void *memory;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0) {
		*ret = index;
		return 0;
	}
	memset(&h, 0, sizeof(h));
	r = gdbm_bytes_read(fd, (unsigned char *)&h, sizeof(h), 0);
	if (r < 0)
		return r;
	if (!gdbm_header_good(&h, (uint64_t)st.st_size))
		return -EUCLEAN;
	index.header_size = (uint64_t)h.block_size;
	index.dir = (uint64_t)h.dir;
	index.dir_size = (uint64_t)h.dir_size;
	memory = mmap(NULL, index.header_size + index.dir_size,
		      PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	index.bytes = memory;
	r = gdbm_bytes_read(fd, index.bytes, index.header_size, 0);
	if (r == 0)
		r = gdbm_bytes_read(fd, index.bytes + index.header_size,
				    index.dir_size, index.dir);
	if (r < 0) {
		gdbm_index_forget(&index);
		return r;
	}
	*ret = index;
	return 0;
}

void gdbm_index_forget(struct gdbm_index *index)
{
	if (index->bytes)
		munmap(index->bytes, index->header_size + index->dir_size);
	index->bytes = NULL;
}

int gdbm_index_restore(const struct gdbm_index *index, int fd)
{
	int r;

	if (!index->bytes)
		return ftruncate(fd, 0) < 0 ? -errno : 0;
	r = gdbm_bytes_write(fd, index->bytes + index->header_size,
			     index->dir_size, index->dir);
	if (r == 0)
		r = gdbm_bytes_write(fd, index->bytes, index->header_size, 0);
	return r;
}
