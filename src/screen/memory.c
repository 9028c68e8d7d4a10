#include "screen/memory.h"

#include "base/clock.h"
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
	return clock_mono() + m->conf->cache_lock_timeout * CLOCK_SECOND;
}

void memory_open(struct memory *m, const struct conf *conf,
		 const struct address *who)
{
	struct span path;
	bool foreign;

	*m = (struct memory){ .conf = conf };

	struct sbuf file = SBUF(m->file), key = SBUF(m->key);

	/* a map that is none was refused when the settings were checked */
	if (cache_map_parse(conf->cache_map, &path, &foreign))
		sbuf_add(&file, path);
	cache_init(&m->cache, m->file);
	cache_key(who, (unsigned)conf->cache_ipv4_prefix,
		  (unsigned)conf->cache_ipv6_prefix, &key);
}

bool memory_recall(struct memory *m, struct stamps *ret)
{
	int r = cache_lookup(&m->cache, m->key, deadline(m), ret);

	if (r < 0)
		log_warning(LOG_CACHE_TROUBLE,
			    "cache %s: %s -- testing this client anyway%s",
			    m->file, trouble(r), cure_of(r));
	m->error = r < 0 ? r : 0;
	return r > 0;
}

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

void memory_keep(struct memory *m, const struct cache_pass *pass, int64_t now,
		 bool *ret_was_new)
{
	int r;

	if (m->file[0] == '\0')
		return;
	r = cache_update(&m->cache, m->key, pass, now, deadline(m),
			 ret_was_new);
	if (r < 0)
		log_warning(LOG_CACHE_TROUBLE,
			    "cache %s: could not update the entry of %s: %s -- "
			    "it will be tested again%s",
			    m->file, m->key, trouble(r), cure_of(r));
}

void memory_close(struct memory *m)
{
	cache_close(&m->cache);
}
