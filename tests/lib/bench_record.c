/*
 * What being recorded costs a known client: the counters, and the line of the
 * decision log. Each is the difference of two runs that follow one another,
 * of a client that is recognized with it and one without; beside it a floor
 * that does the least that could do it, and how many system calls it takes.
 *
 *	bench_record PAIRS DIR
 */
#include "base/arena.h"
#include "base/clock.h"
#include "cache/cache.h"
#include "conf/conf.h"
#include "screen/decision.h"
#include "screen/tally.h"
#include "state/state.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Clients in one of a pair: of the two, neither may take so long that the
 * machine is another by then. */
#define CLIENTS 100

static char state_file[256], cache_map[256], log_file[256], plain_file[256];
static struct conf conf;
static struct peer peer;
static struct facts facts;
static struct stamps stamps;
static const struct decision_facts with = { &facts, &stamps, FAILURE_NONE };

/* ---- what is compared ------------------------------------------------------
 */

/* A known client, with what COUNTS and LOGS say. */
static void recognize(bool counts, bool logs)
{
	static struct memory m;
	struct decision d;

	conf.state_file = counts ? state_file : "";
	conf.decision_log = logs ? log_file : "";
	decision_begin(&d, &conf, "bcdfghjkmnpq", &peer);
	memory_open(&m, &conf, &peer.client.address);
	d.path = DECISION_BY_CACHE;
	d.pass = "old";
	d.known = memory_recall(&m, &stamps);
	if (!d.known)
		exit(1);
	decision_end(&d, &with);
	tally_up(&d, &conf, &m, &with);
	memory_close(&m);
}

static void plain(void)
{
	recognize(false, false);
}

static void counted(void)
{
	recognize(true, false);
}

static void logged(void)
{
	recognize(false, true);
}

static void nothing(void)
{
}

static void open_and_close(void)
{
	struct stat st;
	int fd = open(state_file, O_RDWR | O_CLOEXEC);

	fstat(fd, &st);
	close(fd);
}

static void append_plainly(void)
{
	static char line[400];
	int fd = open(plain_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		      0600);

	line[sizeof(line) - 1] = '\n';
	if (write(fd, line, sizeof(line)) < 0)
		exit(1);
	close(fd);
}

/* ---- time ------------------------------------------------------------------
 */

/* Of the processor: whatever else runs on the machine. */
static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t time_of(void (*what)(void))
{
	int64_t begin = now();

	for (int i = 0; i < CLIENTS; i++)
		what();
	return (now() - begin) / CLIENTS;
}

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Nanoseconds that MORE takes longer than LESS: the median of all pairs. */
static int64_t difference(void (*less)(void), void (*more)(void), int pairs)
{
	int64_t *all = calloc((size_t)pairs, sizeof(*all)), median;

	for (int i = 0; i < pairs; i++) {
		int64_t first = time_of(i % 2 ? more : less);
		int64_t second = time_of(i % 2 ? less : more);

		all[i] = i % 2 ? first - second : second - first;
	}
	qsort(all, (size_t)pairs, sizeof(*all), by_time);
	median = all[pairs / 2];
	free(all);
	return median;
}

/* ---- system calls ----------------------------------------------------------
 */

/* How many a process makes that does WHAT, and its end. */
static int calls_of(void (*what)(void))
{
	int status, stops = 0;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		what();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) == pid && !WIFEXITED(status)) {
		stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
		if (WSTOPSIG(status) == SIGSTOP)
			ptrace(PTRACE_SETOPTIONS, pid, NULL,
			       (void *)PTRACE_O_TRACESYSGOOD);
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	return stops / 2; /* each stops as it begins and as it ends */
}

static void tell(const char *what, void (*it)(void), void (*floor)(void),
		 int pairs)
{
	int64_t took = difference(plain, it, pairs);
	int64_t least = difference(nothing, floor, pairs);

	printf("%-28s %6.2f us, %d system calls; its floor %.2f us, %d\n", what,
	       (double)took / 1000, calls_of(it) - calls_of(plain),
	       (double)least / 1000, calls_of(floor) - calls_of(nothing));
}

/* ---- all -------------------------------------------------------------------
 */

static void seed(const char *file)
{
	struct cache cache;
	char key[] = "192.0.2.1";
	struct cache_pass pass = { .complete = true };
	bool was_new;

	for (enum test t = 0; t < TESTS; t++)
		pass.until[t] = clock_wall() + 3600;
	cache_init(&cache, file);
	if (cache_update(&cache, key, &pass, clock_wall(), CLOCK_NEVER,
			 &was_new) < 0)
		exit(1);
	cache_close(&cache);
}

int main(int argc, char **argv)
{
	int pairs = argc == 3 ? atoi(argv[1]) : 0;
	struct state state;
	bool has_port;

	if (pairs <= 0) {
		fputs("bench_record: usage: bench_record PAIRS DIR\n", stderr);
		return 2;
	}
	snprintf(state_file, sizeof(state_file), "%s/state", argv[2]);
	snprintf(cache_map, sizeof(cache_map), "gdbm:%s/cache.gdbm", argv[2]);
	snprintf(log_file, sizeof(log_file), "%s/decisions.log", argv[2]);
	snprintf(plain_file, sizeof(plain_file), "%s/plain.log", argv[2]);
	conf = (struct conf){ .cache_map = cache_map,
			      .cache_lock_timeout = 1,
			      .cache_ipv4_prefix = 32,
			      .cache_ipv6_prefix = 64 };
	endpoint_parse(SPAN("192.0.2.1:4711"), &peer.client, &has_port);
	endpoint_parse(SPAN("192.0.2.25:25"), &peer.server, &has_port);
	seed(cache_map + strlen("gdbm:"));
	state_init(&state, state_file);
	if (state_open(&state) < 0)
		return 1;
	state_close(&state);
	tell("count it", counted, open_and_close, pairs);
	tell("a line in the decision log", logged, append_plainly, pairs);
	return 0;
}
