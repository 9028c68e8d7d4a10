#include "greylist/keeper.h"

#include "base/clock.h"
#include "log/log.h"

#include <string.h>
#include <sys/wait.h>

/* Questions wait so long for a store that is being mended; then they are
 * answered without it. */
#define MEND_PATIENCE (2 * CLOCK_SECOND)

/* The first look for old entries, when whoever waits at the start is served. */
#define FIRST_EXPIRE (60 * CLOCK_SECOND)

void keeper_open(struct keeper *k, struct greylist *g, int64_t now)
{
	*k = (struct keeper){
		.greylist = g,
		.next_expire = now + FIRST_EXPIRE,
		.next_sync = now + UPKEEP_SYNC_S * CLOCK_SECOND,
	};
}

static void start(struct keeper *k, enum upkeep_work work, int64_t now)
{
	struct greylist *g = k->greylist;
	pid_t child = upkeep_start(g->options, g->path, work);

	if (child < 0) {
		log_warning(LOG_CACHE_TROUBLE, "%s: fork: %s", g->path,
			    strerror((int)-child));
		return;
	}
	k->child = child;
	k->work = work;
	if (work == UPKEEP_MEND)
		k->hold_until = now + MEND_PATIENCE;
}

void keeper_mend(struct keeper *k, int64_t now)
{
	start(k, UPKEEP_MEND, now);
}

static void end(struct keeper *k)
{
	int status;

	if (k->child == 0 || waitpid(k->child, &status, WNOHANG) <= 0)
		return;
	k->child = 0;
	if (k->work != UPKEEP_MEND)
		return;
	k->hold_until = 0;
	/* or else it is tried again when the pause is over */
	k->greylist->damaged = false;
	if (status == 0)
		greylist_mended(k->greylist);
	else if (WIFEXITED(status))
		greylist_not_mended(k->greylist, WEXITSTATUS(status));
}

void keeper_work(struct keeper *k, bool child_ended, int64_t now)
{
	if (child_ended)
		end(k);
	if (k->child != 0)
		return;
	if (k->greylist->damaged) {
		start(k, UPKEEP_MEND, now);
	} else if (now >= k->next_expire) {
		k->next_expire = now + UPKEEP_EXPIRE_S * CLOCK_SECOND;
		start(k, UPKEEP_EXPIRE, now);
	} else if (now >= k->next_sync) {
		k->next_sync = now + UPKEEP_SYNC_S * CLOCK_SECOND;
		if (k->synced != k->greylist->changes)
			start(k, UPKEEP_SYNC, now);
		k->synced = k->greylist->changes;
	}
}

int64_t keeper_wake(const struct keeper *k, int64_t now)
{
	int64_t at = CLOCK_NEVER;

	if (k->child == 0)
		at = k->next_expire < k->next_sync ? k->next_expire
						   : k->next_sync;
	return k->hold_until > now && k->hold_until < at ? k->hold_until : at;
}
