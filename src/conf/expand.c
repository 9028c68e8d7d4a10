#include "conf/expand.h"

#include "conf/compare.h"

#include <stdint.h>
#include <string.h>

#define BLANK " \t\r\n"

/* Longer texts are no sensible thing to compare. */
#define OPERAND_SIZE 256

struct state {
	struct expand_names *names;
	struct sbuf *to;
	size_t len;
	unsigned depth;
	struct expand_problem *problem;
};

static bool expand_text(struct state *s, struct span text);

static bool fail(struct state *s, const char *what, struct span at)
{
	*s->problem = (struct expand_problem){ what, at };
	return false;
}

static void emit(struct state *s, struct span text)
{
	sbuf_add(s->to, text);
	s->len += text.len;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* How long the name at the start of TEXT is. */
static size_t name_length(struct span text)
{
	size_t n = 0;

	while (n < text.len && is_name_char(text.p[n]))
		n++;
	return n;
}

static struct span first(struct span text, size_t n)
{
	return (struct span){ text.p, n };
}

static struct span skip_blank(struct span text)
{
	while (text.len > 0 && memchr(BLANK, text.p[0], sizeof(BLANK) - 1))
		text = span_skip(text, 1);
	return text;
}

/*
 * TEXT begins with the bracket OPEN: take it off up to the CLOSE that belongs
 * to it, which is left out of *RET_INSIDE. False when there is none.
 */
static bool take_bracket(struct span *text, char open, char close,
			 struct span *ret_inside)
{
	size_t depth = 0;

	for (size_t n = 0; n < text->len; n++) {
		if (text->p[n] == open)
			depth++;
		else if (text->p[n] == close && --depth == 0) {
			*ret_inside = (struct span){ text->p + 1, n - 1 };
			*text = span_skip(*text, n + 1);
			return true;
		}
	}
	return false;
}

/* A "{text}" with blanks around it. */
static bool take_braces(struct state *s, struct span *text,
			struct span *ret_inside)
{
	struct span at = skip_blank(*text);

	if (at.len == 0 || at.p[0] != '{')
		return fail(s, "expected \"{\"", *text);
	if (!take_bracket(&at, '{', '}', ret_inside))
		return fail(s, "a \"}\" is missing", *text);
	*text = skip_blank(at);
	return true;
}

static bool begins_with_brace(struct span text)
{
	text = skip_blank(text);
	return text.len > 0 && text.p[0] == '{';
}

static bool find(struct state *s, struct span name, struct span *ret_text)
{
	return s->names->find(s->names->context, name, ret_text);
}

static bool expand_name(struct state *s, struct span name)
{
	struct span text;

	if (!find(s, name, &text))
		return true;
	return expand_text(s, text);
}

/* ---- conditions --------------------------------------------------------- */

/* What the two outcomes of a condition stand for. */
struct outcomes {
	struct span yes, no;
};

/* Could WORD in "WORD:rest" be the type of a table or of an endpoint? */
static bool is_type(struct span word)
{
	struct span types = SPAN(
		"btree cdb cidr connect dbm environ exec fail gdbm hash inet "
		"inline internal ldap lmdb memcache mysql pass pcre pgsql "
		"pipemap proxy randmap redis regexp socketmap sqlite static "
		"tcp texthash unionmap unix");
	struct span type;

	while (span_next_item(&types, " ", &type))
		if (span_equal(word, type))
			return true;
	return false;
}

/* Where "a:b" falls apart, outside all brackets; -1 when it is one text. */
static ptrdiff_t find_divider(struct span text)
{
	size_t depth = 0;

	for (size_t n = 0; n < text.len; n++) {
		char c = text.p[n];

		if (c == '{' || c == '(' || c == '[')
			depth++;
		else if ((c == '}' || c == ')' || c == ']') && depth > 0)
			depth--;
		else if (c == ':' && depth == 0) {
			bool path = n + 1 < text.len && text.p[n + 1] == '/';

			return path || is_type(first(text, n)) ? -1
							       : (ptrdiff_t)n;
		}
	}
	return -1;
}

/* The last text of a condition: "{text}" or all there is. */
static bool take_rest(struct state *s, struct span rest, struct span *ret)
{
	if (!begins_with_brace(rest)) {
		*ret = rest;
		return true;
	}
	if (!take_braces(s, &rest, ret))
		return false;
	if (rest.len > 0)
		return fail(s, "expected nothing behind \"}\"", rest);
	return true;
}

static bool take_yes_and_no(struct state *s, struct span rest,
			    struct outcomes *ret)
{
	if (!begins_with_brace(rest)) {
		ptrdiff_t at = s->names->strict ? -1 : find_divider(rest);

		ret->yes = at < 0 ? rest : first(rest, (size_t)at);
		if (at >= 0)
			ret->no = span_skip(rest, (size_t)at + 1);
		return true;
	}
	if (!take_braces(s, &rest, &ret->yes))
		return false;
	if (rest.len == 0)
		return true;
	if (rest.p[0] != ':')
		return fail(s, "expected \":\"", rest);
	return take_rest(s, span_skip(rest, 1), &ret->no);
}

/* REST is what stands behind the condition. */
static bool expand_condition(struct state *s, bool truth, struct span rest)
{
	struct outcomes o = { { "", 0 }, { "", 0 } };

	if (rest.p[0] == '?') {
		if (!take_yes_and_no(s, span_skip(rest, 1), &o))
			return false;
	} else if (rest.p[0] == ':') {
		if (!take_rest(s, span_skip(rest, 1), &o.no))
			return false;
	} else {
		return fail(s, "expected \"?\" or \":\"", rest);
	}
	return expand_text(s, truth ? o.yes : o.no);
}

/* ---- comparisons -------------------------------------------------------- */

static bool compare_levels(struct state *s, struct span a, struct span b,
			   int *ret_order)
{
	uint64_t x, y;

	if (!compare_level(a, &x))
		return fail(s, "expected a level such as 3.6", a);
	if (!compare_level(b, &y))
		return fail(s, "expected a level such as 3.6", b);
	*ret_order = compare_numbers(x, y);
	return true;
}

static bool expand_operand(struct state *s, struct span text, struct sbuf *to)
{
	struct state inner = *s;
	bool ok;

	inner.to = to;
	ok = expand_text(&inner, text);
	if (ok && !sbuf_fitted(to))
		return fail(s, "too long to be compared", text);
	return ok;
}

/*
 * TEXT begins with "{left} operator {right}": take it off and tell whether it
 * is true.
 */
static bool take_comparison(struct state *s, struct span *text, bool *ret)
{
	char left_memory[OPERAND_SIZE], right_memory[OPERAND_SIZE];
	struct sbuf left = SBUF(left_memory), right = SBUF(right_memory);
	struct span left_text, right_text, operator;
	size_t n = 0;
	bool levels;
	int order;

	if (!take_braces(s, text, &left_text))
		return false;
	while (n < text->len && memchr("<>=!", text->p[n], 4))
		n++;
	operator= first(*text, n);
	if (!compare_holds(operator, 0, ret))
		return fail(s, "expected ==, !=, <, <=, > or >=", *text);
	*text = span_skip(*text, n);
	levels = span_starts_with(*text, SPAN("level"));
	if (levels)
		*text = span_skip(*text, strlen("level"));
	if (!take_braces(s, text, &right_text) ||
	    !expand_operand(s, left_text, &left) ||
	    !expand_operand(s, right_text, &right))
		return false;
	if (!levels)
		order = compare_texts(sbuf_span(&left), sbuf_span(&right));
	else if (!compare_levels(s, sbuf_span(&left), sbuf_span(&right),
				 &order))
		return false;
	return compare_holds(operator, order, ret);
}

/* ---- references --------------------------------------------------------- */

/* What stood between the braces of "${...}". */
static bool expand_braces(struct state *s, struct span inside)
{
	struct span rest = inside, name, text;
	bool truth;
	size_t n;

	if (begins_with_brace(rest)) {
		if (!take_comparison(s, &rest, &truth))
			return false;
		if (rest.len > 0)
			return expand_condition(s, truth, rest);
		if (truth)
			emit(s, SPAN("true"));
		return true;
	}
	rest = skip_blank(inside);
	n = name_length(rest);
	name = first(rest, n);
	rest = skip_blank(span_skip(rest, n));
	if (n == 0)
		return fail(s, "expected a name behind \"$\"", inside);
	if (rest.len == 0)
		return expand_name(s, name);
	truth = find(s, name, &text) && text.len > 0;
	return expand_condition(s, truth, rest);
}

/* *TEXT begins with "$": expand what it refers to and take that off. */
static bool expand_reference(struct state *s, struct span *text)
{
	struct span whole = *text, inside;
	size_t n;
	bool round;

	*text = span_skip(*text, 1);
	if (text->len > 0 && text->p[0] == '$') {
		emit(s, SPAN("$"));
		*text = span_skip(*text, 1);
		return true;
	}
	if (text->len > 0 && (text->p[0] == '{' || text->p[0] == '(')) {
		round = text->p[0] == '(';
		if (!take_bracket(text, round ? '(' : '{', round ? ')' : '}',
				  &inside))
			return fail(s, "the closing bracket is missing", whole);
		return expand_braces(s, inside);
	}
	n = name_length(*text);
	if (n == 0)
		return fail(s,
			    "expected a name behind \"$\" (\"$$\" is a \"$\")",
			    whole);
	inside = first(*text, n);
	*text = span_skip(*text, n);
	return expand_name(s, inside);
}

static bool expand_text(struct state *s, struct span text)
{
	ptrdiff_t at;

	if (s->depth >= EXPAND_DEPTH)
		return fail(s, "refers to itself without end", text);
	if (text.len + EXPAND_COST > s->names->budget)
		return fail(s, "becomes too large", text);
	s->names->budget -= text.len + EXPAND_COST;
	s->depth++;
	while ((at = span_find(text, '$')) >= 0) {
		emit(s, first(text, (size_t)at));
		text = span_skip(text, (size_t)at);
		if (!expand_reference(s, &text))
			return false;
	}
	emit(s, text);
	s->depth--;
	return true;
}

bool expand(struct span text, struct expand_names *names, struct sbuf *to,
	    size_t *ret_len, struct expand_problem *ret_problem)
{
	struct state s = { .names = names, .to = to, .problem = ret_problem };

	if (!expand_text(&s, text))
		return false;
	*ret_len = s.len;
	return true;
}

bool expand_is_name(struct span text, struct span *ret_name)
{
	struct span name;

	if (text.len < 2 || text.p[0] != '$')
		return false;
	name = span_skip(text, 1);
	if ((name.p[0] == '{' && name.p[name.len - 1] == '}') ||
	    (name.p[0] == '(' && name.p[name.len - 1] == ')')) {
		name = span_skip(name, 1);
		if (name.len > 0)
			name.len--;
	}
	if (name.len == 0 || name_length(name) != name.len)
		return false;
	*ret_name = name;
	return true;
}

bool expand_next_name(struct span *rest, struct span *ret_name)
{
	ptrdiff_t at;

	while ((at = span_find(*rest, '$')) >= 0) {
		size_t n;

		*rest = span_skip(*rest, (size_t)at + 1);
		if (rest->len > 0 && rest->p[0] == '$') {
			*rest = span_skip(*rest, 1);
			continue;
		}
		if (rest->len > 0 && (rest->p[0] == '{' || rest->p[0] == '('))
			*rest = skip_blank(span_skip(*rest, 1));
		n = name_length(*rest);
		if (n == 0)
			continue;
		*ret_name = first(*rest, n);
		*rest = span_skip(*rest, n);
		return true;
	}
	return false;
}
