#include "doctor/systemctl.h"

#include "base/clock.h"
#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* systemd answers at once or not at all. */
#define PATIENCE (10 * CLOCK_SECOND)

static void become_systemctl(const char *const *argv, int out)
{
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

bool systemctl_ask(const char *const *argv, struct sbuf *to)
{
	int fds[2], status;
	bool heard;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	child = fork();
	if (child == 0)
		become_systemctl(argv, fds[1]);
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

struct span systemctl_property(struct span text, struct span name)
{
	struct span line, key, value;

	while (span_next_line(&text, &line) && line.len > 0)
		if (span_cut(line, '=', &key, &value) && span_equal(key, name))
			return value;
	return SPAN("");
}

struct span systemctl_next(struct span text)
{
	struct span line;

	while (span_next_line(&text, &line) && line.len > 0)
		;
	return text;
}

bool systemctl_is_active(struct span text)
{
	return span_equal(systemctl_property(text, SPAN("ActiveState")),
			  SPAN("active"));
}
