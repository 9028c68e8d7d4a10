/*
 * bench_start - from the start of smtp-screen to the smtpd it execs, beside
 * an empty dynamically linked program.
 *
 *	bench_start ROUNDS SMTP-SCREEN EMPTY DIR [TABLE]
 *
 * EMPTY is the peer: a C program with an empty main, dynamically linked; it
 * also stands in for the smtpd. Both are started in turn, each with a TCP
 * connection as descriptors 0 and 1, a journal socket that is read, and three
 * DNS lists that know nobody. A pipe that smtp-screen must not pass on tells
 * the moment of its exec, or of the peer's end. Prints the medians. With a
 * TABLE, such as cidr:/FILE, in the access list: of the known client only.
 */
#include "base/clock.h"
#include "cache/stamps.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <gdbm.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[80], cache_file[128], conf_file[128], log_path[108];
static unsigned dns_port;

/* A connected TCP pair over the loopback; RET[0] is the server's end. */
static void connect_pair(int ret[2])
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(to);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&to, &len) < 0)
		err(1, "listen");
	ret[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(ret[1], (struct sockaddr *)&to, len) < 0)
		err(1, "connect");
	ret[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
}

static pid_t helper(void (*work)(int fd), int fd)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work(fd);
	_exit(0);
}

static void drain_log(int fd)
{
	char line[8192];

	while (recv(fd, line, sizeof(line), 0) > 0)
		;
}

/* Every question is answered: no such name. */
static void answer_dns(int fd)
{
	unsigned char packet[1500];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(fd, packet, sizeof(packet), 0,
			     (struct sockaddr *)&from, &len)) > 12) {
		ssize_t end = 12;

		while (end < n && packet[end] != 0)
			end += packet[end] + 1;
		end += 5; /* root label, type, class */
		packet[2] = 0x81;
		packet[3] = 0x83;
		memset(packet + 6, 0, 6); /* no records, EDNS dropped too */
		if (end <= n)
			sendto(fd, packet, (size_t)end, 0,
			       (struct sockaddr *)&from, len);
	}
}

static void start_helpers(pid_t pids[2])
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int dns = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(log_path, sizeof(log_path), "%s/journal", dir);
	memcpy(un.sun_path, log_path, sizeof(log_path));
	if (bind(log, (struct sockaddr *)&un, sizeof(un)) < 0)
		err(1, "bind %s", un.sun_path);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(dns, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    getsockname(dns, (struct sockaddr *)&in, &len) < 0)
		err(1, "bind dns");
	dns_port = ntohs(in.sin_port);
	pids[0] = helper(drain_log, log);
	pids[1] = helper(answer_dns, dns);
	close(log);
	close(dns);
}

/* What a postmaster would have, pointed at our helpers. */
static void write_conf(const char *table)
{
	FILE *f = fopen(conf_file, "we");

	if (!f)
		err(1, "%s", conf_file);
	fprintf(f,
		"# smtp-screen.conf\n"
		"myhostname = mx.example.org\n"
		"mynetworks = 192.0.2.0/24 [2001:db8::]/32\n"
		"postscreen_access_list = permit_mynetworks %s\n"
		"postscreen_greet_action = enforce\n"
		"postscreen_dnsbl_action = enforce\n"
		"postscreen_dnsbl_sites = a.test*2 b.test=127.0.0.[2..11]*1\n"
		"    c.test=127.0.0.4\n"
		"postscreen_dnsbl_threshold = 3\n"
		"postscreen_blacklist_action = drop\n"
		"postscreen_greet_banner = $myhostname ESMTP, please wait\n"
		"dns_servers = 127.0.0.1:%u\n"
		"cache_map = gdbm:%s\n"
		"log_target = journal:%s\n",
		table, dns_port, cache_file, log_path);
	if (fclose(f) != 0)
		err(1, "%s", conf_file);
}

/* The client's entry: everything passed, the DNS lists until DNSBL. */
static void seed(int64_t dnsbl)
{
	int64_t far = clock_wall() + 86400;
	struct stamps s = {
		.until = { far, dnsbl, 1, 1, 1 },
		.first = far - 2 * 86400,
		.last = clock_wall(),
		.count = 1,
	};
	char text[STAMPS_TEXT], name[] = "127.0.0.1";
	struct sbuf b = SBUF(text);
	GDBM_FILE f = gdbm_open(cache_file, 0,
				GDBM_WRCREAT | GDBM_NOMMAP | GDBM_CLOEXEC, 0600,
				NULL);
	datum key = { .dptr = name, .dsize = (int)strlen(name) };
	datum value = { .dptr = text };

	stamps_format(&s, &b);
	value.dsize = (int)b.len;
	if (!f || gdbm_store(f, key, value, GDBM_REPLACE) != 0)
		errx(1, "%s: %s", cache_file, gdbm_strerror(gdbm_errno));
	gdbm_close(f);
}

/* Start ARGV on a fresh connection; microseconds until it execs or ends. */
static int64_t time_of(char *const *argv)
{
	int pair[2], gone[2], status;
	int64_t start, end;
	pid_t pid;
	char c;

	connect_pair(pair);
	if (pipe2(gone, O_CLOEXEC) < 0)
		err(1, "pipe");
	start = clock_mono();
	pid = vfork();
	if (pid == 0) {
		dup2(pair[0], 0);
		dup2(pair[0], 1);
		dup2(gone[1], 9); /* inherited, unlike the others */
		execv(argv[0], argv);
		_exit(127);
	}
	close(gone[1]);
	while (read(gone[0], &c, 1) > 0)
		;
	end = clock_mono();
	waitpid(pid, &status, 0);
	close(gone[0]);
	close(pair[0]);
	close(pair[1]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "%s ended with status %d", argv[0], status);
	return end - start;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* ROUNDS of both in turn; prints what NAME costs over the peer. */
static double compare(const char *name, int rounds, char *const *screen,
		      char *const *empty, bool expired)
{
	int64_t *a = calloc((size_t)rounds, sizeof(*a));
	int64_t *b = calloc((size_t)rounds, sizeof(*b));
	double ratio;

	for (int i = -20; i < rounds; i++) { /* 20 to warm up */
		int64_t s, e;

		if (expired || i == -20)
			seed(expired ? clock_wall() - 10 : clock_wall() + 3600);
		s = time_of(screen);
		e = time_of(empty);
		if (i >= 0) {
			a[i] = s;
			b[i] = e;
		}
	}
	qsort(a, (size_t)rounds, sizeof(*a), by_size);
	qsort(b, (size_t)rounds, sizeof(*b), by_size);
	ratio = (double)a[rounds / 2] / (double)b[rounds / 2];
	printf("%s: median %.0f us, empty program %.0f us, ratio %.2f\n", name,
	       (double)a[rounds / 2], (double)b[rounds / 2], ratio);
	free(a);
	free(b);
	return ratio;
}

int main(int argc, char **argv)
{
	pid_t pids[2];

	if (argc != 5 && argc != 6)
		errx(2, "usage: bench_start ROUNDS SMTP-SCREEN EMPTY DIR "
			"[TABLE]");
	snprintf(dir, sizeof(dir), "%s", argv[4]);
	snprintf(cache_file, sizeof(cache_file), "%s/cache.gdbm", dir);
	snprintf(conf_file, sizeof(conf_file), "%s/conf", dir);
	start_helpers(pids);
	write_conf(argc == 6 ? argv[5] : "");

	char file_option[] = "-c", end_of_options[] = "--";
	char *screen[] = { argv[2],	   file_option, conf_file,
			   end_of_options, argv[3],	NULL };
	char *empty[] = { argv[3], NULL };

	compare("known client, start to exec", atoi(argv[1]), screen, empty,
		false);
	if (argc == 5)
		compare("expired DNS stamp, 3 lists asked", atoi(argv[1]),
			screen, empty, true);
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return 0;
}
