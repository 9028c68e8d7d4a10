#include "net/cidr.h"

#include "base/number.h"

#include <string.h>

/*
 * Take brackets away, wherever they close: what stood in them is added to
 * TO, and what follows too.
 */
static bool without_brackets(struct span text, struct sbuf *to)
{
	struct span inside, behind;

	if (!span_starts_with(text, SPAN("["))) {
		sbuf_add(to, text);
		return sbuf_fitted(to);
	}
	if (!span_cut(span_skip(text, 1), ']', &inside, &behind))
		return false;
	if (behind.len > 0 &&
	    (behind.p[0] != '/' || span_find(inside, '/') >= 0))
		return false;
	sbuf_add(to, inside);
	sbuf_add(to, behind);
	return sbuf_fitted(to);
}

enum cidr_error cidr_parse(struct span text, struct cidr *ret)
{
	char plain[ADDRESS_TEXT + 8];
	struct sbuf b = SBUF(plain);
	struct span host, prefix;
	struct cidr net = { 0 };
	struct address asked;
	uint64_t bits;

	if (!without_brackets(text, &b))
		return CIDR_BAD_ADDRESS;
	host = sbuf_span(&b);
	bool has_prefix = span_cut(sbuf_span(&b), '/', &host, &prefix);

	if (!address_parse(host, &net.net))
		return CIDR_BAD_ADDRESS;
	bits = address_bits(&net.net);
	if (has_prefix && !number_parse(prefix, bits, &bits))
		return CIDR_BAD_PREFIX;
	asked = net.net;
	net.prefix = (unsigned)bits;
	address_mask(&net.net, net.prefix);
	*ret = net;
	return address_equal(&asked, &net.net) ? CIDR_OK : CIDR_HOST_BITS;
}

bool cidr_contains(const struct cidr *net, const struct address *who)
{
	unsigned whole = net->prefix / 8;
	unsigned rest = net->prefix % 8;

	if (net->net.family != who->family ||
	    memcmp(net->net.bytes, who->bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       ((net->net.bytes[whole] ^ who->bytes[whole]) >> (8 - rest)) == 0;
}

void cidr_format(const struct cidr *net, struct sbuf *to)
{
	address_format(&net->net, to);
	sbuf_addf(to, "/%u", net->prefix);
}
