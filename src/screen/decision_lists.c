#include "screen/decision.h"

#include "base/json_text.h"

static void add_answers(struct sbuf *to, const struct dns_answer *answer)
{
	json_text_name(to, "answers");
	json_text_begin(to, '[');
	for (size_t i = 0; i < answer->count; i++) {
		const unsigned char *a = answer->address[i];

		sbuf_addf(to, "%s\"%u.%u.%u.%u\"", i > 0 ? "," : "", a[0], a[1],
			  a[2], a[3]);
	}
	json_text_end(to, ']');
}

static void add_weight(struct sbuf *to, const struct lists *l, size_t list,
		       const struct dns_answer *answer)
{
	int64_t weight;

	if (!dnsbl_list_counts(&l->sites, list, answer,
			       l->conf->dns_answer_check, &weight))
		return;
	json_text_true(to, "counted");
	json_text_number(to, "weight", weight);
}

static void add_answer(struct sbuf *to, const struct lists *l, size_t list)
{
	const struct dns_answer *answer = &dnsclient_answers(l->dns)[list];
	struct dnsbl_error error;
	enum list_answer kind = lists_answer(l, list, &error);

	json_text_member(to, "status", lists_answer_name(kind));
	if (kind == LIST_ERROR)
		json_text_member(to, "why", answer_tag_name(error.tag));
	if (kind == LIST_FAILED)
		json_text_member(to, "why", answer->why);
	if (kind == LIST_ERROR || kind == LIST_LISTED)
		add_answers(to, answer);
	if (kind == LIST_LISTED)
		add_weight(to, l, list, answer);
	if (answer->ttl >= 0)
		json_text_number(to, "ttl", answer->ttl);
	if (kind != LIST_PENDING)
		json_text_seconds(to, "took", answer->took);
}

static void add_list(struct sbuf *to, const struct lists *l, size_t list)
{
	char name[256];
	struct sbuf n = SBUF(name);

	lists_name(l, list, &n);
	json_text_begin(to, '{');
	json_text_member(to, "list", name);
	if (l->sites.list[list].muted)
		json_text_member(to, "status", "muted");
	else
		add_answer(to, l, list);
	json_text_end(to, '}');
}

static void add_score(struct decision *d, const struct lists *l,
		      const struct dnsbl_score *score)
{
	const struct conf *conf = d->conf;
	char name[256];
	struct sbuf n = SBUF(name);

	json_text_name(&d->line, "dnsbl");
	json_text_begin(&d->line, '{');
	json_text_number(&d->line, "score", score->score);
	json_text_number(&d->line, "threshold", conf->dnsbl_threshold);
	json_text_number(&d->line, "allowlist_threshold",
			 conf->dnsbl_allowlist_threshold);
	json_text_number(&d->line, "least", score->least);
	if (score->ttl >= 0)
		json_text_number(&d->line, "ttl", score->ttl);
	if (score->has_top) {
		lists_name(l, score->top, &n);
		json_text_member(&d->line, "top", name);
	}
	json_text_end(&d->line, '}');
}

void decision_lists(struct decision *d, const struct lists *lists,
		    const struct dnsbl_score *score)
{
	size_t left_out = 0;

	if (!d->conf)
		return;
	json_text_name(&d->line, "lists");
	json_text_begin(&d->line, '[');
	for (size_t i = 0; i < lists->sites.lists; i++) {
		if (d->line.len < DECISION_LISTS)
			add_list(&d->line, lists, i);
		else
			left_out++;
	}
	json_text_end(&d->line, ']');
	if (left_out > 0)
		json_text_number(&d->line, "lists_left_out", (int64_t)left_out);
	if (score)
		add_score(d, lists, score);
}
