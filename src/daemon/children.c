#include "daemon/children.h"

#include "base/clock.h"
#include "base/unforked.h"
#include "log/log.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

int children_open(struct children *c, uint32_t count)
{
	void *memory;
	int r = unforked_open(count, sizeof(struct child), &memory);

	assert(count > 0 && (count & (count - 1)) == 0);
	if (r == 0)
		*c = (struct children){ .slot = memory,
					.count = count,
					.first_deadline = CLOCK_NEVER };
	return r;
}

void children_close(struct children *c)
{
	unforked_close(c->slot, c->count, sizeof(struct child));
	c->slot = NULL;
}

bool children_full(const struct children *c)
{
	return c->used >= c->count / 2;
}

/* Numbers are given out one after the other: they are spread enough. */
static uint32_t home(const struct children *c, pid_t pid)
{
	return (uint32_t)pid & (c->count - 1);
}

static uint32_t behind(const struct children *c, uint32_t at)
{
	return (at + 1) & (c->count - 1);
}

void children_add(struct children *c, const struct child *child)
{
	uint32_t at = home(c, child->pid);

	assert(!children_full(c));
	while (c->slot[at].pid != 0)
		at = behind(c, at);
	c->slot[at] = *child;
	c->used++;
	if (child->deadline < c->first_deadline)
		c->first_deadline = child->deadline;
}

struct child *children_find(const struct children *c, pid_t pid)
{
	for (uint32_t at = home(c, pid); c->slot[at].pid != 0;
	     at = behind(c, at))
		if (c->slot[at].pid == pid)
			return &c->slot[at];
	return NULL;
}

/* Whoever stands behind the gap only because this place was taken moves up. */
void children_remove(struct children *c, struct child *child)
{
	uint32_t gap = (uint32_t)(child - c->slot);
	uint32_t mask = c->count - 1;

	for (uint32_t at = behind(c, gap); c->slot[at].pid != 0;
	     at = behind(c, at)) {
		uint32_t from = home(c, c->slot[at].pid);

		if (((at - from) & mask) < ((at - gap) & mask))
			continue;
		c->slot[gap] = c->slot[at];
		gap = at;
	}
	c->slot[gap].pid = 0;
	c->used--;
}

/* ---- their end ----------------------------------------------------------- */

/* A line about the client of CHILD is to come; TO gets its name. */
static void speak_of(const struct child *child, struct sbuf *to)
{
	endpoint_format(&child->client, to);
	log_connection(NULL, &child->client, NULL);
	log_verdict(NULL);
}

void child_log_end(const struct child *child, int status)
{
	char memory[ADDRESS_TEXT + 16];
	struct sbuf client = SBUF(memory);

	if (!WIFSIGNALED(status))
		return;
	speak_of(child, &client);
	log_warning(LOG_DAEMON,
		    "the process of %s was killed by signal %d (%s) -- no "
		    "other client is touched",
		    memory, WTERMSIG(status), strsignal(WTERMSIG(status)));
}

static void end_hanging(struct child *child)
{
	char memory[ADDRESS_TEXT + 16];
	struct sbuf client = SBUF(memory);

	speak_of(child, &client);
	log_warning(LOG_DAEMON,
		    "the process of %s hangs -- it is killed, no other client "
		    "is touched",
		    memory);
	/* not waited for yet: the number is still its own */
	kill(child->pid, SIGKILL);
	child->deadline = CLOCK_NEVER;
}

/* Most leave long before they hang, so that megabytes of slots need not be
 * looked through but once in a while. */
void children_end_hanging(struct children *c, int64_t now)
{
	int64_t first = CLOCK_NEVER;

	if (now < c->first_deadline)
		return;
	for (uint32_t i = 0; c->used > 0 && i < c->count; i++) {
		struct child *child = &c->slot[i];

		if (child->pid == 0 || child->in_transit)
			continue;
		if (now >= child->deadline)
			end_hanging(child);
		if (child->deadline < first)
			first = child->deadline;
	}
	c->first_deadline = first;
}
