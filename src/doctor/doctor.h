/*
 * doctor.h - what the files of `smtp-screenctl doctor` share: its findings.
 *
 * Each checkup looks at one thing from this host, changes nothing, and says
 * what it found as it goes; what is not right comes with the line to change.
 */
#ifndef SCREEN_DOCTOR_H
#define SCREEN_DOCTOR_H

#include "console/probing.h"

struct program;

/* Exit codes of doctor_run. */
#define DOCTOR_WARNED 1
#define DOCTOR_BROKE  2

enum doctor_level {
	DOCTOR_GOOD,
	DOCTOR_NOTE,	/* not looked at, or nothing to do */
	DOCTOR_WARNING, /* mail flows, but not as meant */
	DOCTOR_BROKEN,	/* does not work at all */
};

struct doctor {
	struct console *console;
	char *const *command; /* the smtpd, as a super-server would name it */
	struct probing probing;
	const char *subject; /* of the findings to come */
	bool json;
	unsigned findings, warnings, broken;
};

/* The command: every checkup. ARGV[0] is its name. */
int doctor_run(struct console *c, int argc, char **argv);

/* One finding. CHANGE is what to change, or NULL. */
void doctor_find(struct doctor *d, enum doctor_level level, const char *change,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Tell what was reported, but for notes; true when there was nothing wrong. */
bool doctor_report(struct doctor *d, const struct report *report);

/*
 * "PARAMETER = VALUE" and where that belongs: behind the line that holds it
 * now, or in the settings file. Until the next call. Names as conf_origin.
 */
const char *doctor_setting(struct doctor *d, const char *parameter,
			   const char *value);

/*
 * Does the unit that serves clients let PROGRAM, which it execs, be setuid?
 * Only units that systemd knows of are looked at, and no wrapper is looked
 * into.
 */
void doctor_rights(struct doctor *d, const struct program *program);

/*
 * The checkups. That of the cache becomes its owner: what only root may do
 * goes before it.
 */
void doctor_settings(struct doctor *d);
void doctor_tables(struct doctor *d);
void doctor_units(struct doctor *d);
void doctor_upstream(struct doctor *d);
void doctor_shared(struct doctor *d);
void doctor_cache(struct doctor *d);
void doctor_password(struct doctor *d);
void doctor_state(struct doctor *d);
void doctor_counters(struct doctor *d);
void doctor_decisions(struct doctor *d);
void doctor_sandbox(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_handoff(struct doctor *d);
void doctor_resolvers(struct doctor *d);
void doctor_lists(struct doctor *d);

#endif
