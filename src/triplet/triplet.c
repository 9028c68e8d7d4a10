#include "triplet/triplet.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_word_char(char c)
{
	return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

/* ---- the sender -------------------------------------------------- */

#define TAG 10 /* characters of a BATV tag */

/* Does it begin as a BATV tag? */
static bool is_tag(struct span s)
{
	if (s.len < TAG)
		return false;
	for (size_t i = 0; i < TAG; i++)
		if (!is_digit(s.p[i]) && !is_lower(s.p[i]))
			return false;
	return true;
}

/* "prvs=TAG=LOCAL", or LOCAL and TAG the other way round. */
static struct span without_batv(struct span local)
{
	struct span prefix, rest, one, two;

	if (!span_cut(local, '=', &prefix, &rest) ||
	    !span_equal(prefix, SPAN("prvs")) ||
	    !span_cut(rest, '=', &one, &two) || span_find(two, '=') >= 0)
		return local;
	return is_tag(two) && !is_tag(one) ? one : two;
}

static struct span without_extension(struct span local)
{
	ptrdiff_t plus = span_find(local, '+');

	if (plus >= 0)
		local.len = (size_t)plus;
	return local;
}

/* How many digits stand at I of S, as a word of their own. */
static size_t number_at(struct span s, size_t i)
{
	size_t n = i;

	if (i > 0 && is_word_char(s.p[i - 1]))
		return 0;
	while (n < s.len && is_digit(s.p[n]))
		n++;
	return n < s.len && is_word_char(s.p[n]) ? 0 : n - i;
}

void triplet_sender(struct span sender, struct sbuf *to)
{
	struct span local, domain;

	if (!span_cut(sender, '@', &local, &domain)) {
		sbuf_add(to, sender);
		return;
	}
	local = without_extension(without_batv(local));
	for (size_t i = 0; i < local.len;) {
		size_t digits = number_at(local, i);

		sbuf_add_char(to, digits > 0 ? '#' : local.p[i]);
		i += digits > 0 ? digits : 1;
	}
	sbuf_add_char(to, '@');
	sbuf_add(to, domain);
}

/* ---- names ------------------------------------------------------- */

static void add_network(const struct triplet_rules *rules,
			const struct address *who, struct sbuf *to)
{
	struct address net = *who;

	if (!rules->whole_address)
		address_mask(&net, who->family == ADDRESS_IPV4
					   ? rules->ipv4_prefix
					   : rules->ipv6_prefix);
	address_format(&net, to);
	if (rules->whole_address)
		sbuf_addf(to, "/%u", address_bits(who));
}

static void lower(struct sbuf *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->text[i] >= 'A' && text->text[i] <= 'Z')
			text->text[i] = (char)(text->text[i] - 'A' + 'a');
}

/* The letter keeps the two apart, which nothing else would do any more. */
void triplet_hide(const struct triplet_rules *rules, bool is_client,
		  struct span clear, struct sbuf *to)
{
	char memory[PSEUDONYM_TEXT];
	struct sbuf pseudonym = SBUF(memory);

	/* before anything is written to where CLEAR may be */
	pseudonym_add(&pseudonym, rules->secret, clear);
	sbuf_clear(to);
	sbuf_add_char(to, is_client ? 'c' : 't');
	sbuf_add_char(to, ':');
	sbuf_add(to, sbuf_span(&pseudonym));
}

/* Who sends stands in TO already. */
static void add_rest(const struct triplet_rules *rules, struct span sender,
		     struct span recipient, struct sbuf *to)
{
	sbuf_add_char(to, '/');
	triplet_sender(sender, to);
	sbuf_add_char(to, '/');
	sbuf_add(to, recipient);
	lower(to);
	if (rules->privacy)
		triplet_hide(rules, false, sbuf_span(to), to);
}

void triplet_name(const struct triplet_rules *rules, const struct address *who,
		  struct span sender, struct span recipient, struct sbuf *to)
{
	sbuf_clear(to);
	add_network(rules, who, to);
	add_rest(rules, sender, recipient, to);
}

void triplet_pool_name(const struct triplet_rules *rules, struct span pool,
		       struct span sender, struct span recipient,
		       struct sbuf *to)
{
	sbuf_clear(to);
	sbuf_add_text(to, "pool:");
	sbuf_add(to, pool);
	add_rest(rules, sender, recipient, to);
}

void triplet_client_name(const struct triplet_rules *rules,
			 const struct address *who, struct sbuf *to)
{
	sbuf_clear(to);
	address_format(who, to);
	if (rules->privacy)
		triplet_hide(rules, true, sbuf_span(to), to);
}
