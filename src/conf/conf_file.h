/*
 * conf_file.h - the settings as they were written, in the file and with -o.
 *
 * Knows which name was given which text and where, and nothing of what it
 * means. The last one counts. A parameter of ours is one entry under whatever
 * name it was written.
 */
#ifndef SCREEN_CONF_FILE_H
#define SCREEN_CONF_FILE_H

#include "conf/linefile.h"
#include "conf/parameters.h"
#include "conf/report.h"

#define CONF_FILE_MAX ((size_t)1 << 20)

/* One name and what it was set to. */
struct setting {
	const char *name; /* as written */
	struct span text; /* unexpanded; a NUL follows */
	struct origin origin;
	uint32_t hash;	      /* of the name; for those that are not ours */
	bool blamed;	      /* what is wrong with it was reported */
	bool referenced;      /* conf_file_mark_references: by some $name */
	struct setting *next; /* of those that are not ours */
	struct setting *next_in_bucket; /* likewise */
};

#define CONF_FILE_BUCKETS 512

struct conf_file {
	struct arena *arena;
	struct report *report;
	struct setting **ours;	       /* by position in parameters[] */
	struct setting **bucket;       /* NULL until there is one */
	struct setting *first, **last; /* not ours, in the order written */
	bool full;		       /* the arena was; something is missing */
	/*
	 * Set by who reads a main.cf as Postfix does: "greet_wait", of which
	 * Postfix knows nothing, is then a name like any other.
	 */
	bool names_of_postfix;
};

/* Nothing is set yet. False when the arena is full. */
bool conf_file_init(struct conf_file *f, struct arena *arena,
		    struct report *report);

/*
 * Read the settings in PATH. 0, or a negative errno for linefile_strerror();
 * mistakes in single lines go to the report.
 */
int conf_file_read(struct conf_file *f, const char *path);

/* The same from TEXT, which stands in PATH. */
int conf_file_read_text(struct conf_file *f, const char *path,
			struct span text);

/* Add one "name=value" of the command line. */
void conf_file_option(struct conf_file *f, const char *option);

/* What P was set to, or NULL. */
struct setting *conf_file_ours(const struct conf_file *f,
			       const struct parameter *p);

/* What NAME, not one of ours, was set to, or NULL. */
struct setting *conf_file_other(const struct conf_file *f, struct span name);

/* Set REFERENCED wherever a $name refers to a name that is not ours. */
void conf_file_mark_references(struct conf_file *f);

#endif
