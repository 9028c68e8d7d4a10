#include "screen/upstream.h"

#include "base/clock.h"
#include "base/escape.h"
#include "conf/netlist.h"
#include "log/log.h"
#include "net/proxy_header.h"

#include <errno.h>
#include <string.h>

/* postscreen's own, which has no footer either. */
#define REPLY_NO_HEADER "421 4.3.2 No system resources\r\n"

/* For the reply, and for its arrival. */
#define PATIENCE (2 * CLOCK_SECOND)

/* How much of an escaped header is logged. */
#define HEADER_TEXT 100

bool upstream_expected(const struct conf *conf, const struct peer *peer)
{
	return conf->upstream_proxy_protocol[0] != '\0' &&
	       peer->source != PEER_FROM_OPTION;
}

static enum upstream refuse(const struct peer *peer)
{
	int64_t deadline = clock_mono() + PATIENCE;

	stream_write(&peer->stream, SPAN(REPLY_NO_HEADER), deadline);
	stream_finish(&peer->stream, deadline);
	return UPSTREAM_REFUSED;
}

/* ---- may it speak for others? ------------------------------------------- */

/* Is PROXY one of ours? WHY says why not. */
static bool is_ours(const struct netlist *networks, const struct address *proxy,
		    struct sbuf *why)
{
	int r = netlist_find(networks, proxy, why);

	if (r > 0)
		return true;
	if (r == 0) {
		address_format(proxy, why);
		sbuf_add_text(why, " is not in upstream_proxy_networks");
	}
	return false;
}

/*
 * To the smtpd a client on the loopback is a local one. What is local to a
 * proxy on another machine, or claims to be, is not local here.
 */
static bool may_name(const struct address *proxy, const struct address *client)
{
	return address_is_loopback(proxy) || !address_is_loopback(client);
}

/*
 * Where anybody may be a proxy, one from outside may not say that he is one of
 * us: the smtpd may relay for our networks.
 */
static bool claims_to_be_ours(const struct netlist *mynetworks,
			      const struct address *proxy,
			      const struct address *client)
{
	char text[512];
	struct sbuf why = SBUF(text);

	return mynetworks && !address_is_loopback(proxy) &&
	       netlist_find(mynetworks, proxy, &why) <= 0 &&
	       netlist_find(mynetworks, client, &why) > 0;
}

/* ---- the header ---------------------------------------------------------- */

/* What was seen of a header, and what is to be said of it. */
struct sight {
	char bytes[PROXY_HEADER_MAX];
	struct span seen;
	struct proxy_header header;
	const char *why; /* NULL: not worth a line */
};

/* A health check that only connects ends with a reset, all day long. */
static const char *read_error(int error, size_t seen)
{
	if (error == ECONNRESET && seen == 0)
		return NULL;
	return error == ETIMEDOUT ? "time limit exceeded" : strerror(error);
}

static enum proxy_header_status look(const struct peer *peer, int64_t deadline,
				     struct sight *s)
{
	enum proxy_header_status status = PROXY_HEADER_PART;

	while (status == PROXY_HEADER_PART) {
		ssize_t n = stream_peek_beyond(&peer->stream, s->bytes,
					       sizeof(s->bytes), s->seen.len,
					       deadline);

		if (n == (ssize_t)s->seen.len) {
			if (n == 0)
				s->why = "EOF";
			return PROXY_HEADER_WRONG;
		}
		if (n < 0) {
			s->why = read_error((int)-n, s->seen.len);
			return PROXY_HEADER_WRONG;
		}
		s->seen = (struct span){ s->bytes, (size_t)n };
		status = proxy_header_parse(s->seen, &s->header, &s->why);
	}
	return status;
}

/* Take LEN bytes that are known to be there. */
static bool take(const struct peer *peer, size_t len, int64_t deadline)
{
	char waste[PROXY_HEADER_MAX];

	while (len > 0) {
		ssize_t n = stream_read(&peer->stream, waste, len, deadline);

		if (n <= 0)
			return false;
		len -= (size_t)n;
	}
	return true;
}

static void log_wrong(const struct sight *s)
{
	char text[HEADER_TEXT + 1];
	struct sbuf escaped = SBUF(text);

	if (!s->why)
		return;
	escape_evidence(&escaped, s->seen);
	log_warning(LOG_PROXY_TROUBLE, "haproxy read: %s%s%s", s->why,
		    s->seen.len > 0 ? ": " : "", text);
}

/* WHY a header of PROXY's that names CLIENT is refused, or NULL. */
static const char *wrong_name(const struct netlist *mynetworks,
			      const struct address *proxy,
			      const struct address *client)
{
	if (!may_name(proxy, client))
		return "loopback client of another machine";
	if (claims_to_be_ours(mynetworks, proxy, client))
		return "client in mynetworks, and upstream_proxy_networks is "
		       "not set";
	return NULL;
}

/* MYNETWORKS is NULL where it is known who may send a header. */
static enum upstream read_header(const struct conf *conf,
				 const struct netlist *mynetworks,
				 struct peer *peer)
{
	int64_t deadline =
		clock_mono() + conf->upstream_proxy_timeout * CLOCK_SECOND;
	struct sight s = { .seen = { s.bytes, 0 } };
	enum proxy_header_status status = look(peer, deadline, &s);
	const char *why = NULL;

	if (status == PROXY_HEADER_CLIENT)
		why = wrong_name(mynetworks, &peer->client.address,
				 &s.header.client.address);
	if (why) {
		s.why = why;
		status = PROXY_HEADER_WRONG;
	}
	if (status != PROXY_HEADER_WRONG &&
	    !take(peer, s.header.len, deadline)) {
		s.why = "EOF";
		status = PROXY_HEADER_WRONG;
	}
	switch (status) {
	case PROXY_HEADER_CLIENT:
		peer->client = s.header.client;
		peer->server = s.header.server;
		return UPSTREAM_CLIENT;
	case PROXY_HEADER_NOBODY:
		return UPSTREAM_CHECK;
	case PROXY_HEADER_PART:
	case PROXY_HEADER_WRONG:
		break;
	}
	log_wrong(&s);
	return refuse(peer);
}

/* A list, or NULL after a mistake. */
static const struct netlist *open_list(const char *text, const char *parameter,
				       const struct conf *conf,
				       struct arena *arena,
				       struct report *report)
{
	struct origin where = conf_origin(conf, parameter);
	const struct netlist *list = netlist_open(text, arena, report, &where);

	return report->errors > 0 ? NULL : list;
}

enum upstream upstream_meet(const struct conf *conf, struct arena *arena,
			    struct report *report, struct peer *peer)
{
	bool known = conf->upstream_proxy_networks[0] != '\0';
	const char *text =
		known ? conf->upstream_proxy_networks : conf->mynetworks;
	const char *name = known ? "upstream_proxy_networks" : "mynetworks";
	const struct netlist *list;
	char memory[512];
	struct sbuf why = SBUF(memory);

	log_connection(NULL, &peer->client, &peer->server);
	list = open_list(text, name, conf, arena, report);
	if (!list)
		return UPSTREAM_MISCONFIGURED;
	if (known && !is_ours(list, &peer->client.address, &why)) {
		log_warning(LOG_PROXY_TROUBLE, "haproxy read: %s", memory);
		return refuse(peer);
	}
	return read_header(conf, known ? NULL : list, peer);
}
