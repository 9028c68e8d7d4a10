/*
 * input.h - command lines out of the bytes that a client sends.
 *
 * Bytes are pushed in, lines are taken out; nothing is read here. A line ends
 * in CR LF or in a bare LF, a CR alone is data (RFC 5321 forbids both, and
 * telling them apart is what the bare newline test needs).
 *
 * One read brings at most INPUT_READ bytes, and a caller reads only after
 * INPUT_MORE. So what stands behind a line has arrived in the same read as
 * the line's end, which is what the pipelining test asks.
 */
#ifndef SCREEN_INPUT_H
#define SCREEN_INPUT_H

#include "smtp/engine.h"

#define INPUT_READ 4096

/* The longest line, terminator included, whatever line_length_limit says. */
#define INPUT_LINE 16384

struct input {
	char bytes[INPUT_LINE + INPUT_READ];
	size_t start, end; /* what has not been taken yet */
	size_t searched;   /* of it, known to hold no LF */
	size_t limit;
};

enum input_next {
	INPUT_GOT_LINE,
	INPUT_MORE, /* the line is not complete yet */
	INPUT_TOO_LONG,
};

/* LIMIT is the length of the longest line, terminator included. */
void input_start(struct input *in, size_t limit);

/* From now on LIMIT is that of the lines to come. */
void input_limit(struct input *in, size_t limit);

/* LINE, as it came from input_next, with its end. */
struct span input_whole(const struct engine_line *line);

/* What has been read and not been taken: gone from IN, valid until it is used
 * again. */
struct span input_rest(struct input *in);

/*
 * Where to put the next read of at most *RET_SIZE bytes, never 0. To be
 * called after INPUT_MORE; lines taken before are gone then.
 */
char *input_room(struct input *in, size_t *ret_size);

/* N bytes were put there. */
void input_filled(struct input *in, size_t n);

/*
 * Take the next line. It stays valid until input_room. INPUT_TOO_LONG comes
 * with the first byte over the limit, and again every time after.
 */
enum input_next input_next(struct input *in, struct engine_line *ret);

#endif
