#include "cache/cache_batch.h"
#include "ctl/commands.h"

#include <stdio.h>

static bool yes(const struct stamps *s, void *context)
{
	(void)s;
	(void)context;
	return true;
}

int forget_run(struct ctl *c, int argc, char **argv)
{
	int first = ctl_options(argc, argv, NULL), r;
	char text[CACHE_KEY];
	const char *key = text;
	struct sbuf k = SBUF(text);

	if (first < 0 || argc - first != 1) {
		if (first >= 0)
			ctl_say("forget needs one address");
		return EX_USAGE;
	}
	if (!ctl_key(c, argv[first], false, &k))
		return EX_USAGE;
	r = ctl_use_cache(c);
	if (r != EX_OK)
		return r;
	ctl_hold_signals();
	r = cache_remove(&c->cache, &key, 1, yes, NULL, ctl_deadline(c));
	if (r < 0)
		return ctl_cache_failed(c, r);
	printf(r > 0 ? "%s is forgotten\n" : "%s is not known\n", key);
	return r > 0 ? EX_OK : CTL_NOTHING;
}
