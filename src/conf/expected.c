#include "conf/expected.h"

#include "base/filelock.h"
#include "base/number.h"
#include "base/private_file.h"
#include "base/replace_file.h"
#include "base/sbuf.h"
#include "net/hostname.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* A line: a domain, a number and two signs. */
#define LINE_MOST (EXPECTED_NAME + 22)
#define TEXT_MOST (EXPECTED_MOST * LINE_MOST)

bool expected_valid(struct span name)
{
	return hostname_valid(name) && span_find(name, '.') > 0;
}

static void copy_lower(struct span name, char to[EXPECTED_NAME])
{
	struct sbuf text = sbuf_in(to, EXPECTED_NAME);

	for (size_t i = 0; i < name.len; i++)
		sbuf_add_char(&text, name.p[i] >= 'A' && name.p[i] <= 'Z'
					     ? (char)(name.p[i] - 'A' + 'a')
					     : name.p[i]);
}

static struct expected_domain *find(struct expected *e, struct span name)
{
	for (size_t i = 0; i < e->count; i++)
		if (span_equal_nocase(span_of(e->domain[i].name), name))
			return &e->domain[i];
	return NULL;
}

static bool set(struct expected *e, struct span name, int64_t until)
{
	struct expected_domain *d = find(e, name);

	if (!d && e->count == EXPECTED_MOST)
		return false;
	if (!d)
		d = &e->domain[e->count++];
	copy_lower(name, d->name);
	d->until = until;
	return true;
}

void expected_parse(struct span text, int64_t now, struct expected *ret)
{
	struct span line, name, number;
	uint64_t until;

	ret->count = 0;
	while (span_next_line(&text, &line))
		if (span_cut(line, ' ', &name, &number) &&
		    expected_valid(name) &&
		    number_parse(number, INT64_MAX, &until) &&
		    (int64_t)until >= now &&
		    (int64_t)until - now <= EXPECTED_LONGEST)
			set(ret, name, (int64_t)until);
}

/* Is NAME that of DOMAIN, or of something below it? */
static bool is_below(struct span name, struct span domain)
{
	struct span end;

	if (name.len < domain.len)
		return false;
	end = span_skip(name, name.len - domain.len);
	return span_equal_nocase(end, domain) &&
	       (name.len == domain.len || end.p[-1] == '.');
}

bool expected_covers(const struct expected *e, struct span sender, int64_t now)
{
	struct span domain = sender, local;

	while (span_cut(domain, '@', &local, &domain))
		;
	if (domain.len == sender.len) /* nobody's */
		return false;
	for (size_t i = 0; i < e->count; i++)
		if (e->domain[i].until >= now &&
		    is_below(domain, span_of(e->domain[i].name)))
			return true;
	return false;
}

/* ---- the file ---------------------------------------------------- */

static int read_all(int fd, char *to, size_t size, struct span *ret)
{
	size_t n = 0;

	while (n < size) {
		ssize_t r = read(fd, to + n, size - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	*ret = (struct span){ to, n };
	return 0;
}

int expected_load(const char *file, int64_t now, struct expected *ret)
{
	static char memory[TEXT_MOST];
	struct span text = { memory, 0 };
	int fd, r = private_file_open(file, O_RDONLY, &fd);

	ret->count = 0;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = read_all(fd, memory, sizeof(memory), &text);
	close(fd);
	if (r == 0)
		expected_parse(text, now, ret);
	return r;
}

static int save(const char *file, const struct expected *e)
{
	static char memory[TEXT_MOST + 1];
	const struct replace_as ours = { geteuid(), getegid(), 0600 };
	struct sbuf text = SBUF(memory);

	for (size_t i = 0; i < e->count; i++)
		sbuf_addf(&text, "%s %" PRId64 "\n", e->domain[i].name,
			  e->domain[i].until);
	return replace_file(file, sbuf_span(&text), &ours);
}

/* With the lock. */
static int change(const char *file, struct span domain, int64_t until,
		  int64_t now, bool *ret_was)
{
	static struct expected e;
	struct expected_domain *d;
	int r = expected_load(file, now, &e);

	if (r < 0)
		return r;
	d = find(&e, domain);
	*ret_was = d != NULL;
	if (until == 0 && !d)
		return 0;
	if (until == 0)
		*d = e.domain[--e.count];
	else if (!set(&e, domain, until))
		return -ENOSPC;
	return save(file, &e);
}

int expected_change(const char *file, struct span domain, int64_t until,
		    int64_t now, int64_t deadline, bool *ret_was)
{
	char memory[PATH_MAX];
	struct sbuf lock = SBUF(memory);
	int fd, r;

	sbuf_addf(&lock, "%s.lock", file);
	if (!sbuf_fitted(&lock))
		return -ENAMETOOLONG;
	r = private_file_open(memory, O_RDWR | O_CREAT, &fd);
	if (r < 0)
		return r;
	r = filelock_take(fd, FILELOCK_EXCLUSIVE, deadline);
	if (r == 0)
		r = change(file, domain, until, now, ret_was);
	close(fd);
	return r;
}

/* Each change makes a new file. */
static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	       a->st_size == b->st_size && a->st_mode == b->st_mode &&
	       a->st_uid == b->st_uid &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int expected_refresh(struct expected_watch *w, int64_t now)
{
	struct stat st;

	if (lstat(w->file, &st) < 0) {
		st = (struct stat){ .st_size = 0 };
		if (errno == ENOENT || errno == ENOTDIR) {
			w->list.count = 0;
			w->seen = st;
			return w->error = 0;
		}
	}
	if (is_same(&st, &w->seen))
		return w->error;
	w->seen = st;
	w->error = expected_load(w->file, now, &w->list);
	return w->error;
}
