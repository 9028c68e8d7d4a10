/*
 * servers.h - which of several name servers is asked first.
 *
 * The one that the administrator has put first, unless it was silent lately
 * while another one was not: each client would wait for it anew.
 */
#ifndef SCREEN_SERVERS_H
#define SCREEN_SERVERS_H

#include "screen/lists.h"

/* Before the lists are asked: put those to be avoided at NOW behind the others,
 * each kind in the order written. */
void servers_choose(struct lists *l, int64_t now);

/* Behind that: remember who was silent. NOW is wall time. */
void servers_learn(struct lists *l, int64_t now);

#endif
