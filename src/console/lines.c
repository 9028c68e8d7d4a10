#include "console/lines.h"

#include "console/say.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

int lines_open(struct lines *l, const char *argument)
{
	*l = (struct lines){ .file = stdin, .name = "standard input" };
	if (!argument || strcmp(argument, "-") == 0)
		return EX_OK;
	l->name = argument;
	l->file = fopen(argument, "re");
	if (l->file)
		return EX_OK;
	say("%s: %s", argument, strerror(errno));
	return errno == EACCES ? EX_NOPERM : EX_NOINPUT;
}

void lines_close(struct lines *l)
{
	if (l->file != stdin)
		fclose(l->file);
}

bool lines_blame(struct lines *l, const char *why)
{
	if (l->mistakes < LINES_MISTAKES)
		say("%s, line %zu: %s", l->name, l->number, why);
	else if (l->mistakes == LINES_MISTAKES)
		say("%s: ... and more mistakes", l->name);
	l->mistakes++;
	return l->mistakes <= LINES_MISTAKES;
}

enum lines_got lines_next(struct lines *l, struct sbuf *to)
{
	int c;

	sbuf_clear(to);
	l->number++;
	while ((c = getc(l->file)) != EOF && c != '\n') {
		sbuf_add_char(to, (char)c);
		if (!sbuf_fitted(to)) {
			lines_blame(l, "longer than any line of this format; "
				       "nothing behind it was read");
			return LINES_NONE;
		}
	}
	if (ferror(l->file)) {
		lines_blame(l, strerror(errno));
		return LINES_NONE;
	}
	return c == EOF && to->len == 0 ? LINES_END : LINES_ONE;
}
