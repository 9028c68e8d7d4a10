#include "conf/cidr_files.h"
#include "conf/compiled.h"
#include "doctor/doctor.h"

#include <sys/stat.h>

/* From here on reading the text costs more than all else that a connection
 * of a known client costs. */
#define LARGE (64 << 10)

static void judge(struct doctor *d, const char *file, off_t size)
{
	char memory[512], change[512];
	struct sbuf why = SBUF(memory), remedy = SBUF(change);
	struct compiled *c = arena_alloc(&d->console->arena, sizeof(*c));
	enum compiled_state state;

	if (!c)
		return;
	sbuf_addf(&remedy, "smtp-screenctl compile cidr:%s", file);
	state = compiled_open(c, file, &d->console->arena, &why);
	if (state == COMPILED_GOOD && compiled_verify(c) < 0) {
		state = COMPILED_BAD;
		sbuf_addf(&why, "%s" COMPILED_SUFFIX " is damaged", file);
	}
	switch (state) {
	case COMPILED_GOOD:
		doctor_find(d, DOCTOR_GOOD, NULL, "%s is compiled", file);
		break;
	case COMPILED_NONE:
		if (size >= LARGE)
			doctor_find(d, DOCTOR_WARNING, change,
				    "%s is read for every connection, all %lld "
				    "kB of it",
				    file, (long long)size / 1024);
		break;
	case COMPILED_STALE:
	case COMPILED_BAD:
		doctor_find(d, DOCTOR_WARNING, change,
			    "%s: the text is read for every connection",
			    memory);
		break;
	}
}

/* A table that is not there has been told as a mistake in the settings. */
void doctor_tables(struct doctor *d)
{
	struct cidr_files tables;
	struct stat st;

	if (!cidr_files_named(&d->console->conf, &d->console->arena, &tables))
		return;
	for (size_t i = 0; i < tables.count; i++)
		if (stat(tables.file[i], &st) == 0)
			judge(d, tables.file[i], st.st_size);
}
