#include "daemon/transit.h"

#include "base/clock.h"
#include "handoff/give.h"
#include "log/log.h"

#include <sys/epoll.h>
#include <unistd.h>

/* How many are let go in one go. */
#define EVENTS 256

/* How soon is looked for one that has just been given away, as long as that is
 * its age, and how soon for older ones. */
#define SOON	(1 * CLOCK_MS)
#define YOUNG	(20 * CLOCK_MS)
#define PATIENT (10 * CLOCK_MS)

static bool watch(const struct desk *d, int service, uint32_t number)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP,
				     .data.u32 = number };

	return epoll_ctl(d->smtpds, EPOLL_CTL_ADD, service, &event) == 0;
}

bool transit_begin(struct desk *d, uint32_t network)
{
	const struct connection *c = d->connection;
	int64_t now = clock_mono();
	int service;
	uint32_t number;

	if (waiting_full(&d->transits))
		return false;
	service = give_start(c->handoff, c->peer);
	if (service < 0)
		return false;
	number = waiting_add(&d->transits,
			     &(struct waiter){
				     .fd = service,
				     .deadline = now + c->handoff->patience,
				     .network = network,
				     .client = c->peer->stream.in,
				     .peer = *c->peer,
			     });
	d->taken = true;
	d->given = now;
	if (!watch(d, service, number))
		waiting_at(&d->transits, number)->deadline = 0;
	return true;
}

static void end(struct desk *d, struct waiter *w)
{
	const struct settings_case *with =
		settings_for(d->settings, d->stress, false);
	struct give_trouble trouble;
	struct connection *c = d->connection;
	struct screen_setup setup = desk_setup(d, with, &w->peer);

	d->taken = false;
	switch (give_finish(&with->handoff, w->fd, &trouble)) {
	case GIVE_DONE:
	case GIVE_RELAY:
		break;
	case GIVE_DOUBT:
		screen_name(&c->screen, &setup);
		log_warning(LOG_HANDOFF_TROUBLE, "%s: %s -- %s",
			    c->screen.client, trouble.what, trouble.remedy);
		break;
	case GIVE_FAILED:
		screen_name(&c->screen, &setup);
		connection_not_taken(c, &trouble);
		break;
	}
	if (!d->taken)
		close(w->client);
	w->fd = -1;
	desk_leave(d, w->network, true);
}

static int64_t look_at(const struct desk *d)
{
	return d->looked + (d->looked - d->given < YOUNG ? SOON : PATIENT);
}

int64_t transit_deadline(struct desk *d)
{
	const struct waiter *first = waiting_first(&d->transits);
	int64_t at = look_at(d);

	if (!first)
		return CLOCK_NEVER;
	return first->deadline < at ? first->deadline : at;
}

void transit_look(struct desk *d, int64_t now)
{
	struct epoll_event event[EVENTS];
	struct waiter *w;
	int count;

	d->looked = now;
	if (!waiting_first(&d->transits))
		return;
	count = epoll_wait(d->smtpds, event, EVENTS, 0);
	for (int i = 0; i < count; i++) {
		w = waiting_at(&d->transits, event[i].data.u32);
		/* what we have closed is told of as long as a child that was
		 * just forked has not */
		if (w->fd >= 0)
			end(d, w);
	}
	while ((w = waiting_first(&d->transits)) && now >= w->deadline)
		end(d, w);
}
