#include "conf/conf.h"

#include "base/secret.h"
#include "conf/conf_check.h"
#include "conf/conf_file.h"
#include "conf/expand.h"
#include "conf/names.h"
#include "conf/value.h"

#include <errno.h>
#include <string.h>

/* Most values fit; longer ones are expanded twice. */
#define EXPANDED 1024

struct conf_values {
	struct conf_input input;
	struct conf_file file;
	const char **text; /* what is in force, by position in parameters[] */
};

struct loader {
	struct names names;
	struct report *report;
	struct conf_values *values;
	struct conf *conf;
};

/* ---- where values come from --------------------------------------------- */

/*
 * The setting that decides P: its own, or that of the parameter whose value
 * P takes by default, or NULL.
 */
static struct setting *source_of(const struct conf_file *file,
				 const struct parameter *p)
{
	while (p) {
		struct setting *s = conf_file_ours(file, p);
		struct span standard = span_of(p->standard), name;

		if (s)
			return s;
		if (!expand_is_name(standard, &name) &&
		    (!span_starts_with(standard, SPAN("${")) ||
		     !expand_next_name(&standard, &name)))
			return NULL;
		p = parameter_find(name);
	}
	return NULL;
}

static struct origin origin_of(const struct conf_file *file,
			       const struct parameter *p)
{
	const struct setting *s = source_of(file, p);

	return s ? s->origin : (struct origin){ NULL, 0, p->name };
}

/* ---- one parameter ------------------------------------------------------ */

/* Enough of a value to recognize it. */
#define SHOWN 60

/* Report what is wrong with P's value, once for each setting. */
static void blame(struct loader *l, const struct parameter *p,
		  enum report_level level, struct sbuf *what)
{
	struct setting *s = source_of(&l->values->file, p);
	struct origin where = origin_of(&l->values->file, p);

	if (s && s->blamed)
		return;
	if (s) {
		s->blamed = true;
		if (parameter_find(span_of(s->name)) != p)
			sbuf_addf(what, " (for %s)", p->name);
	}
	report_add(l->report, level, &where, "%s", what->text);
}

/* What TEXT, which a NUL follows, becomes when it is P's value. */
static bool evaluate(struct loader *l, const struct parameter *p,
		     struct span text, const char **ret,
		     struct expand_problem *ret_problem)
{
	char memory[EXPANDED];
	struct sbuf expanded = SBUF(memory);
	size_t len;
	char *copy;

	if (!names_follow(&l->names, &text, ret_problem))
		return false;
	if (p->flags & PARAMETER_RAW || span_find(text, '$') < 0) {
		*ret = text.p;
		return true;
	}
	if (!names_expand(&l->names, text, &expanded, &len, ret_problem))
		return false;
	copy = arena_alloc(l->names.arena, len + 1);
	if (!copy) {
		*ret_problem = (struct expand_problem){
			"no room left in the memory set aside for settings",
			text
		};
		return false;
	}
	if (len < sizeof(memory)) {
		memcpy(copy, memory, len + 1);
	} else {
		expanded = sbuf_in(copy, len + 1);
		if (!names_expand(&l->names, text, &expanded, &len,
				  ret_problem))
			return false;
	}
	*ret = copy;
	return true;
}

/* What ends up before clients' and operators' eyes must not steer them. */
static bool has_control(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 0x7f)
			return true;
	return false;
}

/* Write the value of P at PLACE, or report what is wrong with it. */
static bool understand(struct loader *l, const struct parameter *p,
		       const char **ret_text, void *place)
{
	char memory[512], quoted[512];
	struct sbuf what = SBUF(memory), at = SBUF(quoted);
	struct expand_problem problem;
	const char *text;

	if (!evaluate(l, p, names_text(&l->names, p), &text, &problem)) {
		secret_mask(&at, problem.at, NULL, NULL);
		sbuf_addf(&what, "%s, at \"%.*s\"", problem.what, SHOWN,
			  quoted);
		blame(l, p, REPORT_ERROR, &what);
		return false;
	}
	if (text != p->standard && has_control(text)) {
		sbuf_addf(&what, "bad value: it holds a control character");
		blame(l, p, REPORT_ERROR, &what);
		return false;
	}
	switch (value_parse(p, text, place)) {
	case VALUE_GOOD:
		break;
	case VALUE_DOUBTFUL:
		sbuf_addf(&what, "\"%.*s\": %s", SHOWN, text, value_doubt(p));
		blame(l, p, REPORT_WARNING, &what);
		break;
	case VALUE_BAD:
		sbuf_addf(&what, "bad value \"%.*s\": expected ", SHOWN, text);
		value_expected(p, &what);
		blame(l, p, REPORT_ERROR, &what);
		return false;
	}
	*ret_text = text;
	return true;
}

/* The default instead of a value that is wrong: of what was set wrongly. */
static const char *use_default(struct loader *l, const struct parameter *p,
			       void *place)
{
	const struct setting *s = source_of(&l->values->file, p);
	const struct parameter *set = s ? parameter_find(span_of(s->name)) : p;
	struct expand_problem problem;
	const char *text;

	if (evaluate(l, p, names_standard(&l->names, set), &text, &problem) &&
	    value_parse(p, text, place) != VALUE_BAD)
		return text;
	value_clear(p, place);
	return "";
}

static void load_at(struct loader *l, const struct parameter *p, void *place)
{
	const char *text;

	if (!understand(l, p, &text, place))
		text = use_default(l, p, place);
	l->values->text[p - parameters] = text;
}

static void load_some(struct loader *l, bool late, bool set)
{
	for (size_t i = 0; i < parameter_count; i++) {
		const struct parameter *p = &parameters[i];

		if (p->place != PARAMETER_NOWHERE &&
		    late == ((p->flags & PARAMETER_LATE) != 0) &&
		    set == (conf_file_ours(&l->values->file, p) != NULL))
			load_at(l, p, (char *)l->conf + p->place);
	}
}

/*
 * All that are LATE, or all that are not. What is set goes first, so that a
 * mistake is told of the name it was made with, not of one that follows it.
 */
static void load_all(struct loader *l, bool late)
{
	load_some(l, late, true);
	load_some(l, late, false);
}

/* ---- what follows from several ------------------------------------------ */

/* A level that is set wins; else the two switches that came before it. */
static void decide_tls(struct loader *l)
{
	const struct parameter *p =
		parameter_find(SPAN("postscreen_tls_security_level"));
	bool enforce, use;

	if (l->values->text[p - parameters][0] == '\0') {
		load_at(l, parameter_find(SPAN("postscreen_enforce_tls")),
			&enforce);
		load_at(l, parameter_find(SPAN("postscreen_use_tls")), &use);
		l->conf->tls_security_level = enforce ? TLS_ENCRYPT
					      : use   ? TLS_MAY
						      : TLS_NONE;
	}
}

static void decide_tests(struct conf *conf)
{
	struct span sites = span_of(conf->dnsbl_sites), site;

	conf->test[TEST_PREGREET].enabled = conf->greet_banner[0] != '\0';
	conf->test[TEST_DNSBL].enabled =
		span_next_item(&sites, SPAN_LIST_SEPARATORS, &site);
	conf->test[TEST_DNSBL].ttl = conf->dnsbl_min_ttl;
	conf->ignored_ttl = conf->test[0].ttl;
	for (int t = 1; t < TESTS; t++)
		if (conf->test[t].ttl < conf->ignored_ttl)
			conf->ignored_ttl = conf->test[t].ttl;
}

/* ---- all together ------------------------------------------------------- */

/* Nothing could be read at all: the defaults that are plain text. */
static void use_plain_defaults(struct conf *conf)
{
	*conf = (struct conf){ 0 };
	for (size_t i = 0; i < parameter_count; i++) {
		const struct parameter *p = &parameters[i];
		char *place = (char *)conf + p->place;

		if (p->place == PARAMETER_NOWHERE)
			continue;
		value_clear(p, place);
		if (p->standard && !strchr(p->standard, '$'))
			value_parse(p, p->standard, place);
	}
}

static void report_full(struct report *report)
{
	report_add(report, REPORT_ERROR, NULL,
		   "the settings do not fit into the memory set aside for "
		   "them");
}

static struct names names_of(struct conf_values *values, struct arena *arena)
{
	return (struct names){
		.input = &values->input,
		.arena = arena,
		.file = &values->file,
	};
}

static struct conf_values *make_values(const struct conf_input *input,
				       struct arena *arena,
				       struct report *report)
{
	struct conf_values *v = arena_alloc(arena, sizeof(*v));

	if (!v || !conf_file_init(&v->file, arena, report))
		return NULL;
	v->text = arena_array(arena, parameter_count, sizeof(*v->text));
	v->input = *input;
	return v->text ? v : NULL;
}

/* Did the file say nothing because nobody wrote one? */
static bool is_absent(const struct conf_input *input, int r)
{
	return !input->file && (r == -ENOENT || r == -ENOTDIR);
}

static void report_unread(struct loader *l, const char *path, int r)
{
	struct origin where = { path, 0, NULL };

	report_add(l->report, REPORT_ERROR, &where, "%s",
		   r == -EFBIG ? "larger than 1 MB" : linefile_strerror(-r));
}

static void read_file(struct loader *l)
{
	const char *path =
		l->names.input->file ? l->names.input->file : CONF_DEFAULT_FILE;
	int r = conf_file_read(&l->values->file, path);

	if (r < 0 && !is_absent(l->names.input, r))
		report_unread(l, path, r);
}

static void read_text(struct loader *l, struct span text)
{
	int r = conf_file_read_text(&l->values->file, l->names.input->file,
				    text);

	if (r < 0)
		report_unread(l, l->names.input->file, r);
}

/* TEXT NULL: from the file. */
static void load(const struct conf_input *input, const struct span *text,
		 struct arena *arena, struct report *report, struct conf *ret)
{
	struct loader l = {
		.report = report,
		.values = make_values(input, arena, report),
		.conf = ret,
	};

	if (!l.values) {
		use_plain_defaults(ret);
		report_full(report);
		return;
	}
	l.names = names_of(l.values, arena);
	*ret = (struct conf){ .values = l.values };
	if (!text)
		read_file(&l);
	else
		read_text(&l, *text);
	for (size_t i = 0; i < input->option_count; i++)
		conf_file_option(&l.values->file, input->options[i]);
	if (l.values->file.full)
		report_full(report);
	load_all(&l, false);
	decide_tls(&l);
	decide_tests(ret);
	/* postscreen's way to say that there is none */
	if (ret->cache_map[0] == '\0')
		ret->cache_map = "none";
	conf_check(ret, &l.values->file, input->file, report);
}

void conf_load(const struct conf_input *input, struct arena *arena,
	       struct report *report, struct conf *ret)
{
	load(input, NULL, arena, report, ret);
}

void conf_load_text(const struct conf_input *input, struct span text,
		    struct arena *arena, struct report *report,
		    struct conf *ret)
{
	load(input, &text, arena, report, ret);
}

void conf_load_tls(struct conf *conf, struct arena *arena,
		   struct report *report)
{
	struct loader l = {
		.report = report,
		.values = conf->values,
		.conf = conf,
	};

	if (!l.values) /* use_plain_defaults was all that could be done */
		return;
	l.names = names_of(l.values, arena);
	load_all(&l, true);
}

struct origin conf_origin(const struct conf *conf, const char *parameter)
{
	const struct parameter *p = parameter_find(span_of(parameter));

	if (!conf->values || !p)
		return (struct origin){ NULL, 0, parameter };
	return origin_of(&conf->values->file, p);
}

bool conf_item(const struct conf *conf, size_t index, struct conf_item *ret)
{
	const struct parameter *p;

	if (!conf->values)
		return false;
	for (p = parameters; p < parameters + parameter_count; p++)
		if (p->place != PARAMETER_NOWHERE &&
		    conf->values->text[p - parameters] && index-- == 0) {
			*ret = (struct conf_item){
				.name = p->name,
				.text = conf->values->text[p - parameters],
				.origin = origin_of(&conf->values->file, p),
				.is_default =
					!source_of(&conf->values->file, p),
			};
			return true;
		}
	return false;
}
