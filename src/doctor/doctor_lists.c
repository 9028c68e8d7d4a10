#include "base/clock.h"
#include "dns/health.h"
#include "doctor/doctor.h"

#include <inttypes.h>
#include <stdio.h>

static const char *servers_change(struct doctor *d)
{
	return doctor_setting(d, "dns_servers", "127.0.0.1");
}

static const char *sites_change(struct doctor *d, const char *name)
{
	char value[300];

	snprintf(value, sizeof(value), "... (without %s)", name);
	return doctor_setting(d, "postscreen_dnsbl_sites", value);
}

/* ---- resolvers ------------------------------------------------------------
 */

static void judge_resolver(struct doctor *d, const struct endpoint *server)
{
	const struct known_resolver *known =
		dnslists_resolver(d->probing.lists.data, &server->address);
	char text[ADDRESS_TEXT];
	struct sbuf b = SBUF(text);

	address_format(&server->address, &b);
	if (!known) {
		doctor_find(d, DOCTOR_GOOD, NULL,
			    "%s is none of the public ones that are known",
			    text);
		return;
	}
	doctor_find(d, DOCTOR_NOTE, NULL,
		    "%s (%s) %s; the lists below show what comes of that", text,
		    known->name,
		    known->class == RESOLVER_STUB
			    ? "hides the name server that is really asked"
			    : "is asked by many others too, and some lists "
			      "refuse it");
}

void doctor_resolvers(struct doctor *d)
{
	const struct resolvers *r = &d->probing.lists.servers;

	if (d->probing.lists.sites.lists == 0)
		return; /* nobody is asked anything */
	for (size_t i = 0; i < r->count; i++)
		judge_resolver(d, &r->server[i]);
}

/* ---- lists ----------------------------------------------------------------
 */

/* One that is to be looked at now. */
struct patient {
	const char *name;
	const struct dnslist *known;
	const struct probed *probed;
	struct record record; /* what is known, with what was seen now */
};

/* What the refusal of a list's servers means, when that is known. */
static void judge_failure(struct doctor *d, const struct patient *p)
{
	const struct dns_answer *a = p->probed->answer;
	enum record_point t = p->probed->seen[RECORD_MUST] == POINT_FAILED
				      ? RECORD_MUST
				      : RECORD_MUST_NOT;

	if (a[t].refused)
		doctor_find(d, DOCTOR_WARNING, sites_change(d, p->name),
			    "%s: %s; %s", p->name,
			    answer_tag_cause(p->known->refused),
			    answer_tag_cure(p->known->refused));
	else
		doctor_find(d, DOCTOR_WARNING, sites_change(d, p->name),
			    "%s gives no answer (%s): clients wait for it in "
			    "vain; take it out if that lasts",
			    p->name, a[t].why ? a[t].why : "too slow");
}

static void judge_latency(struct doctor *d, const struct patient *p)
{
	int64_t wait = d->console->conf.greet_wait * 1000;
	char enough[16];

	snprintf(enough, sizeof(enough), "%us",
		 p->probed->latency_ms / 1000 * 2 + 2);
	if (p->probed->latency_ms * INT64_C(2) >= wait)
		doctor_find(d, DOCTOR_WARNING,
			    doctor_setting(d, "postscreen_greet_wait", enough),
			    "%s took %u ms; what is not there after %" PRId64
			    " ms (greet_wait) counts nothing",
			    p->name, p->probed->latency_ms, wait);
	else
		doctor_find(d, DOCTOR_GOOD, NULL,
			    "%s: its test points are right%s, %u ms", p->name,
			    p->known->keyed ? " and its key is valid" : "",
			    p->probed->latency_ms);
}

static void judge_finding(struct doctor *d, const struct patient *p)
{
	const char *change;

	switch ((enum finding)p->record.finding) {
	case FINDING_NONE:
	case FINDINGS:
	case FINDING_UNPROBED:
		doctor_find(d, DOCTOR_NOTE, NULL,
			    "%s has no test points: whether it works cannot be "
			    "found out",
			    p->name);
		return;
	case FINDING_GOOD:
		judge_latency(d, p);
		return;
	case FINDING_ERROR:
		change = p->probed->tag == TAG_PUBLIC_RESOLVER
				 ? servers_change(d)
				 : sites_change(d, p->name);
		doctor_find(d, DOCTOR_WARNING, change,
			    "%s answers with errors: %s; %s", p->name,
			    answer_tag_cause(p->probed->tag),
			    answer_tag_cure(p->probed->tag));
		return;
	case FINDING_FAILED:
		judge_failure(d, p);
		return;
	case FINDING_UNPROVED:
	case FINDING_WRONG:
		change = sites_change(d, p->name);
		doctor_find(d, DOCTOR_WARNING, change,
			    "%s does not list the address that it must list: "
			    "%s",
			    p->name,
			    p->known->keyed
				    ? "its key may be wrong, or it is empty"
				    : "it is empty, or has no such address");
		return;
	case FINDING_LISTS_ALL:
		change = sites_change(d, p->name);
		doctor_find(d, DOCTOR_WARNING, change,
			    "%s lists an address that no list may list: it "
			    "lies, take it out",
			    p->name);
		return;
	}
}

/* Was it told already, as a mistake in the settings, that it is of no use? */
static bool is_hopeless(const struct dnslist *known)
{
	return known->state == DNSLIST_CLOSED ||
	       known->state == DNSLIST_UNFIT || known->placeholder;
}

/* With EXCUSED it is not to blame for what it shows. True when nobody has
 * probed it lately. */
static bool judge_list(struct doctor *d, size_t at, bool excused, int64_t now)
{
	struct probing *probing = &d->probing;
	const struct dnsbl_list *list = &probing->lists.sites.list[at];
	char name[256];
	struct patient p = { .name = name,
			     .known = &list->known,
			     .probed = &probing->list[at] };
	struct record before;

	snprintf(name, sizeof(name), "%s", probing_name(probing, at));
	if (is_hopeless(p.known))
		return false;
	state_list(&probing->lists.state, list->domain, now, &before);
	health_judge(&before, p.probed->seen, now, &p.record);
	if (!excused)
		judge_finding(d, &p);
	if (health_muted(&before, now) != MUTED_NOT)
		doctor_find(d, DOCTOR_WARNING, sites_change(d, name),
			    "%s is muted: smtp-screenctl lists tells why; "
			    "take it out if that lasts",
			    name);
	return before.probed < now - HEALTH_STALE;
}

/* When all fail alike it is not the lists, and there is nothing to say of each.
 * True when it was so. */
static bool judge_all(struct doctor *d)
{
	enum shared_trouble trouble = probing_shared(&d->probing);

	if (trouble != SHARED_NONE)
		doctor_find(d,
			    trouble == SHARED_SILENCE ? DOCTOR_BROKEN
						      : DOCTOR_WARNING,
			    servers_change(d), "%s",
			    probing_shared_text(trouble));
	return trouble != SHARED_NONE;
}

void doctor_lists(struct doctor *d)
{
	struct probing *p = &d->probing;
	int64_t now = clock_wall();
	bool neglected = false, excused;

	if (p->lists.sites.lists == 0) {
		doctor_find(d, DOCTOR_NOTE, NULL, "dnsbl_sites is empty");
		return;
	}
	for (size_t i = 0; i < p->lists.sites.lists; i++)
		p->list[i].asked = true;
	probing_run(p);
	excused = judge_all(d);
	for (size_t i = 0; i < p->lists.sites.lists; i++)
		if (judge_list(d, i, excused, now))
			neglected = true;
	if (neglected && d->console->conf.state_file[0] != '\0')
		doctor_find(d, DOCTOR_WARNING,
			    "systemctl enable --now smtp-screen-probe.timer "
			    "(or cron: smtp-screenctl(8), probe)",
			    "they have not been probed for a day");
}
