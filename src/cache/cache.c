#include "cache/cache.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/filelock.h"
#include "base/private_file.h"
#include "cache/cache_edit.h"
#include "cache/cache_gdbm.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- names ------------------------------------------------------- */

void cache_key(const struct address *who, unsigned ipv4_prefix,
	       unsigned ipv6_prefix, struct sbuf *to)
{
	unsigned bits = address_bits(who);
	unsigned prefix =
		who->family == ADDRESS_IPV4 ? ipv4_prefix : ipv6_prefix;
	struct address net = *who;

	assert(bits > 0);
	if (prefix >= bits) {
		address_format(&net, to);
		return;
	}
	address_mask(&net, prefix);
	address_format(&net, to);
	sbuf_addf(to, "/%u", prefix);
}

/* ---- files ------------------------------------------------------- */

void cache_init(struct cache *c, const char *file)
{
	*c = (struct cache){ .file = file, .lock = -1, .data = -1 };
}

void cache_let_go(struct cache *c)
{
	if (c->kept)
		cache_gdbm_leave(c->kept);
	c->kept = NULL;
}

static void stop_reading(struct cache *c)
{
	if (c->reader.db)
		cache_gdbm_close(c->reader.db);
	c->reader.db = NULL;
}

void cache_close(struct cache *c)
{
	cache_let_go(c);
	gdbm_index_forget(&c->index);
	stop_reading(c);
	if (c->lock >= 0)
		close(c->lock);
	if (c->data >= 0)
		close(c->data);
	c->lock = -1;
	c->data = -1;
}

void cache_lock_name(const char *file, struct sbuf *to)
{
	static const struct span ending = { ".gdbm", 5 };
	struct span name = span_of(file);

	if (name.len > ending.len &&
	    span_equal(span_skip(name, name.len - ending.len), ending))
		name.len -= ending.len;
	sbuf_add(to, name);
	sbuf_add_text(to, ".lock");
}

static int open_lock(struct cache *c)
{
	char path[CACHE_PATH + sizeof(".lock")];
	struct sbuf name = SBUF(path);

	/* A lock belongs to the open file, which a fork shares: parent and
	 * child would both hold it at once. */
	if (c->lock >= 0 && c->opener != getpid())
		cache_close(c);
	if (c->lock >= 0)
		return 0;
	cache_lock_name(c->file, &name);
	if (!sbuf_fitted(&name))
		return -ENAMETOOLONG;
	c->opener = getpid();
	return private_file_open(path, O_RDWR | O_CREAT, &c->lock);
}

/* Has somebody removed a file that is open? The next one is made anew. */
static bool is_removed(int fd)
{
	struct fdio_status st;

	return fd >= 0 && fdio_status(fd, &st) == 0 && st.links == 0;
}

int cache_open_for_update(struct cache *c)
{
	int r;

	if (c->file[0] == '\0')
		return 0;
	if (c->keep_open && (is_removed(c->lock) || is_removed(c->data)))
		cache_close(c);
	r = open_lock(c);
	if (r < 0 || c->data >= 0)
		return r;
	mark_boot_read(&c->boot);
	if (getrandom(&c->writer, sizeof(c->writer), GRND_NONBLOCK) < 0)
		c->writer = (uint64_t)c->opener << 32 ^ (uint64_t)clock_mono();
	return private_file_open(c->file, O_RDWR | O_CREAT, &c->data);
}

/* ---- lookup ------------------------------------------------------ */

/*
 * A change within the same tick as the one before has the same time in the
 * file: what was written just now may be written again unseen.
 */
#define TICK_NS 20000000

static int64_t ns_between(const struct timespec *a, const struct timespec *b)
{
	return (b->tv_sec - a->tv_sec) * INT64_C(1000000000) + b->tv_nsec -
	       a->tv_nsec;
}

/* Under the shared lock: is the file that is open still the one there is, and
 * has nobody written? Writers of ours leave their number, and all a time. */
static bool is_current(const struct cache *c, uint64_t writer)
{
	const struct cache_reader *r = &c->reader;
	struct stat st;

	return writer == r->writer && lstat(c->file, &st) == 0 &&
	       st.st_ino == r->inode && st.st_size == r->size &&
	       ns_between(&r->written, &st.st_mtim) == 0;
}

/* What is_current() looks at; what was written just now is not to be kept. */
static void note_state(struct cache *c, int fd, uint64_t writer)
{
	struct cache_reader *r = &c->reader;
	struct timespec now;
	struct stat st;

	r->size = -1;
	if (fstat(fd, &st) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return;
	r->writer = writer;
	r->inode = st.st_ino;
	r->written = st.st_mtim;
	r->size = ns_between(&st.st_mtim, &now) < TICK_NS ? -1 : st.st_size;
}

/* Under the shared lock. */
static int begin_reading(struct cache *c, uint64_t writer)
{
	int fd, r;

	if (c->reader.db && is_current(c, writer))
		return 0;
	stop_reading(c);
	r = private_file_open(c->file, O_RDONLY, &fd);
	if (r == 0)
		r = cache_gdbm_open(fd, false, &c->reader.db);
	if (r == 0 && c->keep_reading)
		note_state(c, fd, writer); /* DB's own now, and still open */
	return r;
}

/* Under the shared lock. */
static int lookup(struct cache *c, const char *key, struct stamps *ret)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf text = SBUF(memory);
	struct mark_state state;
	int r = mark_read(c->lock, &state);

	if (r == 0 && state.mark != MARK_CLEAN)
		r = -EUCLEAN;
	if (r == 0)
		r = begin_reading(c, state.writer);
	if (r == -ENOENT || r == -ENODATA) /* nobody has written yet */
		return 0;
	if (r < 0)
		return r;
	r = cache_gdbm_fetch(c->reader.db, span_of(key), &text);
	if (!c->keep_reading || r < 0)
		stop_reading(c);
	if (r <= 0)
		return r;
	return stamps_fetched(&text, ret);
}

int cache_lookup(struct cache *c, const char *key, int64_t deadline,
		 struct stamps *ret)
{
	int r;

	if (c->file[0] == '\0')
		return 0;
	if (c->keep_reading && is_removed(c->lock))
		cache_close(c);
	r = open_lock(c);
	if (r == -ENOENT) /* no directory */
		return 0;
	if (r < 0)
		return r;
	r = filelock_take(c->lock, FILELOCK_SHARED, deadline);
	if (r < 0)
		return r;
	r = lookup(c, key, ret);
	filelock_drop(c->lock);
	return r;
}

/* ---- update ------------------------------------------------------ */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * An entry from the future counts as expired. Its stamps must not come to
 * life again by the new `last`, nor win by max(): a clock that was once wrong
 * would let this client in for years.
 */
static void expire(struct stamps *s, int64_t now)
{
	for (int t = 0; t < TESTS; t++)
		if (s->until[t] >= now)
			s->until[t] = later(now - 1, STAMP_DISABLED);
	if (s->first > now)
		s->first = now;
}

static void merge(struct stamps *s, const struct cache_pass *pass, int64_t now)
{
	if (stamps_from_future(s, now))
		expire(s, now);
	for (int t = 0; t < TESTS; t++) {
		s->until[t] = later(s->until[t], pass->until[t]);
		if (s->until[t] == STAMP_NEW && !pass->enabled[t])
			s->until[t] = STAMP_DISABLED;
	}
	if (s->first == 0)
		s->first = now;
	s->last = now;
	if (pass->complete && s->count < INT64_MAX)
		s->count++;
}

struct renewal {
	const char *key;
	const struct cache_pass *pass;
	int64_t now;
	bool was_new;
};

/* Add to an entry what a session earned. */
static int renew(struct cache_edit *e, void *context)
{
	struct renewal *r = context;
	struct stamps s = { .count = 0 };
	int found = cache_edit_get(e, r->key, &s);

	if (found < 0)
		return found;
	r->was_new = stamps_any_new(&s);
	merge(&s, r->pass, r->now);
	return cache_edit_put(e, r->key, &s);
}

int cache_update(struct cache *c, const char *key,
		 const struct cache_pass *pass, int64_t now, int64_t deadline,
		 bool *ret_was_new)
{
	struct renewal renewal = {
		.key = key,
		.pass = pass,
		.now = now,
	};
	int r;

	if (c->file[0] == '\0') {
		*ret_was_new = true;
		return 0;
	}
	r = cache_edit(c, renew, &renewal, deadline);
	if (r == 0)
		*ret_was_new = renewal.was_new;
	return r;
}
