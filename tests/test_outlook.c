#include "base/clock.h"
#include "base/filelock.h"
#include "cache/outlook.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static char dir[64], file[80], lock[80];
static struct cache cache;

/* The disk that the file is on. */
static struct statvfs disk;

int fstatvfs(int fd, struct statvfs *ret)
{
	(void)fd;
	*ret = disk;
	return 0;
}

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_outlook.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/a.gdbm", dir);
	snprintf(lock, sizeof(lock), "%s/a.lock", dir);
	cache_init(&cache, file);
	disk = (struct statvfs){
		.f_frsize = 4096,
		.f_blocks = 1000,
		.f_bfree = 500,
		.f_bavail = 500,
	};
}

static void remove_dir(void)
{
	cache_close(&cache);
	unlink(file);
	unlink(lock);
	rmdir(dir);
}

static int outlook(void)
{
	return outlook_update(&cache, clock_mono() + 50 * CLOCK_MS);
}

START_TEST(fine_when_all_is_there)
{
	struct stat st;
	bool was_new;
	struct cache_pass pass = { .until = { 5 }, .complete = true };

	ck_assert_int_eq(outlook(), 0);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	/* and the locks are let go */
	ck_assert_int_eq(outlook(), 0);
	ck_assert_int_eq(cache_update(&cache, "192.0.2.1", &pass, 1,
				      clock_mono() + CLOCK_SECOND, &was_new),
			 0);
}
END_TEST

START_TEST(fine_without_a_cache)
{
	cache_init(&cache, "");
	ck_assert_int_eq(outlook(), 0);
}
END_TEST

START_TEST(fails_as_the_update_would)
{
	rmdir(dir);
	ck_assert_int_eq(outlook(), -ENOENT);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(mkdir(file, 0700), 0);
	ck_assert_int_eq(outlook(), -EISDIR);
	rmdir(file);
}
END_TEST

START_TEST(descriptors_that_are_used_up)
{
	struct rlimit limit = { 0 }, before;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(next);
	getrlimit(RLIMIT_NOFILE, &before);
	limit.rlim_max = before.rlim_max;
	limit.rlim_cur = (rlim_t)next + 2; /* the two files, and no copy */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(outlook(), -EMFILE);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(outlook(), 0);
}
END_TEST

static const struct {
	const char *why;
	unsigned long unit, blocks, root_free, user_free, flags;
	int result;
} disks[] = {
	{ "room", 4096, 1000, 500, 500, 0, 0 },
	{ "just enough", 4096, 1000, 64, 64, 0, 0 },
	{ "one block too few", 4096, 1000, 63, 63, 0, -ENOSPC },
	{ "nothing free", 4096, 1000, 0, 0, 0, -ENOSPC },
	{ "small blocks", 512, 9000, 511, 511, 0, -ENOSPC },
	{ "read-only", 4096, 1000, 500, 500, ST_RDONLY, -EROFS },
	{ "does not count", 0, 0, 0, 0, 0, 0 },
	{ "counts no blocks", 4096, 0, 0, 0, 0, 0 },
};

START_TEST(room_on_disk)
{
	disk = (struct statvfs){
		.f_frsize = disks[_i].unit,
		.f_blocks = disks[_i].blocks,
		.f_bfree = disks[_i].root_free,
		.f_bavail = disks[_i].user_free,
		.f_flag = disks[_i].flags,
	};
	ck_assert_msg(outlook() == disks[_i].result, "%s", disks[_i].why);
}
END_TEST

START_TEST(reserved_blocks_are_for_root)
{
	disk.f_bavail = 0;
	ck_assert_int_eq(outlook(), geteuid() == 0 ? 0 : -ENOSPC);
}
END_TEST

START_TEST(limit_on_the_size_of_files)
{
	struct rlimit limit, before;

	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 256 << 10;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(outlook(), -EFBIG);
	limit.rlim_cur = (256 << 10) + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(outlook(), 0);
	setrlimit(RLIMIT_FSIZE, &before);
}
END_TEST

START_TEST(locks_that_are_held)
{
	int fd;

	ck_assert_int_eq(outlook(), 0);
	fd = open(lock, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(filelock_take(fd, FILELOCK_SHARED,
				       clock_mono() + CLOCK_SECOND),
			 0);
	ck_assert_int_eq(outlook(), -ETIMEDOUT);
	filelock_drop(fd);
	close(fd);
	ck_assert_int_eq(outlook(), 0);

	fd = open(file, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(outlook(), -ETIMEDOUT);
	close(fd);
	ck_assert_int_eq(outlook(), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("outlook");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, fine_when_all_is_there);
	tcase_add_test(tc, fine_without_a_cache);
	tcase_add_test(tc, fails_as_the_update_would);
	tcase_add_loop_test(tc, room_on_disk, 0, ROWS(disks));
	tcase_add_test(tc, reserved_blocks_are_for_root);
	tcase_add_test(tc, descriptors_that_are_used_up);
	tcase_add_test(tc, limit_on_the_size_of_files);
	tcase_add_test(tc, locks_that_are_held);
	return unit_run();
}
