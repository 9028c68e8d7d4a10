#include "greylist/pools.h"

#include "base/clock.h"
#include "log/log.h"

#include <string.h>
#include <sys/random.h>

/* The questions, and an answer over TCP for each. */
#define MEMORY ((size_t)4 << 20)

static void draw(void *to, size_t size)
{
	/* there is none right after the machine's start only */
	if (getrandom(to, size, GRND_NONBLOCK) != (ssize_t)size)
		memset(to, 0, size);
}

static bool find_servers(struct pools *p, const char *text,
			 struct resolvers *ret, struct sbuf *why)
{
	const struct origin where = { .parameter = "--dns-servers" };
	struct report report;

	if (!text) {
		resolvers_read("/etc/resolv.conf", ret);
		return true;
	}
	resolvers_read("", ret);
	report_init(&report, &p->arena);
	if (resolvers_parse(text, &report, &where, ret))
		return true;
	sbuf_addf(why, "--dns-servers=%s: %s", text,
		  report_first_error(&report));
	return false;
}

bool pools_open(struct pools *p, const char *servers, struct sbuf *why)
{
	struct resolvers resolvers;

	if (arena_open(&p->arena, MEMORY) < 0) {
		sbuf_add_text(why, "no memory");
		return false;
	}
	if (!find_servers(p, servers, &resolvers, why))
		return false;
	p->dns = dnsclient_new(&p->arena, &resolvers, POOLS, draw);
	if (!p->dns)
		sbuf_add_text(why, "no memory");
	return p->dns != NULL;
}

void pools_close(struct pools *p)
{
	if (!p->dns)
		return;
	dnsclient_close(p->dns);
	p->dns = NULL;
	arena_close(&p->arena);
}

/* ---- a case ------------------------------------------------------ */

static void ask(struct pools *p, size_t i, int64_t now)
{
	struct pool_case *c = &p->cases[i];

	dnsclient_ask_records(p->dns, i, c->spf.question_type,
			      c->spf.question_name, &c->records, now);
}

/* Go on with every answer that is there. */
static void advance(struct pools *p, size_t i, int64_t now)
{
	const struct dns_answer *answer = &dnsclient_answers(p->dns)[i];
	struct pool_case *c = &p->cases[i];

	while (c->step == SPF_ASK && answer->status != DNS_PENDING) {
		c->step = spf_go_on(&c->spf, answer);
		if (c->step == SPF_ASK)
			ask(p, i, now);
	}
	if (c->step == SPF_ASK && now >= c->deadline) {
		dnsclient_forget(p->dns, i);
		c->spf.why = SPF_NO_ANSWER;
		c->step = SPF_OUTSIDE;
	}
}

int pools_begin(struct pools *p, const struct address *who, struct span domain,
		int64_t now)
{
	for (size_t i = 0; i < POOLS; i++) {
		struct pool_case *c = &p->cases[i];

		if (c->used)
			continue;
		c->used = true;
		c->deadline = now + POOLS_PATIENCE;
		c->step = spf_begin(&c->spf, who, domain);
		if (c->step == SPF_ASK)
			ask(p, i, now);
		advance(p, i, now);
		return (int)i;
	}
	return -1;
}

/* One warning, and one line when it is over. */
static void tell(struct pools *p, const struct pool_case *c)
{
	bool failed = c->spf.why == SPF_NO_ANSWER;

	if (failed == p->in_trouble)
		return;
	p->in_trouble = failed;
	if (failed)
		log_warning(LOG_OTHER,
			    "%s: %s -- no pools by SPF while that is so",
			    c->spf.question_name, SPF_NO_ANSWER);
	else
		log_info(LOG_OTHER, "name servers answer again");
}

int pools_decided(struct pools *p, bool *ret_inside)
{
	for (size_t i = 0; i < POOLS; i++) {
		struct pool_case *c = &p->cases[i];

		if (!c->used || c->step == SPF_ASK)
			continue;
		c->used = false;
		tell(p, c);
		*ret_inside = c->step == SPF_INSIDE;
		return (int)i;
	}
	return -1;
}

/* ---- poll -------------------------------------------------------- */

size_t pools_poll(const struct pools *p, struct pollfd *fds,
		  int64_t *ret_deadline)
{
	size_t n = dnsclient_poll(p->dns, fds, ret_deadline);

	for (size_t i = 0; i < POOLS; i++)
		if (p->cases[i].used && p->cases[i].deadline < *ret_deadline)
			*ret_deadline = p->cases[i].deadline;
	return n;
}

void pools_handle(struct pools *p, const struct pollfd *fds, size_t count,
		  int64_t now)
{
	dnsclient_handle(p->dns, fds, count, now);
	for (size_t i = 0; i < POOLS; i++)
		if (p->cases[i].used)
			advance(p, i, now);
}
