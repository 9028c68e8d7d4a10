#include "smtp/path.h"

#include <string.h>

/* "@a,@b:user@c" is an address with a route before it (RFC 5321, app. C). */
static struct span without_route(struct span s, char stop)
{
	for (size_t i = 0; i < s.len && s.p[i] != stop; i++)
		if (s.p[i] == ':')
			return span_skip(s, i + 1);
	return s;
}

bool path_extract(struct span arguments, struct sbuf *to)
{
	bool quoted = false;
	struct span before, s;
	char stop = ' ';

	if (!span_cut(arguments, ':', &before, &s))
		return false;
	while (s.len > 0 && s.p[0] == ' ')
		s = span_skip(s, 1);
	if (s.len > 0 && s.p[0] == '<') {
		stop = '>';
		s = span_skip(s, 1);
	}
	if (s.len > 0 && s.p[0] == '@')
		s = without_route(s, stop);

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
	struct span local = address;

	for (size_t i = 0; i < address.len; i++)
		if (address.p[i] == '@')
			local.len = i;
	if (address.len == 0 || is_dot_atom(local)) {
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
