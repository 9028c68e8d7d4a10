#include "state/state_file.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/filelock.h"
#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whoever makes the file has written it within milliseconds. */
#define PATIENCE CLOCK_SECOND

static bool is_whole(int fd)
{
	struct image_header h;
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == IMAGE_SIZE &&
	       pread(fd, &h, sizeof(h), 0) == sizeof(h) &&
	       image_header_valid(&h);
}

/*
 * Write it anew, in place: others may have it mapped. All of it is written,
 * so that the disk has room for each page; the header comes last.
 */
static int make_anew(int fd)
{
	static const char zeros[4096];
	unsigned char key[SIPHASH_KEY] = { 0 };
	struct image_header h;
	int r = 0;

	/* right after the machine's start there may be nothing random yet:
	 * then the key is known, and so is that there are lists */
	if (getrandom(key, sizeof(key), GRND_NONBLOCK) < 0)
		memset(key, 0, sizeof(key));
	image_header_init(&h, key);
	for (size_t at = 0; r == 0 && at < IMAGE_SIZE; at += sizeof(zeros))
		r = fdio_write_at(fd, zeros, sizeof(zeros), (int64_t)at);
	if (r == 0 && ftruncate(fd, IMAGE_SIZE) < 0)
		r = -errno;
	if (r == 0)
		r = fdio_write_at(fd, &h, sizeof(h), 0);
	/* give the space back; there is nobody left to tell if that fails */
	if (r < 0 && ftruncate(fd, 0) < 0)
		return r;
	return r;
}

/* A file that would become too large is an error, not our end. */
static int make_anew_within_limits(int fd)
{
	struct sigaction before, ignore = { .sa_handler = SIG_IGN };
	int r;

	sigaction(SIGXFSZ, &ignore, &before);
	r = make_anew(fd);
	sigaction(SIGXFSZ, &before, NULL);
	return r;
}

static int repair(int fd)
{
	int r = filelock_take_whole(fd, clock_mono() + PATIENCE);

	if (r < 0)
		return r;
	if (!is_whole(fd)) /* nobody was faster */
		r = make_anew_within_limits(fd);
	filelock_drop_whole(fd);
	return r;
}

int state_file_map(const char *file, bool make, struct image **ret)
{
	void *memory;
	int fd, r;

	if (file[0] == '\0')
		return -ENOENT;
	r = private_file_open(file, O_RDWR | (make ? O_CREAT : 0), &fd);
	if (r < 0)
		return r;
	if (!is_whole(fd))
		r = make ? repair(fd) : -ENOENT;
	if (r == 0) {
		memory = mmap(NULL, IMAGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_SHARED, fd, 0);
		if (memory == MAP_FAILED)
			r = -errno;
		else
			*ret = memory;
	}
	close(fd);
	return r;
}

void state_file_unmap(struct image **image)
{
	if (*image)
		munmap(*image, IMAGE_SIZE);
	*image = NULL;
}
