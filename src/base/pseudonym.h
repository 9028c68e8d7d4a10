/*
 * pseudonym.h - a name that stands for another, under a secret key.
 *
 * SipHash-2-4 twice with two halves of the key, 128 bits in all: a keyed hash
 * by design, for which HMAC would be needed only around one that takes no key.
 * The same name always gets the same pseudonym; who has no key cannot tell,
 * not even by trying all addresses, for whom it stands.
 */
#ifndef SCREEN_PSEUDONYM_H
#define SCREEN_PSEUDONYM_H

#include "base/sbuf.h"
#include "base/siphash.h"

#define PSEUDONYM_SECRET (2 * SIPHASH_KEY)

/* Room for a pseudonym as text, NUL included. */
#define PSEUDONYM_TEXT 33

/*
 * Read the key in FILE; made and filled by whoever asks first, mode 0600. The
 * rules of base/private_file.h hold. 0 or negative errno: -EBADMSG when it is
 * not of the right length.
 */
int pseudonym_key_load(const char *file, unsigned char ret[PSEUDONYM_SECRET]);

/* The same for who only looks somebody up: nothing is made, and it does not
 * matter whose file it is. */
int pseudonym_key_read(const char *file, unsigned char ret[PSEUDONYM_SECRET]);

/* Add the pseudonym of NAME: 32 hexadecimal digits. */
void pseudonym_add(struct sbuf *to, const unsigned char key[PSEUDONYM_SECRET],
		   struct span name);

#endif
