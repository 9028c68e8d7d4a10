#include "smtp/footer.h"

#include "conf/expand.h"

#include <string.h>
#include <time.h>

/* A template that needs more work than this is a trap, not a text. */
#define EXPAND_BUDGET 65536

struct values {
	const struct reply_form *form;
	int64_t now;
	struct sbuf *warning;
	bool allowed[256]; /* bytes of values: expansion_filter */
	char text[1024];   /* of the value asked for last */
};

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
static bool find_value(const struct values *v, struct span name,
		       struct sbuf *value)
{
	const struct reply_form *form = v->form;

	if (span_equal(name, SPAN("client_address")))
		address_format(&form->client->address, value);
	else if (span_equal(name, SPAN("client_port")))
		sbuf_addf(value, "%u", (unsigned)form->client->port);
	else if (span_equal(name, SPAN("localtime")))
		format_localtime(v->now, value);
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

/* As expand.h wants it: what NAME stands for, which is no template itself. */
static bool find(void *context, struct span name, struct span *ret_text)
{
	struct values *v = context;
	struct sbuf text = SBUF(v->text);
	char memory[512];
	struct sbuf value = SBUF(memory);

	if (!find_value(v, name, &value)) {
		sbuf_addf(next_warning(v->warning),
			  "unknown macro name \"%.*s\" in expansion request",
			  (int)name.len, name.p);
		return false;
	}
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)memory[i];

		sbuf_add_char(&text, v->allowed[c] ? memory[i] : '_');
		if (c == '$' && v->allowed[c])
			sbuf_add_char(&text, '$');
	}
	*ret_text = sbuf_span(&text);
	return true;
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
	struct values values = { .form = form, .now = now, .warning = warning };
	struct expand_names names = { .find = find,
				      .context = &values,
				      .budget = EXPAND_BUDGET,
				      .strict = true };
	struct span filter = span_of(form->conf->expansion_filter);
	struct expand_problem problem;
	const char *wrong = NULL;
	size_t len;

	while (filter.len > 0)
		values.allowed[take_byte(&filter)] = true;
	if (!expand(template, &names, to, &len, &problem))
		wrong = problem.what;
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
