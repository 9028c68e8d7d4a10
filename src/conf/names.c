/* names.c - see names.h. */
#include "conf/names.h"

#include "conf/postfix_names.h"
#include "net/hostname.h"

#include <string.h>
#include <unistd.h>

/* What one parameter may cost to expand: room for any file we read. */
#define BUDGET (2 * CONF_FILE_MAX)

static bool find(void *context, struct span name, struct span *ret_text);

bool names_expand(struct names *n, struct span text, struct sbuf *to,
		  size_t *ret_len, struct expand_problem *ret_problem)
{
	struct expand_names names = { find, n, BUDGET, false };

	return expand(text, &names, to, ret_len, ret_problem);
}

/* The system's name; completed with the domain when it has none. */
static struct span default_hostname(struct names *n)
{
	char memory[256 + sizeof(".$mydomain")], own[256] = "";
	struct sbuf name = SBUF(memory);

	if (n->hostname)
		return span_of(n->hostname);
	if (gethostname(own, sizeof(own) - 1) < 0 ||
	    !hostname_valid(span_of(own)))
		strcpy(own, "localhost");
	sbuf_add_text(&name, own);
	if (!strchr(own, '.'))
		sbuf_add_text(&name, ".$mydomain");
	n->hostname = arena_text(n->arena, sbuf_span(&name));
	if (!n->hostname)
		n->hostname = "localhost";
	return span_of(n->hostname);
}

/*
 * $myhostname without its first label. The two may refer to each other, so
 * who asks for the domain while it is being found out gets a constant.
 */
static struct span default_domain(struct names *n)
{
	const struct parameter *p = parameter_find(SPAN("myhostname"));
	char memory[256];
	struct sbuf hostname = SBUF(memory);
	struct expand_problem problem;
	struct span host, domain;
	size_t len;

	if (n->domain)
		return span_of(n->domain);
	if (n->finding_domain)
		return SPAN("localdomain");
	n->finding_domain = true;
	if (names_expand(n, names_text(n, p), &hostname, &len, &problem) &&
	    span_cut(sbuf_span(&hostname), '.', &host, &domain) &&
	    hostname_valid(domain))
		n->domain = arena_text(n->arena, domain);
	n->finding_domain = false;
	if (!n->domain)
		n->domain = "localdomain";
	return span_of(n->domain);
}

/* P's default; a NUL follows. */
struct span names_standard(struct names *n, const struct parameter *p)
{
	if (p->standard)
		return span_of(p->standard);
	if (span_equal(span_of(p->name), SPAN("myhostname")))
		return default_hostname(n);
	return default_domain(n);
}

/* What P is set to, or else its default; a NUL follows. */
struct span names_text(struct names *n, const struct parameter *p)
{
	const struct setting *s = conf_file_ours(n->file, p);

	return s ? s->text : names_standard(n, p);
}

/* Postfix keeps its main.cf in $config_directory: so does who gives us one. */
static bool find_directory(struct names *n, struct span *ret_text)
{
	struct span path = span_of(n->input->file), tail = SPAN("/main.cf");

	if (path.len <= tail.len ||
	    !span_equal(span_skip(path, path.len - tail.len), tail))
		return false;
	path.len -= tail.len;
	if (!n->directory)
		n->directory = arena_text(n->arena, path);
	*ret_text = span_of(n->directory);
	return true;
}

/* What NAME stands for; a NUL follows. */
static bool find(void *context, struct span name, struct span *ret_text)
{
	struct names *n = context;
	const struct parameter *p = parameter_find(name);
	const struct setting *s;

	if (p) {
		*ret_text = names_text(n, p);
		return true;
	}
	if (span_equal(name, SPAN("stress")) && n->input->stress &&
	    n->input->stress[0] != '\0') {
		*ret_text = span_of(n->input->stress);
		return true;
	}
	s = conf_file_other(n->file, name);
	if (s) {
		*ret_text = s->text;
		return true;
	}
	if (span_equal(name, SPAN("config_directory")) &&
	    find_directory(n, ret_text))
		return true;
	return postfix_names_standard(name, ret_text);
}

bool names_follow(struct names *n, struct span *text,
		  struct expand_problem *ret_problem)
{
	struct span name, next;

	for (int i = 0; i < EXPAND_DEPTH; i++) {
		if (!expand_is_name(*text, &name) || !find(n, name, &next))
			return true;
		*text = next;
	}
	*ret_problem = (struct expand_problem){ "refers to itself without end",
						*text };
	return false;
}
