/*
 * redis_login.h - connecting to a Redis or Valkey server with the password that
 * stands in a file.
 */
#ifndef SCREEN_REDIS_LOGIN_H
#define SCREEN_REDIS_LOGIN_H

#include "cache/cache_redis.h"

/*
 * Begin to connect *R to SERVER, and to log in with the first line of
 * PASSWORD_FILE; empty: there is no password. 0, or negative errno with
 * *RET_TROUBLE, a string constant for the operator.
 */
int redis_login(struct cache_redis *r, const struct cache_server *server,
		const char *password_file, const char **ret_trouble);

#endif
