/*
 * lists_check.h - what --check-config says of the DNS lists.
 */
#ifndef SCREEN_LISTS_CHECK_H
#define SCREEN_LISTS_CHECK_H

#include "conf/conf.h"

/*
 * Read all that is about them. Mistakes go to REPORT, and what is no mistake
 * but worth a word: dns/dnsbl_advice.h, and that others can read a key.
 */
void lists_check(const struct conf *conf, struct arena *arena,
		 struct report *report);

#endif
