/* byteset.c - see byteset.h. */
#include "conf/byteset.h"

#include <ctype.h>
#include <string.h>

static bool is_word(unsigned char c)
{
	return c < 128 && (isalnum(c) || c == '_');
}

bool byteset_add_escape(struct byteset *set, char letter)
{
	for (unsigned c = 0; c < 256; c++) {
		bool in;

		switch (letter) {
		case 'd':
		case 'D':
			in = c >= '0' && c <= '9';
			break;
		case 'w':
		case 'W':
			in = is_word((unsigned char)c);
			break;
		case 's':
		case 'S':
			in = span_is_space((char)c);
			break;
		case 'h':
		case 'H':
			in = c == ' ' || c == '\t';
			break;
		default:
			return false;
		}
		if (in == (islower((unsigned char)letter) != 0))
			set->has[c] = true;
	}
	return true;
}

static const struct {
	struct span name;
	int (*in)(int c);
} posix_classes[] = {
	{ { "alnum", 5 }, isalnum }, { { "alpha", 5 }, isalpha },
	{ { "blank", 5 }, isblank }, { { "cntrl", 5 }, iscntrl },
	{ { "digit", 5 }, isdigit }, { { "graph", 5 }, isgraph },
	{ { "lower", 5 }, islower }, { { "print", 5 }, isprint },
	{ { "punct", 5 }, ispunct }, { { "space", 5 }, isspace },
	{ { "upper", 5 }, isupper }, { { "xdigit", 6 }, isxdigit },
};

bool byteset_add_posix(struct byteset *set, struct span name)
{
	bool negated = span_starts_with(name, SPAN("^"));

	name = span_skip(name, negated ? 1 : 0);
	if (span_equal(name, SPAN("word")))
		return byteset_add_escape(set, negated ? 'W' : 'w');
	for (size_t i = 0; i < sizeof(posix_classes) / sizeof(posix_classes[0]);
	     i++) {
		if (!span_equal(posix_classes[i].name, name))
			continue;
		for (int c = 0; c < 256; c++)
			if ((c < 128 && posix_classes[i].in(c)) != negated)
				set->has[c] = true;
		return true;
	}
	return false;
}

static bool is_special_in_brackets(unsigned c)
{
	return c == ']' || c == '[' || c == '^' || c == '-';
}

/* Bytes that mean themselves in brackets, runs of them as ranges. */
static void write_runs(struct sbuf *to, const struct byteset *set)
{
	for (unsigned c = 1; c < 256; c++) {
		unsigned end = c;

		if (!set->has[c] || is_special_in_brackets(c))
			continue;
		while (end < 255 && set->has[end + 1] &&
		       !is_special_in_brackets(end + 1))
			end++;
		sbuf_add_char(to, (char)c);
		if (end > c + 1)
			sbuf_add_char(to, '-');
		if (end > c)
			sbuf_add_char(to, (char)end);
		c = end;
	}
}

/* How many bytes are in SET, those aside that SPARED names. NUL never is. */
static size_t count_without(const struct byteset *set, const char *spared)
{
	size_t count = 0;

	for (int c = 1; c < 256; c++)
		if (set->has[c] && !strchr(spared, c))
			count++;
	return count;
}

/*
 * In a POSIX bracket expression "]" must come first, "-" last, "^" not first,
 * and "[" not before any of ".=:". NUL cannot be written and never occurs.
 */
bool byteset_write(const struct byteset *set, bool negated, struct sbuf *to)
{
	if (count_without(set, "") == 0) {
		if (negated)
			sbuf_add_char(to, '.');
		return negated;
	}
	if (!negated && count_without(set, "^-") == 0 && set->has['^']) {
		sbuf_add_text(to, set->has['-'] ? "[-^]" : "\\^");
		return true;
	}
	sbuf_add_text(to, negated ? "[^" : "[");
	if (set->has[']'])
		sbuf_add_char(to, ']');
	write_runs(to, set);
	if (set->has['['])
		sbuf_add_char(to, '[');
	if (set->has['^'])
		sbuf_add_char(to, '^');
	if (set->has['-'])
		sbuf_add_char(to, '-');
	sbuf_add_char(to, ']');
	return true;
}
