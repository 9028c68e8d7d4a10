/* command.h - the words of SMTP: which there are, and where a word ends. */
#ifndef SCREEN_COMMAND_H
#define SCREEN_COMMAND_H

#include "base/span.h"

enum command {
	COMMAND_UNKNOWN,
	COMMAND_HELO,
	COMMAND_EHLO,
	COMMAND_STARTTLS,
	COMMAND_MAIL,
	COMMAND_RCPT,
	COMMAND_DATA,
	COMMAND_BDAT,
	COMMAND_RSET,
	COMMAND_NOOP,
	COMMAND_VRFY,
	COMMAND_ETRN,
	COMMAND_QUIT,
	/* known, so that they are no junk, but never served */
	COMMAND_AUTH,
	COMMAND_XCLIENT,
	COMMAND_XFORWARD,
	COMMANDS,
};

/* Which command is WORD, in letters of either case? */
enum command command_find(struct span word);

/* Its name in upper case, or UNIMPLEMENTED. A string constant. */
const char *command_name(enum command command);

/*
 * Take the next word off *REST, and one space behind it. Only spaces part
 * words; a tab is part of one. Empty when nothing is left.
 */
struct span command_word(struct span *rest);

/*
 * Does WORD start like a line of a message header: a label, perhaps tabs,
 * and a colon?
 */
bool command_is_header(struct span word);

#endif
