/*
 * stream.h - the client's bytes, whatever brings them.
 *
 * A socket, pipe, file or terminal given as two descriptors. O_NONBLOCK is
 * never set: it belongs to the open file, which the smtpd inherits and the
 * client may share. Deadlines are on the monotonic clock, in microseconds
 * (clock.h).
 *
 * The two sides may be of different kinds. A pipe whose reader has gone
 * raises SIGPIPE, which no flag can prevent: the program ignores that signal,
 * and launch_exec() gives it back to the smtpd.
 */
#ifndef SCREEN_STREAM_H
#define SCREEN_STREAM_H

#include "base/span.h"

#include <stdint.h>
#include <sys/types.h>

enum stream_kind {
	STREAM_TCP,   /* IPv4 or IPv6, connected */
	STREAM_LOCAL, /* another socket: UNIX */
	STREAM_PIPE,
	STREAM_FILE,
	STREAM_OTHER, /* terminal, /dev/null, ... */
};

struct stream {
	enum stream_kind kind; /* of the input side */
	int in, out;
};

/*
 * What is descriptor IN? 0, or negative errno: -EBADF when it is closed,
 * -EDESTADDRREQ when it is a listening socket, -ENOTCONN when it is a socket
 * whose peer has gone (or never was), -ESOCKTNOSUPPORT for no stream socket.
 */
int stream_open(struct stream *s, int in, int out);

/*
 * Look at what has arrived without taking it: MSG_PEEK, tee(2) or pread(2).
 * The number of bytes, 0 at the end of the stream, or negative errno;
 * -EAGAIN when nothing has arrived. STREAM_OTHER cannot be looked at:
 * -EOPNOTSUPP when something waits there.
 */
ssize_t stream_peek(const struct stream *s, char *to, size_t size);

/*
 * Look again, when HAVE bytes that have been seen are not enough: wait until
 * DEADLINE for more. The number of bytes, or HAVE itself when the stream ends
 * with these; -ETIMEDOUT, or another negative errno.
 */
ssize_t stream_peek_beyond(const struct stream *s, char *to, size_t size,
			   size_t have, int64_t deadline);

/*
 * Take what has arrived, waiting until DEADLINE for the first byte. The
 * number of bytes, 0 at the end, -ETIMEDOUT, or another negative errno.
 */
ssize_t stream_read(const struct stream *s, char *to, size_t size,
		    int64_t deadline);

/*
 * Write as much of BYTES as goes without waiting: the number of bytes, -EAGAIN
 * when it is none, or another negative errno.
 */
ssize_t stream_write_some(const struct stream *s, struct span bytes);

/*
 * Write all of BYTES by DEADLINE. 0, -ETIMEDOUT, or negative errno; some of
 * BYTES may be out even then.
 */
int stream_write(const struct stream *s, struct span bytes, int64_t deadline);

/* The same for what stream_finish comes behind at once: TCP sends both as one
 * packet, which is half the work for it. */
int stream_write_last(const struct stream *s, struct span bytes,
		      int64_t deadline);

/*
 * End the session so that the last reply arrives: throw away what the client
 * sent, say that we are done, and give it until DEADLINE to close, at most
 * 64 KB more. Closing over unread bytes would reset the connection and lose
 * the reply. Sockets are shut down; the descriptors stay open.
 */
void stream_finish(const struct stream *s, int64_t deadline);

/*
 * Would words written to FD arrive at the client behind descriptor CLIENT?
 * An IPv4 or IPv6 socket always counts as one that a client reads, another
 * socket when it is CLIENT's. So does a pipe or file that is CLIENT's, unless
 * BY_HAND: a person who joins two outputs wants to read both. Terminals and
 * other devices never count.
 */
bool stream_reaches(int fd, int client, bool by_hand);

#endif
