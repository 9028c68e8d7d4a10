#include "console/others.h"

#include "base/clock.h"
#include "console/options.h"
#include "console/say.h"

#include <sysexits.h>

int others_use_caches(struct console *c)
{
	/* before root is given up: the socket may be open to a group that
	 * smtp-screen has and the owner of the cache has not */
	if (c->map.shared)
		shared_open(&c->shared); /* what fails is told when used */
	return console_use_cache(c);
}

int others_use_client(struct console *c, int argc, char **argv,
		      struct sbuf *key)
{
	int first = options_none(argc, argv);

	if (first < 0)
		return EX_USAGE;
	if (argc - first != 1) {
		say("%s needs one address", argv[0]);
		return EX_USAGE;
	}
	if (!console_key(c, argv[first], false, key))
		return EX_USAGE;
	return others_use_caches(c);
}

const char *others_name(const struct console *c)
{
	static char memory[512];
	struct sbuf b = SBUF(memory);

	cache_server_format(&c->map.server, &b);
	return memory;
}

int64_t others_deadline(const struct console *c)
{
	return clock_mono() + c->conf.cache_remote_timeout * CLOCK_SECOND;
}

/* R of the shared list, and why. */
static int tell(const struct console *c, int r)
{
	if (r < 0)
		say("%s: %s", others_name(c), c->shared.trouble);
	return r;
}

static int ask(struct console *c, const char *key)
{
	int r = shared_ask(&c->shared, key);

	return r < 0 ? r
		     : shared_wait(&c->shared, clock_wall(),
				   others_deadline(c));
}

int others_look_up(struct console *c, const char *key, struct stamps *ret)
{
	int r;

	if (!c->map.shared)
		return 0;
	r = ask(c, key);
	if (r > 0)
		*ret = c->shared.stamps;
	return tell(c, r);
}

int others_add(struct console *c, const char *key,
	       const struct cache_pass *pass, int64_t now)
{
	int r;

	if (!c->map.shared)
		return 0;
	r = ask(c, key);
	if (r >= 0)
		r = shared_tell(&c->shared, pass, now,
				c->conf.cache_retention_time,
				others_deadline(c));
	return tell(c, r);
}

int others_forget(struct console *c, const char *key)
{
	if (!c->map.shared)
		return 0;
	return tell(c, shared_forget(&c->shared, key, others_deadline(c)));
}
