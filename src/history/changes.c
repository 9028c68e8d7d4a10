#include "history/changes.h"

#include <string.h>

void changes_init(struct changes *c)
{
	memset(c, 0, sizeof(*c));
	regulars_init(&c->clients);
}

void changes_free(struct changes *c)
{
	regulars_free(&c->clients);
}

static size_t kind_of(enum decision_verdict verdict, enum failure failure)
{
	return (size_t)verdict * (FAILURE_NONE + 1) + failure;
}

void changes_kind(size_t kind, struct sbuf *to)
{
	enum failure failure = (enum failure)(kind % (FAILURE_NONE + 1));

	if (kind == CHANGE_UNKNOWN) {
		sbuf_add_text(to, "not known");
		return;
	}
	sbuf_add_text(to, decision_verdict_name((enum decision_verdict)(
				  kind / (FAILURE_NONE + 1))));
	if (failure != FAILURE_NONE)
		sbuf_addf(to, " (%s)", failure_name(failure));
}

static void note_change(struct changes *c, const struct retrial *r, size_t from,
			size_t to)
{
	struct change *change = &c->change[from][to];

	if (change->count < CHANGE_EXAMPLES) {
		struct example *e = &change->example[change->count];
		struct sbuf id = SBUF(e->id), client = SBUF(e->client);

		sbuf_add(&id, span_of(r->line->id));
		sbuf_add(&client, span_of(r->line->client));
	}
	change->count++;
}

static void note_answer(struct retrial *r, size_t list, struct list_use *use)
{
	const struct dns_answer *answer = &r->answer[list];
	int64_t weight;

	use->asked++;
	if (answer->status == DNS_PENDING || answer->status == DNS_FAILED)
		use->silent++;
	if (answer->status != DNS_FOUND)
		return;
	if (r->conf->dns_answer_check &&
	    dnsbl_answer_is_error(&r->lists.sites, list, answer, NULL)) {
		use->erred++;
		return;
	}
	use->listed++;
	if (!retrial_counted(r, list, &weight))
		return;
	use->counted++;
	if (r->known && retrial_depends_on(r, list))
		use->decided++;
}

static void note_lists(struct changes *c, struct retrial *r)
{
	if (!r->scored)
		return;
	for (size_t i = 0; i < r->lists.sites.lists; i++) {
		struct list_use *use = &c->list[i];

		if (r->unasked[i]) {
			use->unasked++;
			continue;
		}
		if (r->lists.sites.list[i].muted) {
			use->muted++;
			continue;
		}
		note_answer(r, i, use);
	}
}

static bool is_refusal(enum decision_verdict verdict)
{
	return verdict == DECISION_REFUSE || verdict == DECISION_DROP;
}

static bool note_client(struct changes *c, const struct retrial *r)
{
	const struct recorded *line = r->line;
	struct span name = span_of(line->network[0] != '\0' ? line->network
							    : line->client);
	struct regular *client = regulars_find(&c->clients, name);

	if (!client)
		return false;
	if (line->verdict == DECISION_PASS)
		regulars_passed(&c->clients, client, line->time);
	if (client->turned > 0 && (line->path == DECISION_BY_CACHE ||
				   line->path == DECISION_BY_SHARED))
		c->followers++;
	return !r->known || !is_refusal(r->sentence.verdict) ||
	       is_refusal(line->verdict) ||
	       regulars_turn(client, name, line->id);
}

bool changes_add(struct changes *c, struct retrial *r)
{
	const struct recorded *line = r->line;
	size_t from = kind_of(line->verdict, line->failure);
	size_t to = kind_of(r->sentence.verdict, r->sentence.failure);

	if (c->total++ == 0 || line->time < c->first)
		c->first = line->time;
	if (line->time > c->last)
		c->last = line->time;
	if (!r->again)
		c->not_again++;
	if (!r->known) {
		to = CHANGE_UNKNOWN;
		c->unknown++;
		for (enum missing m = 0; m < MISSINGS; m++)
			c->missing[m] += r->missing[m] ? 1 : 0;
	} else if (retrial_differs(r))
		c->changed++;
	note_change(c, r, from, to);
	note_lists(c, r);
	return note_client(c, r);
}
