#include "base/unforked.h"

#include <errno.h>
#include <sys/mman.h>

int unforked_open(size_t count, size_t size, void **ret)
{
	size_t bytes;
	void *memory;

	if (__builtin_mul_overflow(count, size, &bytes))
		return -ENOMEM;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	if (madvise(memory, bytes, MADV_DONTFORK) < 0) {
		int r = -errno;

		munmap(memory, bytes);
		return r;
	}
	*ret = memory;
	return 0;
}

void unforked_close(void *memory, size_t count, size_t size)
{
	munmap(memory, count * size);
}
