#include "base/clock.h"
#include "base/number.h"
#include "console/others.h"
#include "doctor/doctor.h"
#include "screen/memory.h"

#include <errno.h>
#include <unistd.h>

/* What follows NAME on a line of TEXT, as INFO gives it; empty when nothing
 * does. */
static struct span find_field(struct span text, struct span name)
{
	struct span line;

	while (span_next_line(&text, &line))
		if (span_starts_with(line, name))
			return span_trim_end(span_skip(line, name.len));
	return SPAN("");
}

/* Ask INFO for SECTION: its text, or empty. */
static struct span ask_info(struct console *c, struct span section)
{
	struct cache_redis *r = &c->shared.redis;
	struct span words[2] = { SPAN("INFO"), section };

	cache_redis_ask(r, words, 2);
	if (cache_redis_wait(r, others_deadline(c)) > 0 &&
	    r->reply.top.kind == CACHE_REDIS_TEXT_KIND)
		return r->reply.top.text;
	return SPAN("");
}

static void judge_memory(struct doctor *d)
{
	struct span info = ask_info(d->console, SPAN("memory"));
	struct span most = find_field(info, SPAN("maxmemory:"));
	struct span policy = find_field(info, SPAN("maxmemory_policy:"));
	uint64_t bytes;

	if (!number_parse(most, INT64_MAX, &bytes) || bytes == 0 ||
	    !span_equal(policy, SPAN("noeviction")))
		return;
	doctor_find(d, DOCTOR_WARNING, "maxmemory-policy volatile-ttl (there)",
		    "%s throws nothing away when its memory is full (%llu "
		    "bytes), and takes no more passes then",
		    others_name(d->console), (unsigned long long)bytes);
}

/* Only digits and dots are repeated of what it says. */
static void add_version(struct span version, struct sbuf *to)
{
	for (size_t i = 0; i < version.len; i++)
		if (version.p[i] == '.' ||
		    (version.p[i] >= '0' && version.p[i] <= '9'))
			sbuf_add_char(to, version.p[i]);
}

static void judge_speed(struct doctor *d, int64_t took)
{
	struct span info = ask_info(d->console, SPAN("server"));
	struct span version = find_field(info, SPAN("valkey_version:"));
	char memory[64];
	struct sbuf b = SBUF(memory);

	if (version.len > 0)
		sbuf_add_text(&b, "Valkey ");
	else
		version = find_field(info, SPAN("redis_version:"));
	if (b.len == 0)
		sbuf_add_text(&b, "Redis ");
	add_version(version, &b);
	if (took >= MEMORY_PAUSE)
		doctor_find(d, DOCTOR_WARNING,
			    doctor_setting(d, "postscreen_cache_map",
					   d->console->conf.cache_map),
			    "%s (%s) answers after %lld ms: clients that other "
			    "hosts know wait for their greeting",
			    others_name(d->console), memory,
			    (long long)(took / CLOCK_MS));
	else
		doctor_find(d, DOCTOR_GOOD, NULL,
			    "%s (%s) answers within %.2f ms, and takes what "
			    "it is told",
			    others_name(d->console), memory,
			    (double)took / CLOCK_MS);
}

/* Connected, logged in, asked, told. 0 with how long an answer takes, or
 * negative errno. */
static int try(struct console *c, int64_t *ret_took)
{
	int64_t begin;
	int r = shared_ask(&c->shared, "rehearsal");

	if (r == 0)
		r = shared_wait(&c->shared, clock_wall(), others_deadline(c));
	if (r < 0)
		return r;
	begin = clock_mono();
	r = shared_rehearse(&c->shared, others_deadline(c));
	*ret_took = clock_mono() - begin;
	return r;
}

void doctor_shared(struct doctor *d)
{
	struct console *c = d->console;
	int64_t took;

	if (!c->map.shared)
		return;
	if (try(c, &took) < 0) {
		doctor_find(d, DOCTOR_WARNING,
			    doctor_setting(d, "postscreen_cache_map",
					   c->conf.cache_map),
			    "%s: %s -- each host goes by its own cache",
			    others_name(c), c->shared.trouble);
		return;
	}
	judge_speed(d, took);
	judge_memory(d);
}

void doctor_password(struct doctor *d)
{
	const char *file = d->console->conf.cache_password_file;

	if (!d->console->map.shared || file[0] == '\0' ||
	    access(file, R_OK) == 0 || errno != EACCES)
		return;
	doctor_find(d, DOCTOR_WARNING, "chgrp and chmod 640",
		    "the owner of the cache may not read %s: smtp-screen can "
		    "do so only if its unit gives it another group",
		    file);
}
