/*
 * compiled_write.h - make a compiled table out of a cidr table.
 *
 * For smtp-screenctl and tests; compiled.h reads what is made here.
 */
#ifndef SCREEN_COMPILED_WRITE_H
#define SCREEN_COMPILED_WRITE_H

#include "conf/compiled_image.h"
#include "conf/report.h"
#include "conf/table_cidr.h"

#include <sys/stat.h>

/* What a compiled table is made of. */
struct compiled_input {
	struct rules rules;		    /* table_cidr_read */
	const struct report_line *mistakes; /* what reading them reported */
	struct compiled_source source;
};

/*
 * Make the file's contents in ARENA. 0; -ENOMEM when the arena is full, or
 * -EFBIG when a file could not hold it.
 */
int compiled_write(const struct compiled_input *input, struct arena *arena,
		   struct span *ret);

/*
 * Read the cidr table SOURCE and make what belongs beside it, in ARENA. Its
 * mistakes go to REPORT. *RET_SOURCE is what stat(2) says of it. 0, a negative
 * errno for linefile_strerror, or as above; -EAGAIN when the file changes while
 * it is read. Waits, for a second at most, until a change of the file would
 * show in its times.
 */
int compiled_make(const char *source, struct arena *arena,
		  struct report *report, struct stat *ret_source,
		  struct span *ret);

#endif
