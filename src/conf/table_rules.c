#include "conf/table_rules.h"

#include <ctype.h>
#include <errno.h>

/* What is needed only while reading. */
struct reading {
	struct table_source *source;
	const struct rule_grammar *grammar;
	struct rule **end; /* where the next rule is hung */
	struct rule *open; /* the innermost if that has no endif yet */
};

/* Take WORD off *TEXT when it stands there as a whole word, in any case. */
static bool take_word(struct span *text, struct span word)
{
	struct span rest = span_skip(*text, word.len);

	if (!span_starts_with_nocase(*text, word) ||
	    (rest.len > 0 && isalnum((unsigned char)rest.p[0])))
		return false;
	*text = span_trim_start(rest);
	return true;
}

static void append(struct reading *in, struct rule *rule)
{
	*in->end = rule;
	in->end = &rule->next;
}

static bool take_pattern(struct reading *in, struct span *text,
			 struct rule *rule, struct sbuf *why)
{
	while (span_starts_with(*text, SPAN("!"))) {
		rule->negated = !rule->negated;
		*text = span_trim_start(span_skip(*text, 1));
	}
	if (text->len == 0) {
		sbuf_add_text(why, "no pattern");
		return false;
	}
	return in->grammar->parse(in->source, text, rule, why);
}

/*
 * An if that we do not understand holds for nobody. Postfix skips only the
 * if, so that what was meant for a few then decides on everyone.
 */
static bool read_if(struct reading *in, struct span text, struct rule *rule)
{
	char memory[512];
	struct sbuf why = SBUF(memory);

	rule->kind = RULE_IF;
	if (!take_pattern(in, &text, rule, &why)) {
		if (why.len == 0)
			return false;
		rule->kind = RULE_NEVER;
		table_source_warn(in->source,
				  "%s: skipping everything up to its endif",
				  why.text);
	} else if (span_trim(text).len > 0) {
		table_source_warn(in->source, "ignoring what follows the "
					      "pattern of this if");
	}
	rule->outer = in->open;
	in->open = rule;
	append(in, rule);
	return true;
}

static void read_endif(struct reading *in, struct span text, struct rule *rule)
{
	if (text.len > 0)
		table_source_warn(in->source, "ignoring what follows endif");
	if (!in->open) {
		table_source_warn(in->source, "ignoring an endif without if");
		return;
	}
	rule->kind = RULE_ENDIF;
	in->open->endif = rule;
	in->open = in->open->outer;
	append(in, rule);
}

static bool read_result(struct reading *in, struct span text, struct rule *rule)
{
	char memory[512];
	struct sbuf why = SBUF(memory);

	rule->kind = RULE_RESULT;
	if (!take_pattern(in, &text, rule, &why))
		goto skip;
	rule->result = span_trim(text);
	if (rule->result.len == 0 && !in->grammar->empty_result) {
		sbuf_add_text(&why, "no result");
		goto skip;
	}
	if (in->grammar->check && !in->grammar->check(rule, &why))
		goto skip;
	if (rule->result.len == 0)
		table_source_warn(in->source, "the result is empty");
	append(in, rule);
	return true;
skip:
	if (why.len > 0)
		table_source_warn(in->source, "%s: skipping this rule",
				  why.text);
	return why.len > 0;
}

static bool read_rule(struct reading *in, struct span line)
{
	struct rule *rule = arena_alloc(in->source->arena, in->grammar->size);

	if (!rule)
		return false;
	rule->line = in->source->lines.number;
	if (take_word(&line, SPAN("endif"))) {
		read_endif(in, line, rule);
		return true;
	}
	if (take_word(&line, SPAN("if")))
		return read_if(in, line, rule);
	return read_result(in, line, rule);
}

int rules_read(struct rules *r, const struct rule_grammar *grammar,
	       struct table_source *s)
{
	struct reading in = { .source = s, .grammar = grammar };
	struct span line;
	int more;

	*r = (struct rules){ .grammar = grammar };
	in.end = &r->first;
	while ((more = table_source_next(s, &line)) > 0)
		if (!read_rule(&in, line))
			return -ENOMEM;
	if (more < 0)
		return more;
	for (; in.open; in.open = in.open->outer)
		table_source_warn_at(s, in.open->line, "if without endif");
	table_source_end(s);
	return 0;
}

int rules_find(const struct rules *r, void *key, const struct rule **ret)
{
	const struct rule *rule = r->first;

	while (rule) {
		int match = 0;

		if (rule->kind == RULE_RESULT || rule->kind == RULE_IF)
			match = r->grammar->matches(rule, key);
		if (match < 0)
			return match;
		switch (rule->kind) {
		case RULE_RESULT:
			if (match) {
				*ret = rule;
				return 1;
			}
			break;
		case RULE_IF:
		case RULE_NEVER:
			if (!match)
				rule = rule->endif;
			break;
		case RULE_ENDIF:
			break;
		}
		rule = rule ? rule->next : NULL;
	}
	return 0;
}
