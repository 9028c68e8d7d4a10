#include "base/clock.h"
#include "base/filelock.h"
#include "cache/cache.h"
#include "cache/cache_gdbm.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOON INT64_C(1790000000)
#define DAY  INT64_C(86400)

/* Long enough for anything but what must fail. */
#define LONG  (clock_mono() + 30 * CLOCK_SECOND)
#define SHORT (clock_mono() + 50 * CLOCK_MS)

#define KEY "192.0.2.1"

static char dir[64], file[80], lock[120], aside[80];
static struct cache cache;

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_cache.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/a.gdbm", dir);
	snprintf(lock, sizeof(lock), "%s/a.lock", dir);
	snprintf(aside, sizeof(aside), "%s/aside", dir);
	cache_init(&cache, file);
}

static void remove_dir(void)
{
	cache_close(&cache);
	chmod(dir, 0700);
	if (unlink(file) < 0)
		rmdir(file);
	unlink(lock);
	unlink(aside);
	rmdir(dir);
}

/* ---- names ------------------------------------------------------- */

static const struct {
	const char *who;
	unsigned ipv4, ipv6;
	const char *key;
} keys[] = {
	{ "192.0.2.1", 32, 64, "192.0.2.1" },
	{ "192.0.2.129", 24, 64, "192.0.2.0/24" },
	{ "192.0.2.129", 0, 64, "0.0.0.0/0" },
	{ "192.0.2.129", 200, 64, "192.0.2.129" },
	{ "2001:DB8:0:1::25", 32, 64, "2001:db8:0:1::/64" },
	{ "2001:db8::25", 32, 64, "2001:db8::/64" },
	{ "2001:db8::25", 32, 128, "2001:db8::25" },
	{ "2001:db8::25", 32, 127, "2001:db8::24/127" },
};

START_TEST(key_names_the_network)
{
	char memory[ADDRESS_TEXT + 5];
	struct sbuf text = SBUF(memory);
	struct address who;

	ck_assert(address_parse(span_of(keys[_i].who), &who));
	cache_key(&who, keys[_i].ipv4, keys[_i].ipv6, &text);
	ck_assert(sbuf_fitted(&text));
	ck_assert_str_eq(memory, keys[_i].key);
}
END_TEST

/* ---- helpers ----------------------------------------------------- */

/* Behind the cache's back. */
static void put(const char *key, const char *value)
{
	int fd = open(file, O_RDWR | O_CREAT, 0600);
	struct gdbm_file_info *db;

	ck_assert_int_eq(cache_gdbm_open(fd, true, &db), 0);
	ck_assert_int_eq(cache_gdbm_store(db, span_of(key), span_of(value)), 0);
	cache_gdbm_close(db);
}

static const char *get(const char *key)
{
	static char memory[2000];
	struct sbuf text = SBUF(memory);
	struct gdbm_file_info *db;

	ck_assert_int_eq(cache_gdbm_open(open(file, O_RDONLY), false, &db), 0);
	ck_assert_int_eq(cache_gdbm_fetch(db, span_of(key), &text), 1);
	cache_gdbm_close(db);
	return memory;
}

/* Everything passed, until UNTIL. */
static struct cache_pass pass_all(int64_t until)
{
	struct cache_pass pass = { .complete = true };

	for (int t = 0; t < TESTS; t++) {
		pass.until[t] = until;
		pass.enabled[t] = true;
	}
	return pass;
}

static int update(const char *key, int64_t until)
{
	struct cache_pass pass = pass_all(until);
	bool was_new;

	return cache_update(&cache, key, &pass, NOON, LONG, &was_new);
}

static int lookup(const char *key, struct stamps *ret)
{
	return cache_lookup(&cache, key, LONG, ret);
}

/* ---- rules ------------------------------------------------------- */

/* A value that is too long to be one. */
#define FORTY	 "1111111111111111111111111111111111111111"
#define TOO_LONG FORTY FORTY FORTY FORTY FORTY

static const struct {
	const char *why, *old; /* NULL: no entry */
	struct cache_pass pass;
	const char *value;
	bool was_new;
} rules[] = {
	{ "a new client, all passed",
	  NULL,
	  { { 1790000060, 1790000061, 1790000062, 1790000063, 1790000064 },
	    { true, true, true, true, true },
	    true },
	  "1790000060;1790000061;1790000062;1790000063;1790000064;"
	  "1790000000;1790000000;1",
	  true },
	{ "a new client, deep tests off",
	  NULL,
	  { { 1790000060, 1790000061 }, { true, true }, true },
	  "1790000060;1790000061;1;1;1;1790000000;1790000000;1",
	  true },
	{ "left early: deep stamps stay new",
	  NULL,
	  { { 1790000060, 1790000061 },
	    { true, true, true, true, true },
	    false },
	  "1790000060;1790000061;0;0;0;1790000000;1790000000;0",
	  true },
	{ "nothing passed now stays what it was",
	  "1790000060;1790000061;5;0;1;11;12;3",
	  { { 0 }, { true, true, true, true, true }, false },
	  "1790000060;1790000061;5;0;1;11;1790000000;3",
	  true },
	{ "the later one wins, either way",
	  "1790000060;1790000060;1790000060;1790000060;1790000060;11;12;9",
	  { { 1790000059, 1790000061, 1790000060, 0, 1790000099 },
	    { true, true, true, true, true },
	    true },
	  "1790000060;1790000061;1790000060;1790000060;1790000099;"
	  "11;1790000000;10",
	  false },
	{ "expired is not new",
	  "7;7;7;7;7;5;6;1",
	  { { 1790000060, 0, 0, 0, 0 }, { true }, true },
	  "1790000060;7;7;7;7;5;1790000000;2",
	  false },
	{ "off then, passed now",
	  "7;7;1;1;1;5;6;1",
	  { { 0, 0, 1790000060, 0, 0 }, { true, true, true }, true },
	  "7;7;1790000060;1;1;5;1790000000;2",
	  false },
	{ "one still new",
	  "7;7;0;7;7;5;6;1",
	  { { 0, 0, 1790000060, 0, 0 },
	    { true, true, true, true, true },
	    true },
	  "7;7;1790000060;7;7;5;1790000000;2",
	  true },
	{ "postscreen's entry",
	  "1790000060;7;1;1;1",
	  { { 0, 1790000061 }, { true, true }, true },
	  "1790000060;1790000061;1;1;1;1790000000;1790000000;1",
	  false },
	{ "a clock was wrong: its stamps do not come back",
	  "1890000060;1890000060;1;0;7;1890000000;1890000000;4",
	  { { 1790000060, 0, 0, 0, 0 },
	    { true, true, true, true, true },
	    true },
	  /* what was longer leaves zeros, see format() in cache.c */
	  "1790000060;1789999999;1;0;7;1790000000;1790000000;5",
	  true },
	{ "a shorter value is filled up",
	  "1790000060;7;7;7;7;0000011;0000012;1",
	  { { 0 }, { true, true, true, true, true }, true },
	  "1790000060;7;7;7;7;11;1790000000;002",
	  false },
	{ "text that nobody wrote counts as none",
	  "hello, 192.0.2.1",
	  { { 1790000060 }, { true }, true },
	  "1790000060;1;1;1;1;1790000000;1790000000;1",
	  true },
	{ "nor does one entry's end in another",
	  "1790000060;1790000061;1790010.0.0.1;1790000060;7;7;7;7",
	  { { 1790000060 }, { true }, true },
	  "1790000060;1;1;1;1;1790000000;1790000000;0000000000001",
	  true },
};

START_TEST(update_follows_the_rules)
{
	bool was_new;
	struct stamps want, have;

	if (rules[_i].old)
		put(KEY, rules[_i].old);
	ck_assert_int_eq(cache_update(&cache, KEY, &rules[_i].pass, NOON, LONG,
				      &was_new),
			 0);
	ck_assert_msg(strcmp(get(KEY), rules[_i].value) == 0, "%s: %s",
		      rules[_i].why, get(KEY));
	ck_assert_msg(was_new == rules[_i].was_new, "%s", rules[_i].why);

	stamps_parse(span_of(rules[_i].value), &want);
	ck_assert_int_eq(lookup(KEY, &have), 1);
	ck_assert_mem_eq(&have, &want, sizeof(want));
}
END_TEST

START_TEST(an_overlong_value_is_none)
{
	struct stamps s;

	put(KEY, TOO_LONG);
	ck_assert_int_eq(lookup(KEY, &s), 0);
	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(lookup(KEY, &s), 1);
	ck_assert_int_eq(s.until[TEST_DNSBL], NOON + DAY);
	ck_assert_int_eq(s.count, 1);
}
END_TEST

START_TEST(nothing_is_absent)
{
	char nowhere[80];
	struct stamps s;

	ck_assert_int_eq(lookup(KEY, &s), 0); /* no file */
	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(lookup(KEY, &s), 1);
	ck_assert_int_eq(lookup("192.0.2.2", &s), 0); /* no entry */
	ck_assert_int_eq(lookup("192.0.2.", &s), 0);
	cache_close(&cache);

	snprintf(nowhere, sizeof(nowhere), "%s/no/a.gdbm", dir);
	cache_init(&cache, nowhere);
	ck_assert_int_eq(lookup(KEY, &s), 0); /* no directory */
	ck_assert_int_eq(update(KEY, NOON + DAY), -ENOENT);
}
END_TEST

START_TEST(no_cache_is_no_trouble)
{
	struct cache_pass pass = pass_all(NOON + DAY);
	bool was_new = false;
	struct stamps s;

	cache_init(&cache, "");
	ck_assert_int_eq(cache_open_for_update(&cache), 0);
	ck_assert_int_eq(cache_update(&cache, KEY, &pass, NOON, 0, &was_new),
			 0);
	ck_assert(was_new);
	ck_assert_int_eq(cache_lookup(&cache, KEY, 0, &s), 0);
}
END_TEST

/* Its user could never use what root made there. As that user all is well. */
START_TEST(root_makes_nothing_in_others_folders)
{
	bool root = geteuid() == 0;
	struct stat st;

	if (root)
		ck_assert_int_eq(chown(dir, 65534, (gid_t)-1), 0);
	ck_assert_int_eq(update(KEY, NOON + DAY), root ? -EACCES : 0);
	ck_assert_int_eq(stat(lock, &st), root ? -1 : 0);
	ck_assert_int_eq(stat(file, &st), root ? -1 : 0);
}
END_TEST

START_TEST(files_are_ours_alone)
{
	struct stat st;

	umask(0);
	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(lock, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert(fcntl(cache.lock, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(cache.data, F_GETFD) & FD_CLOEXEC);
}
END_TEST

START_TEST(lock_file_of_another_name)
{
	char odd[100];

	snprintf(odd, sizeof(odd), "%s.db", file);
	snprintf(lock, sizeof(lock), "%s.lock", odd);
	cache_init(&cache, odd);
	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(access(lock, F_OK), 0);
	unlink(odd);
}
END_TEST

/* ---- planted files ----------------------------------------------- */

static void plant_symlink(const char *path)
{
	ck_assert_int_eq(rename(path, aside), 0);
	ck_assert_int_eq(symlink(aside, path), 0);
}

static void plant_dangling_symlink(const char *path)
{
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink(aside, path), 0);
}

static void plant_hard_link(const char *path)
{
	ck_assert_int_eq(link(path, aside), 0);
}

static void plant_fifo(const char *path)
{
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void plant_group_writable(const char *path)
{
	ck_assert_int_eq(chmod(path, 0620), 0);
}

static void plant_world_writable(const char *path)
{
	ck_assert_int_eq(chmod(path, 0602), 0);
}

static void plant_foreign(const char *path)
{
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 65534, 0), 0);
	else /* nobody can give a file away; the mode will do */
		ck_assert_int_eq(chmod(path, 0602), 0);
}

static const struct {
	const char *why;
	void (*plant)(const char *path);
	int result;
} plants[] = {
	{ "a symbolic link", plant_symlink, -ELOOP },
	{ "a dangling one", plant_dangling_symlink, -ELOOP },
	{ "a hard link", plant_hard_link, -EPERM },
	{ "a fifo", plant_fifo, -EPERM },
	{ "writable by a group", plant_group_writable, -EPERM },
	{ "writable by all", plant_world_writable, -EPERM },
	{ "owned by another", plant_foreign, -EPERM },
};

START_TEST(planted_files_are_refused)
{
	const char *path = _i % 2 ? lock : file;
	struct stamps s;

	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	cache_close(&cache);
	plants[_i / 2].plant(path);
	ck_assert_msg(lookup(KEY, &s) == plants[_i / 2].result, "%s, %s: %d",
		      path, plants[_i / 2].why, lookup(KEY, &s));
	cache_close(&cache);
	ck_assert_msg(update(KEY, NOON + DAY) == plants[_i / 2].result,
		      "%s, %s", path, plants[_i / 2].why);
	if (plants[_i / 2].plant == plant_dangling_symlink)
		ck_assert_int_lt(access(aside, F_OK), 0);
}
END_TEST

START_TEST(a_directory_is_no_cache)
{
	struct stamps s;

	ck_assert_int_eq(mkdir(file, 0700), 0);
	ck_assert_int_eq(lookup(KEY, &s), -EPERM);
	ck_assert_int_eq(update(KEY, NOON + DAY), -EISDIR);
}
END_TEST

START_TEST(a_directory_that_is_closed)
{
	struct stamps s;

	ck_assert_int_eq(chmod(dir, 0555), 0);
	if (geteuid() == 0) /* who could do anything */
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(lookup(KEY, &s), -EACCES);
	ck_assert_int_eq(update(KEY, NOON + DAY), -EACCES);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* ---- others at work ---------------------------------------------- */

START_TEST(a_held_lock_ends_the_wait)
{
	struct cache_pass pass = pass_all(NOON + DAY);
	struct stamps s;
	bool was_new;
	int fd;

	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	fd = open(lock, O_RDWR);
	ck_assert_int_eq(filelock_take(fd, FILELOCK_SHARED, 0), 0);
	ck_assert_int_eq(cache_lookup(&cache, KEY, SHORT, &s), 1);
	ck_assert_int_eq(cache_update(&cache, KEY, &pass, NOON, SHORT,
				      &was_new),
			 -ETIMEDOUT);
	filelock_drop(fd);
	ck_assert_int_eq(filelock_take(fd, FILELOCK_EXCLUSIVE, 0), 0);
	ck_assert_int_eq(cache_lookup(&cache, KEY, SHORT, &s), -ETIMEDOUT);
	ck_assert_int_eq(cache_update(&cache, KEY, &pass, NOON, SHORT,
				      &was_new),
			 -ETIMEDOUT);
	close(fd);
	ck_assert_int_eq(cache_lookup(&cache, KEY, SHORT, &s), 1);
}
END_TEST

START_TEST(a_syncing_writer_is_no_readers_business)
{
	struct cache_pass pass = pass_all(NOON + DAY);
	struct stamps s;
	bool was_new;
	int fd;

	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	fd = open(file, O_RDWR);
	ck_assert_int_eq(filelock_take_whole(fd, 0), 0); /* as GDBM would */
	ck_assert_int_eq(cache_lookup(&cache, KEY, 0, &s), 1);
	ck_assert_int_eq(cache_update(&cache, KEY, &pass, NOON, SHORT,
				      &was_new),
			 -ETIMEDOUT);
	ck_assert_int_eq(cache_lookup(&cache, KEY, 0, &s), 1);
	close(fd);
	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
}
END_TEST

/* Each child passes its own test, a little longer each time. */
static void add_rounds(int test, int rounds)
{
	for (int i = 1; i <= rounds; i++) {
		struct cache_pass pass = { .complete = true };
		bool was_new;

		pass.until[test] = NOON + i;
		pass.until[TEST_BARE_NEWLINE] = NOON + i * (1 + test);
		if (cache_update(&cache, KEY, &pass, NOON, LONG, &was_new) < 0)
			_exit(1);
	}
	_exit(0);
}

START_TEST(two_writers_lose_nothing)
{
	struct stamps s;
	pid_t pid[2];
	int status;

	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		ck_assert_int_ge(pid[i], 0);
		if (pid[i] == 0)
			add_rounds(i, 40);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(lookup(KEY, &s), 1);
	ck_assert_int_eq(s.until[0], NOON + 40);
	ck_assert_int_eq(s.until[1], NOON + 40);
	ck_assert_int_eq(s.until[TEST_BARE_NEWLINE], NOON + 80);
	ck_assert_int_eq(s.count, 80);
}
END_TEST

START_TEST(a_fork_has_its_own_locks)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(filelock_take(cache.lock, FILELOCK_EXCLUSIVE, 0), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct stamps s;

		_exit(cache_lookup(&cache, KEY, SHORT, &s) != -ETIMEDOUT);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(an_open_cache_opens_nothing)
{
	char moved[80];
	struct stamps s;

	ck_assert_int_eq(cache_open_for_update(&cache), 0);
	/* Until somebody has written, nothing is there, and no mistake. */
	ck_assert_int_eq(lookup(KEY, &s), 0);
	snprintf(moved, sizeof(moved), "%s.moved", dir);
	ck_assert_int_eq(rename(dir, moved), 0);
	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(rename(moved, dir), 0);
	ck_assert_int_eq(lookup(KEY, &s), 1);
	ck_assert_int_eq(s.count, 2);
}
END_TEST

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 100; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(nothing_stays_open)
{
	int before = open_descriptors();
	struct stamps s;

	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(lookup(KEY, &s), 1);
	ck_assert_int_eq(open_descriptors(), before + 2);
	cache_close(&cache);
	ck_assert_int_eq(open_descriptors(), before);
	cache_close(&cache);
	ck_assert_int_eq(lookup(KEY, &s), 1);
}
END_TEST

/* ---- a full disk ------------------------------------------------- */

/* How much more than a small file there is room for; what then fails is the
 * entry, the file's growth, or a later split of a bucket. */
/* ---- kept open for reading ---------------------------------------------- */

/* What a process that keeps the file open knows until when KEY has passed. */
static int64_t kept(struct cache *reader)
{
	struct stamps s;
	int r = cache_lookup(reader, KEY, LONG, &s);

	ck_assert_int_ge(r, 0);
	return r > 0 ? s.until[TEST_PREGREET] : 0;
}

/* Old enough to be kept, as far as its time tells. */
static void age(void)
{
	struct timespec old[2] = { { .tv_sec = NOON }, { .tv_sec = NOON } };

	ck_assert_int_eq(utimensat(AT_FDCWD, file, old, 0), 0);
}

static void keep(struct cache *reader)
{
	cache_init(reader, file);
	reader->keep_reading = true;
	ck_assert_int_eq(update(KEY, NOON + 1), 0);
	age();
	ck_assert_int_eq(kept(reader), NOON + 1);
}

START_TEST(a_reader_stays_open)
{
	struct cache reader;
	int open;

	keep(&reader);
	ck_assert_ptr_nonnull(reader.reader.db);
	open = open_descriptors();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(kept(&reader), NOON + 1);
	ck_assert_int_eq(open_descriptors(), open);
	cache_close(&reader);
	ck_assert_int_eq(open_descriptors(), open - 2);
}
END_TEST

START_TEST(a_reader_sees_what_others_write)
{
	struct cache reader;

	keep(&reader);
	for (int i = 2; i < 50; i++) {
		cache_close(&cache); /* the next one has another number */
		cache_init(&cache, file);
		ck_assert_int_eq(update(KEY, NOON + i), 0);
		if (i > 25) /* and only that tells */
			age();
		ck_assert_int_eq(kept(&reader), NOON + i);
	}
	/* a tool that knows nothing of our lock file */
	age();
	ck_assert_int_eq(kept(&reader), NOON + 49);
	put(KEY, "5;1;1;1;1;1;1;1");
	ck_assert_int_eq(kept(&reader), 5);
	cache_close(&reader);
}
END_TEST

START_TEST(a_reader_notices_another_file)
{
	struct cache reader;

	keep(&reader);
	ck_assert_int_eq(rename(file, aside), 0);
	put(KEY, "7;1;1;1;1;1;1;1");
	age();
	ck_assert_int_eq(kept(&reader), 7);
	ck_assert_int_eq(rename(aside, file), 0);
	ck_assert_int_eq(kept(&reader), NOON + 1);
	unlink(file);
	ck_assert_int_eq(kept(&reader), 0);
	cache_close(&reader);
}
END_TEST

static const int rooms[] = { 0, 10, 100, 4096, 4106, 4196, 20000, 40010 };

static void check_stored(int stored, bool readable)
{
	for (int i = 1; i < stored; i++) {
		struct stamps s;
		char key[40];
		int r;

		snprintf(key, sizeof(key), "10.0.0.%d", i);
		r = lookup(key, &s);
		ck_assert_msg(r == 1 || (!readable && r == -EUCLEAN),
			      "%s of %d, %d: %d", key, stored, readable, r);
		if (r > 0)
			ck_assert_int_eq(s.until[0], NOON + i);
	}
}

/*
 * The limit on file sizes fails as a full disk does, with EFBIG. Now and then
 * it leaves a file that cannot even be mended, and nobody reads it.
 */
START_TEST(a_full_disk_keeps_what_was_there)
{
	struct rlimit old, full;
	char key[40];
	struct stamps s;
	struct stat st;
	int stored = 0, r;

	ck_assert_int_eq(update(KEY, NOON + DAY), 0);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	full = old;
	full.rlim_cur = (rlim_t)(st.st_size + rooms[_i]);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	do {
		snprintf(key, sizeof(key), "10.0.0.%d", ++stored);
		r = update(key, NOON + stored);
	} while (r == 0 && stored < 2000);
	/* Not killed by SIGXFSZ, and its disposition is back. */
	ck_assert_int_eq(r, -EFBIG);
	ck_assert(signal(SIGXFSZ, SIG_IGN) == SIG_DFL);
	check_stored(stored, rooms[_i] < 100);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_int_eq(update("10.0.1.1", NOON + DAY), 0);
	ck_assert_int_eq(lookup("10.0.1.1", &s), 1);
	check_stored(stored, true);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("cache");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, key_names_the_network, 0, ROWS(keys));
	tcase_add_loop_test(tc, update_follows_the_rules, 0, ROWS(rules));
	tcase_add_test(tc, an_overlong_value_is_none);
	tcase_add_test(tc, nothing_is_absent);
	tcase_add_test(tc, no_cache_is_no_trouble);
	tcase_add_test(tc, root_makes_nothing_in_others_folders);
	tcase_add_test(tc, files_are_ours_alone);
	tcase_add_test(tc, lock_file_of_another_name);
	tcase_add_loop_test(tc, planted_files_are_refused, 0, 2 * ROWS(plants));
	tcase_add_test(tc, a_directory_is_no_cache);
	tcase_add_test(tc, a_directory_that_is_closed);
	tcase_add_test(tc, a_held_lock_ends_the_wait);
	tcase_add_test(tc, a_syncing_writer_is_no_readers_business);
	tcase_add_test(tc, two_writers_lose_nothing);
	tcase_add_test(tc, a_fork_has_its_own_locks);
	tcase_add_test(tc, an_open_cache_opens_nothing);
	tcase_add_test(tc, nothing_stays_open);
	tcase_add_test(tc, a_reader_stays_open);
	tcase_add_test(tc, a_reader_sees_what_others_write);
	tcase_add_test(tc, a_reader_notices_another_file);
	tcase_add_loop_test(tc, a_full_disk_keeps_what_was_there, 0,
			    ROWS(rooms));
	return unit_run();
}
