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
		sbuf_addf(&b,
			  "permit its address in the access list; the log %s",
			  strcmp(a->r->line->privacy, "hmac") == 0
				  ? "hides it, but ask for it by its address "
				    "and the line is shown"
				  : "has its network only");
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

/* ---- what else keeps it out ------------------------------------------------
 */

#define BESIDES "; that is not enough, it also takes "

/* Would the failure of T count, were it not for others? Who is refused anyway
 * is also watched for what nobody asked for. */
static bool keeps_out(const struct advisor *a, enum test t)
{
	const struct facts *f = &a->r->facts;

	return f->result[t] == RESULT_FAILED &&
	       a->conf->test[t].action != ACTION_IGNORE &&
	       (f->due[t] || t < TEST_FIRST_DEEP);
}

/* Setting by setting, with *BEFORE between them, what forgives the tests that
 * it failed; LISTS: that of DNS lists, too. */
static void add_actions(const struct advisor *a, bool lists,
			const char **before, struct sbuf *to)
{
	static const char *const action[TESTS] = {
		[TEST_PREGREET] = "greet_action",
		[TEST_DNSBL] = "dnsbl_action",
		[TEST_PIPELINING] = "pipelining_action",
		[TEST_NON_SMTP] = "non_smtp_command_action",
		[TEST_BARE_NEWLINE] = "bare_newline_action",
	};

	for (enum test t = 0; t < TESTS; t++) {
		if (!keeps_out(a, t) || (t == TEST_DNSBL && !lists))
			continue;
		sbuf_addf(to, "%s%s = ignore", *before, action[t]);
		*before = ", ";
	}
}

static void add_veto(const struct advisor *a, const char *before,
		     struct sbuf *to)
{
	if (a->r->facts.veto)
		sbuf_addf(to,
			  "%sanother address of this host to call "
			  "(allowlist_interfaces)",
			  before);
}

/* Behind a proposal that helps against one reason: what the others want. */
static void besides(const struct advisor *a, bool lists, struct sbuf *to)
{
	const char *before = BESIDES;

	add_actions(a, lists, &before, to);
	add_veto(a, before, to);
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
	bool only;
	char memory[256];
	struct sbuf name = SBUF(memory), b;

	over = (int64_t)r->score.score - a->conf->dnsbl_threshold + 1;
	if (!retrial_counted(r, list, &weight) || weight < over)
		return;
	left = weight - over;
	only = count_sites(&r->lists.sites, list) == 1;
	wording_foreign(r->name[list], &name);
	b = another(a);
	if (left > 0 && only)
		sbuf_addf(&b,
			  "for all clients like it: in dnsbl_sites %s*%" PRId64
			  " in the place of *%" PRId64,
			  memory, left, weight);
	else
		sbuf_addf(&b,
			  "for all clients like it: dnsbl_sites without %s%s",
			  memory, only ? "" : ", or with lower weights");
	besides(a, false, &b);
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
		besides(a, false, &b);
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
	besides(a, true, &b);
}

static void vetoed(struct advisor *a)
{
	struct sbuf b = another(a);

	sbuf_addf(&b,
		  "it passes when it calls another address of this host; or "
		  "let clients pass on this one (allowlist_interfaces = %s)",
		  a->conf->allowlist_interfaces);
}

static void failed_tests(struct advisor *a)
{
	char memory[ADVICE_TEXT];
	struct sbuf actions = SBUF(memory), b;
	const char *before = "";

	add_actions(a, true, &before, &actions);
	if (actions.len == 0) {
		vetoed(a);
		return;
	}
	b = another(a);
	sbuf_addf(&b, "for all clients: %s, so that it is logged only", memory);
	add_veto(a, BESIDES, &b);
}

static void protest(struct advisor *a)
{
	switch (a->r->sentence.failure) {
	case FAILURE_DENYLIST:
		denied(a);
		break;
	case FAILURE_DNSBL:
		lists(a);
		break;
	case FAILURE_PREGREET:
	case FAILURE_DEEP:
		failed_tests(a);
		break;
	case FAILURE_NONE:
		if (a->r->facts.veto)
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

/* What has to come back only passes when it was tested to the end. */
static void retried(struct advisor *a)
{
	const struct facts *f = &a->r->facts;
	bool finished = true;

	for (enum test t = TEST_FIRST_DEEP; t < TESTS; t++)
		if (f->due[t] && f->result[t] == RESULT_NONE)
			finished = false;
	nothing(a, finished ? "nothing: it passes when it comes back"
			    : "nothing: it left the tests behind the greeting "
			      "unfinished; it passes when it has been through "
			      "them and comes back");
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
		if (r->sentence.verdict == DECISION_PASS)
			nothing(&a, "nothing: it would pass");
		else
			retried(&a);
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
