#include "conf/linefile.h"

#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_kind(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	if ((uintmax_t)st->st_size > LINEFILE_MAX)
		return -EFBIG;
	return 0;
}

int linefile_open(struct linefile *f, const char *path, struct arena *arena)
{
	struct stat st;
	size_t len = 0;
	char *text;
	int fd, r;

	/* O_NONBLOCK: opening a FIFO that nobody writes would wait for ever */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : check_kind(&st);
	if (r < 0)
		goto out;
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	if (!text) {
		r = -ENOMEM;
		goto out;
	}
	r = fdio_read_whole(fd, text, (size_t)st.st_size, &len);
	if (r < 0)
		goto out;
	linefile_over(f, text, len);
	f->id = (struct linefile_id){ st.st_dev, st.st_ino };
out:
	close(fd);
	return r;
}

void linefile_over(struct linefile *f, char *text, size_t len)
{
	*f = (struct linefile){ .at = text, .end = text + len };
}

struct line {
	char *p;
	size_t len;
};

/* One line as it stands in the file. 1, 0 at the end, or -EBADMSG. */
static int take(struct linefile *f, struct line *ret)
{
	size_t left = (size_t)(f->end - f->at);
	struct line line = { f->at, left };
	char *end;

	if (left == 0)
		return 0;
	end = memchr(f->at, '\n', left);
	if (end)
		line.len = (size_t)(end - f->at);
	f->at = end ? end + 1 : f->end;
	f->read++;
	if (memchr(line.p, '\0', line.len)) {
		f->number = f->read;
		return -EBADMSG;
	}
	while (line.len > 0 && span_is_space(line.p[line.len - 1]))
		line.len--;
	*ret = line;
	return 1;
}

static bool is_ignored(const struct line *line)
{
	struct span s = span_trim_start((struct span){ line->p, line->len });

	return s.len == 0 || s.p[0] == '#';
}

/* Does what follows belong to the line before it, as text or as nothing? */
static bool goes_on(const struct linefile *f)
{
	return f->at < f->end && (span_is_space(*f->at) || *f->at == '#');
}

int linefile_next(struct linefile *f, struct span *ret_line)
{
	struct line line, more;
	int r;

	do {
		r = take(f, &line);
		if (r <= 0)
			return r;
	} while (is_ignored(&line));
	f->number = f->read;
	while (goes_on(f)) {
		r = take(f, &more);
		if (r < 0)
			return r;
		if (is_ignored(&more))
			continue;
		memmove(line.p + line.len, more.p, more.len);
		line.len += more.len;
	}
	*ret_line = (struct span){ line.p, line.len };
	return 1;
}

const char *linefile_strerror(int error)
{
	switch (error) {
	case EBADMSG:
		return "holds a NUL byte, so it is no text file";
	case EINVAL:
		return "not a regular file";
	case EFBIG:
		return "larger than 32 MB";
	case ENOMEM:
		return "no room left in the memory set aside for settings";
	default:
		return strerror(error);
	}
}
