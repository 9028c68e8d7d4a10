/*
 * postfix_host.h - what a Postfix that is set up here says of itself.
 *
 * main.cf and master.cf of one instance, and the service in it whose place
 * smtp-screen is to take: postscreen, or an smtpd that listens itself.
 */
#ifndef SCREEN_POSTFIX_HOST_H
#define SCREEN_POSTFIX_HOST_H

#include "conf/conf_file.h"
#include "conf/master_cf.h"

#define POSTFIX_DIR "/etc/postfix"

struct postfix_host {
	const char *dir;
	struct arena *arena;
	struct report *report; /* what reading the two files found */
	/* main.cf, with the "-o" of the service on top */
	struct conf_file file;
	struct master_service *services;
	const struct master_service *service;
	/* the service to which postscreen passes clients, or NULL */
	const struct master_service *pass;
	const char *pass_name; /* its name, whether it is there or not */
	bool has_postscreen;   /* SERVICE is one */
};

/*
 * Read the Postfix in DIR. SERVICE is the name of the service in master.cf,
 * or NULL for the one on port 25. False with WHY and a code of sysexits.h.
 */
bool postfix_host_read(struct postfix_host *h, const char *dir,
		       const char *service, struct arena *arena,
		       struct report *report, struct sbuf *why, int *ret_code);

/*
 * TEXT with what Postfix would put in the place of each $name; in the arena,
 * ends in a NUL. False with what is wrong.
 */
bool postfix_host_expand(struct postfix_host *h, struct span text,
			 struct span *ret, const char **ret_wrong);

/* The value of NAME, expanded; FALLBACK when it is not set or wrong. */
struct span postfix_host_value(struct postfix_host *h, const char *name,
			       const char *fallback);

/* Does "$NAME" stand for one and the same in Postfix and in our settings,
 * if the setting that it refers to is copied? */
bool postfix_host_same_name(const struct postfix_host *h, struct span name);

/* Below the queue, where the socket of the smtpd behind it is: "private", or
 * "public". */
const char *postfix_host_door(const struct postfix_host *h);

/* The port in the name of S, without the address that may be before it. */
struct span postfix_host_port(const struct master_service *s);

/* Is S an entry of inet sockets on port 25? */
bool postfix_host_is_port_25(const struct master_service *s);

#endif
