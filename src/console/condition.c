#include "console/condition.h"

#include "base/moment.h"
#include "console/json.h"
#include "dns/health.h"

#include <inttypes.h>

/* "2026-11-21T03:27:33Z" */
struct moment {
	char text[40];
};

static struct moment moment(int64_t wall)
{
	struct moment m = { "" };
	struct sbuf b = SBUF(m.text);

	moment_format(wall, &b);
	return m;
}

const char *condition_name(const struct record *r, int64_t now)
{
	switch (health_muted(r, now)) {
	case MUTED_ON_PROOF:
		return "muted";
	case MUTED_PAUSED:
		return "paused";
	case MUTED_NOT:
		break;
	}
	return health_finding_name(r->finding);
}

const char *condition_colour(const struct record *r, int64_t now, bool colour)
{
	if (!colour)
		return "";
	if (health_muted(r, now) != MUTED_NOT)
		return "\033[31m";
	return r->finding == FINDING_GOOD ? "\033[32m" : "";
}

static void explain_mute(const struct record *r, int64_t now, FILE *to)
{
	switch (health_muted(r, now)) {
	case MUTED_ON_PROOF:
		fprintf(to,
			"  counts nothing since %s: %s; it counts again when a "
			"probe finds it right\n",
			moment(r->muted).text, health_reason_text(r->reason));
		break;
	case MUTED_PAUSED:
		fprintf(to, "  counts nothing until %s\n",
			moment(r->paused).text);
		break;
	case MUTED_NOT:
		if (r->muted != 0)
			fputs("  was muted, but no probe has confirmed that "
			      "for a day: it counts\n",
			      to);
		break;
	}
	if (r->alarm != 0)
		fprintf(to,
			"  at %s it newly listed %u of %u clients that were "
			"good for long\n",
			moment(r->alarm).text, r->alarm_listed,
			r->alarm_tested);
}

static void explain_finding(const struct record *r, const enum answer_tag *tag,
			    FILE *to)
{
	switch (r->finding) {
	case FINDING_UNPROVED:
		fputs("  does not list the address that it must list, and "
		      "never did: it is empty, does not answer you, or has no "
		      "such address\n",
		      to);
		break;
	case FINDING_WRONG:
		fprintf(to,
			"  listed the address that it must list until %s, and "
			"has not since %s; muted when a probe 5 minutes later "
			"finds the same\n",
			moment(r->right[RECORD_MUST]).text,
			moment(r->wrong[RECORD_MUST]).text);
		break;
	case FINDING_ERROR:
		if (tag)
			fprintf(to, "  %s; %s\n", answer_tag_cause(*tag),
				answer_tag_cure(*tag));
		else
			fputs("  answers with errors, which count nothing: "
			      "smtp-screenctl probe tells which\n",
			      to);
		break;
	case FINDING_FAILED:
		fputs("  gives no answer, which counts nothing; clients wait "
		      "for it up to greet_wait\n",
		      to);
		break;
	default:
		break;
	}
}

static void explain_list(const struct dnslist *known, FILE *to)
{
	if (known->state == DNSLIST_CLOSED)
		fprintf(to, "  is closed%s%s: take it out of dnsbl_sites%s%s\n",
			known->since ? " since " : "",
			known->since ? known->since : "",
			known->use ? "; instead use " : "",
			known->use ? known->use : "");
	else if (known->state == DNSLIST_UNFIT)
		fprintf(to,
			"  is not about addresses of clients%s%s%s: take it "
			"out of dnsbl_sites\n",
			known->why ? " (" : "", known->why ? known->why : "",
			known->why ? ")" : "");
}

void condition_explain(const struct record *r, const struct dnslist *known,
		       const enum answer_tag *tag, int64_t now, FILE *to)
{
	explain_list(known, to);
	explain_mute(r, now, to);
	explain_finding(r, tag, to);
	if (r->probed != 0 && now - r->probed >= HEALTH_STALE)
		fprintf(to,
			"  last probed %s: does smtp-screen-probe.timer run?\n",
			moment(r->probed).text);
}

void condition_json(const struct record *r, int64_t now, FILE *to)
{
	enum muted muted = health_muted(r, now);

	fputs("\"state\":", to);
	json_print(to, span_of(condition_name(r, now)));
	fputs(",\"found\":", to);
	json_print(to, span_of(health_finding_name(r->finding)));
	fprintf(to,
		",\"muted\":%s,\"muted_since\":%" PRId64
		",\"muted_until\":%" PRId64 ",\"probed\":%" PRId64
		",\"latency_ms\":%u,\"wrong_since\":%" PRId64
		",\"alarm\":%" PRId64,
		muted == MUTED_NOT ? "false" : "true",
		muted == MUTED_ON_PROOF ? r->muted : 0,
		muted == MUTED_PAUSED ? r->paused : 0, r->probed, r->latency_ms,
		r->wrong[RECORD_MUST], r->alarm);
	if (muted == MUTED_ON_PROOF) {
		fputs(",\"reason\":", to);
		json_print(to, span_of(health_reason_text(r->reason)));
	}
}
