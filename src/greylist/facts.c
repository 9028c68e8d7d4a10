#include "greylist/facts.h"

#include "base/clock.h"
#include "base/number.h"
#include "greylist/greylist.h"
#include "greylist/organisation.h"
#include "log/log.h"
#include "net/generic_name.h"
#include "net/hostname.h"

#include <assert.h>

static_assert(REQUEST_MEMORY <= TRIPLET_MAILBOXES, "names have room");

static int64_t now_of(const struct greylist *g, const struct request *r)
{
	uint64_t now;

	if (g->options->test_clock &&
	    number_parse(request_get(r, REQUEST_TEST_TIME), INT32_MAX, &now))
		return (int64_t)now;
	return clock_wall();
}

/* Without these nothing can be said. */
static bool is_complete(const struct request *r)
{
	static const enum request_field needed[] = {
		REQUEST_CLIENT_ADDRESS,
		REQUEST_CLIENT_NAME,
		REQUEST_SENDER,
		REQUEST_RECIPIENT,
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!request_has(r, needed[i])) {
			log_warning(LOG_OTHER, "attribute missing: %s",
				    request_name(needed[i]));
			return false;
		}
	return true;
}

bool facts_is_for_us(const struct request *r)
{
	struct span type = request_get(r, REQUEST_TYPE);

	if (span_equal(type, SPAN("smtpd_access_policy")))
		return true;
	log_warning(LOG_OTHER, "unrecognized request type: '%.*s'",
		    (int)(type.len > 100 ? 100 : type.len), type.p);
	return false;
}

bool facts_learn(struct greylist *g, const struct request *r,
		 struct address *ret_who, struct judge_facts *ret)
{
	struct span address = request_get(r, REQUEST_CLIENT_ADDRESS);
	bool good = address_parse(address, ret_who);

	if (!is_complete(r))
		return false;
	if (good)
		address_unmap(ret_who);
	else
		*ret_who = (struct address){ .family = ADDRESS_NONE };
	*ret = (struct judge_facts){
		.now = now_of(g, r),
		.client_exempt = exempt_client(
			&g->exempt, request_get(r, REQUEST_CLIENT_NAME),
			ret_who),
		.recipient_exempt = exempt_recipient(
			&g->exempt, request_get(r, REQUEST_RECIPIENT)),
		.expected = expected_covers(&g->expected.list,
					    request_get(r, REQUEST_SENDER),
					    clock_wall()),
	};
	if (good && judge_needs_store(ret))
		ret->standing =
			reputation_look_up(&g->reputation, ret_who,
					   request_get(r, REQUEST_CLIENT_NAME),
					   clock_wall(), g->began);
	if (good || !judge_needs_store(ret))
		return true;
	log_warning(LOG_OTHER,
		    "client_address=%.*s is no IP address -- not delayed",
		    (int)(address.len > 100 ? 100 : address.len), address.p);
	return false;
}

struct span facts_sender_domain(const struct request *r)
{
	struct span sender = request_get(r, REQUEST_SENDER), local;
	struct span domain = sender;

	while (span_cut(domain, '@', &local, &domain))
		;
	return domain.len < sender.len && hostname_valid(domain) ? domain
								 : SPAN("");
}

/*
 * The pool of a client, if it has one: all that bears names below the same
 * domain. Customers of one provider do, too; theirs is no pool.
 */
static struct span pool_name(const struct greylist *g, const struct request *r,
			     const struct address *who, bool inside,
			     struct sbuf *to)
{
	struct span host = request_get(r, REQUEST_CLIENT_NAME);
	char memory[FACTS_POOL];
	struct sbuf domain = SBUF(memory);

	if (inside) /* the sender is in the name, and so its domain */
		sbuf_add_text(&domain, "spf");
	else if (generic_name(host, who) || !organisation_of(host, &domain))
		return SPAN("");
	triplet_pool_name(&g->triplet, sbuf_span(&domain),
			  request_get(r, REQUEST_SENDER),
			  request_get(r, REQUEST_RECIPIENT), to);
	return sbuf_span(to);
}

void facts_name(const struct greylist *g, const struct request *r,
		const struct address *who, bool inside,
		struct facts_names *room, struct ledger_case *c)
{
	struct sbuf triplet = SBUF(room->triplet);
	struct sbuf client = SBUF(room->client), pool = SBUF(room->pool);

	triplet_name(&g->triplet, who, request_get(r, REQUEST_SENDER),
		     request_get(r, REQUEST_RECIPIENT), &triplet);
	triplet_client_name(&g->triplet, who, &client);
	c->triplet = sbuf_span(&triplet);
	c->pool = SPAN("");
	if (g->options->pool_aware)
		c->pool = pool_name(g, r, who, inside, &pool);
	c->client = sbuf_span(&client);
}
