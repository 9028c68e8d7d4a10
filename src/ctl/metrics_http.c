#include "ctl/metrics.h"

#include "base/clock.h"
#include "console/say.h"
#include "net/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* How long one client may take with all of it, and how much it may say. */
#define PATIENCE (5 * CLOCK_SECOND)
#define REQUEST	 8192

#define TYPE_OPEN                                       \
	"application/openmetrics-text; version=1.0.0; " \
	"charset=utf-8"
#define TYPE_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

/* What is to be done about a request (RFC 9110, RFC 9112). */
struct answer {
	const char *status;
	bool head_only;
	enum metrics_form form;
};

/* Is the request complete? Lines may end without CR, RFC 9112, section 2.2. */
static bool is_complete(struct span text)
{
	return memmem(text.p, text.len, "\n\r\n", 3) ||
	       memmem(text.p, text.len, "\n\n", 2);
}

/* The request up to its empty line; false when there is no use in it. */
static bool read_request(const struct stream *s, struct sbuf *to,
			 int64_t deadline)
{
	while (!is_complete(sbuf_span(to))) {
		char bytes[1024];
		ssize_t n = stream_read(s, bytes, sizeof(bytes), deadline);

		if (n <= 0)
			return false;
		sbuf_add(to, (struct span){ bytes, (size_t)n });
		if (!sbuf_fitted(to))
			return true;
	}
	return true;
}

/* Is one of the lines behind the first "Accept:", with WORD in it? */
static bool accepts(struct span lines, const char *word)
{
	struct span line;

	while (span_next_line(&lines, &line))
		if (span_starts_with_nocase(line, SPAN("accept:")) &&
		    memmem(line.p, line.len, word, strlen(word)))
			return true;
	return false;
}

static struct answer judge(const struct sbuf *request)
{
	struct answer a = { .status = "200 OK", .form = METRICS_PROMETHEUS };
	struct span lines = sbuf_span(request), line, method, rest, path, http;

	if (!sbuf_fitted(request)) {
		a.status = "431 Request Header Fields Too Large";
		return a;
	}
	if (!span_next_line(&lines, &line) ||
	    !span_cut(line, ' ', &method, &rest) ||
	    !span_cut(rest, ' ', &path, &http) ||
	    !span_starts_with(http, SPAN("HTTP/1."))) {
		a.status = "400 Bad Request";
		return a;
	}
	a.head_only = span_equal(method, SPAN("HEAD"));
	if (!a.head_only && !span_equal(method, SPAN("GET")))
		a.status = "405 Method Not Allowed";
	else if (!span_equal(path, SPAN("/metrics")))
		a.status = "404 Not Found";
	if (accepts(lines, "application/openmetrics-text"))
		a.form = METRICS_OPEN;
	return a;
}

static void send_answer(const struct stream *s, const struct answer *a,
			struct span body, const char *type, int64_t deadline)
{
	char memory[512];
	struct sbuf head = SBUF(memory);

	sbuf_addf(&head,
		  "HTTP/1.1 %s\r\nContent-Type: %s\r\n"
		  "Content-Length: %zu\r\n%sConnection: close\r\n\r\n",
		  a->status, type, body.len,
		  a->status[0] == '4' && a->status[2] == '5'
			  ? "Allow: GET, HEAD\r\n"
			  : "");
	if (stream_write(s, sbuf_span(&head), deadline) < 0)
		return;
	if (!a->head_only)
		stream_write(s, body, deadline);
}

static void send_metrics(struct probing *p, const struct stream *s,
			 struct answer *a, int64_t deadline)
{
	char memory[CACHE_PATH + 64] = "", *text = NULL;
	struct sbuf file = SBUF(memory);
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);
	int r = to ? metrics_write(p, a->form, to, &file) : -ENOMEM;

	if (to && fclose(to) != 0)
		r = -ENOMEM;
	if (r == -ENOMEM)
		sbuf_add_text(&file, "the answer");
	if (r == 0) {
		send_answer(s, a, (struct span){ text, length },
			    a->form == METRICS_OPEN ? TYPE_OPEN
						    : TYPE_PROMETHEUS,
			    deadline);
	} else {
		say("%s: %s", memory, strerror(-r));
		a->status = "503 Service Unavailable";
		send_answer(s, a, SPAN("the counters cannot be read\n"),
			    "text/plain", deadline);
	}
	free(text);
}

int metrics_answer(struct probing *p)
{
	struct stream s = { STREAM_TCP, STDIN_FILENO, STDOUT_FILENO };
	int64_t deadline = clock_mono() + PATIENCE;
	char memory[REQUEST];
	struct sbuf request = SBUF(memory);
	struct answer a;

	if (!read_request(&s, &request, deadline))
		return EX_OK; /* a client's business */
	a = judge(&request);
	if (a.status[0] == '2')
		send_metrics(p, &s, &a, deadline);
	else
		send_answer(&s, &a, SPAN("see /metrics\n"), "text/plain",
			    deadline);
	stream_finish(&s, deadline);
	return EX_OK;
}
