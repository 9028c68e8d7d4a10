#include "dns/answer_tag.h"

static const struct {
	const char *name, *cause, *cure;
} tags[] = {
	[TAG_TYPO] = { "typo", "there is no list of that name",
		       "correct the name in dnsbl_sites" },
	[TAG_PUBLIC_RESOLVER] = { "public-resolver",
				  "it does not answer public resolvers, nor "
				  "those without a "
				  "name of their own",
				  "ask through a recursive resolver of your "
				  "own (dns_servers), "
				  "or with a key where the list gives one" },
	[TAG_OVER_LIMIT] = { "over-limit",
			     "too many questions came from your resolver",
			     "ask through a resolver that only you use, or "
			     "subscribe" },
	[TAG_KEY_DISABLED] = { "key-disabled", "the key is disabled or wrong",
			       "look at your account with the list" },
	[TAG_KEY_MISUSED] = { "key-misused",
			      "the key is used against the list's terms",
			      "look at your account with the list" },
	[TAG_NOT_REGISTERED] = { "not-registered",
				 "your resolver is not registered with it",
				 "register its address with the list, or "
				 "remove the list" },
	[TAG_WRONG_KIND] = { "wrong-kind", "it is not about client addresses",
			     "remove it from dnsbl_sites" },
	[TAG_POISONED] = { "poisoned",
			   "it gives false answers to those it has blocked for "
			   "long",
			   "remove it from dnsbl_sites until your resolver is "
			   "unblocked" },
	[TAG_BLOCKED] = { "blocked", "it refuses to tell you anything",
			  "ask its operator why, or ask through a recursive "
			  "resolver of your own (dns_servers)" },
	[TAG_REFUSED] = { "refused", "it refuses to tell you anything",
			  "ask its operator why, or ask through a recursive "
			  "resolver of your own (dns_servers)" },
	[TAG_FOREIGN] = { "foreign",
			  "such an address is no answer of a DNS list: its "
			  "domain may "
			  "have been sold, or your resolver invents answers",
			  "remove the list if it is gone, or ask through a "
			  "recursive "
			  "resolver of your own (dns_servers)" },
	[TAG_LOOPBACK] = { "loopback", "lists use it for \"I do not tell you\"",
			   "ask its operator why, or name 127.0.0.1 in its "
			   "filter if it lists by that" },
};

_Static_assert(sizeof(tags) / sizeof(tags[0]) == ANSWER_TAGS,
	       "each tag has its words");

bool answer_tag_parse(struct span text, enum answer_tag *ret)
{
	for (enum answer_tag t = 0; t < ANSWER_TAGS; t++)
		if (span_equal(text, span_of(tags[t].name))) {
			*ret = t;
			return true;
		}
	return false;
}

const char *answer_tag_name(enum answer_tag tag)
{
	return tags[tag].name;
}

const char *answer_tag_cause(enum answer_tag tag)
{
	return tags[tag].cause;
}

const char *answer_tag_cure(enum answer_tag tag)
{
	return tags[tag].cure;
}
