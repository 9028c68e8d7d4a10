#include "console/json.h"

#include "base/json_text.h"

void json_print(FILE *to, struct span text)
{
	char memory[16];
	struct sbuf character = SBUF(memory);

	putc('"', to);
	while (text.len > 0) {
		sbuf_clear(&character);
		text = span_skip(text, json_text_character(&character, text));
		fputs(memory, to);
	}
	putc('"', to);
}
