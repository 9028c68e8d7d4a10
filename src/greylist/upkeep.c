#include "greylist/upkeep.h"

#include "base/clock.h"
#include "base/private_file.h"
#include "cache/cache_batch.h"
#include "cache/cache_copy.h"
#include "log/log.h"
#include "triplet/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Deleted under one lock, while questions wait. */
#define BATCH 20

/* There is time; but not for a lock that nobody gives back. */
#define PATIENCE (10 * CLOCK_SECOND)

struct expiry {
	const struct grey_options *options;
	struct cache store;
	int64_t now;
	struct span doomed[BATCH];	       /* names, in the copy */
	unsigned count;			       /* of these */
	unsigned long triplets[2], clients[2]; /* before, and deleted */
};

/* ---- expire ------------------------------------------------------ */

static bool is_old(const struct expiry *x, struct span name, struct span value)
{
	const struct judge_rules *rules = &x->options->rules;
	struct judge_triplet t;
	struct judge_client c;

	if (ledger_is_client(name))
		return !ledger_parse_client(value, &c) ||
		       x->now - c.last > x->options->max_age;
	if (!ledger_parse_triplet(value, &t))
		return true;
	return x->now - t.last > x->options->max_age ||
	       (t.last - t.first < rules->delay &&
		x->now - t.last > rules->retry_window);
}

/* They are looked at again: a question may have come meanwhile. */
static int delete_doomed(struct cache_edit *e, void *context)
{
	struct expiry *x = context;

	for (unsigned i = 0; i < x->count; i++) {
		char memory[LEDGER_VALUE + 1];
		struct sbuf value = SBUF(memory);
		int r = cache_edit_fetch(e, x->doomed[i], &value);

		if (r > 0 && is_old(x, x->doomed[i], sbuf_span(&value)))
			r = cache_edit_delete(e, x->doomed[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int flush(struct expiry *x)
{
	int r;

	if (x->count == 0)
		return 0;
	r = cache_edit(&x->store, delete_doomed, x, clock_mono() + PATIENCE);
	x->count = 0;
	return r;
}

static int expire_copy(struct expiry *x, struct cache_copy *copy)
{
	struct cache_copied entry;
	int r = 0;

	while (r >= 0 && cache_copy_next(copy, &entry)) {
		unsigned long *counts =
			ledger_is_client(entry.key) ? x->clients : x->triplets;

		counts[0]++;
		if (!is_old(x, entry.key, entry.value))
			continue;
		counts[1]++;
		x->doomed[x->count++] = entry.key;
		if (x->count == BATCH)
			r = flush(x);
	}
	return r < 0 ? r : flush(x);
}

static int expire(const struct grey_options *o, const char *file)
{
	struct expiry x = { .options = o, .now = clock_wall() };
	struct cache_copy copy;
	int r;

	cache_init(&x.store, file);
	r = cache_copy_take(&x.store, clock_mono() + PATIENCE, &copy);
	if (r == 0) {
		r = expire_copy(&x, &copy);
		cache_copy_drop(&copy);
	}
	if (r == 0)
		r = cache_shrink(&x.store, clock_mono() + PATIENCE);
	cache_close(&x.store);
	if (r >= 0 && !o->quiet)
		log_info(LOG_OTHER,
			 "cleaning finished: %lu of %lu triplets and %lu of "
			 "%lu clients were too old",
			 x.triplets[1], x.triplets[0], x.clients[1],
			 x.clients[0]);
	return r < 0 ? r : 0;
}

/* ---- the rest ---------------------------------------------------- */

static int mend(const char *file)
{
	struct cache store;
	int r;

	cache_init(&store, file);
	r = cache_mend(&store, clock_mono() + PATIENCE);
	cache_close(&store);
	return r;
}

static int sync_file(const char *file)
{
	int fd, r = private_file_open(file, O_RDONLY, &fd);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = fdatasync(fd) < 0 ? -errno : 0;
	close(fd);
	return r;
}

int upkeep_do(const struct grey_options *o, const char *file,
	      enum upkeep_work work)
{
	static const char *const words[] = {
		[UPKEEP_EXPIRE] = "delete what is too old",
		[UPKEEP_SYNC] = "write it to the disk",
	};
	int r = 0;

	switch (work) {
	case UPKEEP_MEND:
		r = mend(file);
		break;
	case UPKEEP_EXPIRE:
		r = expire(o, file);
		break;
	case UPKEEP_SYNC:
		r = sync_file(file);
		break;
	}
	if (r < 0 && work != UPKEEP_MEND)
		log_warning(LOG_CACHE_TROUBLE, "%s: cannot %s: %s", file,
			    words[work], strerror(-r));
	return r;
}

/* What the parent holds must end with the parent. */
static _Noreturn void be_child(const struct grey_options *o, const char *file,
			       enum upkeep_work work)
{
	sigset_t none;

	log_renew(true);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(-upkeep_do(o, file, work));
}

pid_t upkeep_start(const struct grey_options *o, const char *file,
		   enum upkeep_work work)
{
	pid_t child = fork();

	if (child == 0)
		be_child(o, file, work);
	return child < 0 ? -errno : child;
}
