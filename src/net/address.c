#include "net/address.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

unsigned address_bits(const struct address *a)
{
	switch (a->family) {
	case ADDRESS_NONE:
		return 0;
	case ADDRESS_IPV4:
		return 32;
	case ADDRESS_IPV6:
		return 128;
	}
	return 0;
}

bool address_parse(struct span text, struct address *ret)
{
	struct address a = { 0 };
	char string[ADDRESS_TEXT];
	struct sbuf copy = SBUF(string);

	/* inet_pton would stop at a NUL and believe what stands before it */
	if (span_find(text, '\0') >= 0)
		return false;
	sbuf_add(&copy, text);
	if (!sbuf_fitted(&copy))
		return false;
	if (inet_pton(AF_INET, string, a.bytes) == 1)
		a.family = ADDRESS_IPV4;
	else if (inet_pton(AF_INET6, string, a.bytes) == 1)
		a.family = ADDRESS_IPV6;
	else
		return false;
	*ret = a;
	return true;
}

/* inet_ntop(3) goes through printf, which costs ten times as much. */
static void format_ipv4(const unsigned char *bytes, struct sbuf *to)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			sbuf_add_char(to, '.');
		sbuf_add_number(to, bytes[i]);
	}
}

void address_format(const struct address *a, struct sbuf *to)
{
	char text[INET6_ADDRSTRLEN];

	switch (a->family) {
	case ADDRESS_NONE:
		sbuf_add_text(to, "unknown");
		break;
	case ADDRESS_IPV4:
		format_ipv4(a->bytes, to);
		break;
	case ADDRESS_IPV6:
		sbuf_add_text(to, inet_ntop(AF_INET6, a->bytes, text,
					    sizeof(text)));
		break;
	}
}

void address_unmap(struct address *a)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0,    0,
						  0, 0, 0, 0, 0xff, 0xff };

	if (a->family != ADDRESS_IPV6 ||
	    memcmp(a->bytes, mapped, sizeof(mapped)) != 0)
		return;
	a->family = ADDRESS_IPV4;
	memmove(a->bytes, a->bytes + 12, 4);
	memset(a->bytes + 4, 0, 12);
}

bool address_is_loopback(const struct address *a)
{
	static const unsigned char one[16] = { [15] = 1 };

	switch (a->family) {
	case ADDRESS_NONE:
		return false;
	case ADDRESS_IPV4:
		return a->bytes[0] == 127;
	case ADDRESS_IPV6:
		return memcmp(a->bytes, one, sizeof(one)) == 0;
	}
	return false;
}

void address_mask(struct address *a, unsigned prefix)
{
	for (unsigned i = prefix / 8; i < address_bits(a) / 8; i++) {
		if (i == prefix / 8)
			a->bytes[i] &= (unsigned char)(0xff00 >> prefix % 8);
		else
			a->bytes[i] = 0;
	}
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, address_bits(a) / 8) == 0;
}

bool endpoint_from_sockaddr(const struct sockaddr_storage *from,
			    struct endpoint *ret)
{
	struct endpoint e = { 0 };

	if (from->ss_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, from, sizeof(in));
		e.address.family = ADDRESS_IPV4;
		memcpy(e.address.bytes, &in.sin_addr, 4);
		e.port = ntohs(in.sin_port);
	} else if (from->ss_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, from, sizeof(in6));
		e.address.family = ADDRESS_IPV6;
		memcpy(e.address.bytes, &in6.sin6_addr, 16);
		e.port = ntohs(in6.sin6_port);
		address_unmap(&e.address);
	} else {
		return false;
	}
	*ret = e;
	return true;
}

unsigned endpoint_to_sockaddr(const struct endpoint *e,
			      struct sockaddr_storage *ret)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(e->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(e->port) };

	memset(ret, 0, sizeof(*ret));
	if (e->address.family == ADDRESS_IPV4) {
		memcpy(&in.sin_addr, e->address.bytes, sizeof(in.sin_addr));
		memcpy(ret, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, e->address.bytes, sizeof(in6.sin6_addr));
	memcpy(ret, &in6, sizeof(in6));
	return sizeof(in6);
}

bool endpoint_parse(struct span text, struct endpoint *ret, bool *ret_has_port)
{
	struct span host = text, port = { "", 0 };
	struct endpoint e = { 0 };
	bool has_port = false;
	uint64_t number = 0;

	if (span_starts_with(text, SPAN("["))) {
		if (!span_cut(span_skip(text, 1), ']', &host, &port))
			return false;
		has_port = port.len > 0;
		if (has_port && port.p[0] != ':')
			return false;
		port = span_skip(port, 1);
	} else if (span_cut(text, ':', &host, &port)) {
		/* a second colon: an IPv6 address that stands alone */
		has_port = span_find(port, ':') < 0;
		if (!has_port)
			host = text;
	}
	if (has_port && !number_parse(port, UINT16_MAX, &number))
		return false;
	if (!address_parse(host, &e.address))
		return false;
	address_unmap(&e.address);
	e.port = (uint16_t)number;
	*ret = e;
	*ret_has_port = has_port;
	return true;
}

void endpoint_format(const struct endpoint *e, struct sbuf *to)
{
	sbuf_add_char(to, '[');
	address_format(&e->address, to);
	sbuf_add_text(to, "]:");
	sbuf_add_number(to, e->port);
}
