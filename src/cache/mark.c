#include "cache/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the lock file keeps what. */
#define MARK_AT	   0
#define LENGTH_AT  8
#define BOOT_AT	   16
#define WRITER_AT  56
#define JOURNAL_AT 4096 /* behind MARK_OTHERS */

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* One byte each; zero is clean, as is a file without it. */
static const char letters[] = {
	[MARK_CLEAN] = '\0',
	[MARK_DIRTY] = 'D',
	[MARK_JOURNAL] = 'J',
};

void mark_boot_read(struct mark_boot *ret)
{
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);

	memset(ret, 0, sizeof(*ret));
	if (fd < 0)
		return;
	if (read(fd, ret->id, MARK_BOOT) != MARK_BOOT)
		memset(ret, 0, sizeof(*ret));
	close(fd);
}

static enum mark mark_of(char letter)
{
	if (letter == letters[MARK_CLEAN])
		return MARK_CLEAN;
	if (letter == letters[MARK_JOURNAL])
		return MARK_JOURNAL;
	return MARK_DIRTY; /* whatever it is, it is not clean */
}

/* In one read: this is asked before each use of the cache. */
int mark_read(int lock, struct mark_state *ret)
{
	char all[WRITER_AT + sizeof(ret->writer)] = { 0 };

	/* the file may be shorter, and older than some of this */
	if (pread(lock, all, sizeof(all), 0) < 0)
		return -errno;
	*ret = (struct mark_state){ .mark = mark_of(all[MARK_AT]) };
	memcpy(ret->watched.id, all + BOOT_AT, MARK_BOOT);
	memcpy(&ret->writer, all + WRITER_AT, sizeof(ret->writer));
	return 0;
}

bool mark_watched(const struct mark_state *state, const struct mark_boot *boot)
{
	return boot->id[0] == '\0' ||
	       memcmp(state->watched.id, boot->id, MARK_BOOT) == 0;
}

static int write_all(int fd, const void *bytes, size_t length, off_t at)
{
	const char *from = bytes;

	while (length > 0) {
		ssize_t n = pwrite(fd, from, length, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		from += n;
		length -= (size_t)n;
		at += n;
	}
	return 0;
}

int mark_set(int lock, enum mark mark)
{
	return write_all(lock, &letters[mark], 1, MARK_AT);
}

int mark_watch(int lock, const struct mark_boot *boot)
{
	return write_all(lock, boot->id, MARK_BOOT, BOOT_AT);
}

int mark_writer_set(int lock, uint64_t writer)
{
	return write_all(lock, &writer, sizeof(writer), WRITER_AT);
}

/* From where in FROM to where in TO, LENGTH bytes. */
static int copy(int from, off_t at, int to, off_t to_at, uint64_t length)
{
	char buffer[65536];

	while (length > 0) {
		size_t want = length < sizeof(buffer) ? (size_t)length
						      : sizeof(buffer);
		ssize_t n = pread(from, buffer, want, at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EUCLEAN;
		r = write_all(to, buffer, (size_t)n, to_at);
		if (r < 0)
			return r;
		at += n;
		to_at += n;
		length -= (uint64_t)n;
	}
	return 0;
}

void mark_journal_drop(int lock)
{
	/* A failure costs space only. */
	if (ftruncate(lock, JOURNAL_AT) < 0)
		return;
}

int mark_journal_fill(int lock, int from)
{
	uint64_t length;
	struct stat st;
	int r;

	if (fstat(from, &st) < 0)
		return -errno;
	length = (uint64_t)st.st_size;
	r = copy(from, 0, lock, JOURNAL_AT, length);
	if (r == 0)
		r = write_all(lock, &length, sizeof(length), LENGTH_AT);
	/* The mark must not reach the disk before what it vouches for. */
	if (r == 0 && fdatasync(lock) < 0)
		r = -errno;
	/* On a full disk somebody else can use the space. Nothing is lost:
	 * the cache file is as it was. */
	if (r < 0)
		mark_journal_drop(lock);
	return r;
}

int mark_journal_write(int lock, int from)
{
	int r = mark_journal_fill(lock, from);

	return r < 0 ? r : mark_set(lock, MARK_JOURNAL);
}

int mark_journal_replay(int lock, int to)
{
	uint64_t length;
	ssize_t n = pread(lock, &length, sizeof(length), LENGTH_AT);
	struct stat st;
	int r;

	if (n < 0)
		return -errno;
	if (fstat(lock, &st) < 0)
		return -errno;
	if (n != sizeof(length) || length == 0 || st.st_size < JOURNAL_AT ||
	    length > (uint64_t)st.st_size - JOURNAL_AT)
		return -EUCLEAN;
	r = copy(lock, JOURNAL_AT, to, 0, length);
	if (r < 0)
		return r;
	if (ftruncate(to, (off_t)length) < 0)
		return -errno;
	return 0;
}
