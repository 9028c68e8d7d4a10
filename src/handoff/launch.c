#include "handoff/launch.h"

#include "base/fdio.h"
#include "handoff/relay.h"
#include "handoff/ucspi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel's SIGRTMIN; libc keeps the first ones for itself. */
#define FIRST_REALTIME 32

/* ---- before ---------------------------------------------------------------
 */

/* What is made while there is no child yet that may do but little. */
struct plan {
	char *const *argv, *const *environment;
	bool stderr_is_client;
};

static int make_plan(const struct program *program, const struct peer *peer,
		     struct plan *ret)
{
	const struct stream *s = &peer->stream;
	bool by_hand = peer->source == PEER_FROM_OPTION;

	*ret = (struct plan){
		.argv = program_argv(program, peer),
		.environment = ucspi_environment(environ, peer, program->arena),
		.stderr_is_client = stream_reaches(2, s->in, by_hand) ||
				    stream_reaches(2, s->out, by_hand),
	};
	return ret->argv && ret->environment ? 0 : -ENOMEM;
}

/*
 * ---- on the way ------------------------------------------------------------
 *
 * Nothing here allocates or takes a lock: whose memory it is may not be ours.
 */

/* Exim takes the first EAGAIN for a lost connection. */
static void make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && flags & O_NONBLOCK)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/* What the smtpd says to standard error must not reach the client as SMTP. */
static int replace_stderr(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0) /* as good as closed, but nobody else can get it */
		fd = open("/", O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dup2(fd, 2) < 0)
		r = -errno;
	close(fd);
	return r;
}

static void close_on_exec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags >= 0)
		fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

/* False when /proc cannot tell what is open. */
static bool close_listed(void)
{
	_Alignas(struct dirent64) char room[1024];
	int all = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t size = -1;

	if (all < 0)
		return false;
	while ((size = getdents64(all, room, sizeof(room))) > 0)
		for (ssize_t at = 0; at < size;) {
			const struct dirent64 *one = (void *)(room + at);
			int fd = atoi(one->d_name); /* "." and ".." give 0 */

			if (fd > 2)
				close_on_exec(fd);
			at += one->d_reclen;
		}
	close(all);
	return size == 0;
}

/* The slow ways, for kernels before 5.11 and sandboxes. */
static void close_others_one_by_one(void)
{
	struct rlimit limit;

	if (close_listed() || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	for (int fd = 3; fd < 65536 && (rlim_t)fd < limit.rlim_cur; fd++)
		close_on_exec(fd);
}

/* Closed by the exec and not before it, for it may fail. */
static void close_others(void)
{
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		close_others_one_by_one();
}

/*
 * Handlers end with the exec, what is ignored does not: we ignore SIGPIPE,
 * and so does systemd for its services. Nobody ignores real-time signals, and
 * to ask for each of them is half of this function's price.
 */
static void reset_signals(sigset_t *ret_mask)
{
	sigset_t none;

	for (int number = 1; number < FIRST_REALTIME; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL)
			signal(number, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, ret_mask);
}

/* The client is on 0 and 1. */
static int arrange(const struct plan *plan)
{
	int r = fdio_fill_standard();

	if (r == 0 && plan->stderr_is_client)
		r = replace_stderr();
	if (r < 0)
		return r;
	make_blocking(0);
	make_blocking(1);
	close_others();
	return 0;
}

/* ---- in our place ---------------------------------------------------------
 */

/* A timer survives exec, and would go off as one of the smtpd's own. */
static void stop_timers(void)
{
	static const struct itimerval never;

	setitimer(ITIMER_REAL, &never, NULL);
	setitimer(ITIMER_VIRTUAL, &never, NULL);
	setitimer(ITIMER_PROF, &never, NULL);
}

int launch_exec(const struct program *program, const struct peer *peer)
{
	struct plan plan;
	sigset_t mask;
	int r = make_plan(program, peer, &plan);

	if (r == 0)
		r = arrange(&plan);
	if (r < 0)
		return r;
	stop_timers();
	reset_signals(&mask);
	execvpe(plan.argv[0], plan.argv, plan.environment);
	r = -errno;
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}

/* ---- beside us ------------------------------------------------------------
 */

/* execvpe(3) has a path on it, and the words of a script that names no
 * interpreter. */
#define STACK_SIZE (256 << 10)

struct start {
	struct plan plan;
	int fd;
	const struct rlimit *files;
	int error; /* what the child found */
};

/* In the child, but in our memory. Timers are not inherited. */
static int become(void *argument)
{
	struct start *s = argument;
	sigset_t mask;

	if (dup2(s->fd, 0) < 0 || dup2(s->fd, 1) < 0) {
		s->error = -errno;
		return 1;
	}
	if (s->files)
		setrlimit(RLIMIT_NOFILE, s->files);
	s->error = arrange(&s->plan);
	if (s->error < 0)
		return 1;
	reset_signals(&mask);
	execvpe(s->plan.argv[0], s->plan.argv, s->plan.environment);
	s->error = -errno;
	return 1;
}

/* The end of the child's stack, with a page below it that ends who needs more;
 * or NULL. */
static char *stack_end(void)
{
	static char *stack;
	char *memory;

	if (stack)
		return stack + STACK_SIZE;
	memory = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	mprotect(memory, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
	stack = memory;
	return stack + STACK_SIZE;
}

/* No handler of ours may run in a child that has our memory. */
static pid_t start(struct start *s)
{
	char *stack = stack_end();
	sigset_t all, mask;
	pid_t pid;

	if (!stack)
		return -ENOMEM;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	pid = clone(become, stack, CLONE_VM | CLONE_VFORK | SIGCHLD, s);
	if (pid < 0)
		pid = -errno;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return pid;
}

pid_t launch_beside(const struct program *program, const struct peer *peer,
		    int fd, const struct rlimit *files, int *ret_error)
{
	struct start s = { .fd = fd, .files = files };
	size_t used = program->arena->used;
	pid_t pid = make_plan(program, peer, &s.plan);

	if (pid == 0)
		pid = start(&s);
	arena_rewind(program->arena, used);
	if (pid < 0 || s.error == 0)
		return pid;
	waitpid(pid, NULL, 0);
	*ret_error = s.error;
	return 0;
}

int launch_child(const struct program *program, const struct peer *peer,
		 int *ret_fd)
{
	int pair[2], r = relay_pair(pair);
	pid_t child;

	if (r < 0)
		return r;
	child = launch_beside(program, peer, pair[1], NULL, &r);
	close(pair[1]);
	if (child > 0) {
		*ret_fd = pair[0];
		return 0;
	}
	close(pair[0]);
	return child < 0 ? child : r;
}
