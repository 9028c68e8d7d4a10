/*
 * worker.h - the child that sees one client through, by the code of
 * smtp-screen, and the one word that it has for its parent.
 */
#ifndef SCREEN_WORKER_H
#define SCREEN_WORKER_H

#include "connection/connection.h"

#include <sys/resource.h>

/* How workers talk to their parent. The kernel says who spoke. */
struct worker_line {
	int parent; /* the parent's end, which does not block */
	int worker; /* all workers' end */
};

/* 0 or negative errno. */
int worker_line_open(struct worker_line *line);

/* The number of a worker whose client goes to the smtpd now; 0 when nobody
 * has said more. */
pid_t worker_line_hear(const struct worker_line *line);

/* What a worker takes over. */
struct worker {
	struct connection *connection; /* its screen may have been begun */
	bool begun;		       /* then END is what it said */
	enum screen_end end;
	const struct worker_line *line;
	struct rlimit files; /* for whom it starts */
};

/*
 * Fork a worker for the client on descriptor FD. Its number, or negative
 * errno. FD stays open here.
 */
pid_t worker_start(struct worker *w, int fd);

#endif
