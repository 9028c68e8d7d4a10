#include "smtp/turn.h"

#include "smtp/voice.h"

void turn_parse(struct turn *t, struct span text)
{
	t->arguments = text;
	t->word = command_word(&t->arguments);
	t->command = command_find(t->word);
	t->before = t->e->where;
}

enum engine_next turn_answer(struct turn *t, const char *text)
{
	voice_reply(t->e, span_of(text), t->now, t->reply);
	return ENGINE_GO_ON;
}

enum engine_next turn_close(struct turn *t, const char *text)
{
	turn_answer(t, text);
	t->e->over = true;
	return ENGINE_CLOSE;
}

struct span turn_argument(const struct turn *t)
{
	struct span rest = t->arguments;

	return command_word(&rest);
}
