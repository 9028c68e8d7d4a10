#include "screen/trial.h"

#include "base/clock.h"
#include "conf/netlist.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

static struct netlist *open_netlist(const struct trial_setup *s,
				    const char *text, const char *parameter)
{
	struct origin where = conf_origin(s->conf, parameter);

	return netlist_open(text, s->arena, s->report, &where);
}

bool trial_open(struct trial *t, const struct trial_setup *setup)
{
	const struct conf *conf = setup->conf;
	struct origin where = conf_origin(conf, "postscreen_access_list");
	struct sbuf file = SBUF(t->cache_file);
	struct netlist *mynetworks;
	unsigned doubts;
	struct span path;
	bool foreign;

	*t = (struct trial){ .setup = *setup };
	mynetworks = open_netlist(setup, conf->mynetworks, "mynetworks");
	doubts = setup->report->errors + setup->report->warnings;
	t->interfaces = open_netlist(setup, conf->allowlist_interfaces,
				     "postscreen_allowlist_interfaces");
	t->interfaces_doubtful =
		setup->report->errors + setup->report->warnings > doubts;
	if (!mynetworks || !t->interfaces)
		return false;
	t->access = access_open(conf->access_list, mynetworks, setup->arena,
				setup->report, &where);
	if (!t->access ||
	    !lists_open(&t->lists, conf, setup->arena, setup->report))
		return false;
	if (cache_map_parse(conf->cache_map, &path, &foreign))
		sbuf_add(&file, path);
	cache_init(&t->cache, t->cache_file);
	return setup->report->errors == 0;
}

void trial_close(struct trial *t)
{
	cache_close(&t->cache);
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

/* Until all lists have answered, or a connection would wait no longer. */
static void wait_for_lists(struct dnsclient *dns, int64_t deadline)
{
	int64_t now = clock_mono();

	while (now < deadline && dnsclient_pending(dns) > 0) {
		struct pollfd fds[DNS_QUESTIONS];
		int64_t wake;
		size_t count = dnsclient_poll(dns, fds, &wake);

		if (wake > deadline)
			wake = deadline;
		if (poll(fds, count, clock_poll_ms(now, wake)) < 0)
			count = 0;
		now = clock_mono();
		dnsclient_handle(dns, fds, count, now);
	}
}

static void ask_lists(struct trial *t)
{
	const struct conf *conf = t->setup.conf;
	int64_t now = clock_mono();

	lists_ask(&t->lists, &t->client, now);
	wait_for_lists(t->lists.dns, now + conf->greet_wait * CLOCK_SECOND);
	dnsbl_score(&t->lists.sites, dnsclient_answers(t->lists.dns),
		    conf->dns_answer_check, &t->score);
	dnsclient_close(t->lists.dns);
}

/* What a patient client's tests before the greeting would have given. */
static void judge(struct trial *t)
{
	const struct conf *conf = t->setup.conf;
	struct facts *f = &t->facts;

	if (f->due[TEST_DNSBL]) {
		bool failed = t->score.score >= conf->dnsbl_threshold;

		f->dnsbl_ttl = t->score.ttl;
		f->result[TEST_DNSBL] = failed ? RESULT_FAILED : RESULT_PASSED;
		f->excused = verdict_excuses(f, conf, t->score.score);
	}
	if (f->due[TEST_PREGREET] && !f->excused)
		f->result[TEST_PREGREET] = RESULT_PASSED;
}

static bool is_denied(const struct trial *t)
{
	return t->facts.access == ACCESS_REJECT &&
	       t->setup.conf->denylist_action != ACTION_IGNORE;
}

/* As in screen.c: a list with something wrong in it keeps nobody out. */
static bool is_vetoed(struct trial *t, struct sbuf *warning)
{
	if (t->server.family == ADDRESS_NONE)
		return false;
	return netlist_find(t->interfaces, &t->server, warning) == 0 &&
	       !t->interfaces_doubtful;
}

void trial_run(struct trial *t, const struct address *client,
	       const struct address *server)
{
	static const struct stamps none = { .count = 0 };
	struct sbuf warning = SBUF(t->warning);

	t->client = *client;
	t->server = *server;
	t->now = clock_wall();
	t->facts = (struct facts){ .dnsbl_ttl = -1 };
	t->facts.access = access_decide(t->access, client, &warning);
	t->facts.veto = is_vetoed(t, &warning);
	look_up(t);
	ask_lists(t);
	/* an enforced denial: earlier passes do not count */
	facts_due(&t->facts, t->setup.conf, is_denied(t) ? &none : &t->stamps,
		  t->now);
	judge(t);
}
