#include "base/clock.h"
#include "base/fdio.h"
#include "base/number.h"
#include "doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* systemd answers at once or not at all. */
#define PATIENCE (10 * CLOCK_SECOND)

#define UNIT   "smtp-screen.socket"
#define BUSY   "smtp-screend.socket" /* one of the two listens */
#define CHANGE "systemctl edit " UNIT ": [Socket] "

/* What is asked for, of one unit after the other. */
static const char properties[] = "--property=LoadState,ActiveState,Accept,"
				 "TriggerLimitIntervalUSec,MaxConnections,"
				 "MaxConnectionsPerSource,Backlog";

/* Below these a small flood shuts others out: systemd.socket(5). */
#define CONNECTIONS_DEFAULT 64
#define BACKLOG_LEAST	    1024

/* ---- asking systemd -------------------------------------------------------
 */

static void become_systemctl(int out)
{
	static const char *const argv[] = {
		"systemctl", "show", properties, UNIT, BUSY, NULL,
	};
	/* exec does not write to its arguments, it only forgets to say so */
	union {
		const char *const *in;
		char *const *out;
	} arguments = { .in = argv };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(null, STDERR_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execvp(argv[0], arguments.out);
	_exit(127);
}

/* Until it has said everything; false when it takes too long. */
static bool listen_to(int fd, struct sbuf *to)
{
	int64_t deadline = clock_mono() + PATIENCE;
	char bytes[1024];

	while (fdio_wait(fd, POLLIN, deadline) > 0) {
		ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n < 0 && errno != EINTR)
			return false;
		if (n == 0)
			return true;
		if (n > 0)
			sbuf_add(to, (struct span){ bytes, (size_t)n });
	}
	return false;
}

/* What systemctl says of the units. False when there is no systemd to ask. */
static bool ask_systemd(struct sbuf *to)
{
	int fds[2], status;
	bool heard;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	child = fork();
	if (child == 0)
		become_systemctl(fds[1]);
	close(fds[1]);
	heard = child > 0 && listen_to(fds[0], to);
	close(fds[0]);
	if (child < 0)
		return false;
	if (!heard)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return heard && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- what it says ---------------------------------------------------------
 */

/* The value of NAME in lines NAME=VALUE; empty when there is none. An empty
 * line ends what is said of a unit. */
static struct span property(struct span text, struct span name)
{
	struct span line, key, value;

	while (span_next_line(&text, &line) && line.len > 0)
		if (span_cut(line, '=', &key, &value) && span_equal(key, name))
			return value;
	return SPAN("");
}

/* What is said of the unit after the first. */
static struct span next_unit(struct span text)
{
	struct span line;

	while (span_next_line(&text, &line) && line.len > 0)
		;
	return text;
}

static bool is_active(struct span text)
{
	return span_equal(property(text, SPAN("ActiveState")), SPAN("active"));
}

static uint64_t number(struct span text, struct span name, uint64_t otherwise)
{
	uint64_t n;

	return number_parse(property(text, name), UINT64_MAX, &n) ? n
								  : otherwise;
}

static void judge(struct doctor *d, struct span text)
{
	struct span trigger = property(text, SPAN("TriggerLimitIntervalUSec"));
	uint64_t room = number(text, SPAN("MaxConnections"), 0);
	uint64_t queue = number(text, SPAN("Backlog"), 0);
	unsigned before = d->warnings + d->broken;

	if (!span_equal(property(text, SPAN("Accept")), SPAN("yes")))
		doctor_find(d, DOCTOR_BROKEN, CHANGE "Accept=yes",
			    "smtp-screen serves one client and needs "
			    "Accept=yes");
	if (!span_equal(trigger, SPAN("0")))
		doctor_find(d, DOCTOR_WARNING,
			    CHANGE "TriggerLimitIntervalSec=0",
			    "a flood of 200 connections in %.*s stops the "
			    "socket for good",
			    (int)trigger.len, trigger.p);
	if (room <= CONNECTIONS_DEFAULT)
		doctor_find(d, DOCTOR_WARNING, CHANGE "MaxConnections=1000",
			    "there is room for %" PRIu64 " %s at once only",
			    room, number_words(room, "client", "clients"));
	if (number(text, SPAN("MaxConnectionsPerSource"), 0) == 0)
		doctor_find(d, DOCTOR_WARNING,
			    CHANGE "MaxConnectionsPerSource=50",
			    "one client can take all the room there is");
	if (queue < BACKLOG_LEAST)
		doctor_find(d, DOCTOR_WARNING, CHANGE "Backlog=4096",
			    "of a burst only %" PRIu64 " %s can wait, the "
			    "others are lost",
			    queue, number_words(queue, "client", "clients"));
	if (!is_active(text))
		doctor_find(d, DOCTOR_WARNING, "systemctl enable --now " UNIT,
			    UNIT " does not listen, nor does " BUSY);
	if (d->warnings + d->broken == before)
		doctor_find(d, DOCTOR_GOOD, NULL,
			    UNIT " listens, with sensible limits");
}

void doctor_units(struct doctor *d)
{
	char memory[4096];
	struct sbuf told = SBUF(memory);
	struct span state;

	if (!ask_systemd(&told)) {
		doctor_find(d, DOCTOR_NOTE, NULL,
			    "does not run here, or does not answer");
		return;
	}
	if (is_active(next_unit(sbuf_span(&told)))) {
		doctor_find(d, DOCTOR_GOOD, NULL,
			    BUSY " listens, for smtp-screend");
		return;
	}
	state = property(sbuf_span(&told), SPAN("LoadState"));
	if (!span_equal(state, SPAN("loaded")))
		doctor_find(d, DOCTOR_NOTE, NULL,
			    UNIT " is not there (%.*s): somebody else starts "
				 "smtp-screen, or nobody",
			    (int)state.len, state.p);
	else
		judge(d, sbuf_span(&told));
}
