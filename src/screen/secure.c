#include "screen/secure.h"

#include "base/clock.h"
#include "base/fdio.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* How long a client waits for "220 Ready", or for 454. */
#define PATIENCE (10 * CLOCK_SECOND)

enum tls_level secure_level(const struct conf *conf,
			    const struct stream *stream)
{
	if ((stream->kind != STREAM_TCP && stream->kind != STREAM_LOCAL) ||
	    !fdio_same(stream->in, stream->out))
		return TLS_NONE;
	return conf->tls_security_level;
}

void secure_open(struct secure *s, const struct conf *conf,
		 const struct conf_input *input, struct arena *arena,
		 struct report *report, int64_t end)
{
	struct conf with_tls = *conf;

	conf_load_tls(&with_tls, arena, report);
	*s = (struct secure){ .setup = { .service = with_tls.tls.service,
					 .input = input,
					 .end = end },
			      .open = true };
	helper_open(&s->helper, &s->setup);
}

/* 0, or negative errno with the reason in WHY. */
static int converse(int fd, const struct errand *errand, int64_t deadline,
		    struct sbuf *why)
{
	struct errand_answer answer = { .ready = false };
	int r = errand_send(fd, errand, deadline);

	if (r == 0 || r == -EPIPE) /* it may have said why before it left */
		r = errand_receive_answer(fd, deadline, &answer);
	if (r < 0) {
		sbuf_addf(why, "no answer from " HELPER_PROGRAM ": %s",
			  r == -EPIPE ? "it could not start, or too many run "
					"already; as a service its journal "
					"tells"
				      : strerror(-r));
		return r;
	}
	sbuf_add_text(why, answer.text);
	return answer.ready ? 0 : -EACCES;
}

int secure_ask(struct secure *s, const struct errand *errand, struct sbuf *why)
{
	int64_t deadline = clock_mono() + PATIENCE;
	int fd, r;

	assert(s->open);
	if (s->asked)
		return -EALREADY;
	s->asked = true;
	if (deadline > s->setup.end)
		deadline = s->setup.end;
	fd = helper_ask(&s->helper, &s->setup, deadline, why);
	if (fd < 0)
		return fd;
	r = converse(fd, errand, deadline, why);
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

void secure_begin(int fd, struct stream *stream)
{
	/* when this fails, the next read finds the other side gone */
	errand_send_descriptor(fd, 0, stream->in, clock_mono() + PATIENCE);
	*stream = (struct stream){ .kind = STREAM_LOCAL, .in = fd, .out = fd };
}

void secure_close(struct secure *s)
{
	if (s->open)
		helper_close(&s->helper);
	s->open = false;
}
