#include "state/state.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOON INT64_C(1790000000)
#define HOUR INT64_C(3600)

#define LIST  "secretkey.list.example"
#define TOPIC SPAN("error")

static char dir[64], file[80], other[80], bell[96];
static struct state state;
static const struct witness someone = { "192.0.2.1", "192.0.2.0/24" };

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_state.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/state", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(bell, sizeof(bell), "%s.alarm", file);
	state_init(&state, file);
}

static void remove_dir(void)
{
	state_close(&state);
	unlink(file);
	unlink(other);
	unlink(bell);
	rmdir(dir);
}

static void begin_anew(void)
{
	state_close(&state);
	state_init(&state, file);
}

static bool once(int64_t now)
{
	return state_once(&state, TOPIC, SPAN(LIST), HOUR, now);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : st.st_size;
}

static void put(const char *path, const char *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
	close(fd);
}

/* ---- what it is for ------------------------------------------------------ */

START_TEST(it_outlives_its_processes)
{
	struct record r = { .probed = NOON, .muted = NOON, .reason = 3 };

	ck_assert(once(NOON));
	ck_assert(!once(NOON + 1));
	ck_assert(state_list_note(&state, LIST, &r, NOON));
	begin_anew();
	ck_assert(!once(NOON + 2));
	ck_assert(state_list(&state, LIST, NOON + 2, &r));
	ck_assert(r.muted == NOON && r.reason == 3);
	ck_assert(!state_list(&state, "other.example", NOON + 2, &r));
	ck_assert_int_eq(r.muted, 0);
	ck_assert_int_eq(state_trouble(&state), 0);
}
END_TEST

START_TEST(what_is_over_may_be_told_anew)
{
	ck_assert(once(NOON));
	begin_anew();
	ck_assert(!state_over(&state, TOPIC, SPAN(LIST), 60, NOON + 59));
	ck_assert(!state_over(&state, TOPIC, SPAN("other"), 60, NOON + 60));
	ck_assert(state_over(&state, TOPIC, SPAN(LIST), 60, NOON + 60));
	ck_assert(!state_over(&state, TOPIC, SPAN(LIST), 60, NOON + 60));
	ck_assert(once(NOON + 60));
}
END_TEST

START_TEST(alarms_are_raised_by_what_is_seen)
{
	struct sightings seen;
	struct record r;

	/* two of one network would be taken for one another now and then: of
	 * each there are a few bits, under a key that is new in each file */
	static const struct witness two[] = {
		{ "192.0.2.1", "192.0.2.0/24" },
		{ "198.51.100.1", "198.51.100.0/24" },
	};

	for (int i = 0; i < ROWS(two); i++) {
		ck_assert(state_tested(&state, &two[i], NOON));
		ck_assert(state_listed(&state, LIST, &two[i], NOON, &seen));
	}
	ck_assert_uint_eq(seen.tested, 2);
	ck_assert_uint_eq(seen.listed, 2);
	ck_assert_uint_eq(seen.networks, 2);
	ck_assert_int_eq(size_of(bell), -1);
	ck_assert(state_list_alarm(&state, LIST, &seen, NOON + HOUR, NOON));
	ck_assert_int_eq(size_of(bell), 0);
	ck_assert(state_list(&state, LIST, NOON, &r));
	ck_assert(r.alarm == NOON && r.alarm_listed == 2 &&
		  r.paused == NOON + HOUR);
}
END_TEST

START_TEST(silent_servers_are_known_to_others)
{
	state_silent(&state, "[192.0.2.1]:53", NOON);
	begin_anew();
	ck_assert(state_avoids(&state, "[192.0.2.1]:53", 60, NOON + 59));
	ck_assert(!state_avoids(&state, "[192.0.2.2]:53", 60, NOON));
	state_heard(&state, "[192.0.2.1]:53");
	ck_assert(!state_avoids(&state, "[192.0.2.1]:53", 60, NOON));
}
END_TEST

START_TEST(looking_makes_no_file)
{
	struct record r;

	ck_assert(!state_avoids(&state, "[192.0.2.1]:53", 60, NOON));
	state_heard(&state, "[192.0.2.1]:53");

	ck_assert(!state_over(&state, TOPIC, SPAN(LIST), 60, NOON));
	ck_assert(!state_list(&state, LIST, NOON, &r));
	ck_assert_int_eq(size_of(file), -1);
	ck_assert_int_eq(state_trouble(&state), 0);
	ck_assert(once(NOON)); /* writing does, even behind a look */
	ck_assert_int_eq(size_of(file), IMAGE_SIZE);
	ck_assert(!once(NOON));
}
END_TEST

START_TEST(no_name_stands_in_it)
{
	static char bytes[IMAGE_SIZE];
	struct sightings seen;
	int fd;

	once(NOON);
	state_listed(&state, LIST, &someone, NOON, &seen);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), IMAGE_SIZE);
	close(fd);
	ck_assert_ptr_null(memmem(bytes, sizeof(bytes), "secretkey", 9));
	ck_assert_ptr_null(memmem(bytes, sizeof(bytes), "192.0.2", 7));
}
END_TEST

/* ---- doing without ------------------------------------------------------- */

static void check_without(int trouble)
{
	struct sightings seen = { .listed = 1 };
	struct record r = { .muted = 1 };

	ck_assert(once(NOON) && once(NOON)); /* nobody is silenced */
	ck_assert(!state_list(&state, LIST, NOON, &r));
	ck_assert_int_eq(r.muted, 0);
	ck_assert(!state_listed(&state, LIST, &someone, NOON, &seen));
	ck_assert_uint_eq(seen.listed, 0);
	ck_assert_int_eq(state_trouble(&state), trouble);
	ck_assert_int_eq(state_trouble(&state), 0); /* said once */
}

static void nowhere(void)
{
	state_init(&state, "");
}

static void no_folder(void)
{
	state_init(&state, "/no/such/folder/state");
}

static void symbolic_link(void)
{
	put(other, "x", 1);
	ck_assert_int_eq(symlink(other, file), 0);
}

static void hard_link(void)
{
	put(other, "x", 1);
	ck_assert_int_eq(link(other, file), 0);
}

static void writable_by_others(void)
{
	put(file, "", 0);
	ck_assert_int_eq(chmod(file, 0666), 0);
}

static void a_pipe(void)
{
	ck_assert_int_eq(mkfifo(file, 0600), 0);
}

static void a_folder(void)
{
	state_init(&state, dir);
}

static void limited(void)
{
	ck_assert_int_eq(
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 8192, 8192 }), 0);
}

static const struct {
	void (*make)(void);
	int trouble;
} trouble[] = {
	{ nowhere, 0 },
	{ no_folder, 0 },
	{ symbolic_link, -ELOOP },
	{ hard_link, -EPERM },
	{ writable_by_others, -EPERM },
	{ a_pipe, -EPERM },
	{ a_folder, -EISDIR },
	{ limited, -EFBIG },
};

START_TEST(it_can_be_done_without)
{
	trouble[_i].make();
	check_without(trouble[_i].trouble);
	ck_assert_int_le(size_of(other), 1); /* untouched */
}
END_TEST

START_TEST(it_is_not_shared_by_two_users)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(dir, 65534, 65534), 0);
	check_without(-EACCES); /* root makes none for somebody else */
	ck_assert_int_eq(stat(file, &st), -1);
	put(file, "", 0);
	ck_assert_int_eq(chown(file, 65534, 65534), 0);
	begin_anew();
	check_without(-EPERM);
	ck_assert_int_eq(size_of(file), 0);
}
END_TEST

/* ---- damage -------------------------------------------------------------- */

static void emptied(void)
{
	put(file, "", 0);
}

static void text_instead(void)
{
	put(file, "hello\n", 6);
}

static void garbage(void)
{
	static char bytes[3 * IMAGE_SIZE];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7919 >> 3);
	put(file, bytes, sizeof(bytes));
}

static void cut_off(void)
{
	once(NOON);
	ck_assert_int_eq(truncate(file, IMAGE_SIZE - 1), 0);
}

static void lengthened(void)
{
	once(NOON);
	ck_assert_int_eq(truncate(file, IMAGE_SIZE + 1), 0);
}

static void of_another_version(void)
{
	int fd;

	once(NOON);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "\2", 1, 16), 1);
	close(fd);
}

static void (*const damage[])(void) = {
	emptied, text_instead, garbage, cut_off, lengthened, of_another_version,
};

START_TEST(damage_is_made_good)
{
	struct record r;

	damage[_i]();
	begin_anew();
	ck_assert(!state_list(&state, LIST, NOON, &r));
	ck_assert(once(NOON));
	ck_assert(!once(NOON));
	ck_assert_int_eq(size_of(file), IMAGE_SIZE);
	ck_assert_int_eq(state_trouble(&state), 0);
}
END_TEST

START_TEST(cut_under_us_is_as_if_there_were_none)
{
	struct record r;

	ck_assert(once(NOON));
	ck_assert(!once(NOON));
	ck_assert_int_eq(truncate(file, 0), 0);
	ck_assert(once(NOON));
	ck_assert(once(NOON));
	ck_assert(!state_list(&state, LIST, NOON, &r));
	ck_assert_int_eq(state_trouble(&state), -EUCLEAN);
	ck_assert_int_eq(state_trouble(&state), 0);
	begin_anew();
	ck_assert(once(NOON));
	ck_assert(!once(NOON));
	ck_assert_int_eq(state_trouble(&state), 0);
}
END_TEST

START_TEST(of_fifty_at_once_one_may_speak)
{
	int gate[2], status, spoke = 0;
	char any;

	ck_assert_int_eq(pipe(gate), 0);
	for (int i = 0; i < 50; i++) {
		pid_t child = fork();

		ck_assert_int_ge(child, 0);
		if (child > 0)
			continue;
		close(gate[1]);
		if (read(gate[0], &any, 1) != 0) /* until all are there */
			_exit(9);
		_exit(!once(NOON) + 2 * (state_trouble(&state) < 0));
	}
	close(gate[1]);
	for (int i = 0; i < 50; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert(WIFEXITED(status));
		ck_assert_int_lt(WEXITSTATUS(status), 2);
		spoke += WEXITSTATUS(status) == 0;
	}
	close(gate[0]);
	ck_assert_int_eq(spoke, 1);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("state");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, it_outlives_its_processes);
	tcase_add_test(tc, what_is_over_may_be_told_anew);
	tcase_add_test(tc, alarms_are_raised_by_what_is_seen);
	tcase_add_test(tc, silent_servers_are_known_to_others);
	tcase_add_test(tc, looking_makes_no_file);
	tcase_add_test(tc, no_name_stands_in_it);
	tcase_add_loop_test(tc, it_can_be_done_without, 0, ROWS(trouble));
	tcase_add_test(tc, it_is_not_shared_by_two_users);
	tcase_add_loop_test(tc, damage_is_made_good, 0, ROWS(damage));
	tcase_add_test(tc, cut_under_us_is_as_if_there_were_none);
	tcase_add_test(tc, of_fifty_at_once_one_may_speak);
	return unit_run();
}
