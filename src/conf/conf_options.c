#include "conf/conf_options.h"

void conf_options_init(struct conf_options *o)
{
	o->input = (struct conf_input){ .options = o->override, .stress = "" };
}

const char *conf_options_take(struct conf_options *o, int letter,
			      const char *argument)
{
	if (letter == 'c') {
		o->input.file = argument;
		return NULL;
	}
	if (o->input.option_count == CONF_OPTIONS_MAX)
		return "more than 256 -o options";
	o->override[o->input.option_count++] = argument;
	return NULL;
}
