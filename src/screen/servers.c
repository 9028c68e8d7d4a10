#include "screen/servers.h"

/* So long is a silent one asked last; then somebody tries it again. */
#define REST 60

/* The name of a server in the state file. */
struct server_name {
	char text[ADDRESS_TEXT + 16];
};

static struct server_name name_of(const struct endpoint *server)
{
	struct server_name name = { "" };
	struct sbuf b = SBUF(name.text);

	endpoint_format(server, &b);
	return name;
}

void servers_choose(struct lists *l, int64_t now)
{
	const struct resolvers before = l->servers;
	struct endpoint last[RESOLVERS_MAX];
	size_t first = 0, avoided = 0;

	if (before.count < 2)
		return;
	for (size_t i = 0; i < before.count; i++) {
		const struct endpoint *server = &before.server[i];

		if (state_avoids(&l->state, name_of(server).text, REST, now))
			last[avoided++] = *server;
		else
			l->servers.server[first++] = *server;
	}
	for (size_t i = 0; i < avoided; i++)
		l->servers.server[first + i] = last[i];
	dnsclient_use(l->dns, &l->servers);
}

void servers_learn(struct lists *l, int64_t now)
{
	bool heard = false;

	if (l->servers.count < 2)
		return;
	for (size_t i = 0; i < l->servers.count; i++)
		if (dnsclient_server(l->dns, i) == DNS_SERVER_HEARD)
			heard = true;
	/* else it is the way to all of them, and no order is better */
	for (size_t i = 0; heard && i < l->servers.count; i++) {
		struct server_name name = name_of(&l->servers.server[i]);

		switch (dnsclient_server(l->dns, i)) {
		case DNS_SERVER_UNTRIED:
			break;
		case DNS_SERVER_HEARD:
			state_heard(&l->state, name.text);
			break;
		case DNS_SERVER_SILENT:
			state_silent(&l->state, name.text, now);
			break;
		}
	}
}
