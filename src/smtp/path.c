#include "smtp/path.h"

#include <string.h>

/*
 * "@a,@b:user@c" is an address with a route before it (RFC 5321, app. C). How
 * long the route is, with its colon.
 */
static size_t route_length(struct span address)
{
	ptrdiff_t colon;

	if (address.len == 0 || address.p[0] != '@')
		return 0;
	colon = span_find(address, ':');
	return colon < 0 ? 0 : (size_t)colon + 1;
}

/* Take the route off that begins at START. */
static void cut_route(struct sbuf *b, size_t start)
{
	struct span address = span_skip(sbuf_span(b), start);
	size_t route = route_length(address);

	memmove(b->text + start, b->text + start + route,
		address.len - route + 1);
	b->len -= route;
}

bool path_extract(struct span arguments, struct sbuf *to)
{
	bool quoted = false;
	struct span before, s;
	size_t start = to->len;
	char stop = ' ';

	if (!span_cut(arguments, ':', &before, &s))
		return false;
	while (s.len > 0 && s.p[0] == ' ')
		s = span_skip(s, 1);
	if (s.len > 0 && s.p[0] == '<') {
		stop = '>';
		s = span_skip(s, 1);
	}
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == stop && !quoted)
			break;
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] != '\\')
			sbuf_add_char(to, s.p[i]);
		else if (++i < s.len)
			sbuf_add_char(to, s.p[i]);
	}
	cut_route(to, start);
	return true;
}

static bool is_atom_byte(char c)
{
	unsigned char u = (unsigned char)c;

	/* bytes over 127 are UTF-8 as a rule (RFC 6532), and stay */
	return u > ' ' && u != 0x7f && !strchr("()<>[]:;@\\,\"", c);
}

/* Atoms joined by single dots? */
static bool is_dot_atom(struct span s)
{
	if (s.len == 0 || s.p[0] == '.' || s.p[s.len - 1] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_atom_byte(s.p[i]))
			return false;
		if (s.p[i] == '.' && s.p[i + 1] == '.')
			return false;
	}
	return true;
}

void path_quote(struct span address, struct sbuf *to)
{
	size_t route = route_length(address);
	struct span local;

	if (address.len == 0)
		return;
	/* Postfix leaves a route as it is */
	sbuf_add(to, (struct span){ address.p, route });
	address = span_skip(address, route);
	local = address;
	for (size_t i = 0; i < address.len; i++)
		if (address.p[i] == '@')
			local.len = i;
	if (is_dot_atom(local)) {
		sbuf_add(to, address);
		return;
	}
	sbuf_add_char(to, '"');
	for (size_t i = 0; i < local.len; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\' ||
		    local.p[i] == '\r')
			sbuf_add_char(to, '\\');
		sbuf_add_char(to, local.p[i]);
	}
	sbuf_add_char(to, '"');
	sbuf_add(to, span_skip(address, local.len));
}
