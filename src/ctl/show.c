#include "base/clock.h"
#include "base/moment.h"
#include "cache/entries.h"
#include "console/others.h"
#include "ctl/commands.h"

#include <inttypes.h>
#include <stdio.h>

static void print_moment(const char *name, int64_t wall)
{
	char memory[40];
	struct sbuf b = SBUF(memory);

	moment_format(wall, &b);
	printf("  %-14s%s\n", name, wall > 0 ? memory : "unknown");
}

static void print_test(const struct console *c, const struct stamps *s,
		       enum test test, int64_t now)
{
	enum entry_state state = entry_state(s, test, now);
	char memory[100];
	struct sbuf b = SBUF(memory);

	switch (state) {
	case ENTRY_PASSED:
		sbuf_add_text(&b, "passed until ");
		moment_format(s->until[test], &b);
		sbuf_add_text(&b, ", another ");
		moment_format_period(s->until[test] - now, 2, &b);
		break;
	case ENTRY_EXPIRED:
		sbuf_add_text(&b, "passed until ");
		moment_format(s->until[test], &b);
		sbuf_add_text(&b, stamps_from_future(s, now)
					  ? ", by a clock ahead of ours: due"
					  : ": due");
		break;
	case ENTRY_NEVER:
		sbuf_add_text(&b, "not passed yet");
		break;
	case ENTRY_OFF:
		sbuf_add_text(&b, "was off");
		break;
	}
	printf("  %-14s%s%s\n", stamps_test_name(test), memory,
	       c->conf.test[test].enabled ? "" : " (off now)");
}

static void print_entry(const struct console *c, const struct stamps *s,
			int64_t now)
{
	for (enum test t = 0; t < TESTS; t++)
		print_test(c, s, t, now);
	print_moment("known since", s->first);
	print_moment("last tested", s->last);
	printf("  %-14s%" PRIu64 "\n", "rounds", s->count);
}

/* What other hosts see: 1 known, 0 not, or negative errno. */
static int show_shared(struct console *c, const char *key, int64_t now)
{
	struct stamps s;
	int r = others_look_up(c, key, &s);

	if (r < 0 || !c->map.shared)
		return r;
	printf(r > 0 ? "%s, on %s\n" : "%s is not known on %s\n", key,
	       others_name(c));
	if (r > 0)
		print_entry(c, &s, now);
	return r;
}

int show_run(struct console *c, int argc, char **argv)
{
	char key[CACHE_KEY];
	struct sbuf k = SBUF(key);
	int64_t now = clock_wall();
	struct stamps s;
	int r, shared;

	r = others_use_client(c, argc, argv, &k);
	if (r != EX_OK)
		return r;
	r = cache_lookup(&c->cache, key, console_deadline(c), &s);
	if (r < 0)
		return console_cache_failed(c, r);
	printf(r > 0 ? "%s\n" : "%s is not known\n", key);
	if (r > 0)
		print_entry(c, &s, now);
	shared = show_shared(c, key, now);
	if (shared < 0)
		return EX_UNAVAILABLE;
	return r > 0 || shared > 0 ? EX_OK : COMMAND_NOTHING;
}
