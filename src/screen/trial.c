#include "screen/trial.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/stat.h>

bool trial_open(struct trial *t, const struct trial_setup *setup)
{
	const struct conf *conf = setup->conf;
	struct sbuf file = SBUF(t->cache_file);
	struct cache_map map = { .shared = false };

	*t = (struct trial){ .setup = *setup };
	t->access = standing_access_list(conf, setup->arena, setup->report);
	t->interfaces = standing_interfaces(conf, setup->arena, setup->report);
	if (!t->access ||
	    !lists_open(&t->lists, conf, false, setup->arena, setup->report))
		return false;
	if (!cache_map_parse(conf->cache_map, &map))
		sbuf_add(&file, map.file);
	cache_init(&t->cache, t->cache_file);
	t->has_shared = map.shared;
	if (map.shared)
		shared_init(&t->shared, &map.server, conf->cache_password_file);
	return setup->report->errors == 0;
}

void trial_close(struct trial *t)
{
	cache_close(&t->cache);
	if (t->has_shared)
		shared_close(&t->shared);
	state_close(&t->lists.state);
}

/* Looking an entry up makes a lock file beside the cache file; where there is
 * none yet, nothing should be made. */
static void look_up(struct trial *t)
{
	const struct conf *conf = t->setup.conf;
	int64_t deadline =
		clock_mono() + conf->cache_lock_timeout * CLOCK_SECOND;
	struct sbuf key = SBUF(t->key);
	struct stat st;

	t->stamps = (struct stamps){ .count = 0 };
	cache_key(&t->client, (unsigned)conf->cache_ipv4_prefix,
		  (unsigned)conf->cache_ipv6_prefix, &key);
	if (t->cache_file[0] == '\0')
		t->cached = 0;
	else if (stat(t->cache_file, &st) < 0)
		t->cached = errno == ENOENT ? 0 : -errno;
	else
		t->cached =
			cache_lookup(&t->cache, t->key, deadline, &t->stamps);
}

/* As a connection would, but only if that would: what is known here is not
 * asked there. */
static void look_up_elsewhere(struct trial *t)
{
	int64_t patience = t->setup.conf->cache_remote_timeout * CLOCK_SECOND;

	t->elsewhere = 0;
	t->shared.answered = false;
	if (!t->has_shared || facts_nothing_due(&t->facts))
		return;
	t->elsewhere = shared_ask(&t->shared, t->key);
	if (t->elsewhere == 0)
		t->elsewhere = shared_wait(&t->shared, t->now,
					   clock_mono() + patience);
	if (t->elsewhere > 0)
		facts_learn(&t->facts, &t->shared.stamps, t->now);
}

static void ask_lists(struct trial *t)
{
	const struct conf *conf = t->setup.conf;
	int64_t now = clock_mono();

	lists_recall(&t->lists, t->now);
	lists_ask(&t->lists, &t->client, now);
	lists_wait(&t->lists, now + conf->greet_wait * CLOCK_SECOND);
	dnsbl_score(&t->lists.sites, dnsclient_answers(t->lists.dns),
		    conf->dns_answer_check, &t->score);
	dnsclient_close(t->lists.dns);
}

/* What a patient client's tests before the greeting would have given. */
static void judge(struct trial *t)
{
	const struct conf *conf = t->setup.conf;
	struct facts *f = &t->facts;

	if (f->due[TEST_DNSBL])
		facts_score(f, conf, &t->score);
	if (f->due[TEST_PREGREET] && !f->excused)
		f->released = f->due[TEST_DNSBL] &&
			      verdict_releases(f, conf, &t->score,
					       conf->greet_wait * CLOCK_SECOND);
	facts_waited(f);
}

void trial_run(struct trial *t, const struct address *client,
	       const struct address *server)
{
	static const struct stamps none = { .count = 0 };
	struct sbuf warning = SBUF(t->warning);
	enum welcome welcome;
	bool denied;

	t->client = *client;
	t->server = *server;
	t->now = clock_wall();
	t->facts = (struct facts){ .dnsbl_ttl = -1 };
	t->facts.access = access_decide(t->access, client, &warning);
	t->facts.veto = server->family != ADDRESS_NONE &&
			standing_veto(&t->interfaces, server, &warning);
	look_up(t);
	/* an enforced denial: earlier passes do not count */
	welcome = verdict_welcome(t->facts.access, t->setup.conf);
	denied = welcome == WELCOME_DROP || welcome == WELCOME_SUSPECT;
	facts_due(&t->facts, t->setup.conf, denied ? &none : &t->stamps,
		  t->now);
	if (!denied)
		look_up_elsewhere(t);
	ask_lists(t);
	judge(t);
}
