#include "cache/cache_batch.h"
#include "console/others.h"
#include "ctl/commands.h"

#include <stdio.h>

static bool yes(const struct stamps *s, void *context)
{
	(void)s;
	(void)context;
	return true;
}

int forget_run(struct console *c, int argc, char **argv)
{
	char text[CACHE_KEY];
	const char *key = text;
	struct sbuf k = SBUF(text);
	int r, shared;

	r = others_use_client(c, argc, argv, &k);
	if (r != EX_OK)
		return r;
	console_hold_signals();
	r = cache_remove(&c->cache, &key, 1, yes, NULL, console_deadline(c));
	if (r < 0)
		return console_cache_failed(c, r);
	printf(r > 0 ? "%s is forgotten\n" : "%s is not known\n", key);
	/* or it would come back from there with its next connection */
	shared = others_forget(c, key);
	if (shared < 0) {
		say("%s may come back from there; forget it again later", key);
		return EX_UNAVAILABLE;
	}
	if (c->map.shared)
		printf(shared > 0 ? "%s is forgotten on %s\n"
				  : "%s is not known on %s\n",
		       key, others_name(c));
	return r > 0 || shared > 0 ? EX_OK : COMMAND_NOTHING;
}
