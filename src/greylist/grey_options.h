/*
 * grey_options.h - the command line of smtp-screen-greylist, which is
 * Postgrey's.
 */
#ifndef SCREEN_GREY_OPTIONS_H
#define SCREEN_GREY_OPTIONS_H

#include "base/sbuf.h"
#include "cache/cache_map.h"
#include "greylist/reputation.h"
#include "triplet/judge.h"

#include <sys/types.h>

/* How often an option for files may be given. */
#define GREY_FILES 16

struct grey_files {
	const char *name[GREY_FILES];
	unsigned count;
	bool given; /* by options: then they should be there */
};

struct grey_options {
	/* where requests come from, if no super-server brings them */
	const char *unix_path, *inet;
	mode_t socket_mode;
	int backlog;

	/* how it runs */
	bool daemonize;
	const char *pidfile, *user, *group;
	bool exim;
	bool expire_only;
	bool test_clock; /* believe policy_test_time */

	/* the store */
	const char *dbdir, *privacy_key;
	bool privacy;
	bool shares; /* with other hosts, on */
	struct cache_server server;
	const char *redis_password; /* its file; empty: none */
	int64_t max_age;	    /* seconds */

	/* the decision */
	struct judge_rules rules;
	struct reputation_rules reputation;
	bool whole_address, pool_aware;
	const char *dns_servers; /* NULL: those of the system */
	unsigned ipv4_prefix, ipv6_prefix;
	struct grey_files clients, recipients;

	/* the answer */
	const char *action, *text, *header, *hostname;

	/* the log */
	const char *syslog_name;
	int facility; /* syslog's number */
	bool quiet, verbose;
};

enum grey_wish {
	GREY_RUN,
	GREY_HELP,
	GREY_VERSION,
	GREY_WRONG, /* WHY tells what, for the operator */
};

/*
 * Read the arguments, on top of the defaults. Texts stay theirs. NOTICE takes
 * a line for each value that Postgrey would have replaced in silence.
 */
enum grey_wish grey_options_parse(int argc, char **argv,
				  struct grey_options *ret, struct sbuf *why,
				  struct sbuf *notice);

extern const char grey_usage[];

#endif
