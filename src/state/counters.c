#include "state/counters.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/filelock.h"
#include "base/private_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* Who counts needs microseconds. Somebody stopped in the middle must not keep
 * clients: then this one is not counted. */
#define PATIENCE (100 * CLOCK_MS)

void counts_add(struct counts *c, unsigned counter, uint64_t amount)
{
	assert(counter < IMAGE_COUNTERS);
	if (amount == 0 || c->used == COUNTS_MOST)
		return;
	c->one[c->used].counter = counter;
	c->one[c->used].amount = amount;
	c->used++;
}

/* The page as it is now. -ENOENT: it is being made, or never was whole. */
static int read_page(int fd, struct image_page *ret)
{
	ssize_t n = pread(fd, ret, sizeof(*ret), 0);

	if (n < 0)
		return -errno;
	return n == sizeof(*ret) && image_header_valid(&ret->header) ? 0
								     : -ENOENT;
}

/* Only the words that changed, and what lies between them. */
static int write_back(int fd, const struct image_page *page,
		      const struct counts *c)
{
	unsigned first = IMAGE_COUNTERS, last = 0;

	for (unsigned i = 0; i < c->used; i++) {
		unsigned counter = c->one[i].counter;

		first = counter < first ? counter : first;
		last = counter > last ? counter : last;
	}
	return fdio_write_at(fd, &page->counter[first],
			     (last - first + 1) * sizeof(page->counter[0]),
			     (off_t)offsetof(struct image_page, counter) +
				     (off_t)(first * sizeof(uint64_t)));
}

static int add(int fd, const struct counts *c)
{
	struct image_page page;
	int r = read_page(fd, &page);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < c->used; i++)
		page.counter[c->one[i].counter] += c->one[i].amount;
	return write_back(fd, &page, c);
}

int counters_open(const char *file)
{
	int fd, r;

	if (file[0] == '\0')
		return -ENOENT;
	r = private_file_open(file, O_RDWR, &fd);
	return r < 0 ? r : fd;
}

int counters_add(int fd, const struct counts *c)
{
	int r;

	if (c->used == 0)
		return 0;
	r = filelock_take_whole(fd, clock_mono() + PATIENCE);
	if (r < 0)
		return r;
	r = add(fd, c);
	filelock_drop_whole(fd);
	return r;
}

int counters_read(const char *file, uint64_t ret[IMAGE_COUNTERS])
{
	struct image_page page;
	int fd, r;

	if (file[0] == '\0')
		return -ENOENT;
	r = private_file_open(file, O_RDONLY, &fd);
	if (r < 0)
		return r;
	/* without the lock a number is at worst one of a moment ago */
	filelock_take_whole(fd, clock_mono() + PATIENCE);
	r = read_page(fd, &page);
	if (r == 0)
		memcpy(ret, page.counter, sizeof(page.counter));
	close(fd);
	return r;
}
