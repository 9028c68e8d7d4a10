#include "migrate/postfix_host.h"

#include "conf/expand.h"
#include "conf/postfix_names.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

/* ---- what names stand for ----------------------------------------------- */

/* What one of our names was set to or has by default. */
static bool find_ours(const struct postfix_host *h, const struct parameter *p,
		      struct span *ret_text)
{
	const struct setting *s = conf_file_ours(&h->file, p);

	if (s)
		*ret_text = s->text;
	else if (strcmp(p->name, "mail_name") == 0)
		*ret_text = SPAN("Postfix");
	else if (strcmp(p->name, "syslog_name") == 0)
		*ret_text = SPAN("${multi_instance_name?"
				 "{$multi_instance_name}:{postfix}}");
	else if (p->standard)
		*ret_text = span_of(p->standard);
	else
		return false;
	return true;
}

static bool find(void *context, struct span name, struct span *ret_text)
{
	const struct postfix_host *h = context;
	const struct parameter *p = parameter_find(name);
	const struct setting *s;

	if (p && postfix_names_has(name))
		return find_ours(h, p, ret_text);
	s = conf_file_other(&h->file, name);
	if (s) {
		*ret_text = s->text;
		return true;
	}
	if (span_equal(name, SPAN("config_directory"))) {
		*ret_text = span_of(h->dir);
		return true;
	}
	return postfix_names_standard(name, ret_text);
}

bool postfix_host_same_name(const struct postfix_host *h, struct span name)
{
	if (parameter_find(name))
		return postfix_names_has(name);
	if (span_equal(name, SPAN("config_directory")))
		return strcmp(h->dir, POSTFIX_DIR) == 0 ||
		       conf_file_other(&h->file, name);
	return !span_starts_with(name, SPAN(PARAMETER_PREFIX));
}

bool postfix_host_expand(struct postfix_host *h, struct span text,
			 struct span *ret, const char **ret_wrong)
{
	struct expand_names names = { find, h, 2 * CONF_FILE_MAX, true };
	struct sbuf nowhere = sbuf_in((char[1]){ 0 }, 1), to;
	struct expand_problem problem;
	char *memory;
	size_t len;

	if (!expand(text, &names, &nowhere, &len, &problem)) {
		*ret_wrong = problem.what;
		return false;
	}
	memory = arena_alloc(h->arena, len + 1);
	if (!memory) {
		*ret_wrong = "no room left in the memory set aside for "
			     "settings";
		return false;
	}
	to = sbuf_in(memory, len + 1);
	names.budget = 2 * CONF_FILE_MAX;
	expand(text, &names, &to, &len, &problem);
	*ret = sbuf_span(&to);
	return true;
}

struct span postfix_host_value(struct postfix_host *h, const char *name,
			       const char *fallback)
{
	const char *wrong;
	struct span text;

	if (!find(h, span_of(name), &text) ||
	    !postfix_host_expand(h, text, &text, &wrong))
		return span_of(fallback);
	return span_trim(text);
}

/* ---- which service ------------------------------------------------------ */

static bool is(const struct master_service *s, enum master_column column,
	       const char *text)
{
	return span_equal(s->column[column], span_of(text));
}

struct span postfix_host_port(const struct master_service *s)
{
	struct span port = s->column[MASTER_NAME];

	for (size_t i = port.len; i > 0; i--)
		if (port.p[i - 1] == ':')
			return span_skip(port, i);
	return port;
}

bool postfix_host_is_port_25(const struct master_service *s)
{
	struct span port = postfix_host_port(s);

	return is(s, MASTER_TYPE, "inet") &&
	       (span_equal(port, SPAN("smtp")) || span_equal(port, SPAN("25")));
}

/*
 * The service NAME (NULL: on port 25) that runs COMMAND, or NULL. Of two that
 * are alike Postfix takes the last.
 */
static const struct master_service *
find_door(const struct postfix_host *h, const char *name, const char *command)
{
	const struct master_service *found = NULL;

	for (const struct master_service *s = h->services; s; s = s->next)
		if (is(s, MASTER_COMMAND, command) &&
		    is(s, MASTER_TYPE, "inet") &&
		    (name ? is(s, MASTER_NAME, name)
			  : postfix_host_is_port_25(s)) &&
		    (!found || span_equal(found->column[MASTER_NAME],
					  s->column[MASTER_NAME])))
			found = s;
	return found;
}

static bool choose(struct postfix_host *h, const char *name, struct sbuf *why)
{
	h->service = find_door(h, name, "postscreen");
	h->has_postscreen = h->service;
	if (!h->service)
		h->service = find_door(h, name, "smtpd");
	if (h->service)
		return true;
	if (name)
		sbuf_addf(why,
			  "%s/master.cf has no service \"%s inet\" of "
			  "postscreen or smtpd",
			  h->dir, name);
	else
		sbuf_addf(why,
			  "%s/master.cf has no \"smtp inet\" of postscreen or "
			  "smtpd; name the service with --service",
			  h->dir);
	return false;
}

/* The smtpd behind it, by the name that postscreen has for it. */
static void find_pass(struct postfix_host *h)
{
	h->pass_name = arena_text(
		h->arena, postfix_host_value(h, "smtpd_service_name", "smtpd"));
	if (!h->pass_name || h->pass_name[0] == '\0')
		h->pass_name = "smtpd";
	for (const struct master_service *s = h->services; s; s = s->next)
		if (is(s, MASTER_TYPE, "pass") &&
		    is(s, MASTER_NAME, h->pass_name))
			h->pass = s;
}

const char *postfix_host_door(const struct postfix_host *h)
{
	return h->pass && is(h->pass, MASTER_PRIVATE, "n") ? "public"
							   : "private";
}

/* ---- reading ------------------------------------------------------------ */

static const char *path_of(struct postfix_host *h, const char *name)
{
	char memory[4096];
	struct sbuf path = SBUF(memory);

	sbuf_addf(&path, "%s/%s", h->dir, name);
	return sbuf_fitted(&path) ? arena_text(h->arena, sbuf_span(&path))
				  : NULL;
}

static void take_settings(struct postfix_host *h)
{
	struct span arguments = h->service->arguments, setting;

	while (master_cf_next_setting(&arguments, &setting)) {
		const char *text = arena_text(h->arena, setting);

		if (text)
			conf_file_option(&h->file, text);
		else
			h->file.full = true;
	}
}

static bool unread(const char *path, int error, struct sbuf *why, int *ret_code)
{
	sbuf_addf(why, "%s: %s", path, linefile_strerror(-error));
	*ret_code =
		error == -EACCES || error == -EPERM ? EX_NOPERM : EX_NOINPUT;
	return false;
}

bool postfix_host_read(struct postfix_host *h, const char *dir,
		       const char *service, struct arena *arena,
		       struct report *report, struct sbuf *why, int *ret_code)
{
	const char *main_cf, *master_cf;
	int r;

	*h = (struct postfix_host){ .dir = dir,
				    .arena = arena,
				    .report = report };
	*ret_code = EX_DATAERR;
	main_cf = path_of(h, "main.cf");
	master_cf = path_of(h, "master.cf");
	if (!main_cf || !master_cf ||
	    !conf_file_init(&h->file, arena, report)) {
		sbuf_addf(why, "%.60s...: no such place", dir);
		return false;
	}
	h->file.names_of_postfix = true;
	r = conf_file_read(&h->file, main_cf);
	if (r < 0)
		return unread(main_cf, r, why, ret_code);
	r = master_cf_read(master_cf, arena, report, &h->services);
	if (r < 0)
		return unread(master_cf, r, why, ret_code);
	if (!choose(h, service, why))
		return false;
	take_settings(h);
	find_pass(h);
	if (!h->file.full)
		return true;
	sbuf_addf(why, "%s does not fit into the memory set aside for it",
		  main_cf);
	return false;
}
