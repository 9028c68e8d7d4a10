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
 * clients: then this one is counted elsewhere, or not at all. */
static const int64_t patience[] = {
	[COUNTERS_IN_STATE] = 100 * CLOCK_MS,
	[COUNTERS_IN_OTHER] = 2 * CLOCK_MS,
};

void counts_add(struct counts *c, unsigned counter, uint64_t amount)
{
	assert(counter < IMAGE_COUNTERS);
	if (amount == 0 || c->used == COUNTS_MOST)
		return;
	c->one[c->used].counter = counter;
	c->one[c->used].amount = amount;
	c->used++;
}

/* From the first of those that C adds to, to the last. */
struct range {
	unsigned first, count;
};

static struct range range_of(const struct counts *c)
{
	unsigned first = IMAGE_COUNTERS, last = 0;

	for (unsigned i = 0; i < c->used; i++) {
		unsigned counter = c->one[i].counter;

		first = counter < first ? counter : first;
		last = counter > last ? counter : last;
	}
	return (struct range){ first, last - first + 1 };
}

static size_t place(unsigned counter)
{
	return offsetof(struct image_page, counter) +
	       counter * sizeof(uint64_t);
}

/* Those of RANGE as they are now. -ENOENT: it is being made, or never was
 * whole. */
static int read_range(int fd, enum counters_file kind, struct range range,
		      struct image_page *ret)
{
	size_t from = kind == COUNTERS_IN_STATE ? 0 : place(range.first);
	size_t size = place(range.first + range.count) - from;
	char *to = (char *)ret + from;
	ssize_t n = pread(fd, to, size, (off_t)from);

	if (n < 0)
		return -errno;
	if (kind == COUNTERS_IN_OTHER)
		memset(to + n, 0, size - (size_t)n);
	else if ((size_t)n != size || !image_header_valid(&ret->header))
		return -ENOENT;
	return 0;
}

static int add(int fd, enum counters_file kind, const struct counts *c)
{
	struct range range = range_of(c);
	struct image_page page;
	int r = read_range(fd, kind, range, &page);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < c->used; i++)
		page.counter[c->one[i].counter] += c->one[i].amount;
	return fdio_write_at(fd, &page.counter[range.first],
			     range.count * sizeof(page.counter[0]),
			     (int64_t)place(range.first));
}

int counters_open(const char *file)
{
	int fd, r;

	if (file[0] == '\0')
		return -ENOENT;
	r = private_file_open(file, O_RDWR, &fd);
	return r < 0 ? r : fd;
}

int counters_add(int fd, enum counters_file kind, const struct counts *c)
{
	int r;

	if (c->used == 0)
		return 0;
	r = filelock_take_whole(fd, clock_mono() + patience[kind]);
	if (r < 0)
		return r;
	r = add(fd, kind, c);
	filelock_drop_whole(fd);
	return r;
}

int counters_sum(const char *file, enum counters_file kind,
		 uint64_t sum[IMAGE_COUNTERS])
{
	static const struct range all = { 0, IMAGE_COUNTERS };
	struct image_page page;
	int fd, r;

	if (file[0] == '\0')
		return -ENOENT;
	r = private_file_open(file, O_RDONLY, &fd);
	if (r < 0)
		return r;
	/* without the lock a number is at worst one of a moment ago */
	filelock_take_whole(fd, clock_mono() + patience[COUNTERS_IN_STATE]);
	r = read_range(fd, kind, all, &page);
	close(fd);
	for (unsigned i = 0; r == 0 && i < IMAGE_COUNTERS; i++)
		sum[i] += page.counter[i];
	return r;
}
