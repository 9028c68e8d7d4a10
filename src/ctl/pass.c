#include "base/clock.h"
#include "base/moment.h"
#include "cache/cache_batch.h"
#include "console/duration.h"
#include "console/others.h"
#include "ctl/commands.h"

#include <stdio.h>

#define STANDARD "30d"

/* Now, on this host and for the others: the exit code. */
static int add(struct console *c, const char *key,
	       const struct cache_pass *pass, int64_t now)
{
	bool unused;
	int r = cache_update(&c->cache, key, pass, now, console_deadline(c),
			     &unused);

	if (r < 0)
		return console_cache_failed(c, r);
	if (others_add(c, key, pass, now) < 0) {
		say("%s passes on this host only", key);
		return EX_UNAVAILABLE;
	}
	return EX_OK;
}

static bool any_enabled(const struct conf *conf)
{
	for (enum test t = 0; t < TESTS; t++)
		if (conf->test[t].enabled)
			return true;
	return false;
}

static void print_done(const struct console *c, const char *key, int64_t until)
{
	char memory[40];
	struct sbuf b = SBUF(memory);

	printf("%s passes", key);
	for (enum test t = 0; t < TESTS; t++)
		if (c->conf.test[t].enabled)
			printf(" %s", stamps_test_name(t));
	moment_format(until, &b);
	printf(" until %s", memory);
	if (c->map.shared)
		printf(", also on %s", others_name(c));
	putchar('\n');
}

int pass_run(struct console *c, int argc, char **argv)
{
	int first = options_none(argc, argv), r;
	int64_t seconds, now = clock_wall();
	struct cache_pass pass = { .complete = false };
	char key[CACHE_KEY];
	struct sbuf k = SBUF(key);

	if (first < 0 || argc - first < 1 || argc - first > 2) {
		if (first >= 0)
			say("pass needs an address, and may have a "
			    "duration");
		return EX_USAGE;
	}
	if (!console_key(c, argv[first], true, &k) ||
	    !duration_parse(argc - first > 1 ? argv[first + 1] : STANDARD, 'd',
			    &seconds))
		return EX_USAGE;
	if (!any_enabled(&c->conf)) {
		say("no test is switched on: every client passes");
		return COMMAND_NOTHING;
	}
	for (enum test t = 0; t < TESTS; t++) {
		pass.enabled[t] = c->conf.test[t].enabled;
		if (pass.enabled[t])
			pass.until[t] = now + seconds;
	}
	r = others_use_caches(c);
	if (r != EX_OK)
		return r;
	console_hold_signals();
	r = add(c, key, &pass, now);
	if (r == EX_OK)
		print_done(c, key, now + seconds);
	return r;
}
