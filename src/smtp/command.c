#include "smtp/command.h"

static const char *const names[COMMANDS] = {
	[COMMAND_UNKNOWN] = "UNIMPLEMENTED",
	[COMMAND_HELO] = "HELO",
	[COMMAND_EHLO] = "EHLO",
	[COMMAND_STARTTLS] = "STARTTLS",
	[COMMAND_MAIL] = "MAIL",
	[COMMAND_RCPT] = "RCPT",
	[COMMAND_DATA] = "DATA",
	[COMMAND_BDAT] = "BDAT",
	[COMMAND_RSET] = "RSET",
	[COMMAND_NOOP] = "NOOP",
	[COMMAND_VRFY] = "VRFY",
	[COMMAND_ETRN] = "ETRN",
	[COMMAND_QUIT] = "QUIT",
	[COMMAND_AUTH] = "AUTH",
	[COMMAND_XCLIENT] = "XCLIENT",
	[COMMAND_XFORWARD] = "XFORWARD",
};

enum command command_find(struct span word)
{
	/* a client that says UNIMPLEMENTED has not found a command */
	for (int i = COMMAND_UNKNOWN + 1; i < COMMANDS; i++)
		if (span_equal_nocase(word, span_of(names[i])))
			return (enum command)i;
	return COMMAND_UNKNOWN;
}

const char *command_name(enum command command)
{
	return names[command];
}

struct span command_word(struct span *rest)
{
	struct span word;
	size_t n = 0;

	while (rest->len > 0 && rest->p[0] == ' ')
		*rest = span_skip(*rest, 1);
	while (n < rest->len && rest->p[n] != ' ')
		n++;
	word = (struct span){ rest->p, n };
	*rest = span_skip(*rest, n + 1);
	return word;
}

bool command_is_header(struct span word)
{
	size_t n = 0;

	while (n < word.len && word.p[n] > ' ' && word.p[n] <= '~' &&
	       word.p[n] != ':')
		n++;
	if (n == 0)
		return false;
	while (n < word.len && word.p[n] == '\t')
		n++;
	return n < word.len && word.p[n] == ':';
}
