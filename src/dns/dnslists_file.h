/*
 * dnslists_file.h - dnslists.conf(5) as it stands: record after record.
 *
 * Between dnslists.c and its reader; nobody else looks at single records.
 */
#ifndef SCREEN_DNSLISTS_FILE_H
#define SCREEN_DNSLISTS_FILE_H

#include "dns/dnslists.h"
#include "dns/list_pattern.h"

/* What one record says; what it does not mention is 0 or NULL. */
struct list_record {
	struct list_record *next;
	struct list_pattern pattern;
	enum dnslist_state state;
	bool has_kind, has_refused, has_positive, has_negative;
	enum dnslist_kind kind;
	enum answer_tag refused;
	struct answer_set codes, permit;
	struct error_record {
		struct error_record *next;
		struct answer_error error;
	} * errors; /* the last first */
	struct test_point positive, negative;
	const char *show, *terms, *url, *since, *left, *use, *why;
};

struct within_record {
	struct within_record *next;
	const char *part, *whole;
};

struct resolver_record {
	struct resolver_record *next;
	struct known_resolver resolver;
};

/* All of it; each chain has the last first. */
struct dnslists {
	struct list_record *lists;
	struct within_record *within;
	struct resolver_record *resolvers;
};

/* Read of PATH what SITES need, as dnslists_open has it, into *RET; false, with
 * the reason in REPORT, when it is of no use. */
bool dnslists_file_read(const char *path, const char *sites,
			struct arena *arena, struct report *report,
			struct dnslists *ret);

/* The same for what stands in TEXT. */
bool dnslists_file_parse(const char *text, const char *sites,
			 struct arena *arena, struct report *report,
			 struct dnslists *ret);

#endif
