#include "daemon/transit.h"

#include "base/clock.h"
#include "handoff/give.h"
#include "log/log.h"

#include <unistd.h>

bool transit_begin(struct desk *d, uint32_t network)
{
	const struct connection *c = d->connection;
	int service;
	uint32_t number;

	if (waiting_full(&d->transits))
		return false;
	service = give_start(c->handoff, c->peer);
	if (service < 0)
		return false;
	number = waiting_add(
		&d->transits,
		&(struct waiter){
			.fd = service,
			.deadline = clock_mono() + c->handoff->patience,
			.network = network,
			.client = c->peer->stream.in,
			.peer = *c->peer,
		});
	d->taken = true;
	if (!desk_watch(d, service, DESK_TRANSIT, number))
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

void transit_hear(struct desk *d, uint32_t number)
{
	struct waiter *w = waiting_at(&d->transits, number);

	if (w->fd >= 0)
		end(d, w);
}

int64_t transit_deadline(struct desk *d)
{
	const struct waiter *first = waiting_first(&d->transits);

	return first ? first->deadline : CLOCK_NEVER;
}

void transit_expire(struct desk *d, int64_t now)
{
	struct waiter *w;

	while ((w = waiting_first(&d->transits)) && now >= w->deadline)
		end(d, w);
}
