#include "conf/conf_check.h"

#include "base/secret.h"
#include "conf/postfix_names.h"

#include <string.h>

struct check {
	const struct conf *conf;
	struct conf_file *file;
	const char *path;
	struct report *report;
};

/* ---- names that are not ours -------------------------------------------- */

static void report_unknown(struct check *c, const struct setting *s,
			   const struct sbuf *suggestion)
{
	if (suggestion->len > 0)
		report_add(c->report, REPORT_ERROR, &s->origin,
			   "unknown setting; did you mean %s?",
			   suggestion->text);
	else
		report_add(c->report, REPORT_ERROR, &s->origin,
			   "unknown setting: postscreen has none of this name");
}

/*
 * Is the name of S, which Postfix does not know, a mistake? What a $name
 * refers to was meant. References are marked when the first such name comes:
 * most files have none.
 */
static bool is_mistake(struct check *c, const struct setting *s,
		       bool *references_marked, struct sbuf *suggestion)
{
	struct span name = span_of(s->name);
	bool claims = span_starts_with(name, SPAN(PARAMETER_PREFIX));

	if (!*references_marked)
		conf_file_mark_references(c->file);
	*references_marked = true;
	if (s->referenced && !claims)
		return false;
	parameter_suggest(name, suggestion);
	return claims || suggestion->len > 0;
}

static void check_others(struct check *c)
{
	char memory[64], names_memory[200], what_memory[300];
	struct sbuf suggestion = SBUF(memory), names = SBUF(names_memory);
	struct sbuf what = SBUF(what_memory);
	unsigned postfix = 0, unknown = 0;
	bool references_marked = false;
	struct origin where = { c->path, 0, NULL };

	for (struct setting *s = c->file->first; s; s = s->next) {
		if (postfix_names_has(span_of(s->name))) {
			postfix++;
			continue;
		}
		sbuf_clear(&suggestion);
		if (is_mistake(c, s, &references_marked, &suggestion)) {
			report_unknown(c, s, &suggestion);
			continue;
		}
		sbuf_add_text(&names, unknown > 0 ? ", " : "");
		secret_mask(&names, span_of(s->name), NULL, NULL);
		unknown++;
	}
	if (postfix + unknown == 0)
		return;
	if (unknown > 0)
		sbuf_addf(&what, ", and of others: %u (%s%s)", unknown,
			  names.text, sbuf_fitted(&names) ? "" : "...");
	report_add(c->report, REPORT_NOTE, &where,
		   "kept only to serve $name: settings of Postfix: %u%s",
		   postfix, what.text);
}

/* An old name beside the new one, which wins: as Postfix has it. */
static void check_old_names(struct check *c)
{
	static const char *const names[][2] = {
		{ "postscreen_blacklist_action", "postscreen_denylist_action" },
		{ "postscreen_dnsbl_ttl", "postscreen_dnsbl_max_ttl" },
		{ "postscreen_dnsbl_whitelist_threshold",
		  "postscreen_dnsbl_allowlist_threshold" },
		{ "postscreen_whitelist_interfaces",
		  "postscreen_allowlist_interfaces" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct setting *old_one = conf_file_ours(
			c->file, parameter_find(span_of(names[i][0])));

		if (old_one && conf_file_ours(c->file, parameter_find(span_of(
							       names[i][1]))))
			report_add(c->report, REPORT_NOTE, &old_one->origin,
				   "not used: %s is set too, the newer name",
				   names[i][1]);
	}
}

/* ---- what this version cannot do ---------------------------------------- */

static void tell(struct check *c, enum report_level level,
		 const char *parameter, const char *what)
{
	struct origin where = conf_origin(c->conf, parameter);

	report_add(c->report, level, &where, "%s", what);
}

static void check_proxy(struct check *c)
{
	const char *protocol = c->conf->upstream_proxy_protocol;

	if (protocol[0] != '\0' && strcmp(protocol, "haproxy") != 0)
		tell(c, REPORT_ERROR, "postscreen_upstream_proxy_protocol",
		     "bad value: expected nothing or haproxy");
}

/*
 * Who limits connections must not believe that a super-server heeds it.
 * Postfix's names that only feed ours are in many files for its own services:
 * nobody means us.
 */
static void check_limits(struct check *c)
{
	static const char *const names[] = {
		"client_connection_rate_limit",
		"postscreen_client_connection_count_limit",
		"postscreen_post_queue_limit",
		"postscreen_pre_queue_limit",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (conf_file_ours(c->file, parameter_find(span_of(names[i]))))
			tell(c, REPORT_NOTE, names[i],
			     "smtp-screend heeds it; before smtp-screen limit "
			     "connections where they are accepted, as with "
			     "MaxConnectionsPerSource= of systemd");
}

static void check_abilities(struct check *c)
{
	check_proxy(c);
	check_limits(c);
}

void conf_check(const struct conf *conf, struct conf_file *file,
		const char *path, struct report *report)
{
	struct check c = { conf, file, path, report };

	check_others(&c);
	check_old_names(&c);
	check_abilities(&c);
}
