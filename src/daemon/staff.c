#include "daemon/staff.h"

#include "base/clock.h"
#include "log/log.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

/* How often those are looked for that hang. */
#define LOOK_EVERY (5 * CLOCK_SECOND)

/* What a session may take beyond its own limits before it is taken for one
 * that hangs. */
#define HANG_PATIENCE (20 * CLOCK_SECOND)

static void log_no_process(struct desk *d, int error)
{
	if (desk_may_complain(d))
		log_warning(LOG_DAEMON,
			    "fork: %s -- %s and others are told to try later",
			    strerror(error), d->connection->screen.client);
}

static void add(struct desk *d, pid_t pid, uint32_t network, bool in_transit)
{
	const struct conf *conf = d->connection->setup.conf;

	children_add(&d->children,
		     &(struct child){
			     .pid = pid,
			     .in_transit = in_transit,
			     .network = network,
			     .deadline = clock_mono() + HANG_PATIENCE +
					 (2 * conf->session_time_limit +
					  conf->greet_wait) *
						 CLOCK_SECOND,
			     .client = d->connection->peer->client,
		     });
}

pid_t staff_launch(struct desk *d, uint32_t network,
		   struct give_trouble *trouble)
{
	const struct connection *c = d->connection;
	pid_t pid = -EAGAIN;

	if (!children_full(&d->children)) {
		log_flush();
		pid = give_beside(c->handoff, c->peer, &d->files, trouble);
	}
	if (pid < 0)
		log_no_process(d, -pid);
	if (pid > 0)
		add(d, pid, network, true);
	return pid;
}

bool staff_employ(struct desk *d, struct worker *w, uint32_t network,
		  bool in_transit)
{
	pid_t pid = -EAGAIN;

	w->connection = d->connection;
	w->line = &d->line;
	w->files = d->files;
	if (!children_full(&d->children)) {
		log_flush();
		pid = worker_start(w, d->connection->peer->stream.in);
	}
	if (pid < 0)
		log_no_process(d, -pid);
	else
		add(d, pid, network, in_transit);
	return pid >= 0;
}

/*
 * A number is given to a new process as soon as the old one has been waited
 * for. What the old one said is heard before the next fork, and belongs to
 * nobody then.
 */
void staff_reap(struct desk *d)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *found = children_find(&d->children, pid);
		struct child child;

		if (!found)
			continue;
		child = *found;
		children_remove(&d->children, found);
		child_log_end(&child, status);
		desk_leave(d, child.network, child.in_transit);
	}
	staff_hear(d);
}

void staff_hear(struct desk *d)
{
	pid_t pid;

	while ((pid = worker_line_hear(&d->line)) != 0) {
		struct child *child = children_find(&d->children, pid);

		if (!child || child->in_transit)
			continue;
		child->in_transit = true;
		d->in_transit++;
	}
}

void staff_end_hanging(struct desk *d, int64_t now)
{
	if (now < d->look_again)
		return;
	d->look_again = now + LOOK_EVERY;
	children_end_hanging(&d->children, now);
}
