#include "base/secret.h"

/* The shortest key known has 26; words of people are shorter. */
#define KEY_LEAST 20

bool secret_is_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool secret_is_key(struct span word)
{
	bool digit = false;

	for (size_t i = 0; i < word.len; i++) {
		if (!secret_is_char(word.p[i]))
			return false;
		digit = digit || (word.p[i] >= '0' && word.p[i] <= '9');
	}
	return digit && word.len >= KEY_LEAST;
}

static struct span first_word(struct span text)
{
	size_t n = 0;

	while (n < text.len && secret_is_char(text.p[n]))
		n++;
	return (struct span){ text.p, n };
}

void secret_mask(struct sbuf *to, struct span text,
		 bool (*is_known)(const void *context, struct span word,
				  struct span rest),
		 const void *context)
{
	bool in_path = false;

	while (text.len > 0) {
		struct span word = first_word(text);

		text = span_skip(text, word.len);
		if ((!in_path && secret_is_key(word)) ||
		    (is_known && is_known(context, word, text)))
			sbuf_add_text(to, SECRET_SHOWN);
		else
			sbuf_add(to, word);
		if (text.len == 0)
			return;
		in_path = text.p[0] == '/';
		sbuf_add_char(to, text.p[0]);
		text = span_skip(text, 1);
	}
}
