#include "base/clock.h"
#include "base/number.h"
#include "cache/cache_batch.h"
#include "cache/cache_copy.h"
#include "cache/expiry.h"
#include "console/progress.h"
#include "ctl/commands.h"
#include "triplet/ledger_expire.h"
#include "triplet/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys that are no C strings, or longer, are none of ours and stay. */
#define KEY_MOST 255

struct expiry {
	struct console *console;
	int64_t now, retention;
	size_t seen, of_future, dropped;
	char **key; /* of those to go, as the copy says */
	size_t keys, room;
};

static bool is_over(const struct stamps *s, void *context)
{
	const struct expiry *x = context;

	return expiry_is_over(s, x->now, x->retention);
}

static bool remember(struct expiry *x, struct span key)
{
	if (x->keys == x->room) {
		size_t room = x->room > 0 ? x->room * 2 : 1024;
		char **more = reallocarray(x->key, room, sizeof(*more));

		if (!more)
			return false;
		x->key = more;
		x->room = room;
	}
	x->key[x->keys] = strndup(key.p, key.len);
	return x->key[x->keys++] != NULL;
}

static int choose(struct expiry *x, struct cache_copy *copy)
{
	struct cache_copied e;

	while (cache_copy_next(copy, &e)) {
		const struct stamps *s = e.readable ? &e.stamps : NULL;

		x->seen++;
		if (s && stamps_from_future(s, x->now))
			x->of_future++;
		if (e.key.len > KEY_MOST || span_find(e.key, '\0') >= 0 ||
		    !is_over(s, x))
			continue;
		if (!remember(x, e.key))
			return -ENOMEM;
	}
	return 0;
}

static int remove_all(struct expiry *x)
{
	for (size_t i = 0; i < x->keys && !console_interrupted();) {
		size_t left = x->keys - i;
		size_t size = left < CACHE_BATCH ? left : CACHE_BATCH;
		int64_t began = clock_mono();
		int r = cache_remove(&x->console->cache,
				     (const char *const *)&x->key[i], size,
				     is_over, x, console_deadline(x->console));

		if (r < 0)
			return r;
		x->dropped += (size_t)r;
		i += size;
		progress_show("expiring", i, x->keys);
		if (i < x->keys)
			console_let_others_in(began);
	}
	return 0;
}

static int work(struct expiry *x)
{
	struct cache_copy copy;
	int r;

	r = cache_copy_take(&x->console->cache, console_deadline(x->console),
			    &copy);
	if (r < 0)
		return r;
	r = choose(x, &copy);
	cache_copy_drop(&copy);
	if (r == 0)
		r = remove_all(x);
	if (r == 0 && !console_interrupted())
		r = cache_shrink(&x->console->cache,
				 console_deadline(x->console));
	return r < 0 ? r : 0;
}

/* ---- the commands ------------------------------------------------ */

static int expire_cache(struct console *c)
{
	struct expiry x = {
		.console = c,
		.now = clock_wall(),
		.retention = c->conf.cache_retention_time,
	};
	int r = work(&x);

	progress_end();
	for (size_t i = 0; i < x.keys; i++)
		free(x.key[i]);
	free(x.key);
	if (r < 0)
		return console_cache_failed(c, r);
	printf("cache %s %s cleanup: retained=%zu dropped=%zu entries\n",
	       c->cache_file, console_interrupted() ? "partial" : "full",
	       x.seen - x.dropped, x.dropped);
	if (x.of_future > 0)
		say("%zu %s written by a clock more than a day ahead of ours; "
		    "is ours right?",
		    x.of_future,
		    number_words(x.of_future, "entry was", "entries were"));
	return console_interrupted() ? EX_UNAVAILABLE : EX_OK;
}

/* What greylisting inside the screen remembers (greylist = yes). */
static int expire_triplets(struct console *c)
{
	const struct judge_rules rules = {
		.delay = c->conf.greylist_delay,
		.retry_window = c->conf.greylist_retry_window,
	};
	struct sbuf file = SBUF(c->cache_file);
	struct ledger_expired x;
	int r;

	store_path(c->conf.greylist_dbdir, &file);
	if (!sbuf_fitted(&file)) {
		say("greylist_dbdir: the path is too long");
		return EX_CONFIG;
	}
	r = console_use_cache(c);
	if (r != EX_OK)
		return r;
	r = ledger_expire(c->cache_file, &rules, c->conf.greylist_max_age,
			  clock_wall(), console_deadline(c) - clock_mono(), &x);
	if (r == -ENOENT) /* nobody was delayed yet */
		return EX_OK;
	if (r < 0)
		return console_cache_failed(c, r);
	printf("greylist %s cleanup: dropped=%lu of %lu triplets and %lu of "
	       "%lu clients\n",
	       c->cache_file, x.old_triplets, x.triplets, x.old_clients,
	       x.clients);
	return EX_OK;
}

int expire_run(struct console *c, int argc, char **argv)
{
	int r;

	if (!options_nothing(argc, argv))
		return EX_USAGE;
	/* greylisting may go without a cache */
	r = c->conf.greylist && c->cache_file[0] == '\0' ? EX_OK
							 : console_use_cache(c);
	if (r != EX_OK)
		return r;
	console_hold_signals();
	if (c->cache_file[0] != '\0')
		r = expire_cache(c);
	if (r == EX_OK && c->conf.greylist)
		r = expire_triplets(c);
	return r;
}
