#include "greylist/become.h"

#include "base/fdio.h"
#include "base/number.h"
#include "base/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static bool failed(struct sbuf *why, const char *what)
{
	sbuf_addf(why, "%s: %s", what, strerror(errno));
	return false;
}

/* ---- the background ---------------------------------------------- */

/* A new file: whatever was put there before is replaced, not written to. */
static bool write_pid(const char *file, struct sbuf *why)
{
	const struct replace_as as = { geteuid(), getegid(), 0644 };
	char memory[24];
	struct sbuf text = SBUF(memory);
	int r;

	sbuf_addf(&text, "%d\n", (int)getpid());
	r = replace_file(file, sbuf_span(&text), &as);
	if (r < 0)
		sbuf_addf(why, "%s: %s", file, strerror(-r));
	return r == 0;
}

/* Whoever started us learns how it went, and that is all. */
static _Noreturn void be_parent(pid_t child, int line)
{
	char good;
	int status;

	if (read(line, &good, 1) == 1)
		_exit(EX_OK);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(EX_OSERR);
}

bool become_child(const struct grey_options *o, int *ret_line, struct sbuf *why)
{
	int line[2];
	pid_t child;

	*ret_line = -1;
	if (!o->daemonize)
		return true;
	if (pipe2(line, O_CLOEXEC) < 0)
		return failed(why, "pipe");
	child = fork();
	if (child < 0)
		return failed(why, "fork");
	if (child > 0) {
		close(line[1]);
		be_parent(child, line[0]);
	}
	close(line[0]);
	*ret_line = line[1];
	if (setsid() < 0 || chdir("/") < 0)
		return failed(why, "setsid");
	return !o->pidfile || write_pid(o->pidfile, why);
}

bool become_daemon(int line, struct sbuf *why)
{
	int r;

	if (line < 0)
		return true;
	r = fdio_empty_standard(STDIN_FILENO, STDERR_FILENO);
	if (r < 0) {
		errno = -r;
		return failed(why, "/dev/null");
	}
	if (write(line, "", 1) != 1) /* then nobody waits for us */
		errno = 0;
	close(line);
	return true;
}

/* ---- the user ---------------------------------------------------- */

static bool find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	/* cppcheck-suppress getpwnamCalled ; there is one thread */
	const struct passwd *p = getpwnam(name);
	uint64_t id;

	if (!p && number_parse(span_of(name), INT32_MAX, &id))
		/* cppcheck-suppress getpwuidCalled ; there is one thread */
		p = getpwuid((uid_t)id);
	if (!p)
		return false;
	*ret_uid = p->pw_uid;
	*ret_gid = p->pw_gid;
	return true;
}

static bool find_group(const char *name, gid_t *ret)
{
	/* cppcheck-suppress getgrnamCalled ; there is one thread */
	const struct group *g = getgrnam(name);
	uint64_t id;

	if (g)
		*ret = g->gr_gid;
	else if (number_parse(span_of(name), INT32_MAX, &id))
		*ret = (gid_t)id;
	else
		return false;
	return true;
}

bool become_user(const struct grey_options *o, struct sbuf *why)
{
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0)
		return true;
	if (!find_user(o->user, &uid, &gid)) {
		sbuf_addf(why,
			  "--user=%s: no such user; make it (systemd-sysusers "
			  "does), or name another",
			  o->user);
		return false;
	}
	if (o->group && !find_group(o->group, &gid)) {
		sbuf_addf(why, "--group=%s: no such group", o->group);
		return false;
	}
	if (uid == 0)
		return true;
	if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
		return failed(why, o->user);
	return true;
}
