/*
 * starttls.h - the command that asks for TLS (RFC 3207), and what may be said
 * without it. engine_tls in engine.h is here too.
 *
 * Internal to smtp/.
 */
#ifndef SCREEN_STARTTLS_H
#define SCREEN_STARTTLS_H

#include "smtp/turn.h"

/* Does EHLO offer it? */
bool starttls_offered(const struct engine *e);

/* Must the client of T say STARTTLS before this command is served? */
bool starttls_missing(const struct turn *t);

/* Serve STARTTLS: refuse it, or ENGINE_STARTTLS. */
enum engine_next starttls_serve(struct turn *t);

#endif
