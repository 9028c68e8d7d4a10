/*
 * policy.h - which TLS a session may speak, from the settings.
 *
 * The grammars are Postfix's (smtpd_tls_protocols, smtpd_tls_ciphers and
 * their kin in postconf(5)). Text in, text out: no library is asked, so that
 * smtp-screen can check the settings without one.
 */
#ifndef SCREEN_POLICY_H
#define SCREEN_POLICY_H

#include "base/sbuf.h"
#include "conf/conf.h"

/* What can be chosen. SSL 2 and 3 can be named, but are never spoken. */
enum tls_version {
	TLS_1_0,
	TLS_1_1,
	TLS_1_2,
	TLS_1_3,
	TLS_VERSIONS,
};

#define POLICY_FILES 8

/* A private key and the certificates that go with it. */
struct policy_pair {
	const char
		*certificates; /* PEM: ours first, then what leads to a root */
	const char *key;       /* PEM; may be the same file */
	const char *parameter; /* that named the certificates */
};

struct policy {
	bool version[TLS_VERSIONS];
	char ciphers[2048]; /* of TLS 1.2 and older, as ciphers(1) reads it */
	char curves[256];   /* with colons between */
	struct policy_pair pair[POLICY_FILES];
	size_t pairs;
};

/*
 * What CONF (conf_load_tls) means for a session in which TLS is MANDATORY, or
 * only offered. Mistakes go to REPORT. False when there was one, or when no
 * certificate is named; *RET is complete only otherwise.
 */
bool policy_make(const struct conf *conf, bool mandatory, struct report *report,
		 struct policy *ret);

/*
 * The protocols in LIST: "!NAME" and "NAME", ">=NAME" and "<=NAME", separated
 * by white space, commas or colons; names in letters of either case. False
 * with the first bad word in *RET_BAD.
 */
bool policy_protocols(struct span list, bool version[TLS_VERSIONS],
		      struct span *ret_bad);

#endif
