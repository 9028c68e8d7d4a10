#include "daemon/server.h"

#include "base/clock.h"
#include "base/signals.h"
#include "daemon/staff.h"
#include "log/log.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

/* How many clients of one listener are taken before others have their turn. */
#define BATCH 64

/* How many events are looked at in one go. */
#define EVENTS 256

/*
 * A line that goes out alone wakes its reader, who takes our turn on the
 * processor. So where more than BUSY clients come a second, those of LINES_WAIT
 * are written together; elsewhere each goes out at once, and stands in the log
 * before what the smtpd says of the same client.
 */
#define BUSY	   100
#define PACE_EVERY (100 * CLOCK_MS)
#define LINES_WAIT (10 * CLOCK_MS)

/* How long nobody is accepted when the system has no descriptor for it. */
#define PAUSE (100 * CLOCK_MS)

struct server {
	struct server_setup setup;
	struct settings spare; /* read while SETTINGS are in use */
	struct settings *settings, *other;
	struct desk desk;
	int epoll, signals;
	int64_t paused_until; /* 0: clients are accepted */
	int64_t second;	      /* when what is done every second is due */
	int64_t feed;	      /* when the watchdog is */
	int64_t paced;	      /* since when clients are counted, */
	unsigned came;	      /* and how many have come */
	bool busy;	      /* many have, the last time */
	int64_t lines;	      /* when lines that are held go out */
	bool over;
};

/* ---- beginning ------------------------------------------------------------
 */

static int watch(const struct server *s, int fd, enum desk_event kind,
		 uint32_t number)
{
	struct epoll_event event = { .events = EPOLLIN,
				     .data.u64 = desk_tag(kind, number) };

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_signals(void)
{
	sigset_t ours;

	signals_of_service(&ours);
	return signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int watch_listeners(struct server *s)
{
	const struct listeners *l = s->setup.listeners;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < l->count; i++)
		r = watch(s, l->one[i].fd, DESK_LISTENER, i);
	return r == -EEXIST ? 0 : r;
}

static void unwatch_listeners(struct server *s)
{
	for (unsigned i = 0; i < s->setup.listeners->count; i++)
		epoll_ctl(s->epoll, EPOLL_CTL_DEL,
			  s->setup.listeners->one[i].fd, NULL);
}

static int open_all(struct server *s)
{
	int r;

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->signals = open_signals();
	if (s->epoll < 0 || s->signals < 0)
		return -errno;
	r = desk_open(&s->desk, s->epoll);
	if (r == 0)
		r = watch(s, s->signals, DESK_SIGNAL, 0);
	if (r == 0)
		r = watch(s, s->desk.line.parent, DESK_WORKER, 0);
	return r == 0 ? watch_listeners(s) : r;
}

/* ---- settings -------------------------------------------------------------
 */

static void use(struct server *s, struct settings *settings)
{
	s->settings = settings;
	desk_use(&s->desk, settings);
	settings_open_log(settings);
	settings_make_state(settings);
	settings_log_doubts(settings);
}

static void say_reloading(const struct server *s)
{
	char words[64];
	struct sbuf b = SBUF(words);

	/* the manager compares it with its own clock, which is this one */
	sbuf_addf(&b, "RELOADING=1\nMONOTONIC_USEC=%lld\n",
		  (long long)clock_mono());
	notify_send(s->setup.notify, words);
}

static void reload(struct server *s)
{
	struct settings *fresh = s->other;
	const char *error = "no memory for the settings";

	say_reloading(s);
	if (settings_read(s->setup.input, true, fresh) == 0) {
		error = report_first_error(&fresh->report);
		if (!error) {
			struct settings *old = s->settings;

			use(s, fresh);
			settings_close(old);
			s->other = old;
			log_info(LOG_DAEMON, "the settings were read again");
		}
	}
	if (error) {
		log_warning(LOG_CONFIG_TROUBLE,
			    "%s -- the settings stay as they were; "
			    "smtp-screend --check-config shows all mistakes",
			    error);
		settings_close(fresh);
	}
	notify_send(s->setup.notify, "READY=1\n");
}

static void take_signals(struct server *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			staff_reap(&s->desk);
		else if (info.ssi_signo == SIGHUP)
			reload(s);
		else
			s->over = true;
	}
}

/* ---- clients ---------------------------------------------------------------
 */

static void pause_accepting(struct server *s, int error)
{
	static const char why[] =
		"nobody is accepted for a moment, and waits "
		"in the queue of the socket; see the limits on "
		"open files and memory";

	if (desk_may_complain(&s->desk))
		log_warning(LOG_DAEMON, "accept: %s -- %s", strerror(error),
			    why);
	desk_make_room(&s->desk);
	unwatch_listeners(s);
	s->paused_until = clock_mono() + PAUSE;
}

/* Is it the client's or the network's fault (accept(2)), and none of ours? */
static bool is_theirs(int error)
{
	switch (error) {
	case ECONNABORTED:
	case EINTR:
	case ENETDOWN:
	case EPROTO:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case EPERM: /* a packet filter */
		return true;
	default:
		return false;
	}
}

static void accept_clients(struct server *s, const struct listener *l)
{
	for (int i = 0; i < BATCH; i++) {
		struct sockaddr_storage name = { 0 };
		socklen_t size = sizeof(name);
		int fd = accept4(l->fd, (struct sockaddr *)&name, &size,
				 SOCK_CLOEXEC);

		if (fd >= 0) {
			s->came++;
			desk_receive(&s->desk, fd, &name, l->proxied);
		} else if (errno == EAGAIN) {
			return;
		} else if (!is_theirs(errno)) {
			pause_accepting(s, errno);
			return;
		}
	}
}

/* ---- the loop --------------------------------------------------------------
 */

static void every_second(struct server *s, int64_t now)
{
	s->second = now + CLOCK_SECOND;
	log_renew(false);
	settings_look_again(s->settings);
	desk_tidy(&s->desk, now);
}

static void keep_time(struct server *s, int64_t now)
{
	if (s->paused_until != 0 && now >= s->paused_until) {
		s->paused_until = 0;
		if (watch_listeners(s) < 0)
			s->paused_until = now + PAUSE;
	}
	desk_expire(&s->desk, now);
	if (now >= s->second)
		every_second(s, now);
	/* who cannot accept is to be started anew */
	if (now >= s->feed && s->paused_until == 0) {
		s->feed = now + s->setup.notify->watchdog / 3;
		notify_send(s->setup.notify, "WATCHDOG=1\n");
	}
}

static void keep_pace(struct server *s, int64_t now)
{
	int64_t took = now - s->paced;

	if (took < PACE_EVERY)
		return;
	s->busy = s->came * CLOCK_SECOND > BUSY * took;
	s->came = 0;
	s->paced = now;
	if (s->busy)
		log_hold();
	else
		log_release();
}

static void write_lines(struct server *s, int64_t now)
{
	if (now < s->lines)
		return;
	log_flush();
	s->lines = now + LINES_WAIT;
}

static int64_t wake_at(struct server *s)
{
	int64_t at = desk_deadline(&s->desk);

	if (at > s->second)
		at = s->second;
	if (at > s->feed)
		at = s->feed;
	if (s->busy && at > s->lines)
		at = s->lines;
	if (s->paused_until != 0 && at > s->paused_until)
		at = s->paused_until;
	return at;
}

static void take_event(struct server *s, uint64_t tag)
{
	uint32_t number;

	switch (desk_untag(tag, &number)) {
	case DESK_LISTENER:
		/* one before it may have found that there is no room */
		if (s->paused_until == 0)
			accept_clients(s, &s->setup.listeners->one[number]);
		break;
	case DESK_SIGNAL:
		take_signals(s);
		break;
	case DESK_WORKER:
		staff_hear(&s->desk);
		break;
	case DESK_GOODBYE:
		desk_goodbye(&s->desk, number);
		break;
	}
}

static int serve(struct server *s)
{
	struct epoll_event event[EVENTS];

	while (!s->over) {
		int64_t now = clock_mono();
		int wait = clock_poll_ms(now, wake_at(s));
		int count = epoll_wait(s->epoll, event, EVENTS, wait);

		if (count < 0 && errno != EINTR)
			return -errno;
		/* before others come, for whom their places count */
		desk_look(&s->desk, clock_mono());
		for (int i = 0; i < count; i++)
			take_event(s, event[i].data.u64);
		now = clock_mono();
		keep_time(s, now);
		keep_pace(s, now);
		write_lines(s, now);
	}
	return 0;
}

static void say_ready(const struct server *s)
{
	char text[1024];
	struct sbuf where = SBUF(text);

	listeners_describe(s->setup.listeners, &where);
	log_info(LOG_DAEMON, "smtp-screend " SCREEN_VERSION " listens on %s",
		 text);
	notify_send(s->setup.notify, "READY=1\n");
}

int server_run(const struct server_setup *setup)
{
	static struct server s;
	int r;

	s = (struct server){ .setup = *setup,
			     .other = &s.spare,
			     .feed = setup->notify->watchdog > 0
					     ? clock_mono()
					     : CLOCK_NEVER };
	r = open_all(&s);
	if (r == 0) {
		use(&s, setup->settings);
		say_ready(&s);
		r = serve(&s);
	}
	if (r < 0) {
		log_fatal(LOG_DAEMON, "smtp-screend ends: %s", strerror(-r));
		return EX_OSERR;
	}
	notify_send(setup->notify, "STOPPING=1\n");
	log_info(LOG_DAEMON, "smtp-screend ends; %u sessions go on without it",
		 desk_sessions(&s.desk));
	return EX_OK;
}
