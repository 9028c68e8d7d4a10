#include "conf/table_cidr.h"

static struct span take_token(struct span *text)
{
	struct span token = *text;
	size_t n = 0;

	while (n < text->len && !span_is_space(text->p[n]))
		n++;
	token.len = n;
	*text = span_skip(*text, n);
	return token;
}

static void suggest(const struct cidr *net, struct sbuf *why)
{
	sbuf_add_text(why, "perhaps \"");
	cidr_format(net, why);
	sbuf_add_text(why, "\" is meant");
}

static bool parse(struct table_source *s, struct span *text, struct rule *rule,
		  struct sbuf *why)
{
	struct cidr_rule *cidr = (struct cidr_rule *)rule;
	struct span pattern = take_token(text);

	(void)s;
	switch (cidr_parse(pattern, &cidr->net)) {
	case CIDR_OK:
		return true;
	case CIDR_BAD_ADDRESS:
		sbuf_addf(why, "\"%.*s\" is neither address nor network",
			  (int)pattern.len, pattern.p);
		break;
	case CIDR_BAD_PREFIX:
		sbuf_addf(why, "bad prefix length in \"%.*s\"",
			  (int)pattern.len, pattern.p);
		break;
	case CIDR_HOST_BITS:
		sbuf_addf(why, "host bits are set in \"%.*s\", ",
			  (int)pattern.len, pattern.p);
		suggest(&cidr->net, why);
		break;
	}
	return false;
}

static int matches(const struct rule *rule, void *key)
{
	const struct cidr *net = &((const struct cidr_rule *)rule)->net;
	const struct address *who = key;

	return net->net.family == who->family &&
	       cidr_contains(net, who) != rule->negated;
}

static const struct rule_grammar grammar = {
	.size = sizeof(struct cidr_rule),
	.parse = parse,
	.matches = matches,
};

int table_cidr_read(struct rules *r, struct table_source *s)
{
	return rules_read(r, &grammar, s);
}

int table_cidr_find(const struct rules *r, struct span key, struct sbuf *value)
{
	const struct rule *rule;
	struct address who;

	if (!address_parse(key, &who) || rules_find(r, &who, &rule) <= 0)
		return 0;
	sbuf_add(value, rule->result);
	return 1;
}
