#include "conf/table_regexp.h"

#include "base/number.h"
#include "conf/pcre.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <string.h>

#define GROUPS PCRE_GROUPS

struct regexp_rule {
	struct rule rule;
	regex_t regex;
	struct pcre_groups groups;
	unsigned matches; /* of interest: 0, or the highest group and one */
};

/* What is being looked up, and what the groups of the last match were. */
struct subject {
	/* ends in a NUL: REG_STARTEND needs none, but sanitizers look for it */
	char key[REGEXP_KEY_MAX + 1];
	size_t len;
	regmatch_t match[256];
};

/* ---- the result --------------------------------------------------------- */

struct piece {
	struct span text; /* or, when empty, */
	unsigned group;
};

/*
 * Take the next literal text or "$N" off *REST, which is not empty. False
 * for a "$" that makes no sense.
 */
static bool next_piece(struct span *rest, struct piece *ret)
{
	ptrdiff_t dollar = span_find(*rest, '$');
	struct span name, behind = span_skip(*rest, 1);
	uint64_t group;
	size_t n = 0;

	if (dollar != 0) {
		n = dollar < 0 ? rest->len : (size_t)dollar;
		*ret = (struct piece){ .text = { rest->p, n } };
		*rest = span_skip(*rest, n);
		return true;
	}
	if (span_starts_with(behind, SPAN("$"))) {
		*ret = (struct piece){ .text = { behind.p, 1 } };
		*rest = span_skip(behind, 1);
		return true;
	}
	if (span_starts_with(behind, SPAN("{")) ||
	    span_starts_with(behind, SPAN("("))) {
		char close = behind.p[0] == '{' ? '}' : ')';

		if (!span_cut(span_skip(behind, 1), close, &name, rest))
			return false;
	} else {
		while (n < behind.len && isdigit((unsigned char)behind.p[n]))
			n++;
		name = (struct span){ behind.p, n };
		*rest = span_skip(behind, n);
	}
	if (!number_parse(name, GROUPS - 1, &group))
		return false;
	*ret = (struct piece){ .group = (unsigned)group };
	return true;
}

/* Is GROUP one that the pattern has? $0 is none, as in Postfix. */
static bool has_group(const struct regexp_rule *r, unsigned group)
{
	return group > 0 && group <= r->groups.count &&
	       r->groups.posix[group] > 0;
}

static bool check(const struct rule *rule, struct sbuf *why)
{
	const struct regexp_rule *r = (const struct regexp_rule *)rule;
	struct span rest = rule->result;
	struct piece piece;

	while (rest.len > 0) {
		if (!next_piece(&rest, &piece)) {
			sbuf_add_text(why, "\"$\" needs the number of a group, "
					   "or another \"$\" to be itself");
			return false;
		}
		if (piece.text.len > 0)
			continue;
		if (rule->negated) {
			sbuf_addf(why,
				  "$%u has no meaning where the pattern "
				  "must not match",
				  piece.group);
			return false;
		}
		if (!has_group(r, piece.group)) {
			sbuf_addf(
				why,
				"$%u is no group of the pattern, which has %u",
				piece.group, r->groups.count);
			return false;
		}
	}
	return true;
}

/* CHECK has seen the result, so each piece of it makes sense. */
static void expand(const struct regexp_rule *r, const struct subject *in,
		   struct sbuf *value)
{
	struct span rest = r->rule.result;
	struct piece piece;

	while (rest.len > 0 && next_piece(&rest, &piece)) {
		const regmatch_t *m;

		if (piece.text.len > 0) {
			sbuf_add(value, piece.text);
			continue;
		}
		m = &in->match[r->groups.posix[piece.group]];
		if (m->rm_so >= 0)
			sbuf_add(value, (struct span){ in->key + m->rm_so,
						       (size_t)(m->rm_eo -
								m->rm_so) });
	}
}

/* ---- the pattern -------------------------------------------------------- */

/* Take "/pattern/" off *TEXT; a backslash keeps what follows it from ending it.
 */
static bool take_delimited(struct span *text, struct span *ret,
			   struct sbuf *why)
{
	char delimiter = text->p[0];
	size_t n;

	if (isalnum((unsigned char)delimiter) || delimiter == '\\') {
		sbuf_add_text(why, "expected \"/pattern/flags result\"");
		return false;
	}
	for (n = 1; n < text->len && text->p[n] != delimiter; n++)
		if (text->p[n] == '\\')
			n++;
	if (n >= text->len) {
		sbuf_addf(why, "no closing \"%c\"", delimiter);
		return false;
	}
	*ret = (struct span){ text->p + 1, n - 1 };
	*text = span_skip(*text, n + 1);
	if (ret->len <= REGEXP_PATTERN_MAX)
		return true;
	sbuf_addf(why, "the pattern is longer than %d bytes",
		  REGEXP_PATTERN_MAX);
	return false;
}

static struct span take_flags(struct span *text)
{
	struct span flags = *text;
	size_t n = 0;

	while (n < text->len && !span_is_space(text->p[n]))
		n++;
	flags.len = n;
	*text = span_skip(*text, n);
	return flags;
}

static void give_back(void *object)
{
	regfree(object);
}

static bool compile(struct table_source *s, const char *pattern, int options,
		    struct regexp_rule *r, struct sbuf *why)
{
	char message[256];
	int error = regcomp(&r->regex, pattern, options);

	if (error != 0) {
		regerror(error, &r->regex, message, sizeof(message));
		sbuf_addf(why, "bad pattern \"%s\": %s", pattern, message);
		return false;
	}
	if (arena_on_close(s->arena, give_back, &r->regex))
		return true;
	regfree(&r->regex);
	return false;
}

/* Which groups must be known to fill in the result, which stands at TEXT? */
static void note_groups(struct regexp_rule *r, struct span text)
{
	if (span_find(text, '$') < 0)
		return;
	for (unsigned i = 1; i <= r->groups.count && i < GROUPS; i++)
		if (r->groups.posix[i] >= r->matches)
			r->matches = r->groups.posix[i] + 1u;
}

static bool regexp_options(struct span flags, int *ret, struct sbuf *why)
{
	int options = REG_EXTENDED | REG_ICASE;

	for (size_t i = 0; i < flags.len; i++) {
		if (flags.p[i] == 'i')
			options ^= REG_ICASE;
		else if (flags.p[i] == 'm')
			options ^= REG_NEWLINE;
		else if (flags.p[i] == 'x')
			options ^= REG_EXTENDED;
		else {
			sbuf_addf(why, "unknown flag \"%c\"", flags.p[i]);
			return false;
		}
	}
	*ret = options;
	return true;
}

static bool parse_regexp(struct table_source *s, struct span *text,
			 struct rule *rule, struct sbuf *why)
{
	struct regexp_rule *r = (struct regexp_rule *)rule;
	struct span pattern;
	const char *copy;
	int options;

	if (!take_delimited(text, &pattern, why) ||
	    !regexp_options(take_flags(text), &options, why))
		return false;
	copy = arena_text(s->arena, pattern);
	if (!copy || !compile(s, copy, options, r, why))
		return false;
	r->groups.count = (unsigned)r->regex.re_nsub;
	for (unsigned i = 1; i < GROUPS; i++)
		r->groups.posix[i] = (unsigned char)i;
	note_groups(r, *text);
	return true;
}

/*
 * Flags s, E and X change nothing here: keys hold no newline, and a letter
 * without meaning behind a backslash is an error anyway.
 */
static bool pcre_options(struct span flags, int *ret, bool *ret_extended,
			 struct sbuf *why)
{
	int options = REG_EXTENDED | REG_ICASE;
	bool extended = false;

	for (size_t i = 0; i < flags.len; i++) {
		switch (flags.p[i]) {
		case 'i':
			options ^= REG_ICASE;
			break;
		case 'm':
			options ^= REG_NEWLINE;
			break;
		case 'x':
			extended = !extended;
			break;
		case 's':
		case 'E':
		case 'X':
			break;
		case 'A':
		case 'U':
			sbuf_addf(why,
				  "flag \"%c\" is beyond POSIX expressions",
				  flags.p[i]);
			return false;
		default:
			sbuf_addf(why, "unknown flag \"%c\"", flags.p[i]);
			return false;
		}
	}
	*ret = options;
	*ret_extended = extended;
	return true;
}

static bool parse_pcre(struct table_source *s, struct span *text,
		       struct rule *rule, struct sbuf *why)
{
	struct regexp_rule *r = (struct regexp_rule *)rule;
	char posix[8 * REGEXP_PATTERN_MAX];
	struct sbuf to = SBUF(posix);
	struct span pattern;
	bool extended;
	int options;

	if (!take_delimited(text, &pattern, why) ||
	    !pcre_options(take_flags(text), &options, &extended, why) ||
	    !pcre_to_posix(pattern, extended, &to, &r->groups, why) ||
	    !compile(s, posix, options, r, why))
		return false;
	note_groups(r, *text);
	return true;
}

static int matches(const struct rule *rule, void *key)
{
	const struct regexp_rule *r = (const struct regexp_rule *)rule;
	struct subject *in = key;

	/* REG_STARTEND: a NUL in the key is a byte like any other */
	in->match[0].rm_so = 0;
	in->match[0].rm_eo = (regoff_t)in->len;
	switch (regexec(&r->regex, in->key, r->matches, in->match,
			REG_STARTEND)) {
	case 0:
		return !rule->negated;
	case REG_NOMATCH:
		return rule->negated;
	default:
		return -ENOMEM;
	}
}

static const struct rule_grammar regexp_grammar = {
	.size = sizeof(struct regexp_rule),
	.empty_result = true,
	.parse = parse_regexp,
	.check = check,
	.matches = matches,
};

static const struct rule_grammar pcre_grammar = {
	.size = sizeof(struct regexp_rule),
	.empty_result = true,
	.parse = parse_pcre,
	.check = check,
	.matches = matches,
};

int table_regexp_read(struct rules *r, struct table_source *s)
{
	return rules_read(r, &regexp_grammar, s);
}

int table_pcre_read(struct rules *r, struct table_source *s)
{
	return rules_read(r, &pcre_grammar, s);
}

int table_regexp_find(const struct rules *r, struct span key,
		      struct sbuf *value)
{
	struct subject subject;
	const struct rule *rule;
	int found;

	if (key.len > REGEXP_KEY_MAX)
		return 0;
	if (key.len > 0)
		memcpy(subject.key, key.p, key.len);
	subject.key[key.len] = '\0';
	subject.len = key.len;
	found = rules_find(r, &subject, &rule);
	if (found > 0)
		expand((const struct regexp_rule *)rule, &subject, value);
	return found;
}
