#include "smtp/footer.h"

#include <string.h>
#include <time.h>

/* ${a?{${b?...}}} ends somewhere. */
#define DEPTH_LIMIT 16

struct expansion {
	const struct reply_form *form;
	int64_t now;
	struct sbuf *to;
	struct sbuf *warning;
	unsigned depth;
	bool allowed[256]; /* bytes of values: expansion_filter */
};

static bool expand(struct expansion *x, struct span template);

static void format_localtime(int64_t now, struct sbuf *to)
{
	time_t t = (time_t)now;
	char text[32];
	struct tm tm;

	if (localtime_r(&t, &tm) &&
	    strftime(text, sizeof(text), "%b %d %H:%M:%S", &tm) > 0)
		sbuf_add_text(to, text);
}

/* False when there is no variable NAME. */
static bool find_value(const struct expansion *x, struct span name,
		       struct sbuf *value)
{
	const struct reply_form *form = x->form;

	if (span_equal(name, SPAN("client_address")))
		address_format(&form->client->address, value);
	else if (span_equal(name, SPAN("client_port")))
		sbuf_addf(value, "%u", (unsigned)form->client->port);
	else if (span_equal(name, SPAN("localtime")))
		format_localtime(x->now, value);
	else if (span_equal(name, SPAN("server_name")))
		sbuf_add_text(value, form->conf->myhostname);
	else if (span_equal(name, SPAN("decision_id")))
		sbuf_add(value, span_of(form->decision_id));
	else
		return false;
	return true;
}

/* Start the next of several warnings. */
static struct sbuf *next_warning(struct sbuf *warning)
{
	if (warning->len > 0)
		sbuf_add_text(warning, "; ");
	return warning;
}

static void add_value(struct expansion *x, struct span name)
{
	char memory[512];
	struct sbuf value = SBUF(memory);

	if (!find_value(x, name, &value))
		sbuf_addf(next_warning(x->warning),
			  "unknown macro name \"%.*s\" in expansion request",
			  (int)name.len, name.p);
	for (size_t i = 0; i < value.len; i++)
		sbuf_add_char(x->to, x->allowed[(unsigned char)memory[i]]
					     ? memory[i]
					     : '_');
}

static bool has_value(const struct expansion *x, struct span name)
{
	char memory[512];
	struct sbuf value = SBUF(memory);

	return find_value(x, name, &value) && value.len > 0;
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

static struct span take_name(struct span *rest)
{
	struct span name = { rest->p, 0 };

	while (name.len < rest->len && is_name_byte(rest->p[name.len]))
		name.len++;
	*rest = span_skip(*rest, name.len);
	return name;
}

/*
 * *REST starts with OPEN: take what stands between it and the CLOSE that
 * belongs to it. False when there is none.
 */
static bool take_enclosed(struct span *rest, char open, char close,
			  struct span *ret)
{
	size_t depth = 0;

	for (size_t i = 0; i < rest->len; i++) {
		if (rest->p[i] == open)
			depth++;
		else if (rest->p[i] == close && --depth == 0) {
			*ret = (struct span){ rest->p + 1, i - 1 };
			*rest = span_skip(*rest, i + 1);
			return true;
		}
	}
	return false;
}

/* What stands behind "?" or ":": all of it, or {one} and perhaps :{other}. */
static bool take_branches(struct span rest, struct span *ret_one,
			  struct span *ret_other)
{
	struct span trimmed = span_trim_start(rest);

	*ret_one = rest;
	*ret_other = SPAN("");
	if (trimmed.len == 0 || trimmed.p[0] != '{')
		return true;
	if (!take_enclosed(&trimmed, '{', '}', ret_one))
		return false;
	trimmed = span_trim_start(trimmed);
	if (trimmed.len == 0)
		return true;
	if (trimmed.p[0] != ':')
		return false;
	trimmed = span_trim(span_skip(trimmed, 1));
	if (trimmed.len == 0 || trimmed.p[0] != '{')
		return false;
	return take_enclosed(&trimmed, '{', '}', ret_other) && trimmed.len == 0;
}

/* The inside of ${...}: a name, perhaps with a condition. */
static bool expand_enclosed(struct expansion *x, struct span inside)
{
	struct span name, one, other;
	bool wanted;
	char sign;

	inside = span_trim_start(inside);
	name = take_name(&inside);
	if (name.len == 0)
		return false;
	if (span_trim(inside).len == 0) {
		add_value(x, name);
		return true;
	}
	inside = span_trim_start(inside);
	sign = inside.p[0];
	if ((sign != '?' && sign != ':') ||
	    !take_branches(span_skip(inside, 1), &one, &other))
		return false;
	wanted = has_value(x, name) == (sign == '?');
	return expand(x, wanted ? one : other);
}

/* *REST starts behind a "$". */
static bool expand_variable(struct expansion *x, struct span *rest)
{
	struct span name;

	if (rest->len == 0)
		return false;
	if (rest->p[0] == '$') {
		sbuf_add_char(x->to, '$');
		*rest = span_skip(*rest, 1);
		return true;
	}
	if (rest->p[0] == '{')
		return take_enclosed(rest, '{', '}', &name) &&
		       expand_enclosed(x, name);
	if (rest->p[0] == '(')
		return take_enclosed(rest, '(', ')', &name) &&
		       expand_enclosed(x, name);
	name = take_name(rest);
	if (name.len == 0)
		return false;
	add_value(x, name);
	return true;
}

/* False when the template is not understood. */
static bool expand(struct expansion *x, struct span template)
{
	struct span before;
	bool good = true;

	if (++x->depth > DEPTH_LIMIT)
		return false;
	while (good && span_cut(template, '$', &before, &template)) {
		sbuf_add(x->to, before);
		good = expand_variable(x, &template);
	}
	sbuf_add(x->to, template);
	x->depth--;
	return good;
}

/* Take one byte off *REST, written as it is or as C writes it: \t, \40. */
static unsigned char take_byte(struct span *rest)
{
	static const char names[] = "abtnvfr"; /* from \a, 7, to \r, 13 */
	unsigned char c = (unsigned char)rest->p[0];
	unsigned value = 0, digits = 0;
	const char *name;

	*rest = span_skip(*rest, 1);
	if (c != '\\' || rest->len == 0)
		return c;
	while (digits < 3 && digits < rest->len && rest->p[digits] >= '0' &&
	       rest->p[digits] <= '7')
		value = value * 8 + (unsigned)(rest->p[digits++] - '0');
	if (digits > 0) {
		*rest = span_skip(*rest, digits);
		return (unsigned char)value;
	}
	c = (unsigned char)rest->p[0];
	*rest = span_skip(*rest, 1);
	name = c ? strchr(names, c) : NULL;
	return name ? (unsigned char)('\a' + (name - names)) : c;
}

bool footer_expand(const struct reply_form *form, struct span template,
		   int64_t now, struct sbuf *to, struct sbuf *warning)
{
	struct expansion x = {
		.form = form, .now = now, .to = to, .warning = warning
	};
	struct span filter = span_of(form->conf->expansion_filter);
	const char *wrong = NULL;

	while (filter.len > 0)
		x.allowed[take_byte(&filter)] = true;
	if (!expand(&x, template))
		wrong = "syntax error";
	else if (!sbuf_fitted(to))
		wrong = "too long";
	if (wrong)
		sbuf_addf(next_warning(warning),
			  "reject footer left out: %s in \"%.*s\"", wrong,
			  (int)template.len, template.p);
	return !wrong;
}

bool footer_check(const struct reply_form *form, struct span template,
		  struct sbuf *warning)
{
	char memory[FOOTER_SIZE];
	struct sbuf to = SBUF(memory);
	size_t before = warning->len;

	footer_expand(form, template, 0, &to, warning);
	return warning->len == before;
}
