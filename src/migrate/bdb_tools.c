#include "migrate/bdb_tools.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/sbuf.h"
#include "console/owner.h"
#include "console/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* The child's. */
struct copy {
	const char *from;
	char to[PATH_MAX]; /* a folder */
	int64_t deadline;  /* monotonic */
};

static bool failed(const char *path, const char *name)
{
	say("%s/%s: %s", path, name, strerror(errno));
	return false;
}

/* ---- files ------------------------------------------------------- */

static bool join(char *to, const char *folder, const char *name)
{
	struct sbuf path = sbuf_in(to, PATH_MAX);

	sbuf_addf(&path, "%s/%s", folder, name);
	return sbuf_fitted(&path);
}

static bool copy_bytes(int from, int to)
{
	ssize_t n;

	while ((n = sendfile(to, from, NULL, 1 << 24)) > 0)
		;
	return n == 0;
}

/* False with errno. */
static bool copy_file(const struct copy *c, const char *name)
{
	char from[PATH_MAX], to[PATH_MAX];
	int in = -1, out = -1, error;
	struct stat st;
	bool good = false;

	if (!join(from, c->from, name) || !join(to, c->to, name)) {
		errno = ENAMETOOLONG;
		return false;
	}
	/* not blocking: for what is no file */
	in = open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (in >= 0 && fstat(in, &st) == 0) {
		if (S_ISREG(st.st_mode)) {
			out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				   0600);
			good = out >= 0 && copy_bytes(in, out);
		} else {
			errno = EINVAL;
		}
	}
	error = errno;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	errno = error;
	return good;
}

/* "log.0000000001" */
static bool is_log(const char *name)
{
	return strncmp(name, "log.", 4) == 0 && strlen(name) == 14 &&
	       strspn(name + 4, "0123456789") == 10;
}

/* Behind the databases: so they hold whatever those lack. */
static bool copy_logs(const struct copy *c, bool *ret_any)
{
	DIR *folder = opendir(c->from);
	struct dirent *entry;
	bool good = true;

	*ret_any = false;
	if (!folder) {
		say("%s: %s", c->from, strerror(errno));
		return false;
	}
	while (good && (entry = readdir(folder))) {
		if (!is_log(entry->d_name))
			continue;
		/* one that is removed meanwhile was of no use any more */
		if (copy_file(c, entry->d_name))
			*ret_any = true;
		else if (errno != ENOENT)
			good = failed(c->from, entry->d_name);
	}
	closedir(folder);
	return good;
}

static void remove_copy(const struct copy *c)
{
	DIR *folder = opendir(c->to);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(c->to);
}

/* ---- programs ---------------------------------------------------- */

static _Noreturn void become_program(char *const *argv)
{
	char memory[32];
	struct sbuf versioned = SBUF(memory);

	sbuf_addf(&versioned, "db5.3_%s", argv[0] + strlen("db_"));
	unsetenv("DB_HOME");
	execvp(argv[0], argv);
	if (errno == ENOENT)
		execvp(memory, argv);
	say("%s: %s -- it comes with Berkeley DB (Debian: db-util); or run "
	    "db_dump elsewhere, and import what it wrote",
	    argv[0], strerror(errno));
	_exit(EX_UNAVAILABLE);
}

/* Run one; false after it, or we, said why it failed. */
static bool run(const struct copy *c, char *const *argv)
{
	pid_t child = fork();
	int status, fd;

	if (child == 0)
		become_program(argv);
	if (child < 0) {
		say("fork: %s", strerror(errno));
		return false;
	}
	fd = pidfd_open(child, 0);
	if (fd < 0 || fdio_wait(fd, POLLIN, c->deadline) < 0) {
		say("%s takes too long", argv[0]);
		kill(child, SIGKILL);
	}
	if (fd >= 0)
		close(fd);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* All logs count, not only those behind the last checkpoint: the copies may
 * be of different moments. */
static bool recover(struct copy *c)
{
	static char name[] = "db_recover", all[] = "-c", home[] = "-h";
	char *argv[] = { name, all, home, c->to, NULL };

	return run(c, argv);
}

static bool dump(const struct copy *c, char *path)
{
	static char name[] = "db_dump";
	char *argv[] = { name, path, NULL };

	return run(c, argv);
}

/* ---- the child --------------------------------------------------- */

static bool dump_copies(const struct copy *c, const char *const *names,
			size_t count)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < count; i++) {
		if (!join(path, c->to, names[i]) ||
		    (i > 0 && access(path, F_OK) < 0))
			continue;
		if (!dump(c, path))
			return false;
	}
	return true;
}

static bool copy_all(const struct copy *c, const char *const *names,
		     size_t count, bool *ret_logs)
{
	for (size_t i = 0; i < count; i++)
		if (!copy_file(c, names[i]) && (i == 0 || errno != ENOENT))
			return failed(c->from, names[i]);
	return copy_logs(c, ret_logs);
}

static int work(struct copy *c, const char *const *names, size_t count)
{
	const char *base = getenv("TMPDIR");
	bool logs = false, good;

	if (!base || base[0] != '/')
		base = "/tmp";
	if (!join(c->to, base, "smtp-screenctl.XXXXXX") || !mkdtemp(c->to)) {
		say("%s: %s; TMPDIR may name another place for copies", base,
		    strerror(errno));
		return EX_UNAVAILABLE;
	}
	good = copy_all(c, names, count, &logs) && (!logs || recover(c)) &&
	       dump_copies(c, names, count);
	remove_copy(c);
	return good ? EX_OK : EX_UNAVAILABLE;
}

/* Who reads what others wrote should be no more than they. */
static _Noreturn void be_child(int to, const char *folder,
			       const char *const *names, size_t count)
{
	struct copy c = {
		.from = folder,
		.deadline = clock_mono() + BDB_TOOLS_PATIENCE_S * CLOCK_SECOND,
	};
	char path[PATH_MAX], reasons[PATH_MAX + 512];
	struct sbuf why = SBUF(reasons);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (dup2(to, STDOUT_FILENO) < 0 || !join(path, folder, names[0]))
		_exit(EX_OSERR);
	umask(0077);
	if (owner_become(path, &why) != OWNER_OK && geteuid() == 0) {
		say("%s", reasons);
		_exit(EX_NOPERM);
	}
	_exit(work(&c, names, count));
}

/* ---- the parent -------------------------------------------------- */

int bdb_tools_start(const char *folder, const char *const *names, size_t count,
		    struct bdb_tools *ret)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		say("pipe: %s", strerror(errno));
		return EX_OSERR;
	}
	fflush(stdout);
	child = fork();
	if (child == 0)
		be_child(ends[1], folder, names, count);
	close(ends[1]);
	if (child < 0) {
		say("fork: %s", strerror(errno));
		close(ends[0]);
		return EX_OSERR;
	}
	*ret = (struct bdb_tools){ child, ends[0] };
	return EX_OK;
}

int bdb_tools_end(const struct bdb_tools *t)
{
	int status;

	while (waitpid(t->child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_UNAVAILABLE;
}
