/*
 * cache_kill.c - kill -9 a writer of the cache at a random moment, over and
 * over, with readers beside it.
 *
 *     cache_kill ROUNDS DIRECTORY [SEED]
 *
 * What every value must be follows from its key, so a wrong one is known at
 * sight. The writer tells in shared memory which updates have returned: those
 * are confirmed, and only a repair after a kill may lose any. Prints TAP.
 */
#include "base/clock.h"
#include "base/filelock.h"
#include "cache/cache.h"
#include "cache/cache_gdbm.h"
#include "cache/mark.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOON	INT64_C(1790000000)
#define KEYS	60000
#define READERS 2

/* What one bucket holds at most. */
#define BUCKET 166

/* How long a writer lives, at most. */
#define LIFE_US 20000

/* Longer than a repair takes; whoever waits longer is stuck. */
#define PATIENCE (clock_mono() + 20 * CLOCK_SECOND)

/* How far an entry's updates have come. */
enum level {
	LEVEL_NONE,
	LEVEL_EARLY, /* the first two tests passed */
	LEVEL_ALL,
};

struct shared {
	volatile unsigned char confirmed[KEYS]; /* enum level */
	volatile unsigned long updates;
	volatile unsigned long lookups, refused, wrong, failed;
	volatile int error;
};

static struct shared *shared;
static struct cache cache;
static char file[CACHE_PATH + 1];

static void key_of(unsigned n, char *to, size_t size)
{
	if (n % 3 == 0)
		snprintf(to, size, "2001:db8:%x:%x::/64", n / 256, n % 256);
	else
		snprintf(to, size, "10.%u.%u.7", n / 256, n % 256);
}

static int64_t until_of(unsigned n, int test)
{
	return NOON + INT64_C(1000) * n + test;
}

static unsigned random_number(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Is S what updates of KEY number N up to some level make? */
static bool is_right(unsigned n, const struct stamps *s, enum level *ret)
{
	bool all = s->until[TEST_FIRST_DEEP] != 0;

	for (int t = 0; t < TESTS; t++)
		if (s->until[t] !=
		    (all || t < TEST_FIRST_DEEP ? until_of(n, t) : 0))
			return false;
	*ret = all ? LEVEL_ALL : LEVEL_EARLY;
	return s->first == NOON && s->last == NOON && s->count > 0;
}

static int update(unsigned n, enum level level)
{
	struct cache_pass pass = { .complete = true };
	bool was_new;
	char key[60];

	for (int t = 0; t < TESTS; t++) {
		pass.enabled[t] = true;
		if (level == LEVEL_ALL || t < TEST_FIRST_DEEP)
			pass.until[t] = until_of(n, t);
	}
	key_of(n, key, sizeof(key));
	return cache_update(&cache, key, &pass, NOON, PATIENCE, &was_new);
}

static void write_for_ever(unsigned seed)
{
	for (;;) {
		unsigned n = random_number(&seed) % KEYS;
		enum level level =
			random_number(&seed) % 2 ? LEVEL_ALL : LEVEL_EARLY;
		int r = update(n, level);

		if (r < 0) {
			shared->error = r;
			_exit(1);
		}
		if (shared->confirmed[n] < level)
			shared->confirmed[n] = level;
		shared->updates++;
	}
}

static void read_for_ever(unsigned seed)
{
	for (;;) {
		unsigned n = random_number(&seed) % KEYS;
		enum level level;
		struct stamps s;
		char key[60];
		int r;

		key_of(n, key, sizeof(key));
		r = cache_lookup(&cache, key, PATIENCE, &s);
		shared->lookups++; /* of several readers: about */
		if (r == -EUCLEAN)
			shared->refused++;
		else if (r < 0)
			shared->failed++;
		else if (r > 0 && !is_right(n, &s, &level))
			shared->wrong++;
	}
}

static pid_t start(void (*work)(unsigned seed), unsigned seed)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (pid == 0)
		work(seed);
	return pid;
}

/* ---- what there is ----------------------------------------------- */

struct tally {
	unsigned wrong;
	unsigned missing;
};

static void check_key(struct gdbm_file_info *db, unsigned n, struct tally *t)
{
	char memory[STAMPS_TEXT + 1], key[60];
	struct sbuf text = SBUF(memory);
	enum level level = LEVEL_NONE;
	struct stamps s;
	int r;

	key_of(n, key, sizeof(key));
	r = cache_gdbm_fetch(db, span_of(key), &text);
	if (r > 0) {
		stamps_parse(sbuf_span(&text), &s);
		if (!sbuf_fitted(&text) || !is_right(n, &s, &level))
			t->wrong++;
	}
	if (level < shared->confirmed[n]) {
		t->missing++;
		shared->confirmed[n] = (unsigned char)level;
	}
}

/* Every key, with the file opened once. */
static int check_all(struct tally *ret)
{
	struct gdbm_file_info *db;
	int r, fd;

	r = filelock_take(cache.lock, FILELOCK_SHARED, PATIENCE);
	if (r < 0)
		return r;
	fd = dup(cache.data);
	r = cache_gdbm_open(fd, false, &db);
	if (r == 0) {
		for (unsigned n = 0; n < KEYS; n++)
			check_key(db, n, ret);
		cache_gdbm_close(db);
	}
	filelock_drop(cache.lock);
	return r;
}

/* ---- rounds ------------------------------------------------------ */

struct score {
	unsigned dirty;	      /* kills that left the mark */
	bool suspect;	      /* one of them, since the last look */
	unsigned losses;      /* looks that found something lost */
	unsigned most;	      /* lost at once */
	unsigned unexplained; /* lost without a kill in mid-write */
	unsigned wrong;
	int64_t longest_update; /* after a kill, repair included */
	int failure;
};

static void play(unsigned round, unsigned *seed, struct score *score)
{
	struct timespec life = { .tv_nsec = 1000L * (long)(random_number(seed) %
							   LIFE_US) };
	pid_t writer = start(write_for_ever, round * 77773u + 1);
	struct tally tally = { 0 };
	struct mark_state state = { .mark = MARK_CLEAN };
	int64_t before;
	unsigned n;
	int r;

	nanosleep(&life, NULL);
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	if (cache.lock >= 0)
		mark_read(cache.lock, &state);
	score->dirty += state.mark != MARK_CLEAN;
	score->suspect |= state.mark != MARK_CLEAN;
	if (round % 2 == 0) /* the next writer repairs, and is killed at it */
		return;

	n = random_number(seed) % KEYS;
	before = clock_mono();
	r = update(n, LEVEL_ALL);
	if (clock_mono() - before > score->longest_update)
		score->longest_update = clock_mono() - before;
	if (r == 0) {
		shared->confirmed[n] = LEVEL_ALL;
		if (score->suspect || round % 50 == 1)
			r = check_all(&tally);
	}
	if (r < 0)
		score->failure = r;
	score->losses += tally.missing > 0;
	score->wrong += tally.wrong;
	if (!score->suspect)
		score->unexplained += tally.missing;
	if (tally.missing > score->most)
		score->most = tally.missing;
	score->suspect = false;
}

static unsigned tests;
static int status;

static void tell(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++tests, what);
	if (!good)
		status = 1;
}

int main(int argc, char **argv)
{
	unsigned rounds, seed;
	struct score score = { 0 };
	pid_t readers[READERS];

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: cache_kill ROUNDS DIRECTORY [SEED]\n");
		return 2;
	}
	rounds = (unsigned)atoi(argv[1]);
	seed = argc > 3 ? (unsigned)atoi(argv[3]) : (unsigned)clock_wall();
	snprintf(file, sizeof(file), "%s/kill.gdbm", argv[2]);
	cache_init(&cache, file);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	printf("# seed %u\n1..6\n", seed);
	fflush(stdout);

	for (unsigned i = 0; i < READERS; i++)
		readers[i] = start(read_for_ever, seed + i);
	for (unsigned i = 0; i <= rounds / 2 * 2 && score.failure == 0; i++)
		play(i + 1, &seed, &score);
	for (unsigned i = 0; i < READERS; i++) {
		kill(readers[i], SIGKILL);
		waitpid(readers[i], NULL, 0);
	}

	tell(shared->updates > rounds && shared->lookups > rounds,
	     "writers wrote and readers read");
	tell(score.wrong == 0 && shared->wrong == 0,
	     "no value is another than was written");
	tell(score.failure == 0 && shared->error == 0,
	     "the next update always works");
	tell(shared->failed == 0, "readers find, or do not, or see the mark");
	tell(score.unexplained == 0, "nothing is lost but by a repair");
	tell(score.most <= BUCKET, "a repair loses at most a bucket");
	printf("# %u rounds, %lu updates, %lu lookups (%lu refused)\n", rounds,
	       shared->updates, shared->lookups, shared->refused);
	printf("# %u kills in mid-write, %u lost anything, at most %u "
	       "entries\n",
	       score.dirty, score.losses, score.most);
	printf("# longest update after a kill: %" PRId64 " us\n",
	       score.longest_update);
	if (status != 0)
		printf("# failure %d, writer's %d, readers' %lu, "
		       "wrong %u and %lu, unexplained %u\n",
		       score.failure, shared->error, shared->failed,
		       score.wrong, shared->wrong, score.unexplained);
	cache_close(&cache);
	return status;
}
