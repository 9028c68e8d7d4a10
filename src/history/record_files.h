/*
 * record_files.h - the files of a decision log, the oldest first, while
 * logrotate(8) may be at work on them.
 *
 * Beside PATH these belong to it: PATH.1, PATH-20261128 and the like, also with
 * the number before PATH's own ".log", and compressed (unpacked.h).
 */
#ifndef SCREEN_RECORD_FILES_H
#define SCREEN_RECORD_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* logrotate keeps hundreds at most; what is beyond is not read. */
#define RECORD_FILES_MOST 4096

struct record_file {
	char *name;
	int64_t first;	/* time of its first line, microseconds */
	struct stat st; /* when we looked */
};

struct record_files {
	const char *path;
	int64_t since; /* files that end before are left out */
	/* when the first good line of a file was written; 0: there is none,
	   and the time of the file counts */
	int64_t (*begins)(void *context, const char *name);
	void *context;

	/* the rest is record_files.c's to write */
	struct record_file file[RECORD_FILES_MOST];
	size_t count, at; /* the next to be given out */
	size_t skipped;	  /* those of no use, at the beginning */
	size_t total;	  /* bytes on disk: of all, */
	size_t done;	  /* and of those that were left behind */
	int64_t behind;	  /* when the last one began that was read */
	unsigned looks;
};

/* Find them. 0 or negative errno: -ENOENT when there is none. In either case
 * record_files_forget frees what was found. */
int record_files_find(struct record_files *f);
void record_files_forget(struct record_files *f);

/* The next, or NULL; then FILE is done with, and WAS_READ unless it could not
 * be. */
const struct record_file *record_files_next(struct record_files *f);
void record_files_left(struct record_files *f, const struct record_file *file,
		       bool was_read);

/*
 * The names are others' now. A file is known by its first line, wherever it
 * went and also when it was compressed: find them again, and go on behind the
 * last that was read. False, with no file left, when that is no good.
 */
bool record_files_again(struct record_files *f);

/* Number INDEX of those that are not left out, from 0; NULL behind the last. */
const struct record_file *record_files_read(const struct record_files *f,
					    size_t index);

#endif
