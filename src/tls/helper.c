#include "tls/helper.h"

#include "base/fdio.h"
#include "tls/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * What the helper says when asked: 0 with a descriptor; an errno, when the
 * service cannot be reached; a negative errno, when the program cannot be
 * started.
 */
#define SAID_HERE 0

/* As many -o options as smtp-screen takes, -c, and the name. */
#define ARGUMENTS_MAX (2 * 256 + 3)

/* How often is looked whether a program that has hung up is over, and how many
 * milliseconds after one another. */
#define END_TRIES 25
#define END_PAUSE 2

/* Where it keeps its end of the pair; nothing above it is left open. */
#define OURS 3

/* ---- the helper's side --------------------------------------------------- */

/*
 * A lock file held here would stay locked, a socket open: all goes. Standard
 * error stays, for the program may log there; it knows not to when that is
 * the client.
 */
static bool let_go(int fd)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return false;
	if (fd != OURS && dup2(fd, OURS) < 0)
		return false;
	return close_range(OURS + 1, ~0u, 0) == 0 &&
	       fcntl(OURS, F_SETFD, FD_CLOEXEC) == 0;
}

/* 0 when the service's connection is on its way, or negative errno. */
static int fetch_service(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* without waiting: EAGAIN when too many wait already */
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	else
		r = errand_send_descriptor(OURS, SAID_HERE, fd, 0);
	close(fd);
	return r;
}

/* The program beside ours, as "build/smtp-screen-tls" beside ours there. */
static bool find_program(char *to, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", to, size);
	char *slash;

	if (n <= 0 || (size_t)n >= size)
		return false;
	to[n] = '\0';
	slash = strrchr(to, '/');
	if (!slash || (size_t)(slash + 1 - to) + sizeof(HELPER_PROGRAM) > size)
		return false;
	memcpy(slash + 1, HELPER_PROGRAM, sizeof(HELPER_PROGRAM));
	return true;
}

/* PATH and the options that stand for INPUT; ARGV has room, all NULL. */
static bool make_arguments(const char *path, const struct conf_input *input,
			   const char *argv[ARGUMENTS_MAX + 1])
{
	size_t n = 0;

	argv[n++] = path;
	if (input->file) {
		argv[n++] = "-c";
		argv[n++] = input->file;
	}
	for (size_t i = 0; i < input->option_count; i++) {
		if (n + 2 > ARGUMENTS_MAX)
			return false;
		argv[n++] = "-o";
		argv[n++] = input->options[i];
	}
	return true;
}

/* Comes back, with a negative errno, only when it cannot be started. */
static int become_program(const struct conf_input *input)
{
	char path[4096];
	const char *argv[ARGUMENTS_MAX + 1] = { NULL };
	int pair[2];

	if (!find_program(path, sizeof(path)))
		return -ENOENT;
	if (access(path, X_OK) < 0)
		return -errno;
	if (!make_arguments(path, input, argv))
		return -E2BIG;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	if (errand_send_descriptor(OURS, SAID_HERE, pair[0], 0) < 0 ||
	    dup2(pair[1], STDIN_FILENO) < 0)
		_exit(1);
	execv(path, (char *const *)(void *)argv);
	/* who asked finds the pair closed */
	_exit(1);
}

static void serve(const struct helper_setup *setup)
{
	struct stat st;
	int r;

	/* no such socket is no trouble: then the service is not wanted */
	if (setup->service[0] != '\0' && stat(setup->service, &st) == 0) {
		r = fetch_service(setup->service);
		if (r < 0)
			errand_send_descriptor(OURS, -r, -1, 0);
		return;
	}
	r = become_program(setup->input);
	errand_send_descriptor(OURS, r, -1, 0);
}

static void wait_and_serve(int fd, const struct helper_setup *setup)
{
	char asked;

	if (let_go(fd) && fdio_wait(OURS, POLLIN, setup->end) > 0 &&
	    read(OURS, &asked, 1) == 1)
		serve(setup);
	_exit(0);
}

/* ---- our side ------------------------------------------------------------ */

void helper_open(struct helper *h, const struct helper_setup *setup)
{
	int pair[2];

	*h = (struct helper){ .fd = -1, .pid = -1, .asked = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		h->fd = -errno;
		return;
	}
	h->pid = fork();
	if (h->pid == 0) {
		close(pair[0]);
		wait_and_serve(pair[1], setup);
	}
	close(pair[1]);
	if (h->pid < 0) {
		h->fd = -errno;
		close(pair[0]);
		return;
	}
	h->fd = pair[0];
}

/* SAID is no SAID_HERE. */
static int explain(int32_t said, const struct helper_setup *setup,
		   struct sbuf *why)
{
	if (said > 0) {
		sbuf_addf(why,
			  "cannot connect to %s: %s; is smtp-screen-tls.socket "
			  "started, and may this user write to it?",
			  setup->service, strerror(said));
		return -said;
	}
	sbuf_addf(why, "cannot start " HELPER_PROGRAM ": %s; %s",
		  strerror(-said),
		  said == -EMFILE || said == -ENFILE
			  ? "see the limit on open files"
			  : "it must lie beside smtp-screen, or run as a "
			    "service (tls_service)");
	return said;
}

/* 0 with *RET, or a negative errno. */
static int ask(int fd, const struct helper_setup *setup, int64_t deadline,
	       int *ret, struct sbuf *why)
{
	int32_t said = SAID_HERE;
	int r = send(fd, "?", 1, MSG_NOSIGNAL) == 1
			? errand_receive_descriptor(fd, deadline, &said, ret)
			: -errno;

	if (r == 0 && said == SAID_HERE)
		r = *ret < 0 ? -EPROTO : 0;
	else if (r == 0)
		return explain(said, setup, why);
	if (r < 0)
		sbuf_addf(why,
			  "the process that fetches " HELPER_PROGRAM ": %s",
			  strerror(-r));
	return r;
}

int helper_ask(struct helper *h, const struct helper_setup *setup,
	       int64_t deadline, struct sbuf *why)
{
	int fd = -1, r;

	if (h->fd < 0) {
		sbuf_addf(why, "no process to fetch it: %s",
			  strerror(h->fd == -1 ? EPIPE : -h->fd));
		return h->fd;
	}
	r = ask(h->fd, setup, deadline, &fd, why);
	close(h->fd);
	h->fd = -EPIPE;
	/* whether it has ended, or is the program now, is its own affair */
	h->asked = h->pid;
	h->pid = -1;
	return r < 0 ? r : fd;
}

int helper_killed(struct helper *h)
{
	int status = 0;

	if (h->asked <= 0)
		return 0;
	/* its descriptors are closed a little before it is over */
	for (int i = 0; i < END_TRIES; i++) {
		if (waitpid(h->asked, &status, WNOHANG) != 0)
			break;
		poll(NULL, 0, END_PAUSE);
	}
	h->asked = -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void helper_close(struct helper *h)
{
	if (h->fd >= 0)
		close(h->fd);
	/* it notices at once */
	if (h->pid > 0)
		while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
			;
	*h = (struct helper){ .fd = -EPIPE, .pid = -1, .asked = -1 };
}
