#include "handoff/arguments.h"

#include <string.h>

/* Far longer than any argument that names a client. */
#define WORD_MAX 4096

bool arguments_have(char *const *argv, struct span place)
{
	for (; *argv; argv++)
		if (strstr(*argv, place.p))
			return true;
	return false;
}

bool arguments_have_behind(char *const *argv, struct span option,
			   struct span place)
{
	bool behind = false;

	for (; *argv; argv++) {
		struct span rest = span_of(*argv), word;

		/* a shell may be told all in one argument */
		while (span_next_item(&rest, " \t\n\"'", &word)) {
			bool bracket = span_starts_with(word, SPAN("["));

			if (behind &&
			    span_starts_with(span_skip(word, bracket), place))
				return true;
			behind = span_equal(word, option);
		}
	}
	return false;
}

/* What stands for NAME; false when it is no name of ours. */
static bool add_value(struct span name, const struct peer *peer,
		      struct sbuf *to)
{
	if (span_equal(name, SPAN("client_address")))
		address_format(&peer->client.address, to);
	else if (span_equal(name, SPAN("client_port")))
		sbuf_addf(to, "%u", peer->client.port);
	else if (span_equal(name, SPAN("server_address")))
		address_format(&peer->server.address, to);
	else if (span_equal(name, SPAN("server_port")))
		sbuf_addf(to, "%u", peer->server.port);
	else
		return false;
	return true;
}

static bool fill(const char *word, const struct peer *peer, struct sbuf *to,
		 const char **ret_why)
{
	const char *place;

	while ((place = strstr(word, "%{"))) {
		struct span name, rest;

		sbuf_add(to, (struct span){ word, (size_t)(place - word) });
		if (!span_cut(span_of(place + 2), '}', &name, &rest)) {
			*ret_why = "a %{ that no } closes";
			return false;
		}
		if (!add_value(name, peer, to)) {
			*ret_why = "a %{ } that is not one of client_address, "
				   "client_port, server_address and "
				   "server_port";
			return false;
		}
		word = rest.p;
	}
	sbuf_add_text(to, word);
	*ret_why = "an argument is too long";
	return sbuf_fitted(to);
}

char *const *arguments_fill(char *const *argv, const struct peer *peer,
			    struct arena *arena, const char **ret_why)
{
	size_t count = 0;
	char **words;

	while (argv[count])
		count++;
	words = arena_array(arena, count + 1, sizeof(*words));
	for (size_t i = 0; words && i < count; i++) {
		char memory[WORD_MAX];
		struct sbuf word = SBUF(memory);

		if (!fill(argv[i], peer, &word, ret_why))
			return NULL;
		words[i] = arena_text(arena, sbuf_span(&word));
		if (!words[i])
			words = NULL;
	}
	if (!words)
		*ret_why = "the settings do not fit into memory";
	return words;
}
