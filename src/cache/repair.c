#include "cache/repair.h"

#include "cache/cache_gdbm.h"
#include "cache/gdbm_image.h"
#include "cache/mark.h"

#include <errno.h>
#include <unistd.h>

int repair_needed(int data)
{
	struct gdbm_image im;
	int r = gdbm_image_load(data, &im);

	if (r < 0)
		return r;
	r = im.state != GDBM_IMAGE_SOUND;
	gdbm_image_unload(&im);
	return r;
}

/* The mark last: until then the next one starts over with the journal. */
static int replay(int lock, int data)
{
	int r = mark_journal_replay(lock, data);

	if (r == 0)
		r = mark_set(lock, MARK_CLEAN);
	if (r == 0)
		mark_journal_drop(lock);
	return r;
}

static int rebuild_from(const struct gdbm_image *im, int lock, int data)
{
	int fd, r;

	r = cache_gdbm_rebuild(im, &fd);
	if (r < 0)
		return r;
	r = mark_journal_write(lock, fd);
	close(fd);
	if (r < 0)
		return r;
	return replay(lock, data);
}

/* Losing the cache costs more tests; keeping a broken one costs them again
 * and again. GDBM makes a new database of an empty file. */
static int start_over(int lock, int data)
{
	if (ftruncate(data, 0) < 0)
		return -errno;
	return mark_set(lock, MARK_CLEAN);
}

static int examine(int lock, int data, bool rebuild)
{
	struct gdbm_image im;
	int r = gdbm_image_load(data, &im);

	if (r < 0)
		return r;
	if (im.state == GDBM_IMAGE_DAMAGED || rebuild)
		r = rebuild_from(&im, lock, data);
	else if (im.state == GDBM_IMAGE_LOOSE)
		r = gdbm_image_mend(&im, data);
	if (r == 0)
		r = mark_set(lock, MARK_CLEAN);
	if (r == 0)
		mark_journal_drop(lock);
	gdbm_image_unload(&im);
	return r;
}

int repair(int lock, int data, bool rebuild)
{
	struct mark_state state;
	int r = mark_read(lock, &state);

	if (r < 0)
		return r;
	if (state.mark == MARK_JOURNAL) {
		r = replay(lock, data);
		if (r != -EUCLEAN)
			return r;
		/* The journal itself is cut off: what there is must do. */
		r = mark_set(lock, MARK_DIRTY);
		if (r < 0)
			return r;
	}
	r = examine(lock, data, rebuild);
	if (r == -ENOMEM) /* more than this process may have, now or ever */
		r = start_over(lock, data);
	return r;
}
