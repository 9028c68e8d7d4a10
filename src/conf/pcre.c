#include "conf/pcre.h"

#include "conf/byteset.h"

#include <ctype.h>
#include <string.h>

struct translation {
	struct span rest;
	struct sbuf *to, *why;
	struct pcre_groups groups;
	unsigned posix_groups;
	unsigned depth; /* groups that are open */
	bool extended;
	bool repeatable; /* may a quantifier follow what was written last? */
};

static bool write_set(struct translation *t, const struct byteset *set,
		      bool negated)
{
	if (byteset_write(set, negated, t->to))
		return true;
	sbuf_add_text(t->why, "a class that holds nothing");
	return false;
}

/* ---- escapes ------------------------------------------------------------ */

static bool refuse(struct translation *t, const char *what, struct span it)
{
	sbuf_addf(t->why, "\"%.*s\" (%s) is beyond POSIX expressions",
		  (int)it.len, it.p, what);
	return false;
}

static bool write_literal(struct translation *t, unsigned char c)
{
	if (c == '\0') {
		sbuf_add_text(t->why, "a NUL never matches");
		return false;
	}
	if (strchr("\\^$.[]|()*+?{}", c))
		sbuf_add_char(t->to, '\\');
	sbuf_add_char(t->to, (char)c);
	return true;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* At most MOST digits of BASE off the start of the rest. */
static unsigned take_digits(struct translation *t, int base, size_t most)
{
	unsigned value = 0;

	while (most-- > 0 && t->rest.len > 0 &&
	       digit_value(t->rest.p[0]) < base) {
		value = value * (unsigned)base +
			(unsigned)digit_value(t->rest.p[0]);
		t->rest = span_skip(t->rest, 1);
	}
	return value;
}

/*
 * A backslash and LETTER are off the rest: is it one byte in disguise? Then
 * what else belongs to it is taken too.
 */
static bool escaped_byte(struct translation *t, char letter, unsigned char *ret)
{
	static const char letters[] = "abefnrt", bytes[] = "\a\b\033\f\n\r\t";
	const char *at = letter ? strchr(letters, letter) : NULL;

	/* outside brackets \b is a word boundary: the caller asked first */
	if (at)
		*ret = (unsigned char)bytes[at - letters];
	else if (letter == 'x' && !span_starts_with(t->rest, SPAN("{")))
		*ret = (unsigned char)take_digits(t, 16, 2);
	else if (letter == '0')
		*ret = (unsigned char)take_digits(t, 8, 2);
	else if (!isalnum((unsigned char)letter))
		*ret = (unsigned char)letter;
	else
		return false;
	return true;
}

static bool write_back_reference(struct translation *t, char digit,
				 struct span it)
{
	unsigned group = (unsigned)(digit - '0');

	if (t->rest.len > 0 && isdigit((unsigned char)t->rest.p[0]))
		return refuse(t, "back-reference above 9", it);
	if (group > t->groups.count || t->groups.posix[group] == 0 ||
	    t->groups.posix[group] > 9)
		return refuse(t, "back-reference", it);
	sbuf_addf(t->to, "\\%u", (unsigned)t->groups.posix[group]);
	return true;
}

static bool escape(struct translation *t)
{
	struct span it = { t->rest.p, t->rest.len < 2 ? t->rest.len : 2 };
	struct byteset set = { { false } };
	unsigned char byte;
	char letter;

	if (it.len < 2) {
		sbuf_add_text(t->why, "nothing follows the last \"\\\"");
		return false;
	}
	letter = it.p[1];
	t->rest = span_skip(t->rest, 2);
	t->repeatable = !strchr("bBAzZ", letter);
	if (byteset_add_escape(&set, letter))
		return write_set(t, &set, false);
	if (letter >= '1' && letter <= '9')
		return write_back_reference(t, letter, it);
	switch (letter) {
	case 'b':
	case 'B':
		sbuf_add(t->to, it);
		return true;
	case 'A':
		sbuf_add_text(t->to, "\\`");
		return true;
	case 'z':
	case 'Z':
		sbuf_add_text(t->to, "\\'");
		return true;
	default:
		break;
	}
	if (escaped_byte(t, letter, &byte))
		return write_literal(t, byte);
	return refuse(t, "escape", it);
}

/* ---- [...] -------------------------------------------------------------- */

/* One member of a bracket expression: a byte, or a class added to SET. */
static bool member(struct translation *t, struct byteset *set,
		   bool *ret_is_byte, unsigned char *ret_byte)
{
	struct span it = { t->rest.p, t->rest.len < 2 ? t->rest.len : 2 };
	struct span name, behind;

	*ret_is_byte = false;
	if (span_starts_with(t->rest, SPAN("[:")) &&
	    span_cut(span_skip(t->rest, 2), ':', &name, &behind) &&
	    span_starts_with(behind, SPAN("]"))) {
		t->rest = span_skip(behind, 1);
		return byteset_add_posix(set, name) ||
		       refuse(t, "character class", name);
	}
	if (span_equal(it, SPAN("[.")) || span_equal(it, SPAN("[=")))
		return refuse(t, "collating element", it);
	if (it.p[0] != '\\' || it.len < 2) {
		*ret_is_byte = true;
		*ret_byte = (unsigned char)it.p[0];
		t->rest = span_skip(t->rest, 1);
		return true;
	}
	t->rest = span_skip(t->rest, 2);
	if (byteset_add_escape(set, it.p[1]))
		return true;
	*ret_is_byte = escaped_byte(t, it.p[1], ret_byte);
	return *ret_is_byte || refuse(t, "escape", it);
}

/* Is a "-" next that makes a range, not a member? */
static bool range_follows(const struct translation *t)
{
	return t->rest.len >= 2 && t->rest.p[0] == '-' && t->rest.p[1] != ']';
}

static bool add_members(struct translation *t, struct byteset *set)
{
	unsigned char low, high;
	bool is_byte;

	if (!member(t, set, &is_byte, &low))
		return false;
	if (!is_byte)
		return true;
	set->has[low] = true;
	if (!range_follows(t))
		return true;
	t->rest = span_skip(t->rest, 1);
	if (!member(t, set, &is_byte, &high))
		return false;
	if (!is_byte) { /* "[a-\d]": the "-" is one of them */
		set->has['-'] = true;
		return true;
	}
	if (high < low) {
		sbuf_addf(t->why, "the range %c-%c is the wrong way round", low,
			  high);
		return false;
	}
	memset(set->has + low, true, (size_t)(high - low) + 1);
	return true;
}

static bool brackets(struct translation *t)
{
	struct byteset set = { { false } };
	bool negated;

	t->rest = span_skip(t->rest, 1);
	negated = span_starts_with(t->rest, SPAN("^"));
	t->rest = span_skip(t->rest, negated ? 1 : 0);
	/* "]" is a member when it comes first */
	do {
		if (t->rest.len == 0) {
			sbuf_add_text(t->why, "\"[\" without \"]\"");
			return false;
		}
		if (!add_members(t, &set))
			return false;
	} while (!span_starts_with(t->rest, SPAN("]")));
	t->rest = span_skip(t->rest, 1);
	t->repeatable = true;
	return write_set(t, &set, negated);
}

/* ---- (...) and what repeats --------------------------------------------- */

static const struct {
	struct span text;
	const char *what;
} beyond[] = {
	{ { "(?=", 3 }, "lookahead" },	  { { "(?!", 3 }, "lookahead" },
	{ { "(?<=", 4 }, "lookbehind" },  { { "(?<!", 4 }, "lookbehind" },
	{ { "(?>", 3 }, "atomic group" }, { { "(?|", 3 }, "branch reset" },
	{ { "(?<", 3 }, "named group" },  { { "(?P", 3 }, "named group" },
	{ { "(?'", 3 }, "named group" },  { { "(?(", 3 }, "condition" },
	{ { "(?R", 3 }, "recursion" },	  { { "(?#", 3 }, "comment" },
	{ { "(?", 2 }, "inline option" }, { { "(*", 2 }, "verb" },
};

static bool group(struct translation *t)
{
	bool captures = !span_starts_with(t->rest, SPAN("(?:"));

	for (size_t i = 0; captures && i < sizeof(beyond) / sizeof(beyond[0]);
	     i++)
		if (span_starts_with(t->rest, beyond[i].text))
			return refuse(t, beyond[i].what, beyond[i].text);
	t->rest = span_skip(t->rest, captures ? 1 : 3);
	t->posix_groups++;
	if (captures && ++t->groups.count < PCRE_GROUPS &&
	    t->posix_groups < 256)
		t->groups.posix[t->groups.count] =
			(unsigned char)t->posix_groups;
	t->depth++;
	t->repeatable = false;
	sbuf_add_char(t->to, '(');
	return true;
}

static bool group_end(struct translation *t)
{
	if (t->depth == 0) {
		sbuf_add_text(t->why, "\")\" without \"(\"");
		return false;
	}
	t->rest = span_skip(t->rest, 1);
	t->depth--;
	t->repeatable = true;
	sbuf_add_char(t->to, ')');
	return true;
}

/* "*", "+", "?", "{2}", "{2,}" or "{2,5}" at the start of TEXT: its length. */
static size_t quantifier_length(struct span text)
{
	size_t n = 1;

	if (text.len == 0)
		return 0;
	if (strchr("*+?", text.p[0]) && text.p[0])
		return 1;
	if (text.p[0] != '{' || text.len < 2 ||
	    !isdigit((unsigned char)text.p[1]))
		return 0;
	while (n < text.len && isdigit((unsigned char)text.p[n]))
		n++;
	if (n < text.len && text.p[n] == ',')
		n++;
	while (n < text.len && isdigit((unsigned char)text.p[n]))
		n++;
	return n < text.len && text.p[n] == '}' ? n + 1 : 0;
}

static bool quantifier(struct translation *t, size_t len)
{
	struct span it = { t->rest.p, len };
	struct span lazy = { t->rest.p, len + 1 };

	if (!t->repeatable) {
		sbuf_addf(t->why, "nothing that \"%.*s\" could repeat",
			  (int)it.len, it.p);
		return false;
	}
	t->rest = span_skip(t->rest, len);
	if (span_starts_with(t->rest, SPAN("?")))
		return refuse(t, "lazy quantifier", lazy);
	if (span_starts_with(t->rest, SPAN("+")))
		return refuse(t, "possessive quantifier", lazy);
	t->repeatable = false;
	sbuf_add(t->to, it);
	return true;
}

/* ---- all of it ---------------------------------------------------------- */

static bool skip_extended(struct translation *t)
{
	struct span comment;

	if (span_is_space(t->rest.p[0])) {
		t->rest = span_skip(t->rest, 1);
		return true;
	}
	if (t->rest.p[0] != '#')
		return false;
	span_next_line(&t->rest, &comment);
	return true;
}

static bool next(struct translation *t)
{
	size_t repeat = quantifier_length(t->rest);
	char c = t->rest.p[0];

	if (repeat > 0)
		return quantifier(t, repeat);
	switch (c) {
	case '\\':
		return escape(t);
	case '[':
		return brackets(t);
	case '(':
		return group(t);
	case ')':
		return group_end(t);
	case '.':
	case '^':
	case '$':
	case '|':
		t->rest = span_skip(t->rest, 1);
		t->repeatable = c == '.';
		sbuf_add_char(t->to, c);
		return true;
	default:
		t->rest = span_skip(t->rest, 1);
		t->repeatable = true;
		return write_literal(t, (unsigned char)c);
	}
}

bool pcre_to_posix(struct span pattern, bool extended, struct sbuf *to,
		   struct pcre_groups *ret_groups, struct sbuf *why)
{
	struct translation t = {
		.rest = pattern, .to = to, .why = why, .extended = extended
	};

	while (t.rest.len > 0) {
		if (t.extended && skip_extended(&t))
			continue;
		if (!next(&t))
			return false;
	}
	if (t.depth > 0)
		sbuf_add_text(why, "\"(\" without \")\"");
	else if (!sbuf_fitted(to))
		sbuf_add_text(why, "the pattern is too long");
	else
		*ret_groups = t.groups;
	return t.depth == 0 && sbuf_fitted(to);
}
