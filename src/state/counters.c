#include "state/counters.h"

#include "base/guard.h"
#include "base/private_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE sizeof(((struct image *)0)->page)

void counts_add(struct counts *c, unsigned counter, uint64_t amount)
{
	assert(counter < IMAGE_COUNTERS);
	if (amount == 0 || c->used == COUNTS_MOST)
		return;
	c->one[c->used].counter = counter;
	c->one[c->used].amount = amount;
	c->used++;
}

/* -ENOENT: there is none, or it is being made. */
static int map_page(const char *file, bool write, struct image_page **ret)
{
	struct stat st;
	void *memory;
	int fd, r;

	if (file[0] == '\0')
		return -ENOENT;
	r = private_file_open(file, write ? O_RDWR : O_RDONLY, &fd);
	if (r < 0)
		return r;
	/* what was never whole is made anew, in place, by who needs more */
	if (fstat(fd, &st) < 0 || st.st_size != IMAGE_SIZE)
		r = -ENOENT;
	if (r == 0) {
		memory = mmap(NULL, PAGE, PROT_READ | (write ? PROT_WRITE : 0),
			      MAP_SHARED, fd, 0);
		if (memory == MAP_FAILED)
			r = -errno;
		else
			*ret = memory;
	}
	close(fd);
	return r;
}

struct task {
	struct image_page *page;
	const struct counts *counts;
	uint64_t *ret;
	bool good;
};

static void add(void *task)
{
	struct task *t = task;

	t->good = image_header_valid(&t->page->header);
	if (!t->good)
		return;
	for (unsigned i = 0; i < t->counts->used; i++)
		__atomic_fetch_add(&t->page->counter[t->counts->one[i].counter],
				   t->counts->one[i].amount, __ATOMIC_RELAXED);
}

static void read_all(void *task)
{
	struct task *t = task;

	t->good = image_header_valid(&t->page->header);
	for (unsigned i = 0; t->good && i < IMAGE_COUNTERS; i++)
		t->ret[i] = image_get(&t->page->counter[i]);
}

static int do_with(const char *file, bool write, void (*work)(void *),
		   struct task *t)
{
	int r = map_page(file, write, &t->page);
	bool whole;

	if (r < 0)
		return r;
	whole = guard_run(t->page, PAGE, work, t);
	munmap(t->page, PAGE);
	if (!whole)
		return -EUCLEAN;
	return t->good ? 0 : -ENOENT;
}

int counters_add(const char *file, const struct counts *c)
{
	struct task t = { .counts = c };

	return do_with(file, true, add, &t);
}

int counters_read(const char *file, uint64_t ret[IMAGE_COUNTERS])
{
	struct task t = { .ret = ret };

	return do_with(file, false, read_all, &t);
}
