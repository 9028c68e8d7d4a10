#include "report/advice.h"

#include "conf/cidr_files.h"
#include "report/wording.h"

#include <inttypes.h>
#include <string.h>

/* For how long "smtp-screenctl pass" is proposed. */
#define PASS_PERIOD "14d"

/* Where the access table goes if there is none yet: conf/smtp-screen.conf has
 * the same. */
#define TABLE "/etc/smtp-screen/access.cidr"

/* For the tables of the access list. */
#define ARENA (64 << 20)

struct advisor {
	const struct retrial *r;
	const struct conf *conf;
	const char *file; /* of the settings */
	struct advice *to;
	char client[ADDRESS_TEXT + 1]; /* empty: not known */
};

/* Begin another way; there is always room for those that there are. */
static struct sbuf another(struct advisor *a)
{
	char *line = a->to->line[a->to->count++];

	a->to->needed = true;
	return (struct sbuf){ .text = line, .size = ADVICE_TEXT };
}

static void nothing(struct advisor *a, const char *why)
{
	struct sbuf b = another(a);

	a->to->needed = false;
	sbuf_add_text(&b, why);
}

/* ---- the access list -------------------------------------------------------
 */

/* Do the elements before the one that begins at BEFORE leave it open? Then
 * what is written there decides. */
static bool is_reached(const struct advisor *a, struct arena *arena,
		       const char *before)
{
	const char *list = a->conf->access_list;
	struct conf with = *a->conf;
	struct report report;
	struct access_list *access;
	char memory[512];
	struct sbuf warning = SBUF(memory);

	report_init(&report, arena);
	with.access_list = arena_text(
		arena, (struct span){ list, (size_t)(before - list) });
	if (!with.access_list)
		return false;
	access = standing_access_list(&with, arena, &report);
	return access &&
	       access_decide(access, a->r->client, &warning) == ACCESS_DUNNO;
}

/* A file of the access list in which a line for the client would decide. */
static bool find_table(const struct advisor *a, struct span *ret)
{
	struct span rest = span_of(a->conf->access_list), item;
	struct arena arena;
	bool found = false;

	if (arena_open(&arena, ARENA) < 0)
		return false;
	while (!found && span_next_item(&rest, SPAN_LIST_SEPARATORS, &item))
		found = cidr_files_parse(item, ret) &&
			is_reached(a, &arena, item.p);
	arena_close(&arena);
	return found;
}

static void permit(struct advisor *a)
{
	struct span file;
	struct sbuf b;

	if (a->client[0] == '\0') {
		b = another(a);
		sbuf_add_text(&b, "permit its address in the access list; the "
				  "log hides it, but ask for it by its address "
				  "and the line is shown");
		return;
	}
	b = another(a);
	if (find_table(a, &file)) {
		sbuf_addf(&b, "in %.*s, above the other lines: %s permit",
			  (int)file.len, file.p, a->client);
		return;
	}
	sbuf_addf(&b,
		  "in %s: access_list = cidr:" TABLE "%s%s -- and in that "
		  "file: %s permit",
		  a->file, a->conf->access_list[0] != '\0' ? ", " : "",
		  a->conf->access_list, a->client);
}

/* A pass does not help who is denied, and needs a cache. */
static void pass(struct advisor *a)
{
	struct sbuf b;

	if (a->client[0] == '\0' || !a->r->has_cache ||
	    verdict_welcome(a->r->facts.access, a->conf) != WELCOME_OPEN)
		return;
	b = another(a);
	sbuf_addf(&b, "for two weeks: smtp-screenctl pass %s " PASS_PERIOD,
		  a->client);
}

/* ---- the lists -------------------------------------------------------------
 */

static size_t count_sites(const struct dnsbl *sites, size_t list)
{
	size_t count = 0;

	for (size_t i = 0; i < sites->sites; i++)
		count += sites->site[i].list == list ? 1 : 0;
	return count;
}

/* The weight at which LIST would not have been enough, if it alone is. */
static void weigh_less(struct advisor *a, size_t list)
{
	const struct retrial *r = a->r;
	int64_t weight, over, left;
	char memory[256];
	struct sbuf name = SBUF(memory), b;

	over = (int64_t)r->score.score - a->conf->dnsbl_threshold + 1;
	if (!retrial_counted(r, list, &weight) || weight < over)
		return;
	left = weight - over;
	wording_foreign(r->name[list], &name);
	b = another(a);
	if (left > 0 && count_sites(&r->lists.sites, list) == 1)
		sbuf_addf(&b,
			  "for all clients like it: in dnsbl_sites %s*%" PRId64
			  " in the place of *%" PRId64,
			  memory, left, weight);
	else
		sbuf_addf(&b,
			  "for all clients like it: dnsbl_sites without %s, or "
			  "with a lower weight",
			  memory);
}

static void ask_operator(struct advisor *a)
{
	const struct retrial *r = a->r;
	const struct dnslist *known;
	struct sbuf b;

	if (!r->score.has_top)
		return;
	known = &r->lists.sites.list[r->score.top].known;
	if (!known->url)
		return;
	b = another(a);
	sbuf_add_text(&b, "its owner can ask the list to take it off: ");
	wording_foreign(known->url, &b);
}

static void lists(struct advisor *a)
{
	const struct retrial *r = a->r;
	size_t before = a->to->count;
	struct sbuf b;

	for (size_t i = 0;
	     i < r->lists.sites.lists && a->to->count + 3 < ADVICE_MOST; i++)
		weigh_less(a, i);
	if (a->to->count == before || r->score.score < INT32_MAX) {
		b = another(a);
		sbuf_addf(&b,
			  "for all clients like it: dnsbl_threshold = %" PRId64,
			  (int64_t)r->score.score + 1);
	}
	ask_operator(a);
}

/* ---- other reasons ---------------------------------------------------------
 */

static void denied(struct advisor *a)
{
	struct sbuf b = another(a);

	sbuf_add_text(&b, "take out the line of the access list that denies "
			  "it; or denylist_action = ignore, which lets all "
			  "in that are denied");
}

static void vetoed(struct advisor *a)
{
	struct sbuf b = another(a);

	sbuf_addf(&b,
		  "it passes when it calls another address of this host; or "
		  "let clients pass on this one (allowlist_interfaces = %s)",
		  a->conf->allowlist_interfaces);
}

static void protest(struct advisor *a)
{
	const struct retrial *r = a->r;
	struct sbuf b;

	switch (r->sentence.failure) {
	case FAILURE_DENYLIST:
		denied(a);
		break;
	case FAILURE_DNSBL:
		lists(a);
		break;
	case FAILURE_PREGREET:
		b = another(a);
		sbuf_add_text(&b, "for all clients: greet_action = ignore, so "
				  "that it is logged only");
		break;
	case FAILURE_DEEP:
		b = another(a);
		sbuf_add_text(&b, "for all clients: ignore as the action of "
				  "the test that it failed, so that it is "
				  "logged only");
		break;
	case FAILURE_NONE:
		if (r->facts.veto)
			vetoed(a);
		break;
	}
}

/* Which limit it was only the reply tells: daemon/limits.c has the words. */
static void limited(struct advisor *a)
{
	static const struct {
		const char *words, *setting;
	} limits[] = {
		{ "too many connections per minute",
		  "client_connection_rate_limit" },
		{ "too many connections", "client_connection_count_limit" },
		{ "server ports", "post_queue_limit" },
		{ "screening ports", "pre_queue_limit" },
	};
	const char *setting = "a limit";
	struct sbuf b = another(a);

	for (size_t i = sizeof(limits) / sizeof(limits[0]); i-- > 0;)
		if (strstr(a->r->line->reply, limits[i].words))
			setting = limits[i].setting;
	a->to->needed = false;
	sbuf_addf(&b,
		  "nothing: senders come back by themselves; if it happens "
		  "often, raise %s",
		  setting);
}

static void troubled(struct advisor *a)
{
	struct sbuf b = another(a);

	a->to->needed = false;
	sbuf_add_text(&b, "nothing of the client's: the log of that time has "
			  "the reason (journalctl SMTP_SCREEN_ID=");
	wording_foreign(a->r->line->id, &b);
	sbuf_add_text(&b, "), and smtp-screenctl doctor looks for it now");
}

static void left(struct advisor *a)
{
	nothing(a, a->r->line->session
			   ? "nothing: nobody refused it, it left by itself"
			   : "nothing: nobody refused it, it left by itself "
			     "before its greeting; if good clients do, let "
			     "them wait less (greet_wait)");
}

void advice_give(const struct retrial *r, const char *file, struct advice *ret)
{
	struct advisor a = {
		.r = r,
		.conf = r->conf,
		.file = file,
		.to = ret,
	};
	struct sbuf client = SBUF(a.client);

	ret->count = 0;
	ret->needed = false;
	if (r->client)
		address_format(r->client, &client);
	switch (r->sentence.verdict) {
	case DECISION_PASS:
	case DECISION_RETRY:
		if (!r->known)
			break;
		nothing(&a, r->sentence.verdict == DECISION_PASS
				    ? "nothing: it would pass"
				    : "nothing: it passes when it comes back");
		return;
	case DECISION_LIMIT:
		limited(&a);
		return;
	case DECISION_TROUBLE:
		troubled(&a);
		return;
	case DECISION_HANGUP:
		left(&a);
		return;
	case DECISION_REFUSE:
	case DECISION_DROP:
	case DECISION_VERDICTS:
		break;
	}
	permit(&a);
	pass(&a);
	if (r->known)
		protest(&a);
}
