#include "handoff/ucspi.h"

#include <string.h>

/* What was learnt about a client, and is wrong about another. */
static const char *const about_client[] = {
	"PROTO",	  "TCPREMOTEIP",    "TCPREMOTEPORT",  "TCPREMOTEHOST",
	"TCPREMOTEINFO",  "TCPLOCALIP",	    "TCPLOCALPORT",   "TCP6REMOTEIP",
	"TCP6REMOTEPORT", "TCP6REMOTEHOST", "TCP6REMOTEINFO", "TCP6LOCALIP",
	"TCP6LOCALPORT",  "TCP6LOCALHOST",  "TCP6INTERFACE",  "REMOTE_ADDR",
	"REMOTE_PORT",	  "REMOTE_HOST",    "RELAYCLIENT",
};

/* What may be missing: PROTO, and four for each of two prefixes. */
#define ADDED_MAX 9

struct environment {
	char **variable; /* the last is NULL */
	size_t count;
	struct arena *arena;
};

/* The value of VARIABLE, "NAME=VALUE", when that is its name; or NULL. */
static const char *value_if(const char *variable, const char *name)
{
	size_t len = strlen(name);

	return strncmp(variable, name, len) == 0 && variable[len] == '='
		       ? variable + len + 1
		       : NULL;
}

static const char *value_of(char *const *variables, const char *name)
{
	const char *value = NULL;

	for (; *variables && !value; variables++)
		value = value_if(*variables, name);
	return value;
}

static bool is_about_client(const char *variable)
{
	for (size_t i = 0; i < sizeof(about_client) / sizeof(about_client[0]);
	     i++)
		if (value_if(variable, about_client[i]))
			return true;
	return false;
}

/* ---- is it true? ---------------------------------------------------------
 */

/* Does VALUE name CLIENT, or nobody? */
static bool names_or_silent(const char *value, const struct address *client)
{
	struct address a;

	if (!value)
		return true;
	if (!address_parse(span_of(value), &a))
		return false;
	address_unmap(&a);
	return address_equal(&a, client);
}

/* The prefix of the variables that a reader of PROTO looks at, or NULL. */
static const char *known_proto(char *const *variables)
{
	const char *proto = value_of(variables, "PROTO");

	if (!proto || strcmp(proto, "TCP") == 0)
		return "TCP";
	return strcmp(proto, "TCP6") == 0 ? "TCP6" : NULL;
}

static bool is_true(char *const *variables, const struct peer *peer)
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
	return known_proto(variables) &&
	       names_or_silent(value_of(variables, "TCPREMOTEIP"), client) &&
	       names_or_silent(value_of(variables, "TCP6REMOTEIP"), client);
}

/* ---- making it so --------------------------------------------------------
 */

static bool set_missing(struct environment *e, const char *prefix,
			const char *name, const char *value)
{
	char memory[32 + ADDRESS_TEXT];
	struct sbuf variable = SBUF(memory);
	char *text;

	sbuf_addf(&variable, "%s%s", prefix, name);
	if (value_of(e->variable, memory))
		return true;
	sbuf_addf(&variable, "=%s", value);
	text = arena_text(e->arena, sbuf_span(&variable));
	if (text)
		e->variable[e->count++] = text;
	return text;
}

static bool set_endpoint(struct environment *e, const char *prefix,
			 const char *ip, const char *port,
			 const struct endpoint *of)
{
	char address[ADDRESS_TEXT + 1], number[8];
	struct sbuf a = SBUF(address), n = SBUF(number);

	address_format(&of->address, &a);
	sbuf_addf(&n, "%u", of->port);
	return set_missing(e, prefix, ip, address) &&
	       set_missing(e, prefix, port, number);
}

static bool set_all_missing(struct environment *e, const char *prefix,
			    const struct peer *peer)
{
	return set_endpoint(e, prefix, "REMOTEIP", "REMOTEPORT",
			    &peer->client) &&
	       set_endpoint(e, prefix, "LOCALIP", "LOCALPORT", &peer->server);
}

static bool tell_truth(struct environment *e, const struct peer *peer)
{
	const char *proto;

	if (!set_missing(e, "", "PROTO", "TCP") ||
	    !set_all_missing(e, "TCP", peer))
		return false;
	/* some read only the variables that PROTO names */
	proto = known_proto(e->variable);
	return strcmp(proto, "TCP") == 0 || set_all_missing(e, proto, peer);
}

char *const *ucspi_environment(char *const *from, const struct peer *peer,
			       struct arena *arena)
{
	struct environment e = { .arena = arena };
	bool keep_all = is_true(from, peer);
	size_t count = 0;

	while (from[count])
		count++;
	e.variable =
		arena_array(arena, count + ADDED_MAX + 1, sizeof(*e.variable));
	if (!e.variable)
		return NULL;
	for (; *from; from++)
		if (keep_all || !is_about_client(*from))
			e.variable[e.count++] = *from;
	return tell_truth(&e, peer) ? e.variable : NULL;
}
