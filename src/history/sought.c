#include "history/sought.h"

#include "cache/cache.h"
#include "console/say.h"
#include "screen/decision.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

static bool is_all_of(const char *text, const char *characters)
{
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

/* An address is a network of its own. */
static bool parse_network(const char *text, struct cidr *ret)
{
	if (cidr_parse(span_of(text), ret) != CIDR_OK)
		return false;
	if (ret->prefix == 128)
		address_unmap(&ret->net);
	if (ret->prefix > address_bits(&ret->net))
		ret->prefix = address_bits(&ret->net);
	return true;
}

static void add_network(const struct cidr *network, struct sbuf *to)
{
	if (network->prefix == address_bits(&network->net))
		address_format(&network->net, to);
	else
		cidr_format(network, to);
}

/* What it is called under the key, if there is one. */
static int find_pseudonym(struct sought *s, const struct conf *conf)
{
	unsigned char key[PSEUDONYM_SECRET];
	char memory[ADDRESS_TEXT + 8];
	struct sbuf name = SBUF(memory), to = SBUF(s->pseudonym);
	int r = pseudonym_key_read(conf->decision_log_key_file, key);

	add_network(&s->network, &name);
	if (r == 0) {
		pseudonym_add(&to, key, sbuf_span(&name));
		return EX_OK;
	}
	if (conf->decision_log_privacy != PRIVACY_HMAC)
		return EX_OK;
	say("decision_log_key_file %s: %s -- without the key nobody can "
	    "tell who %s is in the log",
	    conf->decision_log_key_file,
	    r == -EBADMSG ? "this is no key of ours" : strerror(-r), s->text);
	return r == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;
}

static void add_hold(struct sought *s, size_t index, struct span text)
{
	struct sbuf b = SBUF(s->holds[index]);

	sbuf_add_char(&b, '"');
	sbuf_add(&b, text);
	sbuf_add_char(&b, '"');
}

/* The names that an address can have in the log. */
static void hold_names(struct sought *s)
{
	char memory[ADDRESS_TEXT + 8];
	struct sbuf b = SBUF(memory);

	address_format(&s->network.net, &b);
	add_hold(s, 0, sbuf_span(&b));
	sbuf_clear(&b);
	cache_key(&s->network.net, DECISION_SHOWN_IPV4, DECISION_SHOWN_IPV6,
		  &b);
	add_hold(s, 1, sbuf_span(&b));
	if (s->pseudonym[0] != '\0')
		add_hold(s, 2, span_of(s->pseudonym));
}

int sought_parse(struct sought *s, const struct conf *conf, const char *text)
{
	*s = (struct sought){ .kind = SOUGHT_NETWORK, .text = text };
	if (parse_network(text, &s->network)) {
		s->is_address =
			s->network.prefix == address_bits(&s->network.net);
		int code = find_pseudonym(s, conf);

		if (s->is_address)
			hold_names(s);
		return code;
	}
	s->kind = SOUGHT_PSEUDONYM;
	if (!is_all_of(text, "0123456789abcdef") ||
	    strlen(text) != PSEUDONYM_TEXT - 1)
		s->kind = SOUGHT_ID;
	if (s->kind == SOUGHT_ID &&
	    (!is_all_of(text, "0123456789bcdfghjkmnpqrstvwxyz") ||
	     strlen(text) > SOUGHT_TEXT - 3)) {
		say("\"%s\" is neither a decision ID, such as "
		    "rbq9cgnsrzjt, nor an address, a network without bits "
		    "behind its prefix, or a pseudonym of the log",
		    text);
		return EX_USAGE;
	}
	add_hold(s, 0, span_of(text));
	return EX_OK;
}

void sought_narrow(const struct sought *s, struct records_setup *setup)
{
	size_t count = 0;

	for (size_t i = 0; i < RECORDS_HOLDS; i++)
		if (s->holds[i][0] != '\0')
			setup->holds[count++] = s->holds[i];
}

/* One of the two holds the other. */
static bool overlap(const struct cidr *a, const struct cidr *b)
{
	return a->prefix <= b->prefix ? cidr_contains(a, &b->net)
				      : cidr_contains(b, &a->net);
}

static bool is_client(const struct sought *s, const struct recorded *line)
{
	struct cidr client;

	if (parse_network(line->client, &client))
		return overlap(&s->network, &client);
	if (s->pseudonym[0] == '\0')
		return false;
	/* a network has a pseudonym where it shares an entry of the cache */
	return strcmp(s->pseudonym, line->client) == 0 ||
	       strcmp(s->pseudonym, line->network) == 0;
}

bool sought_is(const struct sought *s, const struct recorded *line)
{
	switch (s->kind) {
	case SOUGHT_ID:
		return strcmp(s->text, line->id) == 0;
	case SOUGHT_PSEUDONYM:
		return strcmp(s->text, line->client) == 0 ||
		       strcmp(s->text, line->network) == 0;
	case SOUGHT_NETWORK:
		break;
	}
	return is_client(s, line);
}

bool sought_address(const struct sought *s, const struct recorded *line,
		    struct address *ret)
{
	if (recorded_address(line, ret))
		return true;
	/* a network in the log may be somebody else's connection */
	if (!s->is_address || strcmp(s->pseudonym, line->client) != 0)
		return false;
	*ret = s->network.net;
	return true;
}
