#include "daemon/desk.h"

#include "base/clock.h"
#include "daemon/limits.h"
#include "daemon/staff.h"
#include "daemon/transit.h"
#include "log/log.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Processes have numbers below 4194304, but nobody has so many of them. */
#define CHILDREN 131072
#define NETWORKS 65536
#define TRANSITS 16384

#define REPLY_RESOURCES "421 4.3.2 No system resources\r\n"

/* How long the cache may keep us; then a worker asks it. */
#define CACHE_PATIENCE CLOCK_MS

uint64_t desk_tag(enum desk_event kind, uint32_t number)
{
	return (uint64_t)kind << 32 | number;
}

enum desk_event desk_untag(uint64_t tag, uint32_t *ret_number)
{
	*ret_number = (uint32_t)tag;
	return (enum desk_event)(tag >> 32);
}

/* As many descriptors as we may have; workers get back what was the limit. */
static void raise_limit(struct rlimit *ret_before)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, ret_before) < 0) {
		/* more than the kernel grants, so that it stays as it is */
		ret_before->rlim_cur = ret_before->rlim_max = RLIM_INFINITY;
		return;
	}
	most = *ret_before;
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
}

bool desk_watch(struct desk *d, int fd, enum desk_event kind, uint32_t number)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP,
				     .data.u64 = desk_tag(kind, number) };

	return epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool watch_goodbye(void *context, int fd, uint32_t number)
{
	return desk_watch(context, fd, DESK_GOODBYE, number);
}

int desk_open(struct desk *d, int epoll)
{
	static struct connection connection;
	int r;

	*d = (struct desk){ .epoll = epoll,
			    .smtpds = epoll_create1(EPOLL_CLOEXEC),
			    .connection = &connection };
	if (d->smtpds < 0)
		return -errno;
	raise_limit(&d->files);
	r = worker_line_open(&d->line);
	if (r == 0)
		r = crowd_open(&d->crowd, NETWORKS);
	if (r == 0)
		r = children_open(&d->children, CHILDREN);
	if (r == 0)
		r = waiting_open(&d->transits, TRANSITS);
	if (r == 0)
		r = goodbyes_open(&d->goodbyes, watch_goodbye, d);
	return r;
}

void desk_use(struct desk *d, struct settings *settings)
{
	d->settings = settings;
}

bool desk_may_complain(struct desk *d)
{
	bool may = !d->complained;

	d->complained = true;
	return may;
}

unsigned desk_sessions(const struct desk *d)
{
	return d->children.used;
}

/* ---- counting -------------------------------------------------------------
 */

static void tell_stress(struct desk *d, const struct conf *conf)
{
	bool stress = limit_stress(d->stress, conf, d->open);

	if (stress == d->stress)
		return;
	d->stress = stress;
	log_connection(NULL, NULL, NULL);
	log_verdict(NULL);
	log_info(LOG_STRESS, "%s STRESS mode with %u connections",
		 stress ? "entering" : "leaving", d->open);
}

static const struct conf *conf_of(const struct desk *d, bool proxied)
{
	return &settings_for(d->settings, d->stress, proxied)->conf;
}

void desk_leave(struct desk *d, uint32_t network, bool in_transit)
{
	crowd_leave(&d->crowd, network);
	d->open--;
	if (in_transit)
		d->in_transit--;
	tell_stress(d, settings_main(d->settings));
}

/* ---- refusing ---------------------------------------------------------------
 */

static void farewell(void *context, const struct peer *peer, struct span reply)
{
	struct desk *d = context;

	d->taken = goodbyes_say(&d->goodbyes, peer->stream.in, reply);
}

void desk_make_room(struct desk *d)
{
	goodbyes_hurry(&d->goodbyes);
}

void desk_goodbye(struct desk *d, uint32_t number)
{
	goodbyes_hear(&d->goodbyes, number);
}

struct screen_setup desk_setup(struct desk *d, const struct settings_case *with,
			       const struct peer *peer)
{
	static struct report nothing;

	report_init(&nothing, &d->settings->arena);
	return (struct screen_setup){
		.conf = &with->conf,
		.peer = peer,
		.arena = &d->settings->arena,
		.report = &nothing,
		.input = &with->input,
		.prepared = with->prepared,
		.farewell = farewell,
		.context = d,
		.cache_patience = CACHE_PATIENCE,
	};
}

/* ---- a client ----------------------------------------------------------- */

static void refuse(struct desk *d, enum limit limit)
{
	struct screen *s = &d->connection->screen;
	struct limit_words words = limit_words(limit);

	log_verdict("limit");
	log_info(LOG_LIMIT, "%s %s: %s", words.before, s->client, words.behind);
	screen_refuse(s, limit_reply(limit));
}

/* A worker for the client, or 421. True when it has one. */
static bool employ(struct desk *d, struct worker *w, uint32_t network,
		   bool in_transit)
{
	if (staff_employ(d, w, network, in_transit))
		return true;
	screen_refuse(&d->connection->screen, limit_reply(LIMIT_SCREEN));
	return false;
}

/* True when the client is still to be counted. */
static bool test(struct desk *d, const struct load *load, uint32_t network)
{
	const struct conf *conf = d->connection->setup.conf;
	struct worker w = { .begun = true, .end = SCREEN_UNTESTED };
	enum limit limit = limit_at_tests(conf, load);

	if (limit == LIMIT_NONE)
		return employ(d, &w, network, false);
	screen_look_at_server(&d->connection->screen);
	refuse(d, limit);
	return false;
}

/* An smtpd for the client, or 421. True when it has one. */
static bool launch(struct desk *d, uint32_t network)
{
	struct give_trouble trouble;
	pid_t pid = staff_launch(d, network, &trouble);

	if (pid == 0)
		connection_not_taken(d->connection, &trouble);
	if (pid < 0)
		screen_refuse(&d->connection->screen,
			      limit_reply(LIMIT_SCREEN));
	return pid > 0;
}

static bool give_away(struct desk *d, uint32_t network)
{
	struct worker w = { .begun = true, .end = SCREEN_HANDOFF };

	if (transit_begin(d, network))
		return true;
	return give_starts_beside(d->connection->handoff)
		       ? launch(d, network)
		       : employ(d, &w, network, true);
}

static bool hand_off(struct desk *d, uint32_t network)
{
	d->in_transit++;
	if (give_away(d, network))
		return true;
	d->in_transit--;
	return false;
}

/* The client is the one on the socket. True when it is still to be counted. */
static bool meet(struct desk *d, const struct load *load, uint32_t network)
{
	struct connection *c = d->connection;
	enum limit limit = limit_at_connect(c->setup.conf, load);

	screen_begin(&c->screen, &c->setup);
	if (limit != LIMIT_NONE) {
		refuse(d, limit);
		return false;
	}
	switch (screen_recognize(&c->screen)) {
	case SCREEN_HANDOFF:
		return hand_off(d, network);
	case SCREEN_UNTESTED:
		return test(d, load, network);
	case SCREEN_DONE:
	case SCREEN_WATCH:
	case SCREEN_MISCONFIGURED:
		break;
	}
	return false;
}

/* A proxy will tell who it is: that, and all else, is for a worker. */
static bool meet_proxy(struct desk *d, const struct load *load)
{
	struct connection *c = d->connection;
	struct worker w = { .begun = false };
	enum limit limit = limit_at_tests(c->setup.conf, load);

	if (load->in_transit >= (unsigned)c->setup.conf->post_queue_limit)
		limit = LIMIT_SMTPD;
	if (limit == LIMIT_NONE) {
		screen_name(&c->screen, &c->setup);
		return employ(d, &w, CROWD_NOWHERE, false);
	}
	screen_begin(&c->screen, &c->setup);
	refuse(d, limit);
	return false;
}

/* Count the client; where, for crowd_leave. */
static uint32_t count(struct desk *d, const struct conf *conf,
		      const struct peer *peer, struct load *ret)
{
	struct address network = peer->client.address;
	struct crowd_count here = { 1, 1 };
	uint32_t where = CROWD_NOWHERE;

	d->open++;
	address_mask(&network, network.family == ADDRESS_IPV4
				       ? (unsigned)conf->cache_ipv4_prefix
				       : (unsigned)conf->cache_ipv6_prefix);
	if (peer->source == PEER_FROM_SOCKET)
		where = crowd_enter(&d->crowd, &network, clock_mono(), &here);
	*ret = (struct load){ d->open, d->in_transit, here.now,
			      here.this_minute };
	return where;
}

static bool find_peer(int fd, const struct sockaddr_storage *from,
		      struct peer *ret)
{
	struct sockaddr_storage here = { 0 };
	socklen_t size = sizeof(here);

	*ret = (struct peer){ .stream = { STREAM_TCP, fd, fd },
			      .source = PEER_FROM_SOCKET };
	return endpoint_from_sockaddr(from, &ret->client) &&
	       getsockname(fd, (struct sockaddr *)&here, &size) == 0 &&
	       endpoint_from_sockaddr(&here, &ret->server);
}

/* Without both addresses nothing can be asked or counted. */
static void turn_away(struct desk *d, const struct peer *peer, int error)
{
	if (desk_may_complain(d))
		log_warning(LOG_DAEMON,
			    "getsockname: %s -- a client and others are told "
			    "to try later",
			    strerror(error));
	d->taken = false;
	farewell(d, peer, SPAN(REPLY_RESOURCES));
	if (!d->taken)
		close(peer->stream.in);
}

void desk_receive(struct desk *d, int fd, const struct sockaddr_storage *from,
		  bool proxied)
{
	const struct settings_case *with;
	struct connection *c = d->connection;
	static struct peer peer;
	struct load load;
	uint32_t network;
	bool stays;

	if (!find_peer(fd, from, &peer)) {
		turn_away(d, &peer, errno);
		return;
	}
	if (conf_of(d, proxied)->upstream_proxy_protocol[0] != '\0')
		peer.source = PEER_FROM_PROXY;
	network = count(d, conf_of(d, proxied), &peer, &load);
	tell_stress(d, settings_main(d->settings));
	with = settings_for(d->settings, d->stress, proxied);
	c->peer = &peer;
	c->handoff = &with->handoff;
	c->setup = desk_setup(d, with, &peer);
	d->taken = false;
	stays = peer.source == PEER_FROM_PROXY ? meet_proxy(d, &load)
					       : meet(d, &load, network);
	if (!d->taken)
		close(fd);
	if (!stays)
		desk_leave(d, network, false);
}

/* ---- time --------------------------------------------------------------- */

int64_t desk_deadline(struct desk *d)
{
	int64_t transit = transit_deadline(d);
	int64_t goodbye = goodbyes_deadline(&d->goodbyes);

	return transit < goodbye ? transit : goodbye;
}

void desk_look(struct desk *d, int64_t now)
{
	transit_look(d, now);
}

void desk_expire(struct desk *d, int64_t now)
{
	goodbyes_expire(&d->goodbyes, now);
}

void desk_tidy(struct desk *d, int64_t now)
{
	d->complained = false;
	staff_end_hanging(d, now);
}
