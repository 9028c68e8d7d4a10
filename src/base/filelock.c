#include "base/filelock.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/file.h>
#include <time.h>

/* Far behind what the file holds: locked bytes need not exist. */
#define GATE (INT64_C(1) << 40)
#define DATA (GATE + 1)

/* One lock, in one of the two ways the kernel has. */
struct request {
	int fd;
	bool whole;
	short type; /* F_RDLCK, F_WRLCK or F_UNLCK */
	off_t byte, count;
};

/* What must be undone when the waiting is over. */
struct alarm {
	bool armed;
	timer_t timer;
	struct sigaction action;
	sigset_t mask;
};

static int ask(const struct request *q, bool wait)
{
	struct flock lock = {
		.l_type = q->type,
		.l_whence = SEEK_SET,
		.l_start = q->byte,
		.l_len = q->count,
	};

	if (q->whole)
		return flock(q->fd, LOCK_EX | (wait ? 0 : LOCK_NB));
	return fcntl(q->fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
}

/* Not SIGALRM: an alarm(2) of whoever started us may still be running. */
static int alarm_signal(void)
{
	return SIGRTMAX - 1;
}

static void wake(int number)
{
	(void)number; /* only the EINTR is wanted */
}

static int arm(struct alarm *a, int64_t deadline)
{
	struct sigaction action = { .sa_handler = wake }; /* no SA_RESTART */
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };
	struct itimerspec at = {
		.it_value = { .tv_sec = deadline / CLOCK_SECOND,
			      .tv_nsec = deadline % CLOCK_SECOND * 1000 },
		/* A signal that came just before the blocking call is lost;
		 * the next one is not. */
		.it_interval = { .tv_nsec = 10 * 1000 * 1000 },
	};
	sigset_t ours;
	int r;

	event.sigev_signo = alarm_signal();
	if (timer_create(CLOCK_MONOTONIC, &event, &a->timer) < 0)
		return -errno;
	if (sigaction(alarm_signal(), &action, &a->action) < 0) {
		r = -errno;
		timer_delete(a->timer);
		return r;
	}
	sigemptyset(&ours);
	sigaddset(&ours, alarm_signal());
	sigprocmask(SIG_UNBLOCK, &ours, &a->mask);
	a->armed = true;
	if (timer_settime(a->timer, TIMER_ABSTIME, &at, NULL) < 0)
		return -errno;
	return 0;
}

/* In this order: a signal still on its way finds the handler. */
static void disarm(struct alarm *a)
{
	if (!a->armed)
		return;
	timer_delete(a->timer);
	sigprocmask(SIG_SETMASK, &a->mask, NULL);
	sigaction(alarm_signal(), &a->action, NULL);
	a->armed = false;
}

/* Make sure that a blocking call ends at DEADLINE. */
static int prepare(struct alarm *a, int64_t deadline)
{
	if (clock_mono() >= deadline)
		return -ETIMEDOUT;
	if (a->armed || deadline == CLOCK_NEVER)
		return 0;
	return arm(a, deadline);
}

static int obtain(const struct request *q, struct alarm *a, int64_t deadline)
{
	bool wait = false;

	for (;;) {
		if (ask(q, wait) == 0)
			return 0;
		if (errno != EINTR && errno != EAGAIN && errno != EACCES)
			return -errno;
		if (errno != EINTR || wait) {
			int r = prepare(a, deadline);

			if (r < 0)
				return r;
			wait = true;
		}
	}
}

static void let_go(int fd, off_t byte, off_t count)
{
	struct request q = {
		.fd = fd, .type = F_UNLCK, .byte = byte, .count = count
	};

	ask(&q, false);
}

static int wait_for_both(int fd, short type, int64_t deadline)
{
	struct request gate = {
		.fd = fd, .type = type, .byte = GATE, .count = 1
	};
	struct request data = {
		.fd = fd, .type = type, .byte = DATA, .count = 1
	};
	struct alarm a = { .armed = false };
	int r;

	r = obtain(&gate, &a, deadline);
	if (r == 0) {
		r = obtain(&data, &a, deadline);
		if (r < 0)
			let_go(fd, GATE, 1);
	}
	disarm(&a);
	return r;
}

int filelock_take(int fd, enum filelock_kind kind, int64_t deadline)
{
	short type = kind == FILELOCK_SHARED ? F_RDLCK : F_WRLCK;
	struct request both = {
		.fd = fd, .type = type, .byte = GATE, .count = 2
	};
	int r = 0;

	/* most often nobody else is there */
	if (ask(&both, false) < 0)
		r = wait_for_both(fd, type, deadline);
	if (r == 0 && kind == FILELOCK_SHARED)
		let_go(fd, GATE, 1);
	return r;
}

void filelock_drop(int fd)
{
	let_go(fd, GATE, 2); /* both, in one call */
}

int filelock_take_whole(int fd, int64_t deadline)
{
	struct request q = { .fd = fd, .whole = true };
	struct alarm a = { .armed = false };
	int r = obtain(&q, &a, deadline);

	disarm(&a);
	return r;
}

void filelock_drop_whole(int fd)
{
	flock(fd, LOCK_UN);
}
