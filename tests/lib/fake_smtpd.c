/*
 * fake_smtpd.c - the smtpd that tests put behind the door.
 *
 * It writes what it was given to the file named by FAKE_SMTPD_RECORD, one
 * fact a line, before it says anything; then it takes any mail. Facts:
 *
 *   fds 0 1 2            open descriptors
 *   client tcp|unix|...  what descriptor 0 is
 *   stderr client        descriptor 2 is the client's socket
 *   nonblocking N        descriptor N does not block
 *   low water N          a read waits for N bytes, not for one
 *   ignored N, blocked N a signal that is not as it should be
 *   pending N            a signal that waits
 *   timer                a timer is running
 *   limit N SOFT HARD    resource limits
 *   dumpable N           prctl(PR_GET_DUMPABLE)
 *   bounded N            a capability that root may not have here
 *   argument TEXT        arguments, in order
 *   environment N=V      its environment
 *   waiting TEXT         bytes that were there before the greeting
 *   began                all of the above has been written
 *   line TEXT            each line that the client sent
 *   mail N               a mail of N bytes was taken
 *
 * FAKE_SMTPD_EHLO has the keywords that EHLO offers, with spaces between; each
 * "_" stands for a space in one. Recipients that begin with "no" are refused.
 * AUTH lets everybody in, STARTTLS goes on in the clear, and NOOP does what its
 * argument says: "odd", "two", "cut", "long", "late" are ways to answer, "end"
 * is the end.
 *
 * FAKE_SMTPD_MAIL names a file to which each mail is added, for the demo.
 * TEXT has \r, \n, \\ and \ooo for what is not printable.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* Nobody waits for a client longer than this, in milliseconds. */
#define PATIENCE 60000

extern char **environ;

static FILE *record;

static void put_text(const char *word, const char *text, size_t len)
{
	fprintf(record, "%s ", word);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\r')
			fputs("\\r", record);
		else if (c == '\n')
			fputs("\\n", record);
		else if (c == '\\')
			fputs("\\\\", record);
		else if (c < ' ' || c > '~')
			fprintf(record, "\\%03o", c);
		else
			putc(c, record);
	}
	putc('\n', record);
}

/* Must run before the record is opened: that takes a descriptor too. */
static void list_descriptors(char *to, size_t size)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t len = 0;

	to[0] = '\0';
	if (!dir)
		return;
	for (int fd = 0; fd < 4096; fd++) {
		if (fd == dirfd(dir) || fcntl(fd, F_GETFD) < 0)
			continue;
		len += (size_t)snprintf(to + len, size - len, " %d", fd);
		if (len >= size)
			break;
	}
	/* and those that a raised limit would allow beyond */
	while (len < size && (entry = readdir(dir)))
		if (strtol(entry->d_name, NULL, 10) >= 4096)
			len += (size_t)snprintf(to + len, size - len, " %s",
						entry->d_name);
	closedir(dir);
}

static void record_descriptors(const char *list)
{
	struct stat client, errors;
	socklen_t size = sizeof(int);
	int family = 0, mark = 1;

	fprintf(record, "fds%s\n", list);
	if (getsockopt(0, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0)
		fprintf(record, "client other\n");
	else
		fprintf(record, "client %s\n",
			family == AF_UNIX ? "unix" : "tcp");
	if (fstat(0, &client) == 0 && fstat(2, &errors) == 0 &&
	    client.st_dev == errors.st_dev && client.st_ino == errors.st_ino)
		fprintf(record, "stderr client\n");
	if (getsockopt(0, SOL_SOCKET, SO_RCVLOWAT, &mark, &size) == 0 &&
	    mark != 1)
		fprintf(record, "low water %d\n", mark);
	for (int fd = 0; fd <= 1; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && (flags & O_NONBLOCK))
			fprintf(record, "nonblocking %d\n", fd);
	}
}

static void record_process(char **argv)
{
	struct itimerval timer;
	struct rlimit limit;
	sigset_t blocked, pending;

	sigemptyset(&blocked);
	sigemptyset(&pending);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigpending(&pending);
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction action;

		if (sigaction(sig, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			fprintf(record, "ignored %d\n", sig);
		if (sigismember(&blocked, sig) == 1)
			fprintf(record, "blocked %d\n", sig);
		if (sigismember(&pending, sig) == 1)
			fprintf(record, "pending %d\n", sig);
	}
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++)
		if (getitimer(which, &timer) == 0 &&
		    (timer.it_value.tv_sec || timer.it_value.tv_usec))
			fprintf(record, "timer\n");
	for (int which = 0; which < RLIMIT_NLIMITS; which++)
		if (getrlimit(which, &limit) == 0)
			fprintf(record, "limit %d %lld %lld\n", which,
				(long long)limit.rlim_cur,
				(long long)limit.rlim_max);
	fprintf(record, "dumpable %d\n", prctl(PR_GET_DUMPABLE));
	for (int which = 0; which <= CAP_LAST_CAP; which++)
		if (prctl(PR_CAPBSET_READ, which) == 0)
			fprintf(record, "bounded %d\n", which);
	for (; *argv; argv++)
		put_text("argument", *argv, strlen(*argv));
	for (char **e = environ; *e; e++)
		put_text("environment", *e, strlen(*e));
}

static void record_waiting(void)
{
	static char bytes[1 << 17];
	ssize_t n = recv(0, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);

	if (n > 0)
		put_text("waiting", bytes, (size_t)n);
	fprintf(record, "began\n");
	fflush(record);
}

static void say(const char *reply)
{
	size_t left = strlen(reply);

	while (left > 0) {
		ssize_t n = write(1, reply, left);

		if (n <= 0)
			exit(0);
		reply += n;
		left -= (size_t)n;
	}
}

/* One line with its LF; its length, or 0 at the end. */
static size_t take_line(char *line, size_t size)
{
	static char bytes[4096];
	static size_t have, next;
	size_t len = 0;

	while (len < size) {
		if (next == have) {
			struct pollfd in = { .fd = 0, .events = POLLIN };
			ssize_t n;

			if (poll(&in, 1, PATIENCE) <= 0)
				return 0;
			n = read(0, bytes, sizeof(bytes));
			if (n <= 0)
				return len;
			have = (size_t)n;
			next = 0;
		}
		line[len++] = bytes[next++];
		if (line[len - 1] == '\n')
			break;
	}
	return len;
}

static void take_mail(void)
{
	const char *path = getenv("FAKE_SMTPD_MAIL");
	FILE *mail = path ? fopen(path, "ae") : NULL;
	char line[2048];
	size_t len, total = 0;

	say("354 go ahead\r\n");
	while ((len = take_line(line, sizeof(line))) > 0) {
		if (len == 3 && memcmp(line, ".\r\n", 3) == 0)
			break;
		total += len;
		if (mail)
			fwrite(line, 1, len, mail);
	}
	if (mail)
		fclose(mail);
	if (record) {
		fprintf(record, "mail %zu\n", total);
		fflush(record);
	}
	say(len > 0 ? "250 2.0.0 taken\r\n" : "451 4.3.0 cut short\r\n");
}

/* In pieces, as a slow network brings them. */
static void say_slowly(const char *reply)
{
	for (; *reply; reply++) {
		char piece[2] = { *reply, '\0' };

		say(piece);
		poll(NULL, 0, 2);
	}
}

static void say_keywords(void)
{
	const char *word = getenv("FAKE_SMTPD_EHLO");
	char reply[1024] = "250-fake\r\n";
	size_t len = strlen(reply), last = 0;

	if (!word || !*word) {
		say("250 fake\r\n");
		return;
	}
	while (*word && len + 256 < sizeof(reply)) {
		last = len + 3;
		len += (size_t)snprintf(reply + len, sizeof(reply) - len,
					"250-");
		for (; *word && *word != ' '; word++)
			reply[len++] = *word == '_' ? ' ' : *word;
		word += *word == ' ';
		len += (size_t)snprintf(reply + len, sizeof(reply) - len,
					"\r\n");
	}
	reply[last] = ' ';
	say(reply);
}

static void do_noop(const char *how)
{
	static char much[20000];

	if (strncmp(how, "odd", 3) == 0) {
		say("what was that?\r\n");
	} else if (strncmp(how, "two", 3) == 0) {
		say("250 2.0.0 one\r\n250 2.0.0 two\r\n");
	} else if (strncmp(how, "cut", 3) == 0) {
		say_slowly("250-2.0.0 fi\r\n250 2.0.0 ne\r\n");
	} else if (strncmp(how, "long", 4) == 0) {
		memset(much, 'x', sizeof(much) - 1);
		say("250 ");
		say(much);
		say("\r\n");
	} else if (strncmp(how, "late", 4) == 0) {
		poll(NULL, 0, 1500);
		say("250 2.0.0 fine\r\n");
	} else if (strncmp(how, "end", 3) == 0) {
		exit(0);
	} else {
		say("250 2.0.0 fine\r\n");
	}
}

static void do_auth(const char *line, size_t len)
{
	char more[2048];

	if (strncasecmp(line, "AUTH LOGIN\r", 11) == 0) {
		say("334 VXNlcm5hbWU6\r\n");
		len = take_line(more, sizeof(more));
		if (record && len > 0)
			put_text("line", more, len);
	}
	if (len > 0)
		say("235 2.7.0 known\r\n");
}

static bool starts(const char *line, size_t len, const char *command)
{
	return len >= strlen(command) &&
	       strncasecmp(line, command, strlen(command)) == 0;
}

int main(int argc, char **argv)
{
	const char *path = getenv("FAKE_SMTPD_RECORD");
	char list[4096], line[2048];
	size_t len;

	(void)argc;
	list_descriptors(list, sizeof(list));
	record = path ? fopen(path, "we") : NULL;
	if (record) {
		record_descriptors(list);
		record_process(argv);
		record_waiting();
	}
	say("220 fake ESMTP\r\n");
	while ((len = take_line(line, sizeof(line))) > 0) {
		if (record) {
			put_text("line", line, len);
			fflush(record);
		}
		if (starts(line, len, "QUIT")) {
			say("221 2.0.0 fake bye\r\n");
			break;
		}
		if (starts(line, len, "DATA"))
			take_mail();
		else if (starts(line, len, "EHLO"))
			say_keywords();
		else if (starts(line, len, "HELO"))
			say("250 fake\r\n");
		else if (starts(line, len, "RCPT TO:<no"))
			say("550 5.1.1 no such user\r\n");
		else if (starts(line, len, "NOOP "))
			do_noop(line + 5);
		else if (starts(line, len, "AUTH"))
			do_auth(line, len);
		else if (starts(line, len, "STARTTLS"))
			say("220 2.0.0 go ahead\r\n");
		else if (starts(line, len, "MAIL") ||
			 starts(line, len, "RCPT") ||
			 starts(line, len, "RSET") || starts(line, len, "NOOP"))
			say("250 2.0.0 fine\r\n");
		else
			say("500 5.5.2 unknown\r\n");
	}
	return 0;
}
