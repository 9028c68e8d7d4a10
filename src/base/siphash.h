/*
 * siphash.h - a short hash under a secret key: SipHash-2-4.
 *
 * By Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). Who
 * does not know the key can neither make two texts collide nor test guesses
 * of a text whose hash was seen.
 */
#ifndef SCREEN_SIPHASH_H
#define SCREEN_SIPHASH_H

#include "base/span.h"

#include <stdint.h>

#define SIPHASH_KEY 16

uint64_t siphash(const unsigned char key[SIPHASH_KEY], struct span text);

#endif
