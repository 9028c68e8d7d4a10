/*
 * What being recorded costs a known client: the counters, and the line of the
 * decision log, each beside a floor that does the least that could do it.
 *
 *	bench_record ROUNDS DIR
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "screen/decision.h"
#include "screen/tally.h"
#include "state/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char state_file[256], log_file[256], plain_file[256];
static struct conf conf;
static struct peer peer;
static struct facts facts;
static struct stamps stamps;
static const struct decision_facts with = { &facts, &stamps, FAILURE_NONE };

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

static void count(void)
{
	struct decision d;

	decision_begin(&d, &(struct conf){ .decision_log = "" }, "id", &peer);
	d.path = DECISION_BY_CACHE;
	d.pass = "old";
	tally_up(state_file, &d, &with);
}

static void record(void)
{
	struct decision d;

	decision_begin(&d, &conf, "bcdfghjkmnpq", &peer);
	d.path = DECISION_BY_CACHE;
	d.pass = "old";
	d.known = true;
	decision_end(&d, &with);
}

/* Of the processor: whatever else runs on the machine. */
static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The best of 9 runs: nanoseconds for one call. */
static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int64_t measure(void (*what)(void), int rounds)
{
	int64_t run[9];

	for (size_t i = 0; i < 9; i++) {
		int64_t begin = now();

		for (int r = 0; r < rounds; r++)
			what();
		run[i] = (now() - begin) / rounds;
	}
	qsort(run, 9, sizeof(run[0]), by_time);
	return run[0];
}

static void tell(const char *what, int64_t took, int64_t floor)
{
	printf("%-40s %6.2f us, %.1f times its floor of %.2f us\n", what,
	       (double)took / 1000, (double)took / (double)floor,
	       (double)floor / 1000);
}

int main(int argc, char **argv)
{
	int rounds = argc == 3 ? atoi(argv[1]) : 0;
	bool has_port;
	struct state state;

	if (rounds <= 0) {
		fputs("bench_record: usage: bench_record ROUNDS DIR\n", stderr);
		return 2;
	}
	snprintf(state_file, sizeof(state_file), "%s/state", argv[2]);
	snprintf(log_file, sizeof(log_file), "%s/decisions.log", argv[2]);
	snprintf(plain_file, sizeof(plain_file), "%s/plain.log", argv[2]);
	conf = (struct conf){ .decision_log = log_file,
			      .state_file = state_file,
			      .cache_ipv4_prefix = 32,
			      .cache_ipv6_prefix = 64 };
	endpoint_parse(SPAN("192.0.2.1:4711"), &peer.client, &has_port);
	endpoint_parse(SPAN("192.0.2.25:25"), &peer.server, &has_port);
	state_init(&state, state_file);
	if (state_open(&state) < 0)
		return 1;
	state_close(&state);
	tell("count it in the state file", measure(count, rounds),
	     measure(open_and_close, rounds));
	tell("a line in the decision log", measure(record, rounds),
	     measure(append_plainly, rounds));
	return 0;
}
