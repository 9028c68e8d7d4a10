#include "screen/memory.h"

#include "base/clock.h"
#include "cache/cache_batch.h"
#include "cache/outlook.h"
#include "log/log.h"
#include "screen/cure.h"

#include <errno.h>
#include <string.h>

/* What is wrong. */
static const char *trouble(int error)
{
	switch (error) {
	case -EUCLEAN:
		return "damaged by a writer that died; the next client that "
		       "passes repairs it";
	case -ETIMEDOUT:
		return "another process holds its lock for longer than "
		       "cache_lock_timeout";
	default:
		return strerror(-error);
	}
}

static int64_t deadline(const struct memory *m)
{
	return clock_mono() +
	       (m->lock_patience > 0
			? m->lock_patience
			: m->conf->cache_lock_timeout * CLOCK_SECOND);
}

void memory_open(struct memory *m, const struct conf *conf,
		 const struct address *who)
{
	struct sbuf file = SBUF(m->file), key = SBUF(m->key);
	struct cache_map map = { .shared = false };

	m->conf = conf;
	m->asked = NULL;
	m->error = 0;
	m->unready = 0;
	m->reader = NULL;
	state_init(&m->state, conf->state_file);
	/* a map that is none was refused when the settings were checked */
	cache_map_parse(conf->cache_map, &map);
	sbuf_add(&file, map.file);
	m->has_shared = map.shared;
	if (map.shared)
		shared_init(&m->shared, &map.server, conf->cache_password_file);
	cache_init(&m->cache, m->file);
	cache_key(who, (unsigned)conf->cache_ipv4_prefix,
		  (unsigned)conf->cache_ipv6_prefix, &key);
}

bool memory_recall(struct memory *m, struct stamps *ret)
{
	struct cache *cache = m->reader ? m->reader : &m->cache;
	int r = cache_lookup(cache, m->key, deadline(m), ret);

	m->asked = cache;
	m->error = r < 0 ? r : 0;
	if (r < 0 && !memory_busy(m))
		log_warning(LOG_CACHE_TROUBLE,
			    "cache %s: %s -- testing this client anyway%s",
			    m->file, trouble(r), cure_of(r));
	return r > 0;
}

bool memory_busy(const struct memory *m)
{
	return m->lock_patience > 0 && m->error == -ETIMEDOUT;
}

/* ---- the shared list ------------------------------------------------------
 */

/* What it is used for: each can fail while the other works. */
static const struct shared_use {
	const char *topic; /* in the state file */
	const char *lost, *back;
} asking = { "shared list, asked",
	     "what other hosts know of this client does not count",
	     "it answers, and what other hosts know counts again" },
  telling = { "shared list, told", "other hosts will test this client, too",
	      "it takes again what is new, for other hosts to know" };

/* How often the same is said of it, and for how long it must have been away for
 * its return to be told: one that comes and goes fills no log. */
#define HOUR   3600
#define MINUTE 60
#define EVER   INT64_MAX

/*
 * May this be told? An outage is, when it begins, and then what it is that is
 * wrong, once an hour. Without a state file each time.
 */
static bool may_complain(struct memory *m, const struct shared_use *use,
			 const char *server)
{
	char memory[CACHE_PATH + 256];
	struct sbuf what = SBUF(memory);
	struct span topic = span_of(use->topic);
	int64_t now = clock_wall();
	bool begins = state_once(&m->state, topic, span_of(server), EVER, now);

	sbuf_addf(&what, "%s: %s", server, m->shared.trouble);
	return state_once(&m->state, topic, sbuf_span(&what), HOUR, now) ||
	       begins;
}

/* What failed is asked no more. */
static void lose_shared(struct memory *m, const struct shared_use *use)
{
	char name[CACHE_PATH];
	struct sbuf n = SBUF(name);

	cache_server_format(&m->shared.server, &n);
	if (may_complain(m, use, name))
		log_warning(LOG_CACHE_TROUBLE, "cache %s: %s -- %s", name,
			    m->shared.trouble, use->lost);
	shared_close(&m->shared);
	m->has_shared = false;
}

static void tell_return(struct memory *m, const struct shared_use *use)
{
	char name[CACHE_PATH];
	struct sbuf n = SBUF(name);

	cache_server_format(&m->shared.server, &n);
	if (state_over(&m->state, span_of(use->topic), sbuf_span(&n), MINUTE,
		       clock_wall()))
		log_info(LOG_CACHE_TROUBLE, "cache %s: %s", name, use->back);
}

bool memory_ask(struct memory *m)
{
	if (!m->has_shared)
		return false;
	m->patience =
		clock_mono() + m->conf->cache_remote_timeout * CLOCK_SECOND;
	if (shared_ask(&m->shared, m->key) == 0)
		return true;
	lose_shared(m, &asking);
	return false;
}

bool memory_awaits(const struct memory *m, struct pollfd *ret_fd,
		   int64_t *ret_deadline)
{
	if (!m->has_shared || !m->shared.asked)
		return false;
	*ret_fd = shared_pollfd(&m->shared);
	*ret_deadline = m->patience;
	return true;
}

static void tell_repaired(struct memory *m)
{
	if (m->cache.repaired)
		log_warning(LOG_CACHE_TROUBLE,
			    "cache %s: it was damaged, and is repaired -- "
			    "clients that were lost are tested again",
			    m->file);
	m->cache.repaired = false;
}

/* So that the next connection finds it here. A lock that was waited for in
 * vain is not waited for again. */
static void copy_here(struct memory *m, const struct stamps *known)
{
	struct cache_entry entry = { .stamps = *known };
	struct sbuf key = SBUF(entry.key);
	int r;

	if (m->file[0] == '\0' || m->error < 0)
		return;
	sbuf_add_text(&key, m->key);
	for (enum test t = 0; t < TESTS; t++)
		if (entry.stamps.until[t] == STAMP_NEW &&
		    !m->conf->test[t].enabled)
			entry.stamps.until[t] = STAMP_DISABLED;
	r = cache_join(&m->cache, &entry, 1, deadline(m));
	tell_repaired(m);
	if (r < 0)
		log_warning(LOG_CACHE_TROUBLE,
			    "cache %s: could not update the entry of %s: %s -- "
			    "the shared list will be asked again%s",
			    m->file, m->key, trouble(r), cure_of(r));
}

/* RESULT is that of the shared list. */
static bool learn(struct memory *m, int result, struct stamps *ret)
{
	if (result < 0)
		lose_shared(m, &asking);
	else
		tell_return(m, &asking);
	if (result <= 0)
		return false;
	*ret = m->shared.stamps;
	copy_here(m, ret);
	return true;
}

bool memory_hear(struct memory *m, int64_t now, struct stamps *ret)
{
	int r = shared_hear(&m->shared, clock_wall());

	if (r == -EAGAIN && now >= m->patience)
		r = shared_wait(&m->shared, clock_wall(), now);
	return r != -EAGAIN && learn(m, r, ret);
}

bool memory_hear_soon(struct memory *m, struct stamps *ret)
{
	int64_t until = clock_mono() + MEMORY_PAUSE, now;

	while (m->has_shared && m->shared.asked &&
	       (now = clock_mono()) < until) {
		struct pollfd fd = shared_pollfd(&m->shared);

		poll(&fd, 1, clock_poll_ms(now, until));
		if (memory_hear(m, now, ret))
			return true;
	}
	return false;
}

/* To where PASS is kept for all hosts. An answer that never came was a server
 * in trouble, and it is left alone. */
static void tell_others(struct memory *m, const struct cache_pass *pass,
			int64_t now)
{
	if (m->has_shared && m->shared.asked &&
	    shared_wait(&m->shared, now, clock_mono()) < 0)
		lose_shared(m, &asking);
	if (!m->has_shared || !m->shared.answered)
		return;
	if (shared_tell(&m->shared, pass, now, m->conf->cache_retention_time,
			clock_mono() + MEMORY_PAUSE) < 0)
		lose_shared(m, &telling);
	else
		tell_return(m, &telling);
}

/* ---- keeping --------------------------------------------------------------
 */

bool memory_would_keep(struct memory *m, const char *client)
{
	int r;

	if (m->file[0] == '\0')
		return false;
	/* what cannot be read now may be as little use when the client is back;
	 * and what waited in vain once need not do so again */
	r = m->error < 0 ? m->error : outlook_update(&m->cache, deadline(m));
	if (r == 0)
		return true;
	log_warning(LOG_CACHE_TROUBLE,
		    "cache %s: %s -- no tests behind the greeting, or %s would "
		    "be told to come back for ever%s",
		    m->file, trouble(r), client, cure_of(r));
	/* said once is enough; but damage must be tried to repair */
	if (r != -EUCLEAN)
		m->file[0] = '\0';
	return false;
}

void memory_prepare(struct memory *m)
{
	m->unready = cache_open_for_update(&m->cache);
	if (m->has_shared)
		state_open(&m->state);
}

static void keep_here(struct memory *m, const struct cache_pass *pass,
		      int64_t now, bool *ret_was_new)
{
	int r = m->unready;

	if (r == 0)
		r = cache_update(&m->cache, m->key, pass, now, deadline(m),
				 ret_was_new);

	tell_repaired(m);
	if (r < 0)
		log_warning(LOG_CACHE_TROUBLE,
			    "cache %s: could not update the entry of %s: %s -- "
			    "it will be tested again%s",
			    m->file, m->key, trouble(r), cure_of(r));
}

void memory_keep(struct memory *m, const struct cache_pass *pass, int64_t now,
		 bool *ret_was_new)
{
	if (m->file[0] != '\0')
		keep_here(m, pass, now, ret_was_new);
	tell_others(m, pass, now);
}

int memory_lock_fd(const struct memory *m)
{
	return m->asked ? m->asked->lock : -1;
}

void memory_close(struct memory *m)
{
	m->asked = NULL;
	cache_close(&m->cache);
	if (m->has_shared)
		shared_close(&m->shared);
	state_close(&m->state);
}
