#include "handoff/launch.h"

#include "base/fdio.h"
#include "handoff/ucspi.h"
#include "handoff/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- what to exec ---------------------------------------------------------
 */

static void add_words_error(enum words_error error, struct report *report,
			    const struct origin *where)
{
	switch (error) {
	case WORDS_OK:
		break;
	case WORDS_UNCLOSED:
		report_add(report, REPORT_ERROR, where,
			   "a double quote is not closed");
		break;
	case WORDS_NUL:
		report_add(report, REPORT_ERROR, where,
			   "a command cannot hold a NUL byte");
		break;
	case WORDS_NO_ROOM:
		report_add(report, REPORT_ERROR, where,
			   "the settings do not fit into memory");
		break;
	}
}

/* The command in "exec:COMMAND" or "exec"; NULL after a mistake. */
static char *const *command_from(struct span handoff, struct arena *arena,
				 struct report *report,
				 const struct origin *where)
{
	static char *const none[] = { NULL };
	char *const *words;
	enum words_error error;

	if (span_equal(handoff, SPAN("exec")))
		return none;
	error = words_split(span_skip(handoff, 5), arena, &words);
	add_words_error(error, report, where);
	return error == WORDS_OK ? words : NULL;
}

static bool is_named(char *const *command)
{
	return command && command[0] && command[0][0];
}

/*
 * The smtpd, or NULL. --check-config without a command may well be about the
 * file alone: super-servers give the command in argv.
 */
static char *const *choose_command(const struct conf *conf, bool checking,
				   char *const *command, struct arena *arena,
				   struct report *report)
{
	struct origin where = conf_origin(conf, "handoff");
	char *const *chosen = command_from(span_trim(span_of(conf->handoff)),
					   arena, report, &where);

	if (!chosen)
		return NULL;
	if (command && command[0])
		chosen = command;
	if (is_named(chosen))
		return chosen;
	report_add(report, checking ? REPORT_NOTE : REPORT_ERROR, &where,
		   "there is no smtpd to hand clients to: write it behind the "
		   "options, as in \"smtp-screen -- /usr/sbin/exim4 -bs\", or "
		   "set handoff = exec:/usr/sbin/exim4 -bs");
	return NULL;
}

/* ---- can it be executed? --------------------------------------------------
 */

/* 0 or a negative errno. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return access(path, X_OK) < 0 ? -errno : 0;
}

/* As execvp(3) looks NAME up: the first that may be executed. */
static int search_path(const char *name)
{
	const char *value = getenv("PATH");
	struct span rest = span_of(value ? value : "/bin:/usr/bin");
	struct span folder;
	char memory[PATH_MAX];
	int result = -ENOENT;

	for (bool more = true; more;) {
		struct sbuf path = SBUF(memory);
		int r;

		more = span_cut(rest, ':', &folder, &rest);
		sbuf_add(&path, more ? folder : rest);
		sbuf_add_text(&path, path.len > 0 ? "/" : "./");
		sbuf_add_text(&path, name);
		r = sbuf_fitted(&path) ? executable(memory) : -ENAMETOOLONG;
		if (r == 0)
			return 0;
		if (r == -EACCES)
			result = r;
	}
	return result;
}

static bool check_executable(const char *name, struct report *report)
{
	bool has_path = strchr(name, '/') != NULL;
	int r = has_path ? executable(name) : search_path(name);

	if (r == 0)
		return true;
	report_add(report, REPORT_ERROR, NULL,
		   "the smtpd %s cannot be executed: %s%s", name, strerror(-r),
		   has_path ? "" : " (looked for in PATH)");
	return false;
}

/* ---- will it learn the address? -------------------------------------------
 */

static bool check_address(const struct conf *conf, const struct peer *peer,
			  struct report *report)
{
	struct origin where = conf_origin(conf, "exec_address_from");

	switch (conf->exec_address_from) {
	case EXEC_ADDRESS_UNSET:
		break;
	case EXEC_ADDRESS_ENVIRONMENT:
		return true;
	case EXEC_ADDRESS_ARGUMENTS:
		report_add(report, REPORT_ERROR, &where,
			   "arguments: not available in this version");
		return false;
	}
	if (peer ? peer->source == PEER_FROM_SOCKET
		 : conf->upstream_proxy_protocol[0] == '\0')
		return true;
	if (peer && peer->source == PEER_FROM_OPTION) {
		report_add(report, REPORT_WARNING, &where,
			   "not set: without a TCP connection the smtpd may "
			   "take this client for a local one and relay for it; "
			   "\"environment\" says that it reads TCPREMOTEIP");
		return true;
	}
	report_add(report, REPORT_ERROR, &where,
		   "not set: the smtpd cannot see this client's address and "
		   "would take it for a local one; \"environment\" says that "
		   "it reads TCPREMOTEIP (qmail-smtpd, mailfront, Courier)");
	return false;
}

bool launch_prepare(const struct conf *conf, const struct peer *peer,
		    char *const *command, struct arena *arena,
		    struct report *report, struct launch *ret)
{
	char *const *argv = choose_command(conf, !peer, command, arena, report);
	bool good = check_address(conf, peer, report) && argv;

	/* for a connection the exec itself tells, and costs nothing more */
	if (argv && !peer && !check_executable(argv[0], report))
		good = false;
	if (good)
		ret->argv = argv;
	return good;
}

/* ---- becoming the smtpd ---------------------------------------------------
 */

/* Exim takes the first EAGAIN for a lost connection. */
static void make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && flags & O_NONBLOCK)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/* What the smtpd says to standard error must not reach the client as SMTP. */
static int guard_stderr(bool by_hand)
{
	int fd, r = 0;

	if (!stream_reaches(2, 0, by_hand) && !stream_reaches(2, 1, by_hand))
		return 0;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
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

/* The slow ways, for kernels before 5.11 and sandboxes. */
static void close_others_one_by_one(void)
{
	DIR *all = opendir("/proc/self/fd");
	struct dirent *one;
	struct rlimit limit;

	if (all) {
		while ((one = readdir(all))) {
			int fd = atoi(one->d_name); /* "." and ".." give 0 */

			if (fd > 2)
				close_on_exec(fd);
		}
		closedir(all);
	} else if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		for (int fd = 3; fd < 65536 && (rlim_t)fd < limit.rlim_cur;
		     fd++)
			close_on_exec(fd);
	}
}

/* Closed by the exec and not before it, for it may fail. */
static void close_others(void)
{
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		close_others_one_by_one();
}

/* A timer survives exec, and would go off as one of the smtpd's own. */
static void stop_timers(void)
{
	static const struct itimerval never;

	setitimer(ITIMER_REAL, &never, NULL);
	setitimer(ITIMER_VIRTUAL, &never, NULL);
	setitimer(ITIMER_PROF, &never, NULL);
}

/*
 * Handlers end with the exec, what is ignored does not: we ignore SIGPIPE,
 * and so does systemd for its services.
 */
static void reset_signals(sigset_t *ret_mask)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL)
			signal(number, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, ret_mask);
}

int launch_exec(const struct launch *launch, const struct peer *peer)
{
	sigset_t mask;
	int r = fdio_fill_standard();

	if (r == 0)
		r = guard_stderr(peer->source == PEER_FROM_OPTION);
	if (r == 0)
		r = ucspi_export(peer);
	if (r < 0)
		return r;
	make_blocking(0);
	make_blocking(1);
	close_others();
	stop_timers();
	reset_signals(&mask);
	execvp(launch->argv[0], launch->argv);
	r = -errno;
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}
