#include "cache/redis_login.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/test_redis_login.XXXXXX";

static void nothing(void)
{
	unlink(path);
}

static void write_line(size_t length)
{
	FILE *file = fopen(path, "w");

	while (length-- > 0)
		fputc('x', file);
	fputs("\nsecond line\n", file);
	fclose(file);
}

static void no_word(void)
{
	write_line(0);
}

static void too_long(void)
{
	write_line(513);
}

static void for_all(void)
{
	write_line(8);
	ck_assert_int_eq(chmod(path, 0644), 0);
}

static void a_loop(void)
{
	unlink(path);
	ck_assert_int_eq(symlink(path, path), 0);
}

/* Whom root has locked out; root itself reads everything. */
static void anothers(void)
{
	write_line(8);
	ck_assert_int_eq(chmod(path, 0), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
}

static const struct {
	void (*make)(void);
	int error;
	const char *trouble;
} rows[] = {
	{ nothing, -ENOENT, "is not there" },
	{ no_word, -ENODATA, "is empty" },
	{ too_long, -EMSGSIZE, "too long" },
	{ for_all, -EPERM, "only its owner and group may read" },
	{ a_loop, -ELOOP, "cannot be read" },
	{ anothers, -EACCES, "may not be read by us" },
};

/* Nobody is connected to with a password that nobody has read. */
START_TEST(a_password_that_cannot_be_had_is_told)
{
	struct cache_server server = { .path = SPAN("/no/such/socket") };
	const char *trouble = NULL;
	struct cache_redis redis;
	int fd, r;

	strcpy(path, "/tmp/test_redis_login.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	cache_redis_init(&redis);
	rows[_i].make();
	r = redis_login(&redis, &server, path, &trouble);
	if (geteuid() != getuid())
		ck_assert_int_eq(seteuid(getuid()), 0);
	unlink(path);
	ck_assert_msg(r == rows[_i].error, "%s: %d", rows[_i].trouble, r);
	ck_assert_ptr_nonnull(trouble);
	ck_assert_msg(strstr(trouble, rows[_i].trouble) != NULL, "%s", trouble);
}
END_TEST

START_TEST(so_is_a_server_that_is_not_there)
{
	struct cache_server server = { .path = SPAN("/no/such/socket") };
	const char *trouble = NULL;
	struct cache_redis redis;

	cache_redis_init(&redis);
	ck_assert_int_eq(redis_login(&redis, &server, "", &trouble), -ENOENT);
	ck_assert_str_eq(trouble, "nobody listens there");
	cache_redis_close(&redis);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("redis_login");

	tcase_add_loop_test(tc, a_password_that_cannot_be_had_is_told, 0,
			    ROWS(rows));
	tcase_add_test(tc, so_is_a_server_that_is_not_there);
	return unit_run();
}
