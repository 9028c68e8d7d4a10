/*
 * crypt.h - one TLS session, the server's side, without any I/O.
 *
 * Bytes of the wire are put in and taken out, and so is plain text. What it
 * holds of either is bounded: when there is no room, nothing is taken until
 * somebody empties it. crypt.c is the one file that knows OpenSSL.
 */
#ifndef SCREEN_CRYPT_H
#define SCREEN_CRYPT_H

#include "base/sbuf.h"
#include "tls/policy.h"

struct crypt {
	void *context, *session, *inside, *wire; /* crypt.c's own */
};

/*
 * Read keys and certificates and be ready for a session under POLICY. False
 * with the reason in WHY, the parameter first; true with what is doubtful
 * there, or nothing. Afterwards no file is opened any more.
 */
bool crypt_open(struct crypt *c, const struct policy *policy, struct sbuf *why);

enum crypt_step {
	CRYPT_DONE,
	CRYPT_WAIT,   /* when the wire has moved, again */
	CRYPT_CLOSED, /* the client has said that it is done */
	CRYPT_FAILED, /* nothing works any more: crypt_problem */
};

enum crypt_step crypt_handshake(struct crypt *c);

/* CRYPT_DONE: some plain text, *RET_LEN bytes. SIZE is not 0. */
enum crypt_step crypt_read(struct crypt *c, char *to, size_t size,
			   size_t *ret_len);

/* CRYPT_DONE: some of TEXT, which is not empty, is on its way: *RET_LEN. */
enum crypt_step crypt_write(struct crypt *c, struct span text, size_t *ret_len);

/* Say that nothing more will be said. The client's word is not awaited. */
void crypt_finish(struct crypt *c);

/* Where bytes from the wire go, *RET_SIZE of them, perhaps 0. */
char *crypt_room(struct crypt *c, size_t *ret_size);
void crypt_filled(struct crypt *c, size_t n);

/* What is to go to the wire, and how much of it has gone. */
struct span crypt_output(struct crypt *c);
void crypt_sent(struct crypt *c, size_t n);

/* Version, cipher and keys, in the words of Postfix's log. */
void crypt_describe(const struct crypt *c, struct sbuf *to);

/* What the library has to say of the last CRYPT_FAILED; perhaps nothing. */
void crypt_problem(struct sbuf *to);

/* Give all of it back; keys are wiped. */
void crypt_close(struct crypt *c);

#endif
