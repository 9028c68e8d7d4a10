/*
 * secure.h - TLS for a session, by asking smtp-screen-tls.
 */
#ifndef SCREEN_SECURE_H
#define SCREEN_SECURE_H

#include "conf/conf.h"
#include "net/stream.h"
#include "tls/errand.h"
#include "tls/helper.h"

struct secure {
	struct helper_setup setup;
	struct helper helper;
	bool open, asked;
};

/*
 * The level that a client on STREAM can be offered: what the settings want,
 * but TLS_NONE when it is no socket, which alone can be handed on.
 */
enum tls_level secure_level(const struct conf *conf,
			    const struct stream *stream);

/*
 * Be ready to ask, until END. CONF came from INPUT, which smtp-screen-tls may
 * have to read as well. Mistakes about TLS go to REPORT.
 */
void secure_open(struct secure *s, const struct conf *conf,
		 const struct conf_input *input, struct arena *arena,
		 struct report *report, int64_t end);

/*
 * Ask for somebody to do ERRAND: a connection to who is ready, or negative
 * errno with the reason in WHY. There is one try: later ones fail without a
 * word. With a connection, WHY has what is doubtful, if anything is.
 */
int secure_ask(struct secure *s, const struct errand *errand, struct sbuf *why);

/*
 * Hand the client on STREAM to who is ready at FD; from now on *STREAM is
 * what the client says and hears in plain text.
 */
void secure_begin(int fd, struct stream *stream);

/* Leave nothing behind. Also for one that is all 0: it was never opened. */
void secure_close(struct secure *s);

#endif
