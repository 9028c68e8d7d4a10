#include "history/records.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/number.h"
#include "console/duration.h"
#include "console/progress.h"
#include "console/say.h"
#include "history/lookahead.h"
#include "history/record_files.h"
#include "history/unpacked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Progress is looked at after so many lines. */
#define GLANCE 1024

struct records {
	struct records_setup setup;
	struct recorded_reader *reader; /* of the files' first lines */
	struct recorded line;
	struct lookahead *ahead;
	struct span text; /* of the line that was given out */
	struct records_count count;

	struct record_files files;
	const struct record_file *file; /* that is read; NULL: none */
	struct unpacked now;
	size_t glance;
};

/* ---- opening ---------------------------------------------------------------
 */

/* When its first good line was written; 0: there is none. */
static int64_t first_time(void *context, const char *name)
{
	struct records *r = context;
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

static void complain(const char *file, int error)
{
	say("decision log %s: %s%s", file, strerror(-error),
	    error == -ENOENT   ? " -- nothing has been recorded yet, or "
				 "decision_log names another file"
	    : error == -EINVAL ? " -- it must be a regular file"
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
		r->files.path = setup->file;
		r->files.since = setup->since;
		r->files.begins = first_time;
		r->files.context = r;
		r->reader = recorded_reader_new();
		r->ahead = lookahead_new();
	}
	if (r && r->reader && r->ahead)
		error = record_files_find(&r->files);
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

static void leave_file(struct records *r)
{
	const struct record_file *f = r->file;
	int error = unpacked_close(&r->now, false);

	r->file = NULL;
	record_files_left(&r->files, f, true);
	if (error == 0)
		return;
	r->count.failed++;
	say("%s: %s -- what could be read of it counts", f->name,
	    error == -EBADMSG ? "it could not be unpacked whole"
			      : strerror(-error));
}

/* 0, or negative errno: -ESTALE when another has its name now. */
static int open_file(struct records *r, const struct record_file *f)
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
	const struct record_file *f;

	while ((f = record_files_next(&r->files))) {
		int error = open_file(r, f);

		if (error == 0) {
			r->count.files++;
			r->file = f;
			return true;
		}
		if (error == -ESTALE) {
			if (record_files_again(&r->files))
				continue;
			r->count.failed++;
			say("%s: its files are moved away faster than they "
			    "can be read -- what was read counts",
			    r->setup.file);
			return false;
		}
		record_files_left(&r->files, f, false);
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
		      (r->files.done + (size_t)(here > 0 ? here : 0)) >> 10,
		      r->files.total >> 10);
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
	       (r->file || (lookahead_is_empty(r->ahead) && next_file(r)))) {
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
	const struct record_file *f = record_files_read(&r->files, index);

	if (!f)
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
	if (r->file)
		unpacked_close(&r->now, true);
	if (r->count.torn > 0)
		say("%zu %s torn", r->count.torn,
		    number_words(r->count.torn,
				 "line of the decision log was skipped: it is",
				 "lines of the decision log were skipped: they "
				 "are"));
	if (r->count.other > 0)
		say("%zu %s of another version's form", r->count.other,
		    number_words(r->count.other,
				 "line of the decision log was skipped: it is",
				 "lines of the decision log were skipped: they "
				 "are"));
	record_files_forget(&r->files);
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
