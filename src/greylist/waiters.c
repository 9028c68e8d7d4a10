#include "greylist/waiters.h"

#include "base/clock.h"
#include "log/log.h"

bool waiters_open(struct waiters *w, struct greylist *g, struct sbuf *why)
{
	w->greylist = g;
	w->trouble_told = false;
	w->pools_on = g->options->pool_aware;
	return !w->pools_on ||
	       pools_open(&w->pools, g->options->dns_servers, why);
}

void waiters_close(struct waiters *w)
{
	if (w->pools_on)
		pools_close(&w->pools);
}

/* ---- asking ------------------------------------------------------ */

/* One warning, and one line when it is over. */
static void tell_trouble(struct waiters *w)
{
	const struct shared_ledger *l = &w->greylist->shared;
	char memory[256];
	struct sbuf name = SBUF(memory);

	if ((l->trouble != NULL) == w->trouble_told)
		return;
	w->trouble_told = l->trouble != NULL;
	cache_server_format(&l->server, &name);
	if (l->trouble)
		log_warning(LOG_CACHE_TROUBLE,
			    "%s: %s -- what other hosts remember does not "
			    "count until it works again",
			    memory, l->trouble);
	else
		log_info(LOG_CACHE_TROUBLE, "%s works again", memory);
}

/* True when it waits for its pool. */
static bool wait_for_pool(struct waiters *w, unsigned number, int64_t now)
{
	struct greylist_question *q = &w->held[number].question;
	int i;

	if (q->waits != GREYLIST_FOR_POOL)
		return false;
	i = pools_begin(&w->pools, &q->who, q->domain, now);
	if (i >= 0)
		w->asker[i] = number;
	else
		greylist_decide(w->greylist, q, false);
	return i >= 0;
}

static bool wait_for_others(struct waiters *w, unsigned number)
{
	static const struct shared_answer nothing = { .client.known = false };
	struct greylist_question *q = &w->held[number].question;

	if (q->waits != GREYLIST_FOR_OTHERS)
		return false;
	if (greylist_ask_others(w->greylist, q, number))
		return true;
	tell_trouble(w);
	greylist_hear_others(w->greylist, q, &nothing);
	return false;
}

bool waiters_add(struct waiters *w, struct policy_conn *c, unsigned number,
		 const struct greylist_question *q, int64_t now)
{
	w->held[number].conn = c;
	w->held[number].question = *q;
	c->is_held =
		wait_for_others(w, number) || wait_for_pool(w, number, now);
	return c->is_held;
}

/* ---- answers ----------------------------------------------------- */

static struct policy_conn *let_go(struct waiters *w, unsigned number)
{
	struct policy_conn *c = w->held[number].conn;

	c->is_held = false;
	return c;
}

/* The next that others were asked about and that waits for nothing else. */
static struct policy_conn *next_by_others(struct waiters *w, int64_t now)
{
	struct greylist *g = w->greylist;
	struct shared_answer answer;
	unsigned number;

	while (shared_ledger_next(&g->shared, now, &number, &answer)) {
		greylist_hear_others(g, &w->held[number].question, &answer);
		if (!wait_for_pool(w, number, now))
			return let_go(w, number);
	}
	tell_trouble(w);
	return NULL;
}

struct policy_conn *waiters_next(struct waiters *w, int64_t now)
{
	struct policy_conn *c = NULL;
	unsigned number;
	bool inside;
	int i;

	if (w->greylist->options->shares)
		c = next_by_others(w, now);
	if (c || !w->pools_on)
		return c;
	i = pools_decided(&w->pools, &inside);
	if (i < 0)
		return NULL;
	number = w->asker[i];
	greylist_decide(w->greylist, &w->held[number].question, inside);
	return let_go(w, number);
}

/* ---- poll -------------------------------------------------------- */

/* The place of the others' comes first, whether they can be asked or not. */
size_t waiters_poll(const struct waiters *w, struct pollfd *fds,
		    int64_t *ret_deadline)
{
	int64_t deadline = CLOCK_NEVER;
	size_t count = 1;

	*ret_deadline = CLOCK_NEVER;
	fds[0].fd = -1;
	if (w->greylist->options->shares)
		fds[0] = shared_ledger_pollfd(&w->greylist->shared,
					      ret_deadline);
	if (w->pools_on)
		count += pools_poll(&w->pools, fds + 1, &deadline);
	if (deadline < *ret_deadline)
		*ret_deadline = deadline;
	return count;
}

void waiters_handle(struct waiters *w, const struct pollfd *fds, size_t count,
		    int64_t now)
{
	if (w->pools_on)
		pools_handle(&w->pools, fds + 1, count - 1, now);
}
