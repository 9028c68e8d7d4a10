#include "migrate/postgrey.h"

#include "net/address.h"

/* The hexadecimal digits of SHA-1. */
#define HASH 40

/* Clocks differ, but not by more than this. */
#define CLOCKS_DIFFER (24 * 3600)

static bool is_hash(struct span key)
{
	if (key.len != HASH)
		return false;
	for (size_t i = 0; i < key.len; i++)
		if (!(key.p[i] >= '0' && key.p[i] <= '9') &&
		    !(key.p[i] >= 'a' && key.p[i] <= 'f'))
			return false;
	return true;
}

static enum postgrey_entry read_triplet(struct span net, struct span rest,
					struct span value, int64_t now,
					struct sbuf *name,
					struct ledger_entry *ret)
{
	struct span sender, recipient;
	struct address who;
	bool was_ipv6;

	if (!address_parse(net, &who) ||
	    !span_cut(rest, '/', &sender, &recipient) ||
	    !ledger_parse_triplet(value, &ret->triplet) ||
	    ret->triplet.first > now + CLOCKS_DIFFER ||
	    ret->triplet.last > now + CLOCKS_DIFFER)
		return POSTGREY_STRANGE;
	was_ipv6 = who.family == ADDRESS_IPV6;
	address_unmap(&who);
	address_format(&who, name);
	/* with --lookup-by-host a network is the address and its bits */
	if (was_ipv6 && who.family == ADDRESS_IPV4 &&
	    span_equal(sender, SPAN("128"))) {
		sbuf_add_text(name, "/32");
		rest = recipient;
	}
	sbuf_add_char(name, '/');
	sbuf_add(name, rest);
	return POSTGREY_TRIPLET;
}

static enum postgrey_entry read_client(struct span key, struct span value,
				       int64_t now, struct sbuf *name,
				       struct ledger_entry *ret)
{
	struct address who;

	if (!address_parse(key, &who) ||
	    !ledger_parse_client(value, &ret->client) ||
	    ret->client.last > now + CLOCKS_DIFFER)
		return POSTGREY_STRANGE;
	address_unmap(&who);
	address_format(&who, name);
	return POSTGREY_CLIENT;
}

enum postgrey_entry postgrey_entry(struct span key, struct span value,
				   int64_t now, struct sbuf *name,
				   struct ledger_entry *ret)
{
	struct ledger_entry entry = { .is_client = false };
	enum postgrey_entry kind;
	struct span net, rest;

	sbuf_clear(name);
	if (is_hash(key))
		return POSTGREY_HASHED;
	if (span_cut(key, '/', &net, &rest)) {
		kind = read_triplet(net, rest, value, now, name, &entry);
	} else {
		kind = read_client(key, value, now, name, &entry);
		entry.is_client = true;
	}
	if (kind == POSTGREY_STRANGE || !sbuf_fitted(name))
		return POSTGREY_STRANGE;
	entry.name = sbuf_span(name);
	*ret = entry;
	return kind;
}
