#include "base/clock.h"
#include "base/moment.h"
#include "base/number.h"
#include "cache/entries.h"
#include "cache/outlook.h"
#include "console/owner.h"
#include "doctor/doctor.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "screen/check.h"
#include "screen/cure.h"
#include "screen/standing.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Before this program was written no clock can have been right. */
#define WRITTEN INT64_C(1763683200)

/* How far two clocks may be apart. */
#define DRIFT INT64_C(86400)

/* ---- settings -------------------------------------------------------------
 */

void doctor_settings(struct doctor *d)
{
	struct report report;
	struct conf conf;

	/* anew: what was reported at the start is in it, once */
	report_init(&report, &d->console->arena);
	conf_load(&d->console->options.input, &d->console->arena, &report,
		  &conf);
	check_everything(&conf, &d->console->options.input, &d->console->arena,
			 &report);
	if (doctor_report(d, &report))
		doctor_find(d, DOCTOR_GOOD, NULL,
			    "there is no mistake in them");
}

/* That anybody is believed has been told as a mistake in the settings. */
void doctor_upstream(struct doctor *d)
{
	const struct conf *conf = &d->console->conf;

	if (conf->upstream_proxy_protocol[0] != '\0' &&
	    standing_trusts_addresses(conf))
		doctor_find(d, DOCTOR_GOOD, NULL,
			    "only %s may say who the client is",
			    conf->upstream_proxy_networks);
}

/* ---- what is remembered ---------------------------------------------------
 */

void doctor_cache(struct doctor *d)
{
	struct console *c = d->console;
	char memory[CACHE_PATH + 512];
	struct sbuf why = SBUF(memory);
	int r;

	if (c->cache_file[0] == '\0') {
		doctor_find(d, DOCTOR_WARNING,
			    doctor_setting(d, "postscreen_cache_map",
					   "gdbm:/var/lib/smtp-screen/"
					   "cache.gdbm"),
			    "there is none: every client is tested and waits, "
			    "each time");
		return;
	}
	if (owner_become(c->cache_file, &why) != OWNER_OK) {
		doctor_find(d, DOCTOR_WARNING, NULL, "%s", memory);
		return;
	}
	r = outlook_update(&c->cache, console_deadline(c));
	if (r < 0)
		doctor_find(d, DOCTOR_WARNING, NULL,
			    "%s: %s -- clients are tested each time%s",
			    c->cache_file, strerror(-r), cure_of(r));
	else
		doctor_find(d, DOCTOR_GOOD, NULL, "%s and its lock can be used",
			    c->cache_file);
}

void doctor_state(struct doctor *d)
{
	const char *file = d->console->conf.state_file;
	struct state *s = &d->probing.lists.state;
	char memory[CACHE_PATH + 512];
	struct sbuf why = SBUF(memory);
	struct record unused;
	int error;

	if (file[0] == '\0') {
		doctor_find(d, DOCTOR_NOTE, NULL,
			    "there is none: lists cannot be muted");
		return;
	}
	if (owner_become(file, &why) != OWNER_OK) {
		doctor_find(d, DOCTOR_WARNING, NULL, "%s", memory);
		return;
	}
	state_list(s, "", clock_wall(), &unused);
	error = state_trouble(s);
	if (error < 0)
		doctor_find(d, DOCTOR_WARNING, NULL,
			    "%s: %s -- lists cannot be muted%s", file,
			    strerror(-error), cure_of(error));
	else if (access(file, F_OK) < 0)
		doctor_find(d, DOCTOR_NOTE, NULL,
			    "%s is not there yet; it is made when it is needed",
			    file);
	else
		doctor_find(d, DOCTOR_GOOD, NULL, "%s can be used", file);
}

/* ---- the kernel -----------------------------------------------------------
 */

/* What is missing has been told as a mistake in the settings. */
void doctor_sandbox(struct doctor *d)
{
	struct sandbox_state state;

	if (d->console->conf.sandbox == SANDBOX_NO)
		doctor_find(d, DOCTOR_WARNING,
			    doctor_setting(d, "sandbox", "try"),
			    "it is off: who took over a session could open "
			    "files and start programs");
	else if (sandbox_try(SANDBOX_SESSION, &state))
		doctor_find(d, DOCTOR_GOOD, NULL,
			    "this kernel has seccomp filters, and version %d "
			    "of Landlock",
			    landlock_version());
}

/* ---- time -----------------------------------------------------------------
 */

/* How many entries were written after NOW, by more than clocks drift. */
static size_t of_future(struct console *c, int64_t now)
{
	struct entries e;
	size_t count = 0;

	if (c->cache_file[0] == '\0' ||
	    entries_read(&c->cache, console_deadline(c), &e) < 0)
		return 0; /* told by the one that looks at the cache */
	for (size_t i = 0; i < e.count; i++)
		count += e.entry[i].stamps.last > now + DRIFT;
	entries_free(&e);
	return count;
}

void doctor_clock(struct doctor *d)
{
	int64_t now = clock_wall();
	char memory[40];
	struct sbuf b = SBUF(memory);
	size_t ahead;

	moment_format(now, &b);
	if (now < WRITTEN) {
		doctor_find(d, DOCTOR_BROKEN, "timedatectl set-ntp true",
			    "it says %s, which is before this program was "
			    "written: passes of clients come from the future",
			    memory);
		return;
	}
	ahead = of_future(d->console, now);
	if (ahead > 0)
		doctor_find(d, DOCTOR_WARNING, "timedatectl set-ntp true",
			    "it says %s, but %zu %s written more than a day "
			    "later: it is behind, or was ahead",
			    memory, ahead,
			    number_words(ahead, "entry of the cache was",
					 "entries of the cache were"));
	else
		doctor_find(d, DOCTOR_GOOD, NULL, "it says %s", memory);
}
