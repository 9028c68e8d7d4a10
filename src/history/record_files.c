#include "history/record_files.h"

#include "base/clock.h"
#include "base/sbuf.h"
#include "history/unpacked.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often is looked again which files there are, if logrotate is at work:
 * each look is one more chance for it to be done. */
#define LOOKS 16

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

static size_t size_of(const struct record_file *f)
{
	return (size_t)f->st.st_size;
}

static int add_file(struct record_files *f, const char *folder,
		    const char *name)
{
	struct record_file *file = &f->file[f->count];

	if (f->count == RECORD_FILES_MOST)
		return -EMFILE;
	if (asprintf(&file->name, "%s%s", folder, name) < 0) {
		file->name = NULL;
		return -ENOMEM;
	}
	if (is_doubled(file->name) || stat(file->name, &file->st) < 0 ||
	    !S_ISREG(file->st.st_mode)) {
		free(file->name);
		return 0;
	}
	file->first = f->begins(f->context, file->name);
	if (file->first == 0)
		file->first = (int64_t)file->st.st_mtime * CLOCK_SECOND;
	f->total += size_of(file);
	f->count++;
	return 0;
}

static int add_files(struct record_files *f, const char *folder,
		     const char *base)
{
	DIR *dir = opendir(folder[0] != '\0' ? folder : ".");
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -errno;
	while (result == 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, base) == 0 ||
		    is_rotated(entry->d_name, base))
			result = add_file(f, folder, entry->d_name);
	closedir(dir);
	return result;
}

static int older_first(const void *a, const void *b)
{
	const struct record_file *one = a, *other = b;

	if (one->first != other->first)
		return one->first < other->first ? -1 : 1;
	return strcmp(one->name, other->name);
}

/* A file is of no use when the next one already began before `since`. */
static void skip_old(struct record_files *f)
{
	while (f->at + 1 < f->count && f->file[f->at + 1].first <= f->since)
		f->total -= size_of(&f->file[f->at++]);
	f->skipped = f->at;
}

int record_files_find(struct record_files *f)
{
	const char *slash = strrchr(f->path, '/');
	const char *base = slash ? slash + 1 : f->path;
	char *folder = strndup(f->path, (size_t)(base - f->path));
	int result;

	if (!folder)
		return -ENOMEM;
	result = add_files(f, folder, base);
	free(folder);
	if (result == 0 && f->count == 0)
		result = access(f->path, F_OK) == 0 ? -EINVAL : -ENOENT;
	qsort(f->file, f->count, sizeof(f->file[0]), older_first);
	skip_old(f);
	return result;
}

const struct record_file *record_files_next(struct record_files *f)
{
	return f->at < f->count ? &f->file[f->at++] : NULL;
}

void record_files_left(struct record_files *f, const struct record_file *file,
		       bool was_read)
{
	if (was_read)
		f->behind = file->first;
	f->done += size_of(file);
}

bool record_files_again(struct record_files *f)
{
	record_files_forget(f);
	if (f->looks++ == LOOKS || record_files_find(f) < 0)
		return false;
	while (f->at < f->count && f->file[f->at].first <= f->behind)
		f->done += size_of(&f->file[f->at++]);
	return true;
}

const struct record_file *record_files_read(const struct record_files *f,
					    size_t index)
{
	return index < f->count - f->skipped ? &f->file[f->skipped + index]
					     : NULL;
}

void record_files_forget(struct record_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->file[i].name);
	f->count = f->at = f->skipped = 0;
	f->total = f->done = 0;
}
