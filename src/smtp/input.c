#include "smtp/input.h"

#include <assert.h>
#include <string.h>

void input_start(struct input *in, size_t limit)
{
	in->start = 0;
	in->end = 0;
	in->searched = 0;
	input_limit(in, limit);
}

void input_limit(struct input *in, size_t limit)
{
	in->limit = limit < INPUT_LINE ? limit : INPUT_LINE;
	/* what was searched under a larger one may be beyond this one */
	in->searched = 0;
}

struct span input_whole(const struct engine_line *line)
{
	return (struct span){ line->text.p,
			      line->text.len + (line->bare_newline ? 1 : 2) };
}

struct span input_rest(struct input *in)
{
	struct span rest = { in->bytes + in->start, in->end - in->start };

	in->start = in->end = in->searched = 0;
	return rest;
}

char *input_room(struct input *in, size_t *ret_size)
{
	size_t left = in->end - in->start;

	memmove(in->bytes, in->bytes + in->start, left);
	in->start = 0;
	in->end = left;
	assert(left <= INPUT_LINE); /* else there were lines to take first */
	*ret_size = INPUT_READ;
	return in->bytes + left;
}

void input_filled(struct input *in, size_t n)
{
	assert(n <= sizeof(in->bytes) - in->end);
	in->end += n;
}

static void take(struct input *in, size_t lf, struct engine_line *ret)
{
	char *line = in->bytes + in->start;
	size_t len = lf;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	in->start += lf + 1;
	in->searched = 0;
	ret->text = (struct span){ line, len };
	ret->bare_newline = len == lf;
	ret->behind =
		(struct span){ in->bytes + in->start, in->end - in->start };
}

enum input_next input_next(struct input *in, struct engine_line *ret)
{
	size_t have = in->end - in->start;
	size_t allowed = have < in->limit ? have : in->limit;
	struct span rest = { in->bytes + in->start + in->searched,
			     allowed - in->searched };
	ptrdiff_t lf = span_find(rest, '\n');

	if (lf >= 0) {
		take(in, in->searched + (size_t)lf, ret);
		return INPUT_GOT_LINE;
	}
	in->searched = allowed;
	return have > in->limit ? INPUT_TOO_LONG : INPUT_MORE;
}
