#include "base/number.h"
#include "ctl/commands.h"
#include "migrate/draft.h"
#include "migrate/postfix_settings.h"
#include "migrate/postfix_steps.h"
#include "screen/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
	const char *dir, *service, *file;
};

static bool parse(int argc, char **argv, struct options *ret)
{
	const struct option_row rows[] = {
		{ .name = "service", .value = &ret->service },
		{ .name = "write", .value = &ret->file },
	};
	int first =
		options_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));

	if (first < 0)
		return false;
	if (argc - first > 1) {
		say("%s takes one folder of a Postfix", argv[0]);
		return false;
	}
	if (first < argc)
		ret->dir = argv[first];
	return true;
}

/* ---- the text ----------------------------------------------------------- */

static void write_head(const struct postfix_host *h, struct draft *d)
{
	const struct master_service *s = h->service;

	draft_note(d, DRAFT_PLAIN,
		   "smtp-screen.conf, made by smtp-screenctl import-postfix of "
		   "%s/main.cf and of \"%.*s inet\" in line %u of master.cf.",
		   h->dir, (int)s->column[MASTER_NAME].len,
		   s->column[MASTER_NAME].p, s->line);
	fputs("#\n", d->to);
	draft_note(d, DRAFT_PLAIN,
		   "CHANGED marks what means something else here, TODO what "
		   "wants your hands. The commands of the switch, and of the "
		   "way back, are at the end.");
	for (const struct report_line *line = h->report->first; line;
	     line = line->next)
		draft_note(d, DRAFT_PLAIN, "Postfix's %s", line->text);
}

/* Who comes through other doors is screened there, or not at all. */
static void tell_of_others(const struct postfix_host *h, struct draft *d)
{
	for (const struct master_service *s = h->services; s; s = s->next) {
		struct span name = s->column[MASTER_NAME];

		if (s == h->service ||
		    !span_equal(s->column[MASTER_COMMAND], SPAN("postscreen")))
			continue;
		draft_note(d, DRAFT_TODO,
			   "master.cf has another postscreen, \"%.*s inet\" in "
			   "line %u, which goes on. It wants a second "
			   "smtp-screen, with settings of its own: "
			   "smtp-screenctl import-postfix --service %.*s",
			   (int)name.len, name.p, s->line, (int)name.len,
			   name.p);
	}
}

/* What is wrong with the settings so far, as --check-config would say. */
static bool check(struct console *c, const char *name, struct span text,
		  struct draft *d)
{
	struct conf_input input = { .file = name, .stress = "" };
	struct report report;
	struct conf conf;

	report_init(&report, &c->arena);
	conf_load_text(&input, text, &c->arena, &report, &conf);
	check_tables(&conf, &c->arena, &report);
	for (const struct report_line *line = report.first; line;
	     line = line->next)
		if (line->level == REPORT_ERROR)
			draft_note(d, DRAFT_TODO, "%s", line->text);
	return conf.tls_security_level != TLS_NONE;
}

/* All of it into *RET_TEXT, which the caller frees. */
static bool compose(struct console *c, struct postfix_host *h,
		    const struct options *o, char **ret_text, size_t *ret_len,
		    unsigned *ret_todo)
{
	const char *name = o->file ? o->file : CONF_DEFAULT_FILE;
	struct draft d = { .to = open_memstream(ret_text, ret_len) };
	bool good, tls;

	if (!d.to)
		return false;
	write_head(h, &d);
	postfix_settings_write(h, &d);
	if (fflush(d.to) != 0) {
		fclose(d.to);
		return false;
	}
	tls = check(c, name, (struct span){ *ret_text, *ret_len }, &d);
	tell_of_others(h, &d);
	postfix_steps_write(h, name, tls, &d);
	good = !ferror(d.to);
	*ret_todo = d.todo;
	return fclose(d.to) == 0 && good;
}

/* ---- where it goes ------------------------------------------------------ */

/* As readable as main.cf is: keys of DNS lists may be in both. */
static mode_t mode_like(const char *dir)
{
	char memory[4096];
	struct sbuf path = SBUF(memory);
	struct stat st;

	sbuf_addf(&path, "%s/main.cf", dir);
	return stat(memory, &st) < 0 ? 0600 : st.st_mode & 0644;
}

static int save(const struct options *o, const char *text, size_t len)
{
	int fd = open(o->file,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      mode_like(o->dir));
	FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
	bool good;

	if (!to) {
		say(errno == EEXIST ? "%s: %s -- it is not overwritten; name "
				      "another file, or move it away"
				    : "%s: %s",
		    o->file, strerror(errno));
		if (fd >= 0)
			close(fd);
		return errno == EACCES ? EX_NOPERM : EX_CANTCREAT;
	}
	good = fwrite(text, 1, len, to) == len;
	if (fclose(to) == 0 && good)
		return EX_OK;
	say("%s: %s", o->file, strerror(errno));
	unlink(o->file);
	return EX_IOERR;
}

static void tell_todo(unsigned todo)
{
	if (todo > 0)
		say("%u %s for your hands, marked with TODO", todo,
		    number_words(todo, "thing is", "things are"));
}

int import_postfix_run(struct console *c, int argc, char **argv)
{
	struct options o = { .dir = POSTFIX_DIR };
	char memory[1024], *text = NULL;
	struct sbuf why = SBUF(memory);
	struct postfix_host host;
	unsigned todo = 0;
	size_t len = 0;
	int code;

	if (!parse(argc, argv, &o))
		return EX_USAGE;
	if (!postfix_host_read(&host, o.dir, o.service, &c->arena, &c->report,
			       &why, &code)) {
		say("%s", memory);
		return code;
	}
	if (!compose(c, &host, &o, &text, &len, &todo)) {
		say("no memory; see the limit on it, ulimit -v");
		return EX_OSERR;
	}
	code = EX_OK;
	if (o.file)
		code = save(&o, text, len);
	else
		fwrite(text, 1, len, stdout);
	if (code == EX_OK)
		tell_todo(todo);
	free(text);
	return code;
}
