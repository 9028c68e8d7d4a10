#include "history/unpacked.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const struct packer {
	const char *suffix, *program;
} packers[] = {
	{ ".gz", "gzip" },
	{ ".xz", "xz" },
	{ ".zst", "zstd" },
	{ ".bz2", "bzip2" },
};

static const struct packer *packer_of(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		size_t end = strlen(packers[i].suffix);

		if (len > end &&
		    strcmp(name + len - end, packers[i].suffix) == 0)
			return &packers[i];
	}
	return NULL;
}

const char *unpacked_suffix(const char *name)
{
	const struct packer *p = packer_of(name);

	return p ? p->suffix : "";
}

/* PROGRAM -dc <FROM >TO; its complaints are the operator's to see. */
static int spawn(const char *program, int from, int to, pid_t *ret)
{
	char name[16], option[] = "-dc";
	char *argv[] = { name, option, NULL };
	posix_spawn_file_actions_t actions;
	int r;

	strncpy(name, program, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	r = posix_spawn_file_actions_init(&actions);
	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, to,
						     STDOUT_FILENO);
	if (r == 0)
		r = posix_spawnp(ret, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* A descriptor to read what is unpacked from, or negative errno. */
static int unpack(struct unpacked *u, const char *program)
{
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	r = spawn(program, u->file, fds[1], &u->child);
	close(fds[1]);
	if (r < 0)
		close(fds[0]);
	return r < 0 ? r : fds[0];
}

static int open_regular(const char *name)
{
	/* a FIFO must not keep us */
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

int unpacked_open(struct unpacked *u, const char *name)
{
	const struct packer *p = packer_of(name);
	int r;

	u->fd = -1;
	u->child = 0;
	u->error = 0;
	u->ended = false;
	u->at = u->end = 0;
	u->file = open_regular(name);
	if (u->file < 0)
		return u->file;
	r = p ? unpack(u, p->program) : u->file;
	if (r >= 0) {
		u->fd = r;
		return 0;
	}
	unpacked_close(u, true);
	return r;
}

/* Read more behind what is there, which is moved to the front. */
static void fill(struct unpacked *u)
{
	ssize_t n;

	memmove(u->text, u->text + u->at, u->end - u->at);
	u->end -= u->at;
	u->at = 0;
	do
		n = read(u->fd, u->text + u->end, sizeof(u->text) - u->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		u->error = -errno;
	if (n > 0)
		u->end += (size_t)n;
	else
		u->ended = true;
}

/* Forget all up to the next line feed, or the end. */
static void skip_line(struct unpacked *u)
{
	const char *feed = NULL;

	while (!feed && !u->ended) {
		u->at = u->end;
		fill(u);
		feed = memchr(u->text, '\n', u->end);
	}
	u->at = feed ? (size_t)(feed - u->text) + 1 : u->end;
}

bool unpacked_line(struct unpacked *u, struct span *ret, bool *ret_whole)
{
	size_t seen = 0; /* of what is there, without a line feed */
	const char *feed;

	for (;;) {
		const char *line = u->text + u->at;

		feed = memchr(line + seen, '\n', u->end - u->at - seen);
		seen = u->end - u->at;
		if (feed || u->ended)
			break;
		if (seen == sizeof(u->text)) {
			skip_line(u);
			*ret = SPAN("");
			*ret_whole = false;
			return true;
		}
		fill(u);
	}
	if (!feed && seen == 0)
		return false;
	*ret_whole = feed != NULL;
	*ret = (struct span){ u->text + u->at, seen };
	if (feed)
		ret->len = (size_t)(feed - ret->p);
	u->at += ret->len + (feed ? 1 : 0);
	return true;
}

int unpacked_close(struct unpacked *u, bool early)
{
	int status, r = u->error;

	if (u->fd >= 0 && u->fd != u->file)
		close(u->fd);
	if (u->child > 0) {
		while (waitpid(u->child, &status, 0) < 0 && errno == EINTR)
			;
		if (!early && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
			r = -EBADMSG;
	}
	if (u->file >= 0)
		close(u->file);
	u->fd = u->file = -1;
	return r;
}
