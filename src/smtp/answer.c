#include "smtp/answer.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code at the start of LINE, or 0. */
static unsigned code_of(struct span line)
{
	if (line.len < 3 || line.p[0] < '2' || line.p[0] > '5' ||
	    !is_digit(line.p[1]) || !is_digit(line.p[2]))
		return 0;
	return (unsigned)(line.p[0] - '0') * 100 +
	       (unsigned)(line.p[1] - '0') * 10 + (unsigned)(line.p[2] - '0');
}

/* What a line is to its reply. LINE has no LF. */
static enum answer_state judge_line(struct span line, unsigned *code)
{
	unsigned this = code_of(line);

	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	if (this == 0 || (*code != 0 && this != *code))
		return ANSWER_ODD;
	*code = this;
	if (line.len == 3 || line.p[3] == ' ')
		return ANSWER_WHOLE;
	return line.p[3] == '-' ? ANSWER_PART : ANSWER_ODD;
}

enum answer_state answer_parse(struct span bytes, struct answer *ret)
{
	enum answer_state state = ANSWER_PART;
	struct span rest = bytes, line;
	unsigned code = 0;

	while (state == ANSWER_PART && span_cut(rest, '\n', &line, &rest))
		state = judge_line(line, &code);
	if (state == ANSWER_PART && bytes.len >= ANSWER_SIZE)
		return ANSWER_ODD;
	if (state == ANSWER_WHOLE && bytes.len - rest.len > ANSWER_SIZE)
		return ANSWER_ODD;
	if (state == ANSWER_WHOLE)
		*ret = (struct answer){
			.text = { bytes.p, bytes.len - rest.len },
			.code = code,
		};
	return state;
}

/* ---- EHLO ---------------------------------------------------------------- */

/* What stands behind the code and the space or hyphen, if there is one. */
static struct span text_of(struct span line)
{
	bool marked = line.len > 3 && (line.p[3] == ' ' || line.p[3] == '-');

	return span_skip(line, marked ? 4 : 3);
}

static bool is_kept_back(struct span line)
{
	static const struct span names[] = {
		{ "PIPELINING", 10 },	  { "CHUNKING", 8 },
		{ "BINARYMIME", 10 }, /* useless without CHUNKING */
		{ "LIMITS", 6 },	  { "PIPECONNECT", 11 },
		{ "X_PIPE_CONNECT", 14 }, { "XCLIENT", 7 },
		{ "XFORWARD", 8 },
	};
	struct span word = span_trim(text_of(line)), rest;

	span_cut(word, ' ', &word, &rest);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal_nocase(word, names[i]))
			return true;
	return false;
}

/* LINE has no LF; MARK tells whether another one follows. */
static void add_line(struct sbuf *to, struct span line, char mark)
{
	sbuf_add(to, (struct span){ line.p, 3 });
	sbuf_add_char(to, mark);
	sbuf_add(to, text_of(line));
	sbuf_add_char(to, '\n');
}

void answer_add_ehlo(const struct answer *answer, struct sbuf *to)
{
	struct span rest = answer->text, line, last;
	bool more;

	/* the first line is the host's name, whatever it says */
	more = span_next_line(&rest, &last);
	while (more && span_next_line(&rest, &line)) {
		if (is_kept_back(line))
			continue;
		add_line(to, last, '-');
		last = line;
	}
	if (more)
		add_line(to, last, ' ');
}
