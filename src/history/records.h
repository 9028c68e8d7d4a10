/*
 * records.h - the decision log from its oldest line to its newest, with the
 * files that logrotate(8) has moved away and compressed.
 *
 * Which files these are says record_files.h. They are read in the order of
 * their first lines, each once, also when logrotate moves them away meanwhile.
 * Lines that are torn or of another schema are counted and skipped.
 *
 *	r = records_open(&setup, &records);
 *	while (r == 0 && (line = records_next(records)))
 *		...
 *	records_close(records);
 */
#ifndef SCREEN_CTL_RECORDS_H
#define SCREEN_CTL_RECORDS_H

#include "history/recorded.h"

#define RECORDS_HOLDS 4

struct records_setup {
	const char *file;
	int64_t since;	  /* wall time in microseconds: what is older is left
			     out; 0: nothing is */
	const char *verb; /* for progress_show; NULL: none is shown */
	/* only lines in which one of these texts stands as it is, if there are
	   any: the others are not even read, which is much quicker */
	const char *holds[RECORDS_HOLDS];
};

struct records;

/*
 * 0; or negative errno after saying on standard error what is wrong, and what
 * to do: -ENOENT when there is no file at all.
 */
int records_open(const struct records_setup *setup, struct records **ret);

/* The exit code for what records_open returned. */
int records_code(int error);

/* The next line, which is there until the next call. NULL: that was all. A file
 * that cannot be read is told on standard error and skipped. */
const struct recorded *records_next(struct records *r);

/* That line as it stands in the file, for as long. */
struct span records_text(const struct records *r);

struct records_count {
	size_t files, failed; /* files read, and those that could not be */
	size_t good, old;     /* lines given out, and those before `since` */
	size_t torn, other;   /* lines skipped */
};
const struct records_count *records_count(const struct records *r);

/*
 * For who has to say where was looked: file number INDEX of those that are
 * read, from 0, the oldest first. When its first line was written, and when it
 * was written to last, in microseconds. NULL behind the last.
 */
const char *records_file(const struct records *r, size_t index,
			 int64_t *ret_first, int64_t *ret_last);

/* Frees all; says how many lines were skipped, if any were. */
void records_close(struct records *r);

/* "--since TEXT", as duration.h has it: *RET for records_setup. False after
 * saying what is wrong. */
bool records_since(const char *text, int64_t *ret);

#endif
