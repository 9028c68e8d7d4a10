#include "screen/lists.h"

#include "base/clock.h"
#include "conf/table.h"
#include "dns/health.h"
#include "log/log.h"
#include "screen/cure.h"
#include "screen/servers.h"
#include "screen/tripwire.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

#define RESOLV_CONF "/etc/resolv.conf"

/* Room for a list's name in a log line or reply. */
#define LIST_NAME 256

#define HOUR 3600

/* A list whose name for others cannot be looked up. */
#define UNNAMED "a DNS list"

/*
 * From what the kernel gave this process at its start (getauxval(3)), spread by
 * splitmix64. Nobody outside sees more of it than the ids of questions.
 */
static void spread_seed(unsigned char *to, size_t size)
{
	static uint64_t state;
	const void *seed = (const void *)(uintptr_t)getauxval(AT_RANDOM);

	if (state == 0 && seed)
		memcpy(&state, seed, sizeof(state));
	while (size-- > 0) {
		uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		*to++ = (unsigned char)(z >> 56);
	}
}

/* It must neither wait for a machine that is just starting nor fail. */
static void random_bytes(void *to, size_t size)
{
	/* up to 256 bytes come whole: getrandom(2) */
	while (size > 0) {
		size_t part = size < 256 ? size : 256;

		if (getrandom(to, part, GRND_NONBLOCK) != (ssize_t)part)
			spread_seed(to, part);
		to = (char *)to + part;
		size -= part;
	}
}

bool lists_read(struct lists *l, const struct conf *conf, bool all,
		struct arena *arena, struct report *report)
{
	struct origin where = conf_origin(conf, "postscreen_dnsbl_sites");
	bool good;

	*l = (struct lists){ .conf = conf };
	state_init(&l->state, conf->state_file);
	l->data = dnslists_open(conf->dnslists_file,
				all ? NULL : conf->dnsbl_sites, arena, report);
	good = dnsbl_parse(conf->dnsbl_sites, l->data, arena, report, &where,
			   &l->sites);
	where = conf_origin(conf, "dns_servers");
	if (conf->dns_servers[0] != '\0' &&
	    !resolvers_parse(conf->dns_servers, report, &where, &l->servers))
		good = false;
	if (conf->dnsbl_reply_map[0] != '\0') {
		where = conf_origin(conf, "postscreen_dnsbl_reply_map");
		l->reply_map = table_open(span_of(conf->dnsbl_reply_map), arena,
					  report, &where);
	}
	return good;
}

void lists_find_servers(struct lists *l)
{
	if (l->conf->dns_servers[0] == '\0')
		resolvers_read(RESOLV_CONF, &l->servers);
}

bool lists_start(struct lists *l, struct arena *arena)
{
	if (l->servers.count == 0)
		lists_find_servers(l);
	l->dns =
		dnsclient_new(arena, &l->servers, l->sites.lists, random_bytes);
	return l->dns != NULL;
}

bool lists_open(struct lists *l, const struct conf *conf, bool all,
		struct arena *arena, struct report *report)
{
	return lists_read(l, conf, all, arena, report) && lists_start(l, arena);
}

void lists_recall(struct lists *l, int64_t now)
{
	for (size_t i = 0; i < l->sites.lists; i++) {
		struct dnsbl_list *list = &l->sites.list[i];
		struct record r;

		state_list(&l->state, list->domain, now, &r);
		/* memory that is written to is copied, in a child of a fork */
		if (list->muted != (health_muted(&r, now) != MUTED_NOT))
			list->muted = !list->muted;
	}
	servers_choose(l, now);
}

void lists_ask(struct lists *l, const struct address *who, int64_t now)
{
	for (size_t i = 0; i < l->sites.lists; i++) {
		char name[1024];
		struct sbuf b = SBUF(name);

		if (l->sites.list[i].muted)
			continue;
		dnsbl_query_name(&l->sites.list[i], who, &b);
		dnsclient_ask(l->dns, i, name, now);
	}
}

void lists_wait(struct lists *l, int64_t deadline)
{
	int64_t now = clock_mono();

	while (now < deadline && dnsclient_pending(l->dns) > 0) {
		struct pollfd fds[DNS_QUESTIONS];
		int64_t wake;
		size_t count = dnsclient_poll(l->dns, fds, &wake);

		if (wake > deadline)
			wake = deadline;
		if (poll(fds, count, clock_poll_ms(now, wake)) < 0)
			count = 0;
		now = clock_mono();
		dnsclient_handle(l->dns, fds, count, now);
	}
}

void lists_name(const struct lists *l, size_t list, struct sbuf *to)
{
	const struct dnsbl_list *d = &l->sites.list[list];
	char value[LIST_NAME];
	struct sbuf b = SBUF(value);
	int r = l->reply_map ? table_find(l->reply_map, span_of(d->domain), &b)
			     : 0;

	if (r > 0)
		sbuf_add(to, sbuf_span(&b));
	else if (r == 0 || d->known.keyed)
		sbuf_add_text(to, d->known.name);
	else /* it may hide a key, and the file be away for a moment only */
		sbuf_add_text(to, UNNAMED);
}

static void log_listing(const char *name, const struct address *who,
			const struct dns_answer *answer)
{
	char client[ADDRESS_TEXT];
	struct sbuf b = SBUF(client);

	address_format(who, &b);
	for (size_t i = 0; i < answer->count; i++) {
		const unsigned char *a = answer->address[i];

		log_info(LOG_DNSBL_LISTED,
			 "addr %s listed by domain %s as %u.%u.%u.%u", client,
			 name, a[0], a[1], a[2], a[3]);
	}
}

/*
 * An answer that counts nothing: each client's log has it, and once an hour it
 * is told what it means and what to do.
 */
static void log_list_error(struct lists *l, size_t list, const char *name,
			   const struct address *who,
			   const struct dns_answer *answer,
			   const struct dnsbl_error *error)
{
	const struct dnsbl_list *d = &l->sites.list[list];
	const unsigned char *a = answer->address[error->record];
	char memory[ADDRESS_TEXT];
	struct sbuf client = SBUF(memory);

	address_format(who, &client);
	log_info(LOG_DNS_TROUBLE,
		 "addr %s: domain %s answered %u.%u.%u.%u, an error (%s)",
		 memory, name, a[0], a[1], a[2], a[3],
		 answer_tag_name(error->tag));
	if (!state_once(&l->state, SPAN("list-error"), span_of(d->domain), HOUR,
			clock_wall()))
		return;
	log_warning(LOG_DNS_TROUBLE,
		    "DNS list %s answered %u.%u.%u.%u, which is an error of "
		    "the list and no listing: %s -- it counts nothing; %s%s%s",
		    name, a[0], a[1], a[2], a[3], answer_tag_cause(error->tag),
		    answer_tag_cure(error->tag), d->known.url ? "; see " : "",
		    d->known.url ? d->known.url : "");
}

/* A list that could not be asked; that it refuses may mean something. */
static void log_list_failed(const struct lists *l, size_t list,
			    const char *name, const struct dns_answer *answer)
{
	const struct dnslist *known = &l->sites.list[list].known;
	bool means = answer->refused && known->refused != TAG_REFUSED;

	log_warning(LOG_DNS_TROUBLE,
		    "lookup error for DNS list %s: %s -- going on without "
		    "it%s%s%s%s",
		    name, answer->why, means ? "; perhaps " : "",
		    means ? answer_tag_cause(known->refused) : "",
		    means ? ": " : "",
		    means ? answer_tag_cure(known->refused) : "");
}

static bool is_server_heard(const struct lists *l)
{
	for (size_t i = 0; i < l->servers.count; i++)
		if (dnsclient_server(l->dns, i) == DNS_SERVER_HEARD)
			return true;
	return false;
}

/* Will nothing come of this question, and not for what the list is? */
static bool is_lost(const struct dns_answer *answer, bool heard)
{
	return answer->status == DNS_FAILED ||
	       (answer->status == DNS_PENDING && !heard);
}

/* One line for all when no list at all could be asked. */
static bool log_all_failed(const struct lists *l,
			   const struct dns_answer *answer)
{
	bool heard = is_server_heard(l);
	const char *why = NULL;
	size_t asked = 0;

	for (size_t i = 0; i < l->sites.lists; i++) {
		if (l->sites.list[i].muted)
			continue;
		if (!is_lost(&answer[i], heard))
			return false;
		if (!why)
			why = answer[i].why;
		asked++;
	}
	if (asked < 2)
		return false;
	log_warning(LOG_DNS_TROUBLE,
		    "none of the %zu DNS lists could be asked: %s -- going on "
		    "without them; check dns_servers or %s",
		    asked, why ? why : "no server answered in time",
		    RESOLV_CONF);
	return true;
}

static void log_state_trouble(struct lists *l)
{
	int error = state_trouble(&l->state);

	if (error < 0)
		log_warning(LOG_STATE_TROUBLE,
			    "state file %s: %s -- going on without it%s",
			    l->conf->state_file,
			    error == -EUCLEAN ? "somebody has cut it short"
					      : strerror(-error),
			    cure_of(error));
}

enum list_answer lists_answer(const struct lists *l, size_t list,
			      struct dnsbl_error *ret_error)
{
	const struct dns_answer *answer = &dnsclient_answers(l->dns)[list];

	switch (answer->status) {
	case DNS_PENDING:
		return LIST_PENDING;
	case DNS_FOUND:
		return l->conf->dns_answer_check &&
				       dnsbl_answer_is_error(&l->sites, list,
							     answer, ret_error)
			       ? LIST_ERROR
			       : LIST_LISTED;
	case DNS_ABSENT:
		return LIST_ABSENT;
	case DNS_FAILED:
		break;
	}
	return LIST_FAILED;
}

const char *lists_answer_name(enum list_answer answer)
{
	static const char *const name[LIST_ANSWERS] = {
		[LIST_LISTED] = "listed",   [LIST_ABSENT] = "absent",
		[LIST_ERROR] = "error",	    [LIST_FAILED] = "failed",
		[LIST_PENDING] = "pending",
	};

	return name[answer];
}

/* One list has answered, or will not: log what is worth it, and count it. */
static void conclude_list(struct lists *l, size_t list,
			  const struct address *who, bool all_failed)
{
	const struct dns_answer *answer = &dnsclient_answers(l->dns)[list];
	struct dnsbl_error error;
	enum list_answer kind = lists_answer(l, list, &error);
	char name[LIST_NAME];
	struct sbuf b = SBUF(name);

	lists_name(l, list, &b);
	state_list_count(&l->state, l->sites.list[list].domain, kind,
			 clock_wall());
	switch (kind) {
	case LIST_PENDING:
		if (!all_failed)
			log_warning(LOG_DNS_TROUBLE,
				    "dnsblog reply timeout %" PRId64 "s for %s",
				    l->conf->greet_wait, name);
		break;
	case LIST_ERROR:
		log_list_error(l, list, name, who, answer, &error);
		break;
	case LIST_LISTED:
		log_listing(name, who, answer);
		break;
	case LIST_FAILED:
		if (!all_failed)
			log_list_failed(l, list, name, answer);
		break;
	case LIST_ABSENT:
	case LIST_ANSWERS:
		break;
	}
}

void lists_finish(struct lists *l, const struct address *who,
		  struct dnsbl_score *ret)
{
	const struct dns_answer *answer = dnsclient_answers(l->dns);
	bool all_failed = log_all_failed(l, answer);

	for (size_t i = 0; i < l->sites.lists; i++)
		if (!l->sites.list[i].muted)
			conclude_list(l, i, who, all_failed);
	tripwire_watch(l, who, clock_wall());
	servers_learn(l, clock_wall());
	dnsbl_score(&l->sites, answer, l->conf->dns_answer_check, ret);
	dnsclient_close(l->dns);
	log_state_trouble(l);
}
