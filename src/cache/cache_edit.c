#include "cache/cache_edit.h"

#include "base/clock.h"
#include "base/filelock.h"
#include "cache/cache_gdbm.h"
#include "cache/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a repair may wait for the lock when it has used up the deadline. */
#define AFTER_REPAIR (100 * CLOCK_MS)

int cache_edit_marked(const struct cache *c)
{
	struct mark_state state;
	int r = mark_read(c->lock, &state);

	return r < 0 ? r : state.mark != MARK_CLEAN;
}

/* ---- one entry --------------------------------------------------- */

int cache_edit_fetch(struct cache_edit *e, struct span key, struct sbuf *to)
{
	return cache_gdbm_fetch(e->db, key, to);
}

/* The index must be that of just before a change: an older one may lead to
 * buckets that have since moved. */
static int keep_index(struct cache *c)
{
	int r = c->index_current ? 0 : gdbm_index_save(c->data, &c->index);

	c->index_current = r == 0;
	return r;
}

/* The first change marks the file, the end of the job says that it is whole
 * again. A value that is put IN_PLACE concerns no index. */
static int begin_change(struct cache_edit *e, bool in_place)
{
	int r = keep_index(e->cache);

	if (r == 0 && !e->marked)
		r = mark_set(e->cache->lock, MARK_DIRTY);
	if (r < 0)
		return r;
	e->marked = true;
	e->changing = true;
	e->cache->index_current = in_place;
	return 0;
}

int cache_edit_store(struct cache_edit *e, struct span key, size_t old_length,
		     struct span value)
{
	int r = begin_change(e, old_length > 0 && old_length == value.len);

	if (r == 0)
		r = cache_gdbm_store(e->db, key, value);
	if (r == 0)
		e->changing = false;
	return r;
}

int cache_edit_delete(struct cache_edit *e, struct span key)
{
	int r = begin_change(e, false);

	if (r == 0)
		r = cache_gdbm_delete(e->db, key);
	if (r >= 0)
		e->changing = false;
	return r;
}

/* ---- one entry's stamps ------------------------------------------- */

int cache_edit_get(struct cache_edit *e, const char *key, struct stamps *ret)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf text = SBUF(memory);
	int r = cache_edit_fetch(e, span_of(key), &text);

	e->old_length = text.len;
	if (r <= 0)
		return r;
	return stamps_fetched(&text, ret);
}

/*
 * The value that replaces one of OLD_LENGTH bytes, and is not shorter. One of
 * the same length is written in one piece, a longer one goes elsewhere. Zeros
 * before the last number change nothing.
 */
static void format(const struct stamps *s, size_t old_length, struct sbuf *to)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf text = SBUF(memory);
	struct span all, count;

	stamps_format(s, &text);
	all = sbuf_span(&text);
	for (count = all; span_find(count, ';') >= 0;)
		count = span_skip(count, (size_t)span_find(count, ';') + 1);
	sbuf_add(to, (struct span){ all.p, all.len - count.len });
	for (size_t n = all.len; n < old_length; n++)
		sbuf_add_char(to, '0');
	sbuf_add(to, count);
}

int cache_edit_put(struct cache_edit *e, const char *key,
		   const struct stamps *s)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf value = SBUF(memory);

	format(s, e->old_length, &value);
	return cache_edit_store(e, span_of(key), e->old_length,
				sbuf_span(&value));
}

/* ---- under the locks --------------------------------------------- */

/* GDBM closes what it was given, and we need ours again. */
static int open_for_writing(struct cache_edit *e)
{
	int fd = fcntl(e->cache->data, F_DUPFD_CLOEXEC, 0);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : 0;
	if (r == 0 && st.st_size == 0) { /* GDBM will write, so warn others */
		r = mark_set(e->cache->lock, MARK_DIRTY);
		e->marked = r == 0;
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	return cache_gdbm_open(fd, true, &e->db);
}

/* What was open from the last change, or opened now. */
static int take_file(struct cache_edit *e)
{
	struct cache *c = e->cache;
	int r;

	e->db = c->kept;
	c->kept = NULL;
	if (e->db)
		return 0;
	/* what makes no sense is not shown to GDBM */
	c->index_current = false;
	r = keep_index(c);
	if (r == 0)
		r = open_for_writing(e);
	if (e->marked) /* it has made a database of an empty file */
		c->index_current = false;
	return r;
}

struct job {
	int (*work)(struct cache_edit *e, void *context);
	void *context;
};

/*
 * Under the exclusive lock, which is let go before *RET_DB is closed: all is
 * written by then, and closing concerns no reader.
 */
static int change(struct cache *c, const struct job *job,
		  struct gdbm_file_info **ret_db)
{
	struct cache_edit e = { .cache = c };
	int r = take_file(&e);

	if (r < 0)
		return r;
	r = job->work(&e, job->context);
	if (e.marked && !e.changing && mark_set(c->lock, MARK_CLEAN) < 0)
		r = -EIO;
	if (r >= 0) {
		*ret_db = e.db;
		return r;
	}
	cache_gdbm_close(e.db);
	if (e.changing)
		gdbm_index_restore(&c->index, c->data);
	c->index_current = false;
	return r;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* After work that may have used up the deadline. */
static int lock_again(struct cache *c, int64_t deadline)
{
	return filelock_take(c->lock, FILELOCK_EXCLUSIVE,
			     later(deadline, clock_mono() + AFTER_REPAIR));
}

/*
 * With the exclusive lock, so that nobody is reading when the mark is set.
 * From then on readers need not wait: they see the mark and go on without the
 * cache, so the lock is let go meanwhile. Other writers stay out by GDBM's
 * own lock.
 */
static int mend_unlocked(struct cache *c, bool rebuild, int64_t deadline)
{
	int r = cache_edit_marked(c);

	if (r == 0) /* a journal's mark must stay */
		r = mark_set(c->lock, MARK_DIRTY);
	if (r < 0)
		return r;
	if (c->leave_damage)
		return -EUCLEAN;
	filelock_drop(c->lock);
	r = repair(c->lock, c->data, rebuild);
	c->repaired = c->repaired || r == 0;
	if (r == 0 && c->boot.id[0] != '\0')
		r = mark_watch(c->lock, &c->boot);
	if (r < 0)
		return r;
	return lock_again(c, deadline);
}

/*
 * Has the file come through the machine's last start? Readers go on reading
 * meanwhile: it is as likely to be good as it was before. 1 when it has not.
 */
static int examine_unlocked(struct cache *c, int64_t deadline)
{
	int r, needed;

	filelock_drop(c->lock);
	needed = repair_needed(c->data);
	r = lock_again(c, deadline);
	if (r < 0)
		return r;
	if (needed == -ENOMEM) /* somebody with more memory will do it */
		return 0;
	if (needed != 0)
		return needed;
	return mark_watch(c->lock, &c->boot);
}

/* Make sure that no writer died in the file, and that it has been watched
 * since the machine came up. */
static int make_sure(struct cache *c, const struct mark_state *state,
		     int64_t deadline)
{
	int r;

	if (state->mark == MARK_CLEAN) {
		if (mark_watched(state, &c->boot))
			return 0;
		if (c->leave_damage)
			return -EUCLEAN;
		r = examine_unlocked(c, deadline);
		if (r <= 0)
			return r;
	}
	return mend_unlocked(c, false, deadline);
}

/*
 * With the exclusive lock: from now on it is we who wrote last. What is still
 * open from our last change is of no use when somebody else wrote since.
 */
static int become_writer(struct cache *c, struct mark_state *ret)
{
	int r = mark_read(c->lock, ret);

	if (r < 0 || ret->writer == c->writer)
		return r;
	cache_let_go(c);
	return mark_writer_set(c->lock, c->writer);
}

/* With the exclusive lock, and GDBM's; the former may be lost on failure. */
static int change_or_mend(struct cache *c, const struct job *job,
			  int64_t deadline, struct gdbm_file_info **ret_db)
{
	struct mark_state state;
	int r = become_writer(c, &state);

	if (r == 0)
		r = make_sure(c, &state, deadline);
	if (r < 0)
		return r;
	r = change(c, job, ret_db);
	if (r == -EUCLEAN) {
		r = mend_unlocked(c, true, deadline);
		if (r == 0)
			r = change(c, job, ret_db);
	}
	return r;
}

/* With GDBM's lock: the only writer. */
static int edit(struct cache *c, const struct job *job, int64_t deadline)
{
	struct gdbm_file_info *db = NULL;
	int r;

	r = filelock_take(c->lock, FILELOCK_EXCLUSIVE, deadline);
	if (r < 0)
		return r;
	r = change_or_mend(c, job, deadline, &db);
	filelock_drop(c->lock);
	if (db && c->keep_open)
		c->kept = db;
	else if (db) /* a client is waiting for us, and the disk may be slow */
		cache_gdbm_leave(db);
	/* A full disk: most often nothing was written at all, and the others
	 * can read on at once. */
	else if (!c->leave_damage && cache_edit_marked(c) > 0)
		repair(c->lock, c->data, false);
	return r;
}

int cache_edit(struct cache *c,
	       int (*work)(struct cache_edit *e, void *context), void *context,
	       int64_t deadline)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	struct job job = { work, context };
	int r;

	if (c->file[0] == '\0')
		return -ENOENT;
	r = cache_open_for_update(c);
	if (r < 0)
		return r;
	r = filelock_take_whole(c->data, deadline);
	if (r < 0)
		return r;
	/* A limit on file sizes, ulimit -f, would kill us in mid-write. */
	if (!c->keep_open)
		sigaction(SIGXFSZ, &ignore, &before);
	r = edit(c, &job, deadline);
	if (!c->keep_open)
		sigaction(SIGXFSZ, &before, NULL);
	filelock_drop_whole(c->data);
	return r;
}

/* ---- without a change -------------------------------------------- */

static int make_sure_alone(struct cache *c, int64_t deadline)
{
	int r = filelock_take(c->lock, FILELOCK_EXCLUSIVE, deadline);
	struct mark_state state;

	if (r < 0)
		return r;
	r = become_writer(c, &state);
	if (r == 0)
		r = make_sure(c, &state, deadline);
	filelock_drop(c->lock);
	return r;
}

int cache_edit_begin_alone(struct cache *c, int64_t deadline)
{
	struct stat st;
	int r;

	if (c->file[0] == '\0' || stat(c->file, &st) < 0)
		return c->file[0] == '\0' ? -ENOENT : -errno;
	r = cache_open_for_update(c);
	if (r == 0)
		r = filelock_take_whole(c->data, deadline);
	if (r < 0)
		return r;
	r = make_sure_alone(c, deadline);
	if (r < 0)
		filelock_drop_whole(c->data);
	return r;
}

void cache_edit_end_alone(struct cache *c)
{
	filelock_drop_whole(c->data);
}

static int mend(struct cache *c, int64_t deadline)
{
	int r = filelock_take(c->lock, FILELOCK_EXCLUSIVE, deadline);
	struct mark_state state;

	if (r < 0)
		return r;
	r = become_writer(c, &state);
	/* whoever set the mark may know more of the damage than can be seen */
	if (r == 0 && state.mark != MARK_CLEAN)
		r = mend_unlocked(c, true, deadline);
	else if (r == 0)
		r = make_sure(c, &state, deadline);
	filelock_drop(c->lock);
	return r;
}

int cache_mend(struct cache *c, int64_t deadline)
{
	int r;

	if (c->file[0] == '\0')
		return 0;
	r = cache_open_for_update(c);
	if (r == 0)
		r = filelock_take_whole(c->data, deadline);
	if (r < 0)
		return r;
	r = mend(c, deadline);
	filelock_drop_whole(c->data);
	return r;
}
