#include "console/duration.h"

#include "conf/value.h"
#include "console/say.h"

bool duration_parse(const char *text, char unit, int64_t *ret_seconds)
{
	const struct parameter duration = {
		.name = "DURATION",
		.kind = KIND_TIME,
		.unit = unit,
		.least = 1,
	};
	char memory[128];
	struct sbuf expected = SBUF(memory);

	/* "5 days" is taken by the settings, with a warning; here it would
	 * only be a guess */
	if (value_parse(&duration, text, ret_seconds) == VALUE_GOOD)
		return true;
	value_expected(&duration, &expected);
	say("bad duration \"%s\": expected %s", text, memory);
	return false;
}
