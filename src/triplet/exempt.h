/*
 * exempt.h - the administrator's clients and recipients that nothing delays.
 *
 * Postgrey's whitelist files. A client is a name (with all names below it), a
 * network, or a pattern for names; a recipient is "user@domain", "user@",
 * "domain" (with all below it), "@domain" (only that), or a pattern. "#"
 * begins a comment, but not within a pattern.
 */
#ifndef SCREEN_EXEMPT_H
#define SCREEN_EXEMPT_H

#include "base/arena.h"
#include "net/cidr.h"

/* The most that all files together may need, in memory. */
#define EXEMPT_MEMORY ((size_t)64 << 20)

struct exempt_name;
struct exempt_net;
struct exempt_pattern;
struct exempt_recipient;

struct exempt {
	struct arena arena;
	struct exempt_name *names; /* of clients */
	struct exempt_net *nets;
	struct exempt_pattern *name_patterns;
	struct exempt_recipient *recipients;
	struct exempt_pattern *recipient_patterns;
};

/* Nobody. 0 or negative errno; exempt_close in any case. */
int exempt_open(struct exempt *e);
void exempt_close(struct exempt *e);

/*
 * Add what FILE says. What is wrong in it is logged, with its line, and left
 * out. So is a FILE that cannot be read; one that is missing and OPTIONAL, or
 * named ".local" at its end, is none of that.
 */
void exempt_read_clients(struct exempt *e, const char *file, bool optional);
void exempt_read_recipients(struct exempt *e, const char *file, bool optional);

/* Is it one? WHO may have no address (ADDRESS_NONE). */
bool exempt_client(const struct exempt *e, struct span name,
		   const struct address *who);
bool exempt_recipient(const struct exempt *e, struct span recipient);

#endif
