/*
 * notify.h - tell the service manager how we are: the protocol of
 * sd_notify(3) and sd_watchdog_enabled(3), datagrams to a UNIX socket.
 */
#ifndef SCREEN_NOTIFY_H
#define SCREEN_NOTIFY_H

#include <stdint.h>
#include <sys/un.h>

struct notify {
	struct sockaddr_un manager; /* sun_family 0: there is none */
	unsigned length;	    /* of that address */
	int64_t watchdog; /* it wants to hear of us this often, microseconds;
			     0: never */
};

/*
 * Learn from the environment who wants to know, and take that out of it:
 * whom we start must not speak for us.
 */
void notify_init(struct notify *n);

/* Send WORDS, lines of NAME=VALUE. Never waits; nobody to tell is no error. */
void notify_send(const struct notify *n, const char *words);

#endif
