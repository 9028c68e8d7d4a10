#include "net/proxy_format.h"

#include <assert.h>

#define V2_SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V2_PROXY     '\x21' /* version 2, command PROXY */
#define V2_TCP4	     '\x11'
#define V2_TCP6	     '\x21'

static void add_v1(const struct endpoint *client, const struct endpoint *server,
		   struct sbuf *to)
{
	bool is_ipv4 = client->address.family == ADDRESS_IPV4;

	sbuf_add_text(to, is_ipv4 ? "PROXY TCP4 " : "PROXY TCP6 ");
	address_format(&client->address, to);
	sbuf_add_char(to, ' ');
	address_format(&server->address, to);
	sbuf_addf(to, " %u %u\r\n", client->port, server->port);
}

static void add_short(struct sbuf *to, unsigned number)
{
	sbuf_add_char(to, (char)(number >> 8));
	sbuf_add_char(to, (char)(number & 0xff));
}

static void add_bytes(struct sbuf *to, const struct address *a)
{
	sbuf_add(to,
		 (struct span){ (const char *)a->bytes, address_bits(a) / 8 });
}

static void add_v2(const struct endpoint *client, const struct endpoint *server,
		   struct sbuf *to)
{
	bool is_ipv4 = client->address.family == ADDRESS_IPV4;

	sbuf_add(to, SPAN(V2_SIGNATURE));
	sbuf_add_char(to, V2_PROXY);
	sbuf_add_char(to, is_ipv4 ? V2_TCP4 : V2_TCP6);
	add_short(to, 2 * (address_bits(&client->address) / 8 + 2));
	add_bytes(to, &client->address);
	add_bytes(to, &server->address);
	add_short(to, client->port);
	add_short(to, server->port);
}

void proxy_format(enum proxy_version version, const struct endpoint *client,
		  const struct endpoint *server, struct sbuf *to)
{
	struct endpoint other = { .address.family = client->address.family,
				  .port = server->port };

	assert(client->address.family != ADDRESS_NONE);
	if (server->address.family == client->address.family)
		other = *server;
	switch (version) {
	case PROXY_NONE:
		break;
	case PROXY_V1:
		add_v1(client, &other, to);
		break;
	case PROXY_V2:
		add_v2(client, &other, to);
		break;
	}
}
