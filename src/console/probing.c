#include "console/probing.h"

#include "base/clock.h"
#include "console/owner.h"
#include "console/say.h"

#include <limits.h>
#include <sysexits.h>

/* By then the resolver's own patience is long over. */
#define PATIENCE (60 * CLOCK_SECOND)

int probing_open(struct probing *p, struct console *c)
{
	const char *error;

	if (!lists_open(&p->lists, &c->conf, true, &c->arena, &c->report)) {
		error = report_first_error(&c->report);
		say("%s",
		    error ? error : "the settings do not fit into memory");
		return EX_CONFIG;
	}
	p->list =
		arena_array(&c->arena, p->lists.sites.lists, sizeof(*p->list));
	if (!p->list) {
		say("the settings do not fit into memory");
		return EX_CONFIG;
	}
	return EX_OK;
}

static int use_state(struct console *c)
{
	char memory[CACHE_PATH + 512];
	struct sbuf why = SBUF(memory);
	enum owner owner = OWNER_OK;

	if (c->conf.state_file[0] != '\0')
		owner = owner_become(c->conf.state_file, &why);
	if (owner == OWNER_OK)
		return EX_OK;
	say("%s", memory);
	return owner == OWNER_DENIED ? EX_NOPERM : EX_UNAVAILABLE;
}

int probing_begin(struct probing *p, struct console *c)
{
	/* tables first: some may be root's alone */
	int code = probing_open(p, c);

	return code == EX_OK ? use_state(c) : code;
}

void probing_close(struct probing *p)
{
	state_close(&p->lists.state);
}

/* One point of all lists at once. */
static void ask(struct probing *p, enum record_point point)
{
	int64_t now = clock_mono();

	for (size_t i = 0; i < p->lists.sites.lists; i++) {
		const struct dnsbl_list *list = &p->lists.sites.list[i];
		const struct test_point *t = test_point_of(&list->known, point);
		char name[DNSBL_QUERY_NAME];
		struct sbuf b = SBUF(name);

		if (!p->list[i].asked || !t->exists)
			continue;
		dnsbl_query_name(list, &t->address, &b);
		dnsclient_ask(p->lists.dns, i, name, now);
	}
	lists_wait(&p->lists, now + PATIENCE);
}

static void judge(struct probing *p, size_t at, enum record_point point,
		  const struct dns_answer *answer)
{
	const struct dnslist *known = &p->lists.sites.list[at].known;
	struct probed *list = &p->list[at];
	int64_t ms = answer->took / CLOCK_MS;

	list->seen[point] = POINT_NONE;
	if (!test_point_of(known, point)->exists)
		return;
	list->answer[point] = *answer;
	list->seen[point] =
		test_point_judge(known, point, answer,
				 p->lists.conf->dns_answer_check, &list->tag);
	list->has_tag = list->has_tag || list->seen[point] == POINT_ERROR;
	if (ms > list->latency_ms)
		list->latency_ms = ms > UINT16_MAX ? UINT16_MAX : (unsigned)ms;
}

void probing_run(struct probing *p)
{
	for (enum record_point t = 0; t < RECORD_POINTS; t++) {
		ask(p, t);
		for (size_t i = 0; i < p->lists.sites.lists; i++)
			if (p->list[i].asked)
				judge(p, i, t,
				      &dnsclient_answers(p->lists.dns)[i]);
		dnsclient_close(p->lists.dns);
	}
}

const char *probing_name(struct probing *p, size_t list)
{
	struct sbuf b = SBUF(p->name);

	lists_name(&p->lists, list, &b);
	return p->name;
}

void probing_answer(const struct dns_answer *answer, struct sbuf *to)
{
	switch (answer->status) {
	case DNS_PENDING:
		sbuf_add_text(to, "no answer");
		break;
	case DNS_FAILED:
		sbuf_add_text(to, answer->why);
		break;
	case DNS_ABSENT:
		sbuf_add_text(to, "not listed");
		break;
	case DNS_FOUND:
		for (size_t i = 0; i < answer->count; i++)
			sbuf_addf(to, "%s%u.%u.%u.%u", i > 0 ? " " : "",
				  answer->address[i][0], answer->address[i][1],
				  answer->address[i][2], answer->address[i][3]);
		break;
	}
}

/* ---- what all have in common ----------------------------------------------
 */

static bool has_failed(const struct probed *list, enum record_point p)
{
	return list->seen[p] == POINT_NONE ||
	       (list->seen[p] == POINT_FAILED &&
		list->answer[p].status == DNS_FAILED);
}

/* What is wrong with one list that a name server could be the cause of. */
static enum shared_trouble trouble_of(const struct probed *list)
{
	if (has_failed(list, RECORD_MUST) && has_failed(list, RECORD_MUST_NOT))
		return SHARED_SILENCE;
	if (list->seen[RECORD_MUST_NOT] == POINT_ERROR)
		return list->tag == TAG_FOREIGN ? SHARED_ANSWER
						: SHARED_REFUSAL;
	if (list->seen[RECORD_MUST] == POINT_WRONG &&
	    list->answer[RECORD_MUST].status == DNS_ABSENT)
		return SHARED_ABSENCE;
	return SHARED_NONE;
}

/* Lists refuse in words, or by servers that answer REFUSED. */
static enum shared_trouble join(enum shared_trouble a, enum shared_trouble b)
{
	if (a == b)
		return a;
	if ((a == SHARED_SILENCE && b == SHARED_REFUSAL) ||
	    (a == SHARED_REFUSAL && b == SHARED_SILENCE))
		return SHARED_REFUSAL;
	return SHARED_NONE;
}

enum shared_trouble probing_shared(const struct probing *p)
{
	enum shared_trouble all = SHARED_NONE;
	size_t count = 0;

	for (size_t i = 0; i < p->lists.sites.lists; i++) {
		const struct probed *list = &p->list[i];
		enum shared_trouble one;

		if (!list->asked || (list->seen[RECORD_MUST] == POINT_NONE &&
				     list->seen[RECORD_MUST_NOT] == POINT_NONE))
			continue;
		one = trouble_of(list);
		all = count++ == 0 ? one : join(all, one);
	}
	return count > 1 ? all : SHARED_NONE;
}

const char *probing_shared_text(enum shared_trouble trouble)
{
	switch (trouble) {
	case SHARED_NONE:
		break;
	case SHARED_SILENCE:
		return "none of the lists could be asked: it is the name "
		       "server, or the way to it";
	case SHARED_ABSENCE:
		return "no list lists what it must: your name server may drop "
		       "answers within 127.0.0.0/8 (\"rebinding "
		       "protection\": rebind-localhost-ok of dnsmasq, "
		       "private-domain of unbound)";
	case SHARED_ANSWER:
		return "all lists answer with addresses that are none of "
		       "theirs: your name server answers for names that do "
		       "not exist; use a recursive resolver of your own";
	case SHARED_REFUSAL:
		return "all lists refuse to answer: your name server is a "
		       "public one, or asks for too many others; use a "
		       "recursive resolver of your own";
	}
	return "";
}
