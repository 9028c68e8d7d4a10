#include "triplet/privacy.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/filelock.h"
#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
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
	unsigned char key[TRIPLET_SECRET];

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return -EIO;
	if (pwrite(fd, key, sizeof(key), 0) != sizeof(key) || fsync(fd) < 0) {
		int r = errno > 0 ? -errno : -EIO;

		return ftruncate(fd, 0) < 0 ? -errno : r;
	}
	return 0;
}

static int load(int fd, unsigned char *ret)
{
	unsigned char key[TRIPLET_SECRET + 1];
	size_t len;
	int r = fdio_read_whole(fd, (char *)key, sizeof(key), &len);

	if (r == 0 && len != TRIPLET_SECRET)
		r = -EBADMSG;
	if (r == 0)
		memcpy(ret, key, TRIPLET_SECRET);
	return r;
}

int privacy_key_load(const char *file, unsigned char ret[TRIPLET_SECRET])
{
	struct stat st;
	int fd, r = private_file_open(file, O_RDWR | O_CREAT, &fd);

	if (r == -EACCES || r == -EROFS) /* laid there for us to read */
		r = private_file_open(file, O_RDONLY, &fd);
	if (r < 0)
		return r;
	r = filelock_take_whole(fd, clock_mono() + PATIENCE);
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r == 0 && st.st_size == 0)
		r = fill(fd);
	if (r == 0)
		r = load(fd, ret);
	close(fd);
	return r;
}
