#include "handoff/ucspi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What was learnt about a client, and is wrong about another. */
static const char *const about_client[] = {
	"PROTO",	  "TCPREMOTEIP",    "TCPREMOTEPORT",  "TCPREMOTEHOST",
	"TCPREMOTEINFO",  "TCPLOCALIP",	    "TCPLOCALPORT",   "TCP6REMOTEIP",
	"TCP6REMOTEPORT", "TCP6REMOTEHOST", "TCP6REMOTEINFO", "TCP6LOCALIP",
	"TCP6LOCALPORT",  "TCP6LOCALHOST",  "TCP6INTERFACE",  "REMOTE_ADDR",
	"REMOTE_PORT",	  "REMOTE_HOST",    "RELAYCLIENT",
};

/* Does VARIABLE name CLIENT, or nobody? */
static bool names_or_silent(const char *variable, const struct address *client)
{
	const char *value = getenv(variable);
	struct address a;

	if (!value)
		return true;
	if (!address_parse(span_of(value), &a))
		return false;
	address_unmap(&a);
	return address_equal(&a, client);
}

/* The prefix of the variables that a reader of PROTO looks at, or NULL. */
static const char *known_proto(void)
{
	const char *proto = getenv("PROTO");

	if (!proto || strcmp(proto, "TCP") == 0)
		return "TCP";
	return strcmp(proto, "TCP6") == 0 ? "TCP6" : NULL;
}

static bool environment_is_true(const struct peer *peer)
{
	const struct address *client = &peer->client.address;

	switch (peer->source) {
	case PEER_FROM_OPTION:
	case PEER_FROM_PROXY:
		return false;
	case PEER_FROM_SOCKET:
	case PEER_FROM_ENVIRONMENT:
		break;
	}
	return known_proto() && names_or_silent("TCPREMOTEIP", client) &&
	       names_or_silent("TCP6REMOTEIP", client);
}

static int set_missing(const char *prefix, const char *name, const char *value)
{
	char memory[32];
	struct sbuf variable = SBUF(memory);

	sbuf_add_text(&variable, prefix);
	sbuf_add_text(&variable, name);
	return setenv(memory, value, 0) == 0 ? 0 : -errno;
}

static int set_endpoint(const char *prefix, const char *ip, const char *port,
			const struct endpoint *e)
{
	char address[ADDRESS_TEXT + 1], number[8];
	struct sbuf a = SBUF(address), n = SBUF(number);
	int r;

	address_format(&e->address, &a);
	sbuf_addf(&n, "%u", e->port);
	r = set_missing(prefix, ip, address);
	return r < 0 ? r : set_missing(prefix, port, number);
}

static int set_all_missing(const char *prefix, const struct peer *peer)
{
	int r = set_endpoint(prefix, "REMOTEIP", "REMOTEPORT", &peer->client);

	if (r < 0)
		return r;
	return set_endpoint(prefix, "LOCALIP", "LOCALPORT", &peer->server);
}

int ucspi_export(const struct peer *peer)
{
	int r;

	if (!environment_is_true(peer))
		for (size_t i = 0;
		     i < sizeof(about_client) / sizeof(about_client[0]); i++)
			unsetenv(about_client[i]);
	r = set_missing("", "PROTO", "TCP");
	if (r < 0)
		return r;
	r = set_all_missing("TCP", peer);
	/* some read only the variables that PROTO names */
	if (r == 0 && strcmp(known_proto(), "TCP") != 0)
		r = set_all_missing(known_proto(), peer);
	return r;
}
