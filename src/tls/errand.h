/*
 * errand.h - what smtp-screen and smtp-screen-tls say to each other.
 *
 * Over a connected UNIX socket, between two programs of one build on one
 * machine: smtp-screen sends the errand, hears the answer, tells its client
 * to go ahead, and sends the client's descriptor. From then on the socket
 * carries what the client says and hears, decrypted, until one side closes.
 * Whoever sends something else is hung up on.
 *
 * Deadlines are monotonic (clock.h). Functions return 0 or a negative errno:
 * -ETIMEDOUT, -EPIPE when the other side is gone, -EPROTO when it speaks
 * something else.
 */
#ifndef SCREEN_ERRAND_H
#define SCREEN_ERRAND_H

#include "net/address.h"

#include <stdbool.h>

#define ERRAND_PLACE (ADDRESS_TEXT + 16)
#define ERRAND_ID    32
#define ERRAND_TEXT  1000

struct errand {
	char client[ERRAND_PLACE]; /* "[ADDR]:PORT" */
	char server[ERRAND_PLACE];
	char id[ERRAND_ID]; /* of the connection, for the log */
	int64_t time_left;  /* of the session, in microseconds */
	uint8_t mandatory;  /* smtp-screen's level is encrypt */
};

struct errand_answer {
	uint8_t ready;
	char text[ERRAND_TEXT]; /* why not, or what is doubtful, or empty */
};

int errand_send(int fd, const struct errand *errand, int64_t deadline);
int errand_receive(int fd, int64_t deadline, struct errand *ret);

int errand_send_answer(int fd, const struct errand_answer *answer,
		       int64_t deadline);
int errand_receive_answer(int fd, int64_t deadline, struct errand_answer *ret);

/*
 * CODE, and with it descriptor SENT, which stays open here too; -1: none. What
 * is received is close-on-exec; *RET_SENT is -1 when none came.
 */
int errand_send_descriptor(int fd, int32_t code, int sent, int64_t deadline);
int errand_receive_descriptor(int fd, int64_t deadline, int32_t *ret_code,
			      int *ret_sent);

#endif
