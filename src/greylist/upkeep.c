#include "greylist/upkeep.h"

#include "base/clock.h"
#include "base/private_file.h"
#include "cache/cache_edit.h"
#include "log/log.h"
#include "triplet/ledger_expire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* There is time; but not for a lock that nobody gives back. */
#define PATIENCE (10 * CLOCK_SECOND)

static int expire(const struct grey_options *o, const char *file)
{
	struct ledger_expired x;
	int r = ledger_expire(file, &o->rules, o->max_age, clock_wall(),
			      PATIENCE, &x);

	if (r == 0 && !o->quiet)
		log_info(LOG_OTHER,
			 "cleaning finished: %lu of %lu triplets and %lu of "
			 "%lu clients were too old",
			 x.old_triplets, x.triplets, x.old_clients, x.clients);
	return r;
}

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
