/*
 * bench_cache.c - a cache with a million entries, 8 readers and 1 writer.
 *
 *     bench_cache DIRECTORY [ENTRIES [SECONDS]]
 *
 * A lookup is what a connection does: a new cache, its lock file and cache
 * file opened, locked, read and closed; only the fork is missing. Exits 1
 * when a goal is missed or an entry lost.
 */
#include "base/clock.h"
#include "base/filelock.h"
#include "cache/cache.h"
#include "cache/cache_gdbm.h"
#include "cache/mark.h"
#include "cache/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOON	INT64_C(1790000000)
#define READERS 8
#define SAMPLES 1000000

/* The goals. */
#define LOOKUP_P99 (5 * CLOCK_MS)
#define WRITE_WAIT (100 * CLOCK_MS)

/* Nobody is to wait as long. */
#define PATIENCE (clock_mono() + 60 * CLOCK_SECOND)

/* What each process measured, in microseconds. */
struct times {
	volatile uint32_t count;
	volatile uint32_t failed;
	int64_t took[SAMPLES];
};

static char file[CACHE_PATH + 1];
static unsigned entries = 1000000;
static int64_t end; /* of the measurement */

static const char *key_of(unsigned n)
{
	static char key[40];

	snprintf(key, sizeof(key), "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255,
		 n & 255);
	if (n >> 24 != 0)
		key[0] = '2';
	return key;
}

static void die(const char *what, int r)
{
	fprintf(stderr, "bench_cache: %s: %s\n", what, strerror(-r));
	exit(1);
}

static void fill(void)
{
	int fd = open(file, O_RDWR | O_CREAT | O_EXCL, 0600);
	struct gdbm_file_info *db;
	struct stamps s = { .first = NOON, .last = NOON, .count = 1 };
	int r = cache_gdbm_open(fd, true, &db);

	if (r < 0)
		die(file, r);
	for (unsigned n = 0; n < entries && r == 0; n++) {
		char memory[STAMPS_TEXT + 1];
		struct sbuf value = SBUF(memory);

		for (int t = 0; t < TESTS; t++)
			s.until[t] = NOON + n;
		stamps_format(&s, &value);
		r = cache_gdbm_store(db, span_of(key_of(n)), sbuf_span(&value));
	}
	cache_gdbm_close(db);
	if (r < 0)
		die("filling", r);
}

static int update(struct cache *c, unsigned n)
{
	struct cache_pass pass = { .complete = true };
	bool was_new;

	for (int t = 0; t < TESTS; t++)
		pass.until[t] = NOON + n + 1;
	return cache_update(c, key_of(n), &pass, NOON, PATIENCE, &was_new);
}

/* The first update examines a file that it does not know. */
static void show_first_update(void)
{
	int64_t before = clock_mono();
	struct cache c;
	int r;

	cache_init(&c, file);
	r = update(&c, 0);
	if (r < 0)
		die("the first update", r);
	printf("first update of an unknown file: %" PRId64 " ms\n",
	       (clock_mono() - before) / CLOCK_MS);
	cache_close(&c);
}

static void add(struct times *t, int64_t took)
{
	if (t->count < SAMPLES)
		t->took[t->count++] = took;
}

static unsigned random_number(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void read_until_end(struct times *t, unsigned seed)
{
	while (clock_mono() < end) {
		unsigned n = random_number(&seed) % entries;
		int64_t before = clock_mono();
		struct cache c;
		struct stamps s;
		int r;

		cache_init(&c, file);
		r = cache_lookup(&c, key_of(n), PATIENCE, &s);
		cache_close(&c);
		add(t, clock_mono() - before);
		if (r != 1 || s.until[0] < NOON + n)
			t->failed++;
	}
}

/* New entries and old ones, in turn. */
static void write_until_end(struct times *waits, struct times *whole,
			    unsigned seed)
{
	unsigned added = 0;

	while (clock_mono() < end) {
		struct cache c;
		int64_t before;
		int r;

		cache_init(&c, file);
		r = cache_open_for_update(&c);
		before = clock_mono();
		if (r == 0)
			r = filelock_take(c.lock, FILELOCK_EXCLUSIVE, PATIENCE);
		add(waits, clock_mono() - before);
		if (r == 0)
			filelock_drop(c.lock);

		before = clock_mono();
		if (r == 0)
			r = update(&c, whole->count % 2
					       ? random_number(&seed) % entries
					       : entries + added++);
		add(whole, clock_mono() - before);
		if (r < 0)
			whole->failed++;
		cache_close(&c);
	}
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int64_t show(const char *what, const char *goal, struct times *t)
{
	int64_t *took = t->took;
	uint32_t n = t->count;

	if (n == 0)
		die(what, -ENODATA);
	qsort(took, n, sizeof(*took), compare);
	printf("%s: %" PRIu32 ", median %" PRId64 " us, p99 %" PRId64
	       " us, most %" PRId64 " us%s\n",
	       what, n, took[n / 2], took[n - 1 - n / 100], took[n - 1], goal);
	return took[n - 1 - n / 100];
}

static unsigned count_lost(unsigned added)
{
	struct gdbm_file_info *db;
	unsigned lost = 0;
	int r = cache_gdbm_open(open(file, O_RDONLY), false, &db);

	if (r < 0)
		die("counting", r);
	for (unsigned n = 0; n < entries + added; n++) {
		char memory[STAMPS_TEXT + 1];
		struct sbuf value = SBUF(memory);

		lost += cache_gdbm_fetch(db, span_of(key_of(n)), &value) != 1;
	}
	cache_gdbm_close(db);
	return lost;
}

/* What a writer pays who finds the mark of a dead one. */
static void show_repairs(void)
{
	struct cache c;
	int64_t before;
	int r;

	cache_init(&c, file);
	r = cache_open_for_update(&c);
	for (int rebuild = 0; rebuild <= 1 && r == 0; rebuild++) {
		mark_set(c.lock, MARK_DIRTY);
		before = clock_mono();
		r = repair(c.lock, c.data, rebuild);
		printf("%s: %" PRId64 " ms\n",
		       rebuild ? "rebuilding it" : "examining the file",
		       (clock_mono() - before) / CLOCK_MS);
	}
	if (r < 0)
		die("repair", r);
	cache_close(&c);
}

static struct times *shared_times(void)
{
	struct times *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (t == MAP_FAILED)
		die("mmap", -errno);
	return t;
}

int main(int argc, char **argv)
{
	struct times *reads[READERS], *waits, *whole, *all;
	int64_t p99, seconds = 5;
	unsigned lost, failed = 0;
	struct stat st;
	bool good;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_cache DIRECTORY [ENTRIES "
				"[SECONDS]]\n");
		return 2;
	}
	if (argc > 2)
		entries = (unsigned)atoi(argv[2]);
	if (argc > 3)
		seconds = atoi(argv[3]);
	snprintf(file, sizeof(file), "%s/bench.gdbm", argv[1]);
	fill();
	show_first_update();
	waits = shared_times();
	whole = shared_times();
	all = shared_times();
	end = clock_mono() + seconds * CLOCK_SECOND;
	for (int i = 0; i < READERS; i++) {
		reads[i] = shared_times();
		if (fork() == 0) {
			read_until_end(reads[i], (unsigned)i + 1);
			_exit(0);
		}
	}
	if (fork() == 0) {
		write_until_end(waits, whole, 99);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < READERS; i++) {
		for (uint32_t n = 0; n < reads[i]->count; n++)
			add(all, reads[i]->took[n]);
		failed += reads[i]->failed;
	}
	failed += whole->failed;
	lost = count_lost((whole->count + 1) / 2);

	stat(file, &st);
	printf("%u entries, %lld MB, %d readers, 1 writer, %lld s\n", entries,
	       (long long)st.st_size / 1000000, READERS, (long long)seconds);
	p99 = show("lookups (open, lock, fetch, close)", "; goal: p99 < 5000",
		   all);
	show("writer's waits for the lock", "; goal: most < 100000", waits);
	show("updates, sync to disk included", "", whole);
	printf("failed %u, lost %u\n", failed, lost);
	good = p99 < LOOKUP_P99 && waits->took[waits->count - 1] < WRITE_WAIT &&
	       failed == 0 && lost == 0;
	show_repairs();
	return good ? 0 : 1;
}
