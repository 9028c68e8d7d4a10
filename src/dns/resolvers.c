#include "dns/resolvers.h"

#include "base/clock.h"
#include "base/number.h"

#include <fcntl.h>
#include <unistd.h>

/* resolv.conf(5): servers that count, defaults and upper limits. */
#define LIBC_SERVERS	  3
#define LIBC_TIMEOUT	  5
#define LIBC_TIMEOUT_MAX  30
#define LIBC_ATTEMPTS	  2
#define LIBC_ATTEMPTS_MAX 5

#define RETRY (CLOCK_SECOND * 3 / 2)

/* A resolv.conf that matters is far smaller. */
#define FILE_MAX 65536

static void set_patience(struct resolvers *r, unsigned timeout,
			 unsigned attempts)
{
	int64_t patience = (int64_t)timeout * attempts * CLOCK_SECOND;
	int64_t round;

	r->retry =
		timeout * CLOCK_SECOND < RETRY ? timeout * CLOCK_SECOND : RETRY;
	round = r->retry * (int64_t)r->count;
	r->rounds = (unsigned)((patience + round - 1) / round);
	if (r->rounds < attempts)
		r->rounds = attempts;
}

static bool parse_server(struct span text, struct endpoint *ret)
{
	struct endpoint e;
	bool has_port;

	if (!endpoint_parse(text, &e, &has_port))
		return false;
	if (!has_port)
		e.port = RESOLVERS_PORT;
	if (e.port == 0)
		return false;
	*ret = e;
	return true;
}

bool resolvers_parse(const char *text, struct report *report,
		     const struct origin *where, struct resolvers *ret)
{
	struct span rest = span_of(text), item;
	struct resolvers r = { 0 };
	bool good = true;

	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &item)) {
		struct endpoint e;

		if (!parse_server(item, &e)) {
			report_add(report, REPORT_ERROR, where,
				   "bad DNS server \"%.*s\": need an address "
				   "such as 192.0.2.53, 192.0.2.53:5353 or "
				   "[2001:db8::53]:5353",
				   (int)item.len, item.p);
			good = false;
		} else if (r.count == RESOLVERS_MAX) {
			report_add(report, REPORT_ERROR, where,
				   "too many DNS servers: \"%.*s\" is one "
				   "more than %d",
				   (int)item.len, item.p, RESOLVERS_MAX);
			good = false;
			break;
		} else {
			r.server[r.count++] = e;
		}
	}
	if (!good)
		return false;
	if (r.count > 0) {
		set_patience(&r, LIBC_TIMEOUT, LIBC_ATTEMPTS);
		*ret = r;
	}
	return true;
}

/* "timeout:3" and the like; what is no number leaves *VALUE alone. */
static void read_option(struct span option, struct span name, unsigned max,
			unsigned *value)
{
	uint64_t n;

	if (!span_starts_with(option, name) ||
	    !number_parse(span_skip(option, name.len), UINT64_MAX, &n))
		return;
	*value = n == 0 ? 1 : n > max ? max : (unsigned)n;
}

static void read_line(struct span line, struct resolvers *r, unsigned *timeout,
		      unsigned *attempts)
{
	struct span word;

	/* a comment stands in the first column, so does a keyword */
	if (line.len == 0 || span_is_space(line.p[0]) ||
	    !span_next_item(&line, " \t\r", &word))
		return;
	if (span_equal(word, SPAN("nameserver"))) {
		struct endpoint e = { .port = RESOLVERS_PORT };

		if (r->count < LIBC_SERVERS &&
		    span_next_item(&line, " \t\r", &word) &&
		    address_parse(word, &e.address)) {
			address_unmap(&e.address);
			r->server[r->count++] = e;
		}
	} else if (span_equal(word, SPAN("options"))) {
		while (span_next_item(&line, " \t\r", &word)) {
			read_option(word, SPAN("timeout:"), LIBC_TIMEOUT_MAX,
				    timeout);
			read_option(word, SPAN("attempts:"), LIBC_ATTEMPTS_MAX,
				    attempts);
		}
	}
}

/* The beginning of FILE; nothing when it cannot be read. */
static struct span read_file(const char *file, char *to, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && len < size && n > 0) {
		n = read(fd, to + len, size - len);
		if (n > 0)
			len += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	return (struct span){ to, len };
}

void resolvers_read(const char *file, struct resolvers *ret)
{
	static const struct endpoint ourselves = {
		.address = { ADDRESS_IPV4, { 127, 0, 0, 1 } },
		.port = RESOLVERS_PORT,
	};
	unsigned timeout = LIBC_TIMEOUT, attempts = LIBC_ATTEMPTS;
	struct resolvers r = { 0 };
	/* on the stack each page of it would be touched, for every client */
	static char text[FILE_MAX];
	struct span rest = read_file(file, text, sizeof(text)), line;

	while (span_next_line(&rest, &line))
		read_line(line, &r, &timeout, &attempts);
	if (r.count == 0)
		r.server[r.count++] = ourselves;
	set_patience(&r, timeout, attempts);
	*ret = r;
}
