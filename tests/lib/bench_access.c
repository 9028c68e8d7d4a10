/*
 * bench_access - what a lookup in an access table costs a process that stays.
 *
 *	bench_access TABLE ROUNDS
 *
 * TABLE is cidr:FILE. It is opened once; then random IPv4 and IPv6 addresses
 * are looked up in it, as an access list would. Prints the mean.
 */
#include "conf/access.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state = 1;

/* Three in four IPv4, of which most are in what bench_access writes. */
static struct address pick(void)
{
	struct address a = { .family = ADDRESS_IPV4,
			     .bytes = { 0x20, 0x01, 0x0d, 0xb8 } };
	uint64_t random;
	size_t from = 4;

	state = state * UINT64_C(6364136223846793005) + 1;
	random = state >> 33;
	if (random % 4 == 0)
		a.family = ADDRESS_IPV6;
	else
		from = 1;
	for (size_t i = 0; i < 4; i++)
		a.bytes[from + i] = (unsigned char)(random >> (2 + 8 * i));
	if (from == 1) {
		a.bytes[2] &= 7;
		a.bytes[0] = (unsigned char)(128 + (random >> 24) % 64);
	}
	return a;
}

/* CPU time of our own: the machine may be shared. Microseconds. */
static double cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	static const struct origin where = { "bench", 1, "access_list" };
	char memory[512];
	struct sbuf warning = SBUF(memory);
	struct access_list *list;
	struct netlist *none;
	struct report report;
	struct arena arena;
	int rounds, found = 0;
	double start;

	if (argc != 3 || (rounds = atoi(argv[2])) <= 0)
		errx(2, "usage: bench_access TABLE ROUNDS");
	if (arena_open(&arena, 64 << 20) < 0)
		err(1, "arena");
	report_init(&report, &arena);
	none = netlist_open("", &arena, &report, &where);
	list = access_open(argv[1], none, &arena, &report, &where);
	if (!none || !list || report.warnings > 0)
		errx(1, "%s: %s", argv[1],
		     report.first ? report.first->text : "no memory");
	start = cpu_time();
	for (int i = 0; i < rounds; i++) {
		struct address who = pick();

		found += access_decide(list, &who, &warning) != ACCESS_DUNNO;
	}
	printf("a lookup in a process that stays: %.2f us of CPU time (%d of "
	       "%d found)\n",
	       (cpu_time() - start) / rounds, found, rounds);
	arena_close(&arena);
	return 0;
}
