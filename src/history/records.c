#include "history/records.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "console/duration.h"
#include "console/progress.h"
#include "console/say.h"
#include "history/lookahead.h"
#include "history/unpacked.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* logrotate keeps hundreds at most; what is beyond is not read. */
#define FILES 4096

/* Progress is looked at after so many lines. */
#define GLANCE 1024

/* How often is looked again which files there are, if logrotate is at work:
 * each look is one more chance for it to be done. */
#define LOOKS 16

struct file {
	char *name;
	int64_t first;	/* time of its first line, microseconds */
	struct stat st; /* when we looked */
};

struct records {
	struct records_setup setup;
	struct recorded_reader *reader; /* of the files' first lines */
	struct recorded line;
	struct lookahead *ahead;
	struct span text; /* of the line that was given out */
	struct records_count count;

	struct file file[FILES];
	size_t files, at; /* the next to be opened */
	size_t skipped;	  /* those of no use, at the beginning */
	size_t total,
		done; /* bytes on disk: of all, and of files left behind */

	int64_t behind; /* FIRST of the last file that was read */
	unsigned looks;
	struct unpacked now;
	bool is_open;
	size_t glance;
};

/* ---- which files -----------------------------------------------------------
 */

/* Is NAME the STEM bytes of BASE, what logrotate numbers or dates files with,
 * the rest of BASE, and perhaps a packer's suffix? */
static bool is_numbered(const char *name, const char *base, size_t stem)
{
	const char *rest = name + stem;
	size_t digits, end = strlen(base + stem);

	if (strncmp(name, base, stem) != 0 || (*rest != '.' && *rest != '-'))
		return false;
	rest++;
	digits = strspn(rest, "0123456789-");
	rest += digits;
	return digits > 0 && strncmp(rest, base + stem, end) == 0 &&
	       strcmp(rest + end, unpacked_suffix(name)) == 0;
}

/* Is NAME that of a file that was BASE once: "BASE.1", "BASE-20261128.gz", or
 * with logrotate's "extension" the same before the ".log" that BASE ends
 * with? */
static bool is_rotated(const char *name, const char *base)
{
	const char *dot = strrchr(base, '.');

	return is_numbered(name, base, strlen(base)) ||
	       (dot && is_numbered(name, base, (size_t)(dot - base)));
}

/* While a file is being compressed it is there twice, and whole but once. */
static bool is_doubled(const char *path)
{
	size_t len = strlen(path) - strlen(unpacked_suffix(path));
	char plain[PATH_MAX];
	struct sbuf b = SBUF(plain);

	sbuf_add(&b, (struct span){ path, len });
	return path[len] != '\0' && sbuf_fitted(&b) && access(plain, F_OK) == 0;
}

/* When its first good line was written; 0: there is none. */
static int64_t first_time(struct records *r, const char *name)
{
	struct span line;
	int64_t time = 0;
	bool whole;

	if (unpacked_open(&r->now, name) < 0)
		return 0;
	while (time == 0 && unpacked_line(&r->now, &line, &whole))
		if (recorded_read(r->reader, line, &r->line) == RECORDED_GOOD)
			time = r->line.time;
	unpacked_close(&r->now, true);
	return time;
}

static int add_file(struct records *r, const char *folder, const char *name)
{
	struct file *f = &r->file[r->files];

	if (r->files == FILES)
		return -EMFILE;
	if (asprintf(&f->name, "%s%s", folder, name) < 0) {
		f->name = NULL;
		return -ENOMEM;
	}
	if (is_doubled(f->name) || stat(f->name, &f->st) < 0 ||
	    !S_ISREG(f->st.st_mode)) {
		free(f->name);
		return 0;
	}
	f->first = first_time(r, f->name);
	if (f->first == 0)
		f->first = (int64_t)f->st.st_mtime * CLOCK_SECOND;
	r->total += (size_t)f->st.st_size;
	r->files++;
	return 0;
}

static int add_files(struct records *r, const char *folder, const char *base)
{
	DIR *dir = opendir(folder[0] != '\0' ? folder : ".");
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -errno;
	while (result == 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, base) == 0 ||
		    is_rotated(entry->d_name, base))
			result = add_file(r, folder, entry->d_name);
	closedir(dir);
	return result;
}

static int older_first(const void *a, const void *b)
{
	const struct file *one = a, *other = b;

	if (one->first != other->first)
		return one->first < other->first ? -1 : 1;
	return strcmp(one->name, other->name);
}

static size_t size_of(const struct file *f)
{
	return (size_t)f->st.st_size;
}

/* A file is of no use when the next one already began before `since`. */
static void skip_old(struct records *r)
{
	while (r->at + 1 < r->files &&
	       r->file[r->at + 1].first <= r->setup.since)
		r->total -= size_of(&r->file[r->at++]);
	r->skipped = r->at;
}

static int find_files(struct records *r)
{
	const char *slash = strrchr(r->setup.file, '/');
	const char *base = slash ? slash + 1 : r->setup.file;
	char *folder = strndup(r->setup.file, (size_t)(base - r->setup.file));
	int result;

	if (!folder)
		return -ENOMEM;
	result = add_files(r, folder, base);
	free(folder);
	if (result == 0 && r->files == 0)
		result = -ENOENT;
	qsort(r->file, r->files, sizeof(r->file[0]), older_first);
	skip_old(r);
	return result;
}

static void complain(const char *file, int error)
{
	say("decision log %s: %s%s", file, strerror(-error),
	    error == -ENOENT ? " -- nothing has been recorded yet, or "
			       "decision_log names another file"
	    : error == -EACCES
		    ? " -- become root, or a member of the file's group"
		    : "");
}

int records_open(const struct records_setup *setup, struct records **ret)
{
	struct records *r = calloc(1, sizeof(*r));
	int error = -ENOMEM;

	if (setup->file[0] == '\0') {
		free(r);
		say("there is no decision log: set decision_log, such as "
		    "decision_log = /var/log/smtp-screen/decisions.log");
		return -ENOENT;
	}
	if (r) {
		r->setup = *setup;
		r->reader = recorded_reader_new();
		r->ahead = lookahead_new();
	}
	if (r && r->reader && r->ahead)
		error = find_files(r);
	if (error == 0) {
		*ret = r;
		return 0;
	}
	complain(setup->file, error);
	records_close(r);
	return error;
}

int records_code(int error)
{
	if (error == 0)
		return EX_OK;
	return error == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;
}

/* ---- reading ---------------------------------------------------------------
 */

static void forget_files(struct records *r)
{
	for (size_t i = 0; i < r->files; i++)
		free(r->file[i].name);
	r->files = r->at = r->skipped = 0;
	r->total = r->done = 0;
}

/* The names are others' now. A file is known by its first line, wherever it
 * went and also when it was compressed: go on behind the last that was read.
 * False, with no file left to read, when that is no good. */
static bool look_again(struct records *r)
{
	forget_files(r);
	if (r->looks++ == LOOKS || find_files(r) < 0)
		return false;
	while (r->at < r->files && r->file[r->at].first <= r->behind)
		r->done += size_of(&r->file[r->at++]);
	return true;
}

static void leave_file(struct records *r)
{
	const struct file *f = &r->file[r->at - 1];
	int error = unpacked_close(&r->now, false);

	r->is_open = false;
	r->behind = f->first;
	r->done += size_of(f);
	if (error == 0)
		return;
	r->count.failed++;
	say("%s: %s -- what could be read of it counts", f->name,
	    error == -EBADMSG ? "it could not be unpacked whole"
			      : strerror(-error));
}

/* 0, or negative errno: -ESTALE when another has its name now. */
static int open_file(struct records *r, const struct file *f)
{
	int error = unpacked_open(&r->now, f->name);

	if (error == -ENOENT && access(f->name, F_OK) < 0)
		return -ESTALE;
	if (error < 0 || fdio_is(r->now.file, &f->st))
		return error;
	unpacked_close(&r->now, true);
	return -ESTALE;
}

/* False when there is no other. */
static bool next_file(struct records *r)
{
	while (r->at < r->files) {
		const struct file *f = &r->file[r->at++];
		int error = open_file(r, f);

		if (error == 0) {
			r->count.files++;
			r->is_open = true;
			return true;
		}
		if (error == -ESTALE) {
			if (look_again(r))
				continue;
			r->count.failed++;
			say("%s: its files are moved away faster than they "
			    "can be read -- what was read counts",
			    r->setup.file);
			return false;
		}
		r->done += size_of(f);
		r->count.failed++;
		say("%s: %s -- it is left out%s", f->name, strerror(-error),
		    error == -ENOENT ? "; is the program to unpack it "
				       "installed?"
				     : "");
	}
	return false;
}

static void show_progress(struct records *r)
{
	off_t here;

	if (!r->setup.verb || ++r->glance % GLANCE != 0)
		return;
	here = lseek(r->now.file, 0, SEEK_CUR);
	progress_show(r->setup.verb,
		      (r->done + (size_t)(here > 0 ? here : 0)) >> 10,
		      r->total >> 10);
}

static bool is_sought(const struct records *r, struct span line)
{
	const char *const *holds = r->setup.holds;

	for (size_t i = 0; i < RECORDS_HOLDS && holds[i]; i++)
		if (memmem(line.p, line.len, holds[i], strlen(holds[i])))
			return true;
	return !holds[0];
}

/* Let lines be parsed that will be asked for, as many as there is room for; but
 * a file is not left before all of it was taken. */
static void look_ahead(struct records *r)
{
	struct span line;
	bool whole;

	while (lookahead_has_room(r->ahead) &&
	       (r->is_open || (lookahead_is_empty(r->ahead) && next_file(r)))) {
		if (!unpacked_line(&r->now, &line, &whole)) {
			leave_file(r);
			continue;
		}
		show_progress(r);
		if (is_sought(r, line))
			lookahead_add(r->ahead, line, whole);
	}
}

/* True when LINE is to be given out. */
static bool take(struct records *r, const struct lookahead_line *line)
{
	switch (line->kind) {
	case RECORDED_GOOD:
		if (line->line->time < r->setup.since) {
			r->count.old++;
			return false;
		}
		r->count.good++;
		return true;
	case RECORDED_TORN:
		/* an empty one parts a torn one from the next */
		if (line->text.len > 0 || !line->whole)
			r->count.torn++;
		return false;
	case RECORDED_OTHER:
		r->count.other++;
		return false;
	}
	return false;
}

const struct recorded *records_next(struct records *r)
{
	struct lookahead_line line;

	do {
		look_ahead(r);
		if (!lookahead_next(r->ahead, &line))
			return NULL;
	} while (!take(r, &line));
	r->text = line.text;
	return line.line;
}

const char *records_file(const struct records *r, size_t index,
			 int64_t *ret_first, int64_t *ret_last)
{
	const struct file *f = &r->file[r->skipped + index];

	if (index >= r->files - r->skipped)
		return NULL;
	*ret_first = f->first;
	*ret_last = (int64_t)f->st.st_mtime * CLOCK_SECOND;
	return f->name;
}

struct span records_text(const struct records *r)
{
	return r->text;
}

const struct records_count *records_count(const struct records *r)
{
	return &r->count;
}

void records_close(struct records *r)
{
	if (!r)
		return;
	if (r->setup.verb)
		progress_end();
	if (r->is_open)
		unpacked_close(&r->now, true);
	if (r->count.torn > 0)
		say("%zu lines of the decision log are torn and were "
		    "skipped",
		    r->count.torn);
	if (r->count.other > 0)
		say("%zu lines of the decision log are of another "
		    "version's form and were skipped",
		    r->count.other);
	forget_files(r);
	recorded_reader_free(r->reader);
	lookahead_free(r->ahead);
	free(r);
}

bool records_since(const char *text, int64_t *ret)
{
	int64_t period;

	if (!duration_parse(text, 'd', &period))
		return false;
	*ret = (clock_wall() - period) * CLOCK_SECOND;
	return true;
}
