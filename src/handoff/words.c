#include "handoff/words.h"

/*
 * Take the next word off *REST and write it to TO without its quotes, unless
 * TO is NULL. False when there is none.
 */
static bool next_word(struct span *rest, char *to, size_t *ret_len)
{
	bool quoted = false;
	size_t len = 0;

	*rest = span_trim_start(*rest);
	if (rest->len == 0)
		return false;
	while (rest->len > 0 && (quoted || !span_is_space(rest->p[0]))) {
		if (rest->p[0] == '"')
			quoted = !quoted;
		else if (to)
			to[len++] = rest->p[0];
		else
			len++;
		*rest = span_skip(*rest, 1);
	}
	*ret_len = len;
	return true;
}

static bool quotes_match(struct span text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '"')
			quoted = !quoted;
	return !quoted;
}

enum words_error words_split(struct span text, struct arena *arena,
			     char *const **ret_words)
{
	struct span rest = text;
	size_t count = 0, len;
	char **words;

	if (span_find(text, '\0') >= 0)
		return WORDS_NUL;
	if (!quotes_match(text))
		return WORDS_UNCLOSED;
	while (next_word(&rest, NULL, &len))
		count++;
	words = arena_array(arena, count + 1, sizeof(*words));
	if (!words)
		return WORDS_NO_ROOM;
	rest = text;
	for (size_t i = 0; i < count; i++) {
		struct span ahead = rest;

		next_word(&ahead, NULL, &len);
		/* arena memory is zeroed, so the word ends by itself */
		words[i] = arena_alloc(arena, len + 1);
		if (!words[i])
			return WORDS_NO_ROOM;
		next_word(&rest, words[i], &len);
	}
	*ret_words = words;
	return WORDS_OK;
}
