#include "net/proxy_header.h"

#include "base/number.h"

#include <string.h>

#define V1_START SPAN("PROXY ")
#define V2_START SPAN("\r\n\r\n\0\r\nQUIT\n")

/* Version 2: the signature, version and command, family, length. */
#define V2_FIXED 16

/* Is B the start of A, or A of B? */
static bool agree(struct span a, struct span b)
{
	size_t shared = a.len < b.len ? a.len : b.len;

	return memcmp(a.p, b.p, shared) == 0;
}

static enum proxy_header_status wrong(const char *why, const char **ret_why)
{
	*ret_why = why;
	return PROXY_HEADER_WRONG;
}

static enum proxy_header_status part(const char *why, const char **ret_why)
{
	*ret_why = why;
	return PROXY_HEADER_PART;
}

/* ---- version 1: a line of text ------------------------------------------ */

/* Take the next field off *REST. One space ends it, as the protocol says. */
static struct span next_field(struct span *rest)
{
	struct span field;

	if (!span_cut(*rest, ' ', &field, rest)) {
		field = *rest;
		*rest = span_skip(*rest, rest->len);
	}
	return field;
}

static bool parse_address(struct span text, enum address_family family,
			  struct address *ret)
{
	return address_parse(text, ret) && ret->family == family;
}

static bool parse_port(struct span text, uint16_t *ret)
{
	uint64_t port;

	if ((text.len > 1 && text.p[0] == '0') ||
	    !number_parse(text, UINT16_MAX, &port))
		return false;
	*ret = (uint16_t)port;
	return true;
}

/* NULL, or what is wrong. */
static const char *parse_fields(struct span fields, enum address_family family,
				struct proxy_header *h)
{
	if (!parse_address(next_field(&fields), family, &h->client.address))
		return "bad or missing client address";
	if (!parse_address(next_field(&fields), family, &h->server.address))
		return "bad or missing server address";
	if (!parse_port(next_field(&fields), &h->client.port))
		return "bad or missing client port";
	/* all that is left: nothing may stand behind it */
	if (!parse_port(fields, &h->server.port))
		return "bad or missing server port";
	return NULL;
}

static enum proxy_header_status
parse_v1(struct span bytes, struct proxy_header *h, const char **ret_why)
{
	static const char no_end[] = "missing protocol header terminator";
	enum address_family family;
	struct span line, behind, protocol;
	const char *why;

	if (!span_cut(bytes, '\n', &line, &behind))
		return bytes.len < PROXY_HEADER_MAX ? part(no_end, ret_why)
						    : wrong(no_end, ret_why);
	h->len = line.len + 1;
	if (line.p[line.len - 1] == '\r')
		line.len--;
	line = span_skip(line, V1_START.len);
	protocol = next_field(&line);
	/* whatever stands behind it is to be ignored */
	if (span_equal_nocase(protocol, SPAN("UNKNOWN")))
		return PROXY_HEADER_NOBODY;
	if (span_equal_nocase(protocol, SPAN("TCP4")))
		family = ADDRESS_IPV4;
	else if (span_equal_nocase(protocol, SPAN("TCP6")))
		family = ADDRESS_IPV6;
	else
		return wrong("bad or missing protocol type", ret_why);
	why = parse_fields(line, family, h);
	return why ? wrong(why, ret_why) : PROXY_HEADER_CLIENT;
}

/* ---- version 2: binary --------------------------------------------------- */

static unsigned get_16(const char *p)
{
	return (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

/* The two addresses of SIZE bytes each, then the two ports, at P. */
static void take_endpoints(const char *p, enum address_family family,
			   size_t size, struct proxy_header *h)
{
	h->client.address = (struct address){ .family = family };
	h->server.address = (struct address){ .family = family };
	memcpy(h->client.address.bytes, p, size);
	memcpy(h->server.address.bytes, p + size, size);
	h->client.port = (uint16_t)get_16(p + 2 * size);
	h->server.port = (uint16_t)get_16(p + 2 * size + 2);
}

/* Command PROXY: FAMILY tells what BLOCK holds. TLVs behind it are skipped. */
static enum proxy_header_status parse_block(unsigned char family,
					    struct span block,
					    struct proxy_header *h,
					    const char **ret_why)
{
	bool ipv4 = family == 0x11; /* over TCP, as the next */
	size_t size = ipv4 ? 4 : 16;

	if (family == 0x00) /* the same as UNKNOWN in version 1 */
		return PROXY_HEADER_NOBODY;
	if (!ipv4 && family != 0x21)
		return wrong("unsupported network protocol", ret_why);
	if (block.len < 2 * size + 4)
		return wrong("short address field", ret_why);
	take_endpoints(block.p, ipv4 ? ADDRESS_IPV4 : ADDRESS_IPV6, size, h);
	return PROXY_HEADER_CLIENT;
}

static enum proxy_header_status
parse_v2(struct span bytes, struct proxy_header *h, const char **ret_why)
{
	static const char cut_off[] = "short version 2 protocol header";
	unsigned char command;
	struct span block;

	if (bytes.len < V2_FIXED)
		return part("short protocol header", ret_why);
	command = (unsigned char)bytes.p[12];
	if (command >> 4 != 2)
		return wrong("unrecognized protocol version", ret_why);
	h->len = V2_FIXED + get_16(bytes.p + 14);
	if (h->len > PROXY_HEADER_MAX)
		return wrong(cut_off, ret_why);
	if (bytes.len < h->len)
		return part(cut_off, ret_why);
	block = (struct span){ bytes.p + V2_FIXED, h->len - V2_FIXED };
	switch (command & 0x0f) {
	case 0: /* LOCAL */
		return PROXY_HEADER_NOBODY;
	case 1: /* PROXY */
		return parse_block((unsigned char)bytes.p[13], block, h,
				   ret_why);
	default:
		return wrong("bad command in proxy header", ret_why);
	}
}

enum proxy_header_status proxy_header_parse(struct span bytes,
					    struct proxy_header *ret,
					    const char **ret_why)
{
	struct proxy_header h = { 0 };
	enum proxy_header_status status;

	if (bytes.len > PROXY_HEADER_MAX)
		bytes.len = PROXY_HEADER_MAX;
	if (bytes.len == 0)
		return part("short protocol header", ret_why);
	if (agree(bytes, V1_START))
		status = parse_v1(bytes, &h, ret_why);
	else if (agree(bytes, V2_START))
		status = parse_v2(bytes, &h, ret_why);
	else /* the shorter has always been postscreen's word for "HELO x" */
		return wrong(bytes.len < V2_FIXED
				     ? "short protocol header"
				     : "unrecognized protocol header",
			     ret_why);
	if (status == PROXY_HEADER_CLIENT || status == PROXY_HEADER_NOBODY) {
		address_unmap(&h.client.address);
		address_unmap(&h.server.address);
		*ret = h;
	}
	return status;
}
