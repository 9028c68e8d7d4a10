/*
 * fuzz_cache.c - cache values, and cache files as a repair reads them.
 *
 * The first byte chooses: a letter below 'a' (or none) is a value, else the
 * rest is a file. What is read must be written and read again the same; a
 * file that was mended or rebuilt must be sound and keep every entry.
 */
#include "cache/cache_gdbm.h"
#include "cache/gdbm_image.h"
#include "cache/gdbm_index.h"
#include "cache/stamps.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_value(struct span text)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf out = SBUF(memory);
	struct stamps s, again;

	stamps_parse(text, &s);
	for (enum test t = 0; t < TESTS; t++) {
		assert(s.until[t] >= 0);
		stamps_due(&s, t, 1790000000);
	}
	stamps_any_new(&s);
	stamps_format(&s, &out);
	assert(sbuf_fitted(&out));
	stamps_parse(sbuf_span(&out), &again);
	assert(memcmp(&s, &again, sizeof(s)) == 0);
}

static unsigned count(const struct gdbm_image *im)
{
	struct gdbm_image_walk walk = { 0 };
	struct span key, value;
	unsigned n = 0;

	while (gdbm_image_next(im, &walk, &key, &value)) {
		assert(key.len > 0);
		try_value(value);
		n++;
	}
	return n;
}

/* One key may stand in two buckets, and is one then. */
static void try_rebuilt(const struct gdbm_image *im, unsigned entries)
{
	struct gdbm_image new;
	int fd, r;

	r = cache_gdbm_rebuild(im, &fd);
	assert(r == 0);
	r = gdbm_image_load(fd, &new);
	assert(r == 0 && new.state == GDBM_IMAGE_SOUND);
	assert(count(&new) <= entries);
	gdbm_image_unload(&new);
	close(fd);
}

static void try_mended(const struct gdbm_image *im, int fd, unsigned entries)
{
	struct gdbm_image new;
	int r = gdbm_image_mend(im, fd);

	assert(r == 0);
	r = gdbm_image_load(fd, &new);
	assert(r == 0 && new.state == GDBM_IMAGE_SOUND);
	assert(count(&new) == entries);
	gdbm_image_unload(&new);
}

static void try_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct gdbm_image im;
	struct gdbm_index index = { 0 };
	unsigned entries;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (gdbm_index_save(fd, &index) == 0)
		gdbm_index_restore(&index, fd);
	gdbm_index_forget(&index);
	assert(gdbm_image_load(fd, &im) == 0);
	entries = count(&im);
	try_rebuilt(&im, entries);
	if (im.state == GDBM_IMAGE_LOOSE)
		try_mended(&im, fd, entries);
	gdbm_image_unload(&im);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || data[0] < 'a')
		try_value((struct span){ (const char *)data, size });
	else
		try_file(data + 1, size - 1);
	return 0;
}
