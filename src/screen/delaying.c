#include "screen/delaying.h"

#include "base/clock.h"
#include "log/log.h"
#include "screen/cure.h"
#include "triplet/store.h"

#include <errno.h>
#include <string.h>

/* A client waits meanwhile, and so may others for the lock. */
#define PATIENCE (500 * CLOCK_MS)

/* Longer names than this are in no list. */
#define FILE_NAME 1024

/* ---- lists ------------------------------------------------------- */

static void read_files(struct exempt *e, const char *names,
		       void (*read)(struct exempt *e, const char *file,
				    bool optional))
{
	struct span rest = span_of(names), name;

	while (span_next_item(&rest, " \t,", &name)) {
		char memory[FILE_NAME];
		struct sbuf file = SBUF(memory);

		sbuf_add(&file, name);
		if (sbuf_fitted(&file))
			read(e, memory, true);
	}
}

static void read_lists(struct delaying *d)
{
	/* without memory for them nobody is exempt */
	if (exempt_open(&d->exempt) < 0)
		return;
	read_files(&d->exempt, d->conf->greylist_whitelist_clients,
		   exempt_read_clients);
	read_files(&d->exempt, d->conf->greylist_whitelist_recipients,
		   exempt_read_recipients);
}

/* What is wrong with it is told by the command that writes it. */
static void read_expected(struct delaying *d)
{
	char memory[CACHE_PATH];
	struct sbuf file = SBUF(memory);

	sbuf_addf(&file, "%s/" EXPECTED_FILE, d->conf->greylist_dbdir);
	if (!sbuf_fitted(&file) ||
	    expected_load(memory, clock_wall(), &d->expected) < 0)
		d->expected.count = 0;
}

/* ---- the store --------------------------------------------------- */

static void give_up(struct delaying *d, const char *file, int error)
{
	d->useless = true;
	log_warning(LOG_CACHE_TROUBLE,
		    "greylisting: %s: %s -- nobody is delayed%s", file,
		    strerror(-error), cure_of(error));
}

/* Nothing is written in clear, whatever happens. */
static void read_key(struct delaying *d)
{
	const char *file = d->conf->greylist_privacy_key;
	char memory[CACHE_PATH];
	struct sbuf path = SBUF(memory);
	int r;

	store_key_path(d->conf->greylist_dbdir, file[0] ? file : NULL, &path);
	r = sbuf_fitted(&path) ? pseudonym_key_load(memory, d->names.secret)
			       : -ENAMETOOLONG;
	if (r < 0)
		give_up(d, memory, r);
}

void delaying_open(struct delaying *d, const struct conf *conf,
		   const struct address *who)
{
	struct sbuf file = SBUF(d->file);
	int r;

	d->conf = conf;
	d->who = *who;
	d->delayed = 0;
	d->useless = false;
	d->rules = (struct judge_rules){
		.delay = conf->greylist_delay,
		.retry_window = conf->greylist_retry_window,
		.enough = (uint64_t)conf->greylist_auto_whitelist_clients,
	};
	d->names = (struct triplet_rules){
		.ipv4_prefix = (unsigned)conf->greylist_ipv4cidr,
		.ipv6_prefix = (unsigned)conf->greylist_ipv6cidr,
		.whole_address = conf->greylist_lookup_by_host,
		.privacy = conf->greylist_privacy,
	};
	if (d->names.privacy)
		read_key(d);
	read_lists(d);
	read_expected(d);
	store_path(conf->greylist_dbdir, &file);
	cache_init(&d->store, d->file);
	r = sbuf_fitted(&file) ? cache_open_for_update(&d->store)
			       : -ENAMETOOLONG;
	if (r < 0 && !d->useless)
		give_up(d, d->file, r);
}

void delaying_close(struct delaying *d)
{
	cache_close(&d->store);
	exempt_close(&d->exempt);
}

/* ---- a recipient ------------------------------------------------- */

static enum delaying_answer answer_of(const struct judge_verdict *v)
{
	if (!v->pass)
		return DELAYING_WAIT;
	/* anybody may write to them, or say that he is the one expected */
	return v->reason == JUDGE_RECIPIENT_EXEMPT ||
			       v->reason == JUDGE_EXPECTED
		       ? DELAYING_SPARE
		       : DELAYING_PASS;
}

/* Who is exempt as a client has no name here: nobody has asked for it. */
static void learn(const struct delaying *d, struct span sender,
		  struct span recipient, struct judge_facts *facts)
{
	*facts = (struct judge_facts){
		.now = clock_wall(),
		.client_exempt = exempt_client(&d->exempt, SPAN(""), &d->who),
		.recipient_exempt = exempt_recipient(&d->exempt, recipient),
		.expected = expected_covers(&d->expected, sender, clock_wall()),
	};
}

enum delaying_answer delaying_ask(struct delaying *d, struct span sender,
				  struct span recipient)
{
	char triplet_memory[TRIPLET_TEXT + 1], client_memory[ADDRESS_TEXT + 1];
	struct sbuf triplet = SBUF(triplet_memory);
	struct sbuf client = SBUF(client_memory);
	struct ledger_case c = { .verdict = { .pass = true } };
	int r;

	learn(d, sender, recipient, &c.facts);
	if (!judge_needs_store(&c.facts)) {
		judge(&d->rules, &c.facts, &c.verdict);
		return answer_of(&c.verdict);
	}
	if (d->useless)
		return DELAYING_PASS;
	if (d->delayed >= DELAYING_MOST)
		return DELAYING_WAIT;
	triplet_name(&d->names, &d->who, sender, recipient, &triplet);
	triplet_client_name(&d->names, &d->who, &client);
	c.triplet = sbuf_span(&triplet);
	c.client = sbuf_span(&client);
	r = ledger_judge(&d->store, &d->rules, &c, 1, clock_mono() + PATIENCE);
	if (r < 0) {
		give_up(d, d->file, r);
		return DELAYING_PASS;
	}
	if (!c.verdict.pass)
		d->delayed++;
	return answer_of(&c.verdict);
}

void delaying_reply(const struct conf *conf, struct sbuf *to)
{
	sbuf_addf(to, "450 4.2.0 %s", conf->greylist_text);
}
