#include "base/clock.h"
#include "base/escape.h"
#include "doctor/doctor.h"
#include "handoff/handoff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- pass -----------------------------------------------------------------
 */

/* Of the flags in /proc/net/unix: somebody listens. */
#define LISTENS 0x10000

/*
 * Is LINE of /proc/net/unix one who listens at PATH? Postfix binds its sockets
 * from within its queue directory, so the end of the path has to do.
 */
static bool is_listener(const char *line, struct span path)
{
	char name[512] = "";
	unsigned flags = 0;
	struct span bound, front;

	if (sscanf(line, "%*s %*s %*s %x %*s %*s %*s %511s", &flags, name) <
		    2 ||
	    (flags & LISTENS) == 0)
		return false;
	bound = span_of(name);
	if (bound.len > path.len ||
	    !span_equal(bound, span_skip(path, path.len - bound.len)))
		return false;
	front = (struct span){ path.p, path.len - bound.len };
	return front.len == 0 || front.p[front.len - 1] == '/';
}

static bool is_listened_at(const char *path)
{
	FILE *sockets = fopen("/proc/net/unix", "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (sockets && !found && getline(&line, &size, sockets) > 0)
		found = is_listener(line, span_of(path));
	free(line);
	if (sockets)
		fclose(sockets);
	return found;
}

/*
 * 0 or negative errno. Only where nobody is seen to listen it is tried: an
 * smtpd that we left again would put an error into its log.
 */
static int try_socket(const struct sockaddr_un *to)
{
	int fd, r = 0;

	if (access(to->sun_path, W_OK) < 0)
		return -errno;
	if (is_listened_at(to->sun_path))
		return 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* a full backlog is somebody who listens */
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0 &&
	    errno != EAGAIN)
		r = -errno;
	close(fd);
	return r;
}

static void judge_pass(struct doctor *d, const struct handoff *h)
{
	const char *path = h->pass.socket.sun_path;
	int r = try_socket(&h->pass.socket);

	if (r < 0)
		doctor_find(d, DOCTOR_BROKEN,
			    doctor_setting(d, "handoff",
					   d->console->conf.handoff),
			    "%s: %s -- clients get 421; the service must be in "
			    "master.cf, of type pass, and its folder open to "
			    "the user that smtp-screen runs as",
			    path, strerror(-r));
	else
		doctor_find(d, DOCTOR_GOOD, NULL, "%s listens", path);
}

/* ---- connect --------------------------------------------------------------
 */

/* What the smtpd made of us, for people. */
static const char *judgement(enum connect_result result)
{
	switch (result) {
	case CONNECT_DEAF:
		return "it must read PROXY headers from this host, of this "
		       "version";
	case CONNECT_NO_SMTPD:
		return "a mail server must answer there";
	case CONNECT_NO_ROOM:
		return "see the limit on open files";
	case CONNECT_READY:
	case CONNECT_GONE:
	case CONNECT_NOT_OPEN:
		break;
	}
	return "the mail server must listen there";
}

static void judge_connect(struct doctor *d, const struct handoff *h)
{
	char address[ADDRESS_TEXT + 16], memory[CONNECT_GREETING + 64];
	char text[512]; /* for a terminal */
	struct sbuf server = SBUF(address), said = SBUF(memory);
	struct sbuf shown = SBUF(text);
	int64_t now = clock_mono();
	const struct connect_limits limits = { now + h->patience,
					       now + 2 * h->patience };
	enum connect_result result = connect_probe(&h->connect, &limits, &said);

	endpoint_format(&h->connect.server, &server);
	escape_printable(&shown, sbuf_span(&said), false);
	if (result != CONNECT_READY)
		doctor_find(d, DOCTOR_BROKEN,
			    doctor_setting(d, "handoff",
					   d->console->conf.handoff),
			    "%s: %s -- clients get 421; %s", address, text,
			    judgement(result));
	else if (memory[0] != '2')
		doctor_find(d, DOCTOR_WARNING,
			    doctor_setting(d, "handoff",
					   d->console->conf.handoff),
			    "%s turns away whoever comes from here: %s",
			    address, text);
	else
		doctor_find(d, DOCTOR_GOOD, NULL, "%s answers: %s", address,
			    text);
}

/* ---- all ------------------------------------------------------------------
 */

static void judge(struct doctor *d, const struct handoff *h)
{
	switch (h->kind) {
	case HANDOFF_EXEC:
		doctor_find(d, DOCTOR_GOOD, NULL, "%s can be executed",
			    h->program.argv[0]);
		doctor_rights(d, &h->program);
		break;
	case HANDOFF_PASS:
		judge_pass(d, h);
		break;
	case HANDOFF_CONNECT:
		judge_connect(d, h);
		break;
	}
}

void doctor_handoff(struct doctor *d)
{
	struct handoff handoff;
	struct report report;
	bool good;

	report_init(&report, &d->console->arena);
	good = handoff_choose(&d->console->conf, NULL, d->command,
			      &d->console->arena, &report, &handoff);
	doctor_report(d, &report);
	if (good)
		judge(d, &handoff);
	else if (report.errors == 0)
		doctor_find(d, DOCTOR_NOTE, NULL,
			    "the smtpd is named by what starts smtp-screen, "
			    "and was not looked at: name it behind doctor");
}
