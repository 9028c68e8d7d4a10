#include "cache/redis_login.h"

#include "base/password_file.h"

#include <errno.h>
#include <string.h>

/* Longer than any password; Redis itself allows more. */
#define PASSWORD_MOST 512

static const char *password_trouble(int error)
{
	switch (error) {
	case -EPERM:
		return "the password file must be a plain file of root's or "
		       "ours that only its owner and group may read: chmod "
		       "640, and the group that we run as";
	case -EACCES:
		return "the password file may not be read by us: chgrp to the "
		       "group that we run as, and chmod 640";
	case -ENOENT:
		return "the password file is not there";
	case -ENODATA:
		return "the first line of the password file is empty";
	case -EMSGSIZE:
		return "the first line of the password file is too long for a "
		       "password";
	default:
		return "the password file cannot be read";
	}
}

int redis_login(struct cache_redis *r, const struct cache_server *server,
		const char *password_file, const char **ret_trouble)
{
	char memory[PASSWORD_MOST + 1];
	struct sbuf password = SBUF(memory);
	int error = 0;

	if (password_file[0] != '\0')
		error = password_file_read(password_file, &password);
	if (error < 0) {
		*ret_trouble = password_trouble(error);
	} else {
		error = cache_redis_open(r, server, sbuf_span(&password));
		if (error < 0)
			*ret_trouble = r->trouble;
	}
	explicit_bzero(memory, sizeof(memory));
	return error;
}
