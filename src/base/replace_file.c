#include "base/replace_file.h"

#include "base/sbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Open the directory in which NAME, the end of PATH, is. 0 or negative errno.
 */
static int open_folder(const char *path, const char *name, int *ret)
{
	char memory[PATH_MAX];
	struct sbuf folder = SBUF(memory);

	sbuf_add(&folder, (struct span){ path, (size_t)(name - path) });
	sbuf_add_char(&folder, '.');
	if (!sbuf_fitted(&folder))
		return -ENAMETOOLONG;
	*ret = open(memory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}

static int write_all(int fd, struct span rest)
{
	while (rest.len > 0) {
		ssize_t n = write(fd, rest.p, rest.len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			rest = span_skip(rest, (size_t)n);
	}
	return 0;
}

/* The owner before the mode: nobody reads it who may not. */
static int fill(int fd, struct span contents, const struct replace_as *as)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_uid != as->owner || st.st_gid != as->group) &&
	    fchown(fd, as->owner, as->group) < 0)
		return -errno;
	r = write_all(fd, contents);
	if (r == 0 && (fchmod(fd, as->mode) < 0 || fsync(fd) < 0))
		r = -errno;
	return r;
}

/* Leave NAME in FOLDER as it is unless all goes well. */
static int replace(int folder, const char *name, struct span contents,
		   const struct replace_as *as)
{
	char memory[NAME_MAX + 1];
	struct sbuf other = SBUF(memory);
	uint64_t random;
	int fd, r;

	/* nobody can have put something there before */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	sbuf_addf(&other, "%s.%016" PRIx64, name, random);
	if (!sbuf_fitted(&other))
		return -ENAMETOOLONG;
	fd = openat(folder, memory,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = fill(fd, contents, as);
	close(fd);
	if (r == 0 && renameat(folder, memory, folder, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(folder, memory, 0);
	return r;
}

int replace_file(const char *path, struct span contents,
		 const struct replace_as *as)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int folder, r = open_folder(path, name, &folder);

	if (r < 0)
		return r;
	r = replace(folder, name, contents, as);
	if (r == 0) /* where that fails a crash brings back the old one */
		fsync(folder);
	close(folder);
	return r;
}
