/*
 * table_cidr.h - networks and what they mean (cidr_table(5)).
 *
 * IPv4 and IPv6 never match each other, and what is negated matches the
 * other addresses of its own family only.
 */
#ifndef SCREEN_TABLE_CIDR_H
#define SCREEN_TABLE_CIDR_H

#include "conf/table_rules.h"
#include "net/cidr.h"

/* Each rule of such a table. */
struct cidr_rule {
	struct rule rule;
	struct cidr net; /* not of an endif, nor of an if with a mistake */
};

/* 0, -EBADMSG or -ENOMEM, as rules_read. */
int table_cidr_read(struct rules *r, struct table_source *s);

/* 1, or 0 also for a KEY that is no address. */
int table_cidr_find(const struct rules *r, struct span key, struct sbuf *value);

#endif
