/*
 * policy_conn.h - a connection that policy requests come over.
 *
 * Nothing here waits: the caller polls, and asks again.
 */
#ifndef SCREEN_POLICY_CONN_H
#define SCREEN_POLICY_CONN_H

#include "base/sbuf.h"
#include "greylist/action.h"
#include "greylist/request.h"

#include <stdint.h>

/* Connections at the same time. Who comes beyond takes the place of the one
 * that has been idle the longest. */
#define POLICY_CONNECTIONS 1000

/* How long nothing may come: Postfix closes what is busy after 1000 seconds,
 * and what is idle after 300. */
#define POLICY_IDLE_S 1200

/* How long a request may take to arrive, and an answer to be taken: Postfix
 * gives up after 100 seconds. */
#define POLICY_BUSY_S 100

struct policy_conn {
	int in, out; /* -1: none */
	bool is_socket;
	bool is_held; /* its answer is not known yet */
	bool is_last; /* close behind the next answer */
	enum request_state state;
	int64_t deadline; /* monotonic, for what it is waiting for now */
	bool in_request;  /* one had begun when that was set */
	struct request request;
	char memory[ACTION_TEXT];
	struct sbuf answer; /* being sent, */
	size_t sent;	    /* as far as this */
};

/* Serve IN and OUT, from NOW (monotonic) on; they are closed by
 * policy_conn_close, unless they are standard input and output. */
void policy_conn_open(struct policy_conn *c, int in, int out, int64_t now);
void policy_conn_close(struct policy_conn *c);

/* Read what is there. False when nothing more can come. */
bool policy_conn_receive(struct policy_conn *c, int64_t now);

/*
 * Look for the next request in what has come; garbage is logged. STATE is
 * REQUEST_WHOLE, REQUEST_ENDLESS or REQUEST_PARTIAL then.
 */
void policy_conn_parse(struct policy_conn *c, int64_t now);

/* Is an answer still to be sent? */
bool policy_conn_answering(const struct policy_conn *c);

/* Send as much of ANSWER as goes. False when nobody takes it. */
bool policy_conn_send(struct policy_conn *c, int64_t now);

#endif
