#include "greylist/waiters.h"

#include "base/clock.h"

bool waiters_open(struct waiters *w, struct greylist *g, struct sbuf *why)
{
	w->greylist = g;
	w->on = g->options->pool_aware;
	return !w->on || pools_open(&w->pools, g->options->dns_servers, why);
}

void waiters_close(struct waiters *w)
{
	if (w->on)
		pools_close(&w->pools);
}

bool waiters_add(struct waiters *w, struct policy_conn *c,
		 struct greylist_question *q, int64_t now)
{
	int i = pools_begin(&w->pools, &q->who, q->domain, now);

	if (i < 0) {
		greylist_decide(w->greylist, q, false);
		return false;
	}
	c->is_held = true;
	w->held[i].conn = c;
	w->held[i].question = *q;
	return true;
}

struct policy_conn *waiters_next(struct waiters *w)
{
	struct policy_conn *c;
	bool inside;
	int i = w->on ? pools_decided(&w->pools, &inside) : -1;

	if (i < 0)
		return NULL;
	c = w->held[i].conn;
	c->is_held = false;
	greylist_decide(w->greylist, &w->held[i].question, inside);
	return c;
}

size_t waiters_poll(const struct waiters *w, struct pollfd *fds,
		    int64_t *ret_deadline)
{
	*ret_deadline = CLOCK_NEVER;
	return w->on ? pools_poll(&w->pools, fds, ret_deadline) : 0;
}

void waiters_handle(struct waiters *w, const struct pollfd *fds, size_t count,
		    int64_t now)
{
	if (w->on)
		pools_handle(&w->pools, fds, count, now);
}
