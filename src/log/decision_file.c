#include "log/decision_file.h"

#include "base/fdio.h"
#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

int decision_file_open(const char *path, int *ret_fd)
{
	/* O_RDWR: how the line before ended has to be looked at */
	return private_file_open_mode(path, O_RDWR | O_APPEND | O_CREAT, 0640,
				      ret_fd);
}

/* How long somebody else's write(2) may be under way, in milliseconds. */
#define WRITING 1

/* What a crash leaves behind may also be a row of zeros. */
static bool seems_torn(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char last = '\n';

	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* A file grows page by page while a line is written to it. */
static bool ends_torn(int fd)
{
	if (!seems_torn(fd))
		return false;
	poll(NULL, 0, WRITING);
	return seems_torn(fd);
}

int decision_file_write(int fd, struct sbuf *line)
{
	sbuf_add_char(line, '\n');
	if (ends_torn(fd) && line->len + 1 < line->size) {
		memmove(line->text + 1, line->text, line->len + 1);
		line->text[0] = '\n';
		line->len++;
	}
	if (!sbuf_fitted(line))
		return -EMSGSIZE;
	return fdio_write_at(fd, line->text, line->len, -1);
}
