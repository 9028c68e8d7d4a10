#include "handoff/executable.h"

#include "base/sbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool executable_has_path(const char *name)
{
	return strchr(name, '/') != NULL;
}

static int look_at(const char *path, struct stat *ret)
{
	if (stat(path, ret) < 0)
		return -errno;
	if (!S_ISREG(ret->st_mode))
		return -EACCES;
	return access(path, X_OK) < 0 ? -errno : 0;
}

static int look_in(struct span folder, const char *slash, const char *name,
		   char path[PATH_MAX], struct stat *ret)
{
	struct sbuf to = sbuf_in(path, PATH_MAX);

	sbuf_add(&to, folder);
	sbuf_add_text(&to, slash);
	sbuf_add_text(&to, name);
	return sbuf_fitted(&to) ? look_at(path, ret) : -ENAMETOOLONG;
}

static int search(const char *name, char path[PATH_MAX], struct stat *ret)
{
	const char *value = getenv("PATH");
	struct span rest = span_of(value ? value : "/bin:/usr/bin");
	struct span folder;
	int result = -ENOENT;

	for (bool more = true; more;) {
		int r;

		more = span_cut(rest, ':', &folder, &rest);
		if (!more)
			folder = rest;
		r = look_in(folder, folder.len > 0 ? "/" : "./", name, path,
			    ret);
		if (r == 0)
			return 0;
		if (r == -EACCES)
			result = r;
	}
	return result;
}

int executable_find(const char *name, char path[PATH_MAX], struct stat *ret)
{
	return executable_has_path(name)
		       ? look_in(SPAN(""), "", name, path, ret)
		       : search(name, path, ret);
}
