#include "base/number.h"
#include "base/replace_file.h"
#include "conf/cidr_files.h"
#include "conf/compiled.h"
#include "conf/compiled_write.h"
#include "conf/linefile.h"
#include "ctl/commands.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Address space; a table of 100,000 networks touches a tenth of it. */
#define ARENA_SIZE ((size_t)1 << 30)

/* Nobody else may write what decides who reaches the mail server. */
#define MODE_MOST ((mode_t)0644)

static bool is_up_to_date(struct console *c, const char *source)
{
	char memory[512];
	struct sbuf why = SBUF(memory);
	struct compiled *old = arena_alloc(&c->arena, sizeof(*old));

	return old &&
	       compiled_open(old, source, &c->arena, &why) == COMPILED_GOOD &&
	       compiled_verify(old) == 0;
}

/* SOURCE could not be made into a file, for ERROR. */
static int cannot_make(const char *source, int error)
{
	switch (error) {
	case -EAGAIN:
		say("%s is changed while it is read: try again", source);
		return EX_UNAVAILABLE;
	case -ENOMEM:
	case -EFBIG:
		say("%s: %s", source,
		    error == -EFBIG ? linefile_strerror(EFBIG)
				    : strerror(ENOMEM));
		return EX_UNAVAILABLE;
	case -EACCES:
	case -EPERM:
		say("%s: %s", source, strerror(-error));
		return EX_NOPERM;
	default:
		say("%s: %s", source, linefile_strerror(-error));
		return EX_NOINPUT;
	}
}

static int cannot_write(const char *source, const char *path, int error)
{
	switch (error) {
	case -EPERM:
		say("%s cannot be given the owner and group of %s: run "
		    "this as its owner or as root",
		    path, source);
		return EX_NOPERM;
	case -EACCES:
		say("%s: %s", path, strerror(EACCES));
		return EX_NOPERM;
	default:
		say("%s: %s -- what was there is kept", path, strerror(-error));
		return EX_UNAVAILABLE;
	}
}

static int write_beside(const char *source, const struct stat *st,
			struct span image)
{
	struct replace_as as = { st->st_uid, st->st_gid,
				 st->st_mode & MODE_MOST };
	char path[PATH_MAX];
	struct sbuf b = SBUF(path);
	int r;

	sbuf_add_text(&b, source);
	sbuf_add_text(&b, COMPILED_SUFFIX);
	r = sbuf_fitted(&b) ? replace_file(path, image, &as) : -ENAMETOOLONG;
	return r < 0 ? cannot_write(source, path, r) : EX_OK;
}

static int make(const char *source, struct arena *arena)
{
	struct compiled_header header;
	struct report mistakes;
	struct span image;
	struct stat st;
	int r, code;

	report_init(&mistakes, arena);
	r = compiled_make(source, arena, &mistakes, &st, &image);
	for (const struct report_line *l = mistakes.first; l; l = l->next)
		say("%s", l->text);
	if (r < 0)
		return cannot_make(source, r);
	code = write_beside(source, &st, image);
	if (code != EX_OK)
		return code;
	memcpy(&header, image.p, sizeof(header));
	printf("%s: %u %s %u %s of addresses, %zu bytes\n", source,
	       header.rules, number_words(header.rules, "rule is", "rules are"),
	       header.ranges, number_words(header.ranges, "range", "ranges"),
	       image.len);
	return EX_OK;
}

static int compile(struct console *c, const char *source)
{
	struct arena arena;
	int code;

	if (is_up_to_date(c, source)) {
		printf("%s: up to date\n", source);
		return EX_OK;
	}
	if (arena_open(&arena, ARENA_SIZE) < 0) {
		say("no memory; see the limit on it, ulimit -v");
		return EX_OSERR;
	}
	code = make(source, &arena);
	arena_close(&arena);
	return code;
}

static bool named(struct console *c, int count, char **specs,
		  struct cidr_files *ret)
{
	for (int i = 0; i < count; i++) {
		struct span file;

		if (!cidr_files_parse(span_of(specs[i]), &file)) {
			say("\"%s\": expected cidr:FILE; other tables are "
			    "not compiled",
			    specs[i]);
			return false;
		}
		if (ret->count == CIDR_FILES_MOST ||
		    !(ret->file[ret->count++] = arena_text(&c->arena, file))) {
			say("more than %d tables", CIDR_FILES_MOST);
			return false;
		}
	}
	return true;
}

int compile_run(struct console *c, int argc, char **argv)
{
	int first = options_none(argc, argv), code = EX_OK;
	struct cidr_files tables = { 0 };

	if (first < 0)
		return EX_USAGE;
	if (first < argc && !named(c, argc - first, argv + first, &tables))
		return EX_USAGE;
	if (first == argc && !cidr_files_named(&c->conf, &c->arena, &tables)) {
		say("more than %d tables", CIDR_FILES_MOST);
		return EX_CONFIG;
	}
	/* a file half written is taken away, not left behind */
	console_hold_signals();
	for (size_t i = 0; i < tables.count && !console_interrupted(); i++) {
		int r = compile(c, tables.file[i]);

		code = r != EX_OK ? r : code;
	}
	return console_interrupted() ? EX_UNAVAILABLE : code;
}
