#include "handoff/exim.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/number.h"
#include "base/sbuf.h"
#include "conf/linefile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE (5 * CLOCK_SECOND)
#define USERS	 "/etc/passwd"

/* ---- asking ------------------------------------------------------------- */

/* In the child. It is given nothing that is the client's. */
static void become_exim(const char *command, int answer)
{
	char name[] = "exim", option[] = "-bP", what[] = "exim_user";
	char *const argv[] = { name, option, what, NULL };
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(answer, 1) < 0 ||
	    dup2(null, 2) < 0)
		_exit(1);
	close_range(3, ~0U, 0);
	signal(SIGPIPE, SIG_DFL);
	execvp(command, argv);
	_exit(1);
}

/* All of the answer, until its end or DEADLINE; it may not be long. */
static int read_answer(int fd, struct sbuf *to, int64_t deadline)
{
	for (;;) {
		char text[256];
		int r = fdio_wait(fd, POLLIN, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = read(fd, text, sizeof(text));
		if (n <= 0)
			return n < 0 ? -errno : 0;
		sbuf_add(to, (struct span){ text, (size_t)n });
		if (!sbuf_fitted(to))
			return -EBADMSG;
	}
}

static int ask(const char *command, struct sbuf *answer)
{
	int channel[2], r;
	pid_t child;

	if (pipe2(channel, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child == 0)
		become_exim(command, channel[1]);
	r = child < 0 ? -errno : 0;
	close(channel[1]);
	if (r == 0) {
		r = read_answer(channel[0], answer, clock_mono() + PATIENCE);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	close(channel[0]);
	return r;
}

/* ---- understanding ------------------------------------------------------ */

/* The number of the user called NAME: 0, or negative errno. */
static int find_user(struct span name, struct arena *arena, uint64_t *ret)
{
	struct linefile file;
	struct span line;
	int r = linefile_open(&file, USERS, arena);

	if (r < 0)
		return r;
	while ((r = linefile_next(&file, &line)) > 0) {
		struct span user, password, number, rest;

		if (span_cut(line, ':', &user, &rest) &&
		    span_equal(user, name) &&
		    span_cut(rest, ':', &password, &rest) &&
		    span_cut(rest, ':', &number, &rest) &&
		    number_parse(number, UINT32_MAX, ret))
			return 0;
	}
	return r < 0 ? r : -ENOENT;
}

/* "exim_user = Debian-exim", or a number in its place. */
static int user_in(struct span answer, struct arena *arena, uint64_t *ret)
{
	struct span name, value;

	if (!span_cut(answer, '=', &name, &value) ||
	    !span_equal(span_trim(name), SPAN("exim_user")))
		return -EBADMSG;
	value = span_trim(value);
	if (number_parse(value, UINT32_MAX, ret))
		return 0;
	return find_user(value, arena, ret);
}

int exim_trusts(const char *command, uid_t uid, struct arena *arena)
{
	char memory[256];
	struct sbuf answer = SBUF(memory);
	uint64_t user;
	int r;

	if (uid == 0)
		return 1;
	r = ask(command, &answer);
	if (r < 0)
		return r;
	r = user_in(sbuf_span(&answer), arena, &user);
	return r < 0 ? r : user == uid;
}
