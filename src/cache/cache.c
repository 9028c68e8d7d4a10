#include "cache/cache.h"

#include "base/clock.h"
#include "cache/cache_gdbm.h"
#include "cache/filelock.h"
#include "cache/gdbm_image.h"
#include "cache/private_file.h"
#include "cache/repair.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_FILE "/var/lib/smtp-screen/cache.gdbm"

/* What a repair may wait for the lock when it has used up the deadline. */
#define AFTER_REPAIR (100 * CLOCK_MS)

/* ---- names ------------------------------------------------------- */

/* Where Postfix can keep a cache; each means that the administrator wants
 * one, and none is ours. */
static bool is_foreign(struct span type)
{
	static const char *const types[] = { "btree",  "cdb",	   "dbm",
					     "fail",   "hash",	   "ldap",
					     "lmdb",   "memcache", "mysql",
					     "pgsql",  "proxy",	   "sdbm",
					     "sqlite", "internal" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_equal(type, span_of(types[i])))
			return true;
	return false;
}

bool cache_map_parse(const char *map, struct span *ret_file, bool *ret_foreign)
{
	struct span type, file;

	if (map[0] == '\0' || strcmp(map, "none") == 0) {
		*ret_file = SPAN("");
		*ret_foreign = false;
		return true;
	}
	if (!span_cut(span_of(map), ':', &type, &file))
		return false;
	if (is_foreign(type)) {
		*ret_file = SPAN(DEFAULT_FILE);
		*ret_foreign = true;
		return true;
	}
	if (!span_equal(type, SPAN("gdbm")) || file.len < 2 ||
	    file.len > CACHE_PATH || file.p[0] != '/')
		return false;
	*ret_file = file;
	*ret_foreign = false;
	return true;
}

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

void cache_close(struct cache *c)
{
	if (c->lock >= 0)
		close(c->lock);
	if (c->data >= 0)
		close(c->data);
	c->lock = -1;
	c->data = -1;
}

static int open_lock(struct cache *c)
{
	static const struct span ending = { ".gdbm", 5 };
	char path[CACHE_PATH + sizeof(".lock")];
	struct sbuf name = SBUF(path);
	struct span file = span_of(c->file);

	/* A lock belongs to the open file, which a fork shares: parent and
	 * child would both hold it at once. */
	if (c->lock >= 0 && c->opener != getpid())
		cache_close(c);
	if (c->lock >= 0)
		return 0;
	if (file.len > ending.len &&
	    span_equal(span_skip(file, file.len - ending.len), ending))
		file.len -= ending.len;
	sbuf_add(&name, file);
	sbuf_add_text(&name, ".lock");
	if (!sbuf_fitted(&name))
		return -ENAMETOOLONG;
	c->opener = getpid();
	return private_file_open(path, O_RDWR | O_CREAT, &c->lock);
}

int cache_open_for_update(struct cache *c)
{
	int r;

	if (c->file[0] == '\0')
		return 0;
	r = open_lock(c);
	if (r < 0 || c->data >= 0)
		return r;
	mark_boot_read(&c->boot);
	return private_file_open(c->file, O_RDWR | O_CREAT, &c->data);
}

/* ---- values ------------------------------------------------------ */

/*
 * What can stand in a value? Under the locks a reader sees whole values only:
 * no writer is at work, a dead one left its mark, and the file was proved
 * sound when somebody found that. What remains are files changed by others,
 * and a machine that lost its power. No value of ours or of postscreen has
 * anything but digits and semicolons, while every key has a dot or a colon,
 * so the pieces of two entries mixed up do not pass for one.
 */
static bool is_value(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] != ';' && (text.p[i] < '0' || text.p[i] > '9'))
			return false;
	return text.len > 0;
}

/* 1 with TEXT holding the value, 0 when there is none worth the name. */
static int fetch(struct gdbm_file_info *db, const char *key, struct sbuf *text)
{
	int r = cache_gdbm_fetch(db, span_of(key), text);

	if (r <= 0)
		return r;
	return sbuf_fitted(text) && is_value(sbuf_span(text));
}

/* ---- lookup ------------------------------------------------------ */

/* Has a writer died, or failed half-way? 1, 0, or negative errno. */
static int is_marked(const struct cache *c)
{
	enum mark mark;
	int r = mark_get(c->lock, &mark);

	return r < 0 ? r : mark != MARK_CLEAN;
}

static int open_for_reading(const char *file, struct gdbm_file_info **ret)
{
	int fd, r;

	r = private_file_open(file, O_RDONLY, &fd);
	if (r < 0)
		return r;
	return cache_gdbm_open(fd, false, ret);
}

/* Under the shared lock. */
static int lookup(const struct cache *c, const char *key, struct stamps *ret)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf text = SBUF(memory);
	struct gdbm_file_info *db;
	int r = is_marked(c);

	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	r = open_for_reading(c->file, &db);
	if (r == -ENOENT || r == -ENODATA) /* nobody has written yet */
		return 0;
	if (r < 0)
		return r;
	r = fetch(db, key, &text);
	cache_gdbm_close(db);
	if (r > 0)
		stamps_parse(sbuf_span(&text), ret);
	return r;
}

int cache_lookup(struct cache *c, const char *key, int64_t deadline,
		 struct stamps *ret)
{
	int r;

	if (c->file[0] == '\0')
		return 0;
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

/*
 * The value that replaces one of OLD_LENGTH bytes. It is never shorter: GDBM
 * could put a shorter one into the space of the old, and a writer killed
 * before the new length is written would leave the new value with the tail of
 * the old. One of the same length is written in one piece, a longer one goes
 * elsewhere. Zeros before the last number change nothing.
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

/* The stamps of KEY with PASS added, as TO; *RET_WAS_NEW is about before. */
static int renew(struct gdbm_file_info *db, const char *key,
		 const struct cache_pass *pass, int64_t now, struct sbuf *to,
		 bool *ret_was_new)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf old = SBUF(memory);
	struct stamps s = { .count = 0 };
	int r = fetch(db, key, &old);

	if (r < 0)
		return r;
	if (r > 0)
		stamps_parse(sbuf_span(&old), &s);
	*ret_was_new = stamps_any_new(&s);
	merge(&s, pass, now);
	format(&s, old.len, to);
	return 0;
}

/* GDBM closes what it was given, and we need ours again. */
static int open_for_writing(struct cache *c, struct gdbm_file_info **ret)
{
	int fd = fcntl(c->data, F_DUPFD_CLOEXEC, 0);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : 0;
	if (r == 0 && st.st_size == 0) /* GDBM will write, so warn others */
		r = mark_set(c->lock, MARK_DIRTY);
	if (r < 0) {
		close(fd);
		return r;
	}
	return cache_gdbm_open(fd, true, ret);
}

static int store(struct cache *c, struct gdbm_file_info *db, const char *key,
		 struct span value)
{
	int r = mark_set(c->lock, MARK_DIRTY);

	if (r == 0)
		r = cache_gdbm_store(db, span_of(key), value);
	if (r == 0)
		r = mark_set(c->lock, MARK_CLEAN);
	return r;
}

/*
 * Under the exclusive lock, which is let go before *RET_DB is closed: all is
 * written by then, and what closing does, waiting for the disk, concerns no
 * reader.
 */
static int change(struct cache *c, const char *key,
		  const struct cache_pass *pass, int64_t now,
		  struct gdbm_file_info **ret_db, bool *ret_was_new)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf value = SBUF(memory);
	struct gdbm_file_info *db;
	struct image_index before;
	bool was_new;
	int r;

	r = image_index_save(c->data, &before);
	if (r < 0)
		return r;
	r = open_for_writing(c, &db);
	if (r < 0)
		goto forget;
	r = renew(db, key, pass, now, &value, &was_new);
	if (r == 0)
		r = store(c, db, key, sbuf_span(&value));
	if (r == 0) {
		*ret_db = db;
		*ret_was_new = was_new;
		goto forget;
	}
	cache_gdbm_close(db);
	if (is_marked(c) > 0) /* our own mark: the store failed half-way */
		image_index_restore(&before, c->data);
forget:
	image_index_forget(&before);
	return r;
}

/* Is there any reason not to trust the file? 1, 0, or negative errno. */
static int is_suspect(const struct cache *c)
{
	int r = is_marked(c);

	if (r != 0)
		return r;
	r = mark_watched(c->lock, &c->boot);
	return r < 0 ? r : r == 0;
}

/*
 * Readers need not wait: they see the mark and go on without the cache, so
 * the lock is let go meanwhile. Other writers stay out by GDBM's own lock.
 */
static int repair_unlocked(struct cache *c, bool rebuild, int64_t deadline)
{
	int r = is_marked(c);

	if (r == 0) /* a journal's mark must stay */
		r = mark_set(c->lock, MARK_DIRTY);
	if (r < 0)
		return r;
	filelock_drop(c->lock);
	r = repair(c->lock, c->data, rebuild);
	if (r == 0 && c->boot.id[0] != '\0')
		r = mark_watch(c->lock, &c->boot);
	if (r < 0)
		return r;
	return filelock_take(c->lock, FILELOCK_EXCLUSIVE,
			     later(deadline, clock_mono() + AFTER_REPAIR));
}

/* With the exclusive lock, and GDBM's; the former may be lost on failure. */
static int change_or_repair(struct cache *c, const char *key,
			    const struct cache_pass *pass, int64_t now,
			    int64_t deadline, struct gdbm_file_info **ret_db,
			    bool *ret_was_new)
{
	int r = is_suspect(c);

	if (r > 0)
		r = repair_unlocked(c, false, deadline);
	if (r < 0)
		return r;
	r = change(c, key, pass, now, ret_db, ret_was_new);
	if (r == -EUCLEAN) {
		r = repair_unlocked(c, true, deadline);
		if (r == 0)
			r = change(c, key, pass, now, ret_db, ret_was_new);
	}
	return r;
}

/* With GDBM's lock: the only writer. */
static int update(struct cache *c, const char *key,
		  const struct cache_pass *pass, int64_t now, int64_t deadline,
		  bool *ret_was_new)
{
	struct gdbm_file_info *db = NULL;
	int r;

	r = filelock_take(c->lock, FILELOCK_EXCLUSIVE, deadline);
	if (r < 0)
		return r;
	r = change_or_repair(c, key, pass, now, deadline, &db, ret_was_new);
	filelock_drop(c->lock);
	if (db)
		cache_gdbm_close(db);
	/* A full disk: most often nothing was written at all, and the others
	 * can read on at once. */
	else if (is_marked(c) > 0)
		repair(c->lock, c->data, false);
	return r;
}

int cache_update(struct cache *c, const char *key,
		 const struct cache_pass *pass, int64_t now, int64_t deadline,
		 bool *ret_was_new)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int r;

	if (c->file[0] == '\0') {
		*ret_was_new = true;
		return 0;
	}
	r = cache_open_for_update(c);
	if (r < 0)
		return r;
	r = filelock_take_whole(c->data, deadline);
	if (r < 0)
		return r;
	/* A limit on file sizes, ulimit -f, would kill us in mid-write. */
	sigaction(SIGXFSZ, &ignore, &before);
	r = update(c, key, pass, now, deadline, ret_was_new);
	sigaction(SIGXFSZ, &before, NULL);
	filelock_drop_whole(c->data);
	return r;
}
