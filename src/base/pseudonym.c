#include "base/pseudonym.h"

#include "base/clock.h"
#include "base/filelock.h"
#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only somebody who makes the same key at the same time holds the lock. */
#define PATIENCE (2 * CLOCK_SECOND)

/* Half a key on the disk would be another key: it must be there before it is
 * used. */
static int fill(int fd)
{
	unsigned char key[PSEUDONYM_SECRET];

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return -EIO;
	if (pwrite(fd, key, sizeof(key), 0) != sizeof(key) || fsync(fd) < 0) {
		int r = errno > 0 ? -errno : -EIO;

		return ftruncate(fd, 0) < 0 ? -errno : r;
	}
	return 0;
}

static int fill_if_empty(int fd)
{
	struct stat st;
	int r = filelock_take_whole(fd, clock_mono() + PATIENCE);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_size == 0 ? fill(fd) : 0;
}

static int load(int fd, unsigned char *ret)
{
	unsigned char key[PSEUDONYM_SECRET + 1];
	ssize_t n = pread(fd, key, sizeof(key), 0);

	if (n < 0)
		return -errno;
	if (n != PSEUDONYM_SECRET)
		return -EBADMSG;
	memcpy(ret, key, PSEUDONYM_SECRET);
	return 0;
}

int pseudonym_key_load(const char *file, unsigned char ret[PSEUDONYM_SECRET])
{
	int fd, r = private_file_open(file, O_RDWR | O_CREAT, &fd);

	if (r == -EACCES || r == -EROFS) /* laid there for us to read */
		r = private_file_open(file, O_RDONLY, &fd);
	if (r < 0)
		return r;
	r = load(fd, ret);
	if (r == -EBADMSG) { /* somebody may be filling it right now */
		r = fill_if_empty(fd);
		if (r == 0)
			r = load(fd, ret);
	}
	close(fd);
	return r;
}

int pseudonym_key_read(const char *file, unsigned char ret[PSEUDONYM_SECRET])
{
	/* a FIFO must not keep us */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r;

	if (fd < 0)
		return -errno;
	r = load(fd, ret);
	close(fd);
	return r;
}

void pseudonym_add(struct sbuf *to, const unsigned char key[PSEUDONYM_SECRET],
		   struct span name)
{
	sbuf_addf(to, "%016" PRIx64 "%016" PRIx64, siphash(key, name),
		  siphash(key + SIPHASH_KEY, name));
}
