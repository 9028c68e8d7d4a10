#include "migrate/postfix_settings.h"

#include "conf/expand.h"
#include "conf/postfix_names.h"
#include "migrate/postfix_tables.h"

#include <stdlib.h>
#include <string.h>

/* ---- what means something else ------------------------------------------ */

static const struct rule {
	const char *name;
	bool dropped;
	const char *words;
} rules[] = {
	{ "postscreen_cache_map", true,
	  "smtp-screen keeps a cache of its own (cache_map). The last step "
	  "below takes over what postscreen knows." },
	{ "postscreen_cache_cleanup_interval", true,
	  "smtp-screen-expire.timer cleans up, once a day." },
	{ "postscreen_watchdog_timeout", true,
	  "each client has a process of its own, with its own deadlines." },
	{ "postscreen_client_connection_count_limit", false,
	  "counts with smtp-screend only; else MaxConnectionsPerSource= in "
	  "smtp-screen.socket does." },
	{ "postscreen_pre_queue_limit", false,
	  "counts with smtp-screend only; else MaxConnections= in "
	  "smtp-screen.socket does." },
	{ "postscreen_post_queue_limit", false,
	  "counts with smtp-screend only; else MaxConnections= in "
	  "smtp-screen.socket does." },
	{ "postscreen_dnsbl_sites", false,
	  "an answer by which a list says that it does not serve you counts "
	  "nothing; for postscreen it is a listing (dns_answer_check = no)." },
	{ "postscreen_upstream_proxy_protocol", false,
	  "upstream_proxy_networks = ADDRESS... can say who may send such a "
	  "header; postscreen believes everybody." },
};

static const struct rule *rule_of(const struct parameter *p)
{
	for (size_t i = 0; p && i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(rules[i].name, p->name) == 0)
			return &rules[i];
	return NULL;
}

/* ---- values ------------------------------------------------------------- */

/* What one of our names is set to, or NULL. */
static const struct setting *ours(const struct postfix_host *h,
				  struct span name)
{
	return conf_file_ours(&h->file, parameter_find(name));
}

/* Does every $name in TEXT stand for the same here and there? */
static bool keeps_names(const struct postfix_host *h, struct span text)
{
	struct span name;

	while (expand_next_name(&text, &name))
		if (!postfix_host_same_name(h, name))
			return false;
	return true;
}

static void tell_of_names(struct postfix_host *h, struct span text,
			  struct draft *d)
{
	struct span name, standard;
	bool stressed = false;

	while (expand_next_name(&text, &name)) {
		bool stress = span_equal(name, SPAN("stress"));

		if (stress && !stressed)
			draft_note(d, DRAFT_CHANGED,
				   "$stress is always empty: what stands for "
				   "quiet times counts.");
		else if (span_equal(name, SPAN("mail_version")) &&
			 !ours(h, name))
			draft_note(d, DRAFT_TODO,
				   "$mail_version is smtp-screen's here. For "
				   "Postfix's set mail_version to what this "
				   "shows: postconf -h mail_version");
		else if (!stress && !parameter_find(name) &&
			 !conf_file_other(&h->file, name) &&
			 !postfix_names_standard(name, &standard) &&
			 postfix_names_has(name))
			draft_note(d, DRAFT_TODO,
				   "$%.*s is not set in main.cf, and empty "
				   "here. What Postfix has: postconf -h %.*s",
				   (int)name.len, name.p, (int)name.len,
				   name.p);
		stressed = stressed || stress;
	}
}

static bool is_fit(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (((unsigned char)text.p[i] < ' ' && text.p[i] != '\t') ||
		    text.p[i] == 0x7f)
			return false;
	return true;
}

/* Room for a value whose tables are other ones. */
#define VALUE_MAX (CONF_FILE_MAX / 4)

/* The value with other tables in it, if some cannot be read. */
static const char *value_with_tables(struct postfix_host *h,
				     const struct parameter *p,
				     struct span *text, struct draft *d)
{
	struct span expanded;
	struct sbuf to;
	const char *wrong;
	char *memory;

	if (!p || !postfix_tables_in(p->name))
		return NULL;
	if (!postfix_host_expand(h, *text, &expanded, &wrong))
		return wrong;
	memory = arena_alloc(h->arena, VALUE_MAX);
	if (!memory)
		return "no memory for it";
	to = sbuf_in(memory, VALUE_MAX);
	if (postfix_tables_rewrite(h, expanded, d, &to))
		*text = sbuf_span(&to);
	return sbuf_fitted(&to) ? NULL : "too long";
}

/* What to write behind "name =". NULL, or what is wrong with it. */
static const char *value_of(struct postfix_host *h, const struct setting *s,
			    const struct parameter *p, struct span *ret,
			    struct draft *d)
{
	struct span text = s->text, name, expanded;
	const char *wrong;

	/* what is filled in for each reply is not for us to fill in */
	if (p && p->flags & PARAMETER_RAW && !expand_is_name(text, &name)) {
		*ret = text;
		return NULL;
	}
	wrong = value_with_tables(h, p, &text, d);
	if (wrong)
		return wrong;
	tell_of_names(h, text, d);
	if (!postfix_host_expand(h, text, &expanded, &wrong))
		return wrong;
	*ret = keeps_names(h, text) ? text : expanded;
	return NULL;
}

/* ---- one setting -------------------------------------------------------- */

static void write_setting(struct postfix_host *h, const struct setting *s,
			  struct draft *d)
{
	const struct parameter *p = parameter_find(span_of(s->name));
	const struct rule *rule = rule_of(p);
	struct span text = s->text;
	const char *wrong;

	if (rule)
		draft_note(d, DRAFT_CHANGED, "%s", rule->words);
	if (rule && rule->dropped) {
		draft_note(d, DRAFT_PLAIN, "%s = %.*s", s->name,
			   (int)s->text.len, s->text.p);
		draft_gap(d);
		return;
	}
	if (!s->origin.file)
		draft_note(d, DRAFT_PLAIN, "an option -o in master.cf:");
	wrong = value_of(h, s, p, &text, d);
	if (!wrong && !is_fit(text))
		wrong = "it holds a control character";
	if (wrong)
		draft_note(d, DRAFT_TODO, "left out: %s = %.*s: %s", s->name,
			   (int)s->text.len, s->text.p, wrong);
	else
		draft_setting(d, s->name, text);
}

/* ---- which settings ----------------------------------------------------- */

/* Those that are written in another way. */
static bool is_special(const struct setting *s)
{
	return strcmp(s->name, "syslog_name") == 0;
}

/*
 * Mark what TEXT needs of settings that are not ours. A text whose names are
 * replaced by what they stand for needs none.
 */
static void mark_needed(struct postfix_host *h, struct span text)
{
	struct span name;

	if (!keeps_names(h, text))
		return;
	while (expand_next_name(&text, &name)) {
		struct setting *s = conf_file_other(&h->file, name);

		if (s && !s->referenced) {
			s->referenced = true;
			mark_needed(h, s->text);
		}
	}
}

struct selection {
	const struct setting **setting;
	size_t count;
};

/* In the order of main.cf, and master.cf behind it. */
static int compare(const void *a, const void *b)
{
	const struct setting *const *x = a, *const *y = b;
	bool x_first = (*x)->origin.file, y_first = (*y)->origin.file;

	if (x_first != y_first)
		return x_first ? -1 : 1;
	return ((*x)->origin.line > (*y)->origin.line) -
	       ((*x)->origin.line < (*y)->origin.line);
}

static bool select_all(struct postfix_host *h, struct selection *ret)
{
	size_t most = parameter_count;

	for (const struct setting *s = h->file.first; s; s = s->next)
		most++;
	ret->count = 0;
	ret->setting = arena_array(h->arena, most, sizeof(*ret->setting));
	if (!ret->setting)
		return false;
	for (size_t i = 0; i < parameter_count; i++) {
		struct setting *s = h->file.ours[i];

		if (!s)
			continue;
		if (!(parameters[i].flags & PARAMETER_RAW))
			mark_needed(h, s->text);
		if (!is_special(s))
			ret->setting[ret->count++] = s;
	}
	for (const struct setting *s = h->file.first; s; s = s->next)
		if (s->referenced)
			ret->setting[ret->count++] = s;
	qsort(ret->setting, ret->count, sizeof(*ret->setting), compare);
	return true;
}

/* ---- what is not set ---------------------------------------------------- */

static void write_default(struct draft *d, const char *why, const char *name,
			  struct span value)
{
	draft_note(d, DRAFT_PLAIN, "%s", why);
	draft_setting(d, name, value);
}

/* Defaults that are not Postfix's. */
static void write_defaults(struct postfix_host *h, struct draft *d)
{
	struct span name = postfix_host_value(h, "syslog_name", "postfix");
	char door_memory[300], log_memory[1024];
	struct sbuf door = SBUF(door_memory), log = SBUF(log_memory);

	sbuf_addf(&door, "pass:%s/%s", postfix_host_door(h), h->pass_name);
	draft_gap(d);
	draft_setting(d, "handoff", sbuf_span(&door));
	draft_note(d, DRAFT_PLAIN,
		   "The log is postscreen's, so tools that read it go on. "
		   "Without this line its name is smtp-screen.");
	sbuf_addf(&log, "%.*s/postscreen", (int)name.len, name.p);
	draft_setting(d, "syslog_name", sbuf_span(&log));
	if (!ours(h, SPAN("mail_name")))
		write_default(d, "As Postfix calls itself in its greeting.",
			      "mail_name", SPAN("Postfix"));
	if (!ours(h, SPAN("compatibility_level")))
		write_default(d, "As Postfix takes it when it is not set.",
			      "compatibility_level", SPAN("0"));
	if (ours(h, SPAN("mynetworks")))
		return;
	draft_note(d, DRAFT_TODO,
		   "mynetworks is not set in main.cf, and Postfix works it out "
		   "from its interfaces. Here it would be 127.0.0.0/8 "
		   "[::1]/128. What Postfix has: postconf -h mynetworks");
}

/* What claims to be postscreen's and is nothing to us. */
static void tell_of_unknown(struct postfix_host *h, struct draft *d)
{
	for (const struct setting *s = h->file.first; s; s = s->next)
		if (span_starts_with(span_of(s->name),
				     SPAN(PARAMETER_PREFIX))) {
			draft_note(d, DRAFT_CHANGED,
				   "smtp-screen has no such setting: %s = %.*s",
				   s->name, (int)s->text.len, s->text.p);
		}
}

/* An smtpd that is behind a proxy tells us that we are, from now on. */
static void write_proxy(struct postfix_host *h, struct draft *d)
{
	struct span protocol =
		postfix_host_value(h, "smtpd_upstream_proxy_protocol", "");

	if (h->has_postscreen || protocol.len == 0)
		return;
	draft_note(d, DRAFT_CHANGED,
		   "smtp-screen takes the proxy's header, and smtpd the client "
		   "from it. upstream_proxy_networks = ADDRESS... can say who "
		   "may send one.");
	draft_setting(d, "upstream_proxy_protocol", protocol);
}

void postfix_settings_write(struct postfix_host *h, struct draft *d)
{
	struct selection all;

	write_defaults(h, d);
	write_proxy(h, d);
	if (!select_all(h, &all)) {
		draft_note(d, DRAFT_TODO, "incomplete: no memory for more");
		return;
	}
	for (size_t i = 0; i < all.count; i++)
		write_setting(h, all.setting[i], d);
	tell_of_unknown(h, d);
}
