#include "greylist/policy_service.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/signals.h"
#include "greylist/greylist.h"
#include "greylist/keeper.h"
#include "greylist/policy_conns.h"
#include "greylist/waiters.h"
#include "log/log.h"
#include "net/notify.h"
#include "sandbox/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/* Doors, log, lists and the store, with what GDBM and a child open. */
#define OWN_DESCRIPTORS (24 + WAITERS_FDS)

struct service {
	const struct grey_options *options;
	const struct policy_doors *doors;
	struct greylist greylist;
	struct notify notify;

	struct policy_conns conns;
	struct pollfd polled[POLICY_DOORS + POLICY_CONNECTIONS + WAITERS_FDS];

	struct waiters waiters;
	int64_t waiters_wake;

	struct keeper keeper;
	int64_t next_watchdog;
};

/* Large, and most of it is never touched. */
static struct service self;

/* ---- signals ----------------------------------------------------- */

static volatile sig_atomic_t hung_up, ended, child_ended;

static void on_signal(int number)
{
	if (number == SIGHUP)
		hung_up = 1;
	else if (number == SIGCHLD)
		child_ended = 1;
	else
		ended = 1;
}

/* They are held back, and only come while we poll: *RET is the mask for that.
 */
static void catch_signals(sigset_t *ret)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT, SIGCHLD };
	struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
	sigprocmask(SIG_SETMASK, NULL, ret);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigdelset(ret, numbers[i]);
	signal(SIGPIPE, SIG_IGN);
	/* a limit on file sizes may be reached by the log, too */
	signal(SIGXFSZ, SIG_IGN);
}

/* ---- answers ----------------------------------------------------- */

static void hang_up(struct policy_conn *c)
{
	policy_conns_hang_up(&self.conns, c);
}

/* The time is over: for a request, for an answer, or for being idle. */
static void end_late(struct policy_conn *c)
{
	if (c->in_request)
		log_warning(LOG_OTHER,
			    "a request did not end within %d seconds -- "
			    "connection closed",
			    POLICY_BUSY_S);
	hang_up(c);
}

static void send_answer(struct policy_conn *c, int64_t now)
{
	if (c->answer.len == 0 || !policy_conn_send(c, now) ||
	    (c->is_last && !policy_conn_answering(c)))
		hang_up(c);
}

static void refuse_endless(struct policy_conn *c, int64_t now)
{
	log_warning(LOG_OTHER,
		    "a request is longer than %d bytes -- answered "
		    "with DUNNO and closed",
		    REQUEST_MEMORY);
	c->is_last = true;
	action_dunno(&c->answer);
	send_answer(c, now);
}

/* Send what was answered, and go on to the next request. */
static void deliver(struct policy_conn *c, int64_t now)
{
	c->is_last = self.options->exim;
	request_forget(&c->request);
	policy_conn_parse(c, now);
	send_answer(c, now);
}

static void serve_waiters(int64_t now)
{
	struct policy_conn *c;

	while ((c = waiters_next(&self.waiters, now)))
		deliver(c, now);
}

static bool is_asking(const struct policy_conn *c)
{
	return c->in >= 0 && c->state == REQUEST_WHOLE && !c->is_held &&
	       !policy_conn_answering(c);
}

/* One batch. False when nobody has asked. */
static bool answer_batch(int64_t now)
{
	static struct greylist_question questions[LEDGER_BATCH];
	struct policy_conn *asking[LEDGER_BATCH];
	size_t count = 0;

	for (unsigned i = 0; i < self.conns.used && count < LEDGER_BATCH; i++) {
		struct policy_conn *c = &self.conns.conn[i];

		if (!is_asking(c))
			continue;
		asking[count] = c;
		questions[count++] = (struct greylist_question){
			.request = &c->request,
			.answer = &c->answer,
		};
	}
	if (count == 0)
		return false;
	log_hold();
	greylist_answer(&self.greylist, questions, count);
	log_release();
	for (size_t i = 0; i < count; i++) {
		unsigned number = (unsigned)(asking[i] - self.conns.conn);

		if (questions[i].waits == GREYLIST_DONE ||
		    !waiters_add(&self.waiters, asking[i], number,
				 &questions[i], now))
			deliver(asking[i], now);
	}
	return true;
}

/* ---- the loop ---------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_wakeup(int64_t now)
{
	int64_t at =
		self.notify.watchdog > 0 ? self.next_watchdog : CLOCK_NEVER;

	if (self.doors->count > 0)
		at = earlier(at, keeper_wake(&self.keeper, now));
	at = earlier(at, self.waiters_wake);
	if (self.conns.shut_until > now)
		at = earlier(at, self.conns.shut_until);
	for (unsigned i = 0; i < self.conns.used; i++)
		if (self.conns.conn[i].in >= 0)
			at = earlier(at, self.conns.conn[i].deadline);
	return at;
}

/* Fill in what to poll for; places correspond to doors, then connections, then
 * questions to name servers. */
static nfds_t prepare(int64_t now)
{
	unsigned doors = self.doors->count;
	bool held = now < self.keeper.hold_until;

	for (unsigned i = 0; i < doors; i++)
		self.polled[i] = (struct pollfd){
			.fd = now < self.conns.shut_until ? -1
							  : self.doors->fd[i],
			.events = POLLIN,
		};
	for (unsigned i = 0; i < self.conns.used; i++) {
		struct policy_conn *c = &self.conns.conn[i];
		bool answering = c->in >= 0 && policy_conn_answering(c);

		self.polled[doors + i] = (struct pollfd){
			.fd = c->is_held  ? -1
			      : answering ? c->out
			      : held	  ? -1
					  : c->in,
			.events = answering ? POLLOUT : POLLIN,
		};
	}
	return doors + self.conns.used +
	       waiters_poll(&self.waiters,
			    &self.polled[doors + self.conns.used],
			    &self.waiters_wake);
}

static void serve_conn(struct policy_conn *c, short events, int64_t now)
{
	if (c->in < 0)
		return;
	if (events != 0 && policy_conn_answering(c))
		send_answer(c, now);
	else if (events != 0 && !policy_conn_receive(c, now))
		hang_up(c);
	else if (events == 0 && now >= c->deadline && !c->is_held)
		end_late(c);
	if (c->in >= 0 && c->state == REQUEST_ENDLESS &&
	    !policy_conn_answering(c))
		refuse_endless(c, now);
}

static void serve(int64_t now, unsigned used, nfds_t count)
{
	unsigned doors = self.doors->count;
	size_t asked = count - doors - used;

	waiters_handle(&self.waiters, &self.polled[doors + used], asked, now);
	serve_waiters(now);
	for (unsigned i = 0; i < used; i++)
		serve_conn(&self.conns.conn[i], self.polled[doors + i].revents,
			   now);
	while (answer_batch(now))
		serve_waiters(now);
	for (unsigned i = 0; i < doors; i++)
		if (self.polled[i].revents != 0)
			policy_conns_let_in(&self.conns, self.polled[i].fd,
					    now);
}

static void look_around(int64_t now)
{
	log_renew(false);
	if (hung_up) {
		hung_up = 0;
		log_info(LOG_OTHER, "HUP received: reloading whitelists...");
		greylist_reload(&self.greylist);
	}
	if (self.doors->count > 0) {
		bool some = child_ended;

		child_ended = 0;
		keeper_work(&self.keeper, some, now);
	}
	if (self.notify.watchdog > 0 && now >= self.next_watchdog) {
		notify_send(&self.notify, "WATCHDOG=1");
		self.next_watchdog = now + self.notify.watchdog / 3;
	}
}

/* A connection that inetd has brought was the only one. */
static bool is_over(void)
{
	return ended || (self.doors->count == 0 && self.conns.conn[0].in < 0);
}

static int loop(const sigset_t *mask)
{
	while (!is_over()) {
		int64_t now = clock_mono(), at;
		struct timespec wait;
		unsigned used;
		nfds_t count;
		int n;

		look_around(now);
		count = prepare(now);
		used = self.conns.used;
		at = next_wakeup(now);
		if (at > now + 3600 * CLOCK_SECOND)
			at = now + 3600 * CLOCK_SECOND;
		at = at > now ? at - now : 0;
		wait = (struct timespec){ at / CLOCK_SECOND,
					  at % CLOCK_SECOND * 1000 };
		n = ppoll(self.polled, count, &wait, mask);
		if (n < 0 && errno != EINTR) {
			log_fatal(LOG_OTHER, "poll: %s", strerror(errno));
			return EX_OSERR;
		}
		if (n < 0) /* nothing is known of any of them */
			continue;
		serve(clock_mono(), used, count);
	}
	return EX_OK;
}

/* Hostile bytes come next. Where the kernel will not, mail goes on. */
static void lock_in(const struct grey_options *o)
{
	struct sandbox_state state;
	char memory[256];
	struct sbuf why = SBUF(memory);

	if (sandbox_enter(SANDBOX_SERVICE, &state) || o->quiet)
		return;
	sandbox_describe(&state, &why);
	log_info(LOG_OTHER, "sandbox: %s -- going on with what there is",
		 memory);
}

int policy_service_run(const struct grey_options *o,
		       const struct policy_doors *doors)
{
	int64_t now = clock_mono();
	char reasons[512];
	struct sbuf why = SBUF(reasons);
	sigset_t mask;
	int r;

	self.options = o;
	self.doors = doors;
	policy_conns_open(&self.conns, OWN_DESCRIPTORS, o->verbose);
	keeper_open(&self.keeper, &self.greylist, now);
	r = greylist_open(&self.greylist, o, doors->count > 0);
	if (r < 0) {
		log_fatal(LOG_OTHER, "%s: %s", o->dbdir, strerror(-r));
		return EX_OSERR;
	}
	if (!waiters_open(&self.waiters, &self.greylist, &why)) {
		log_fatal(LOG_CONFIG_TROUBLE, "%s", reasons);
		return EX_USAGE;
	}
	lock_in(o);
	catch_signals(&mask);
	notify_init(&self.notify);
	if (doors->count == 0) {
		policy_conn_open(policy_conns_place(&self.conns), STDIN_FILENO,
				 STDOUT_FILENO, now);
	} else {
		/* perhaps the one before was killed, or the machine failed */
		keeper_mend(&self.keeper, now);
	}
	notify_send(&self.notify, "READY=1");
	r = loop(&mask);
	notify_send(&self.notify, "STOPPING=1");
	waiters_close(&self.waiters);
	greylist_close(&self.greylist);
	return r;
}
