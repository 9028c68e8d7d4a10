#include "net/handed_over.h"

#include "base/number.h"

#include <stdlib.h>
#include <unistd.h>

int handed_over_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t owner, count;

	if (!pid || !fds || !number_parse(span_of(pid), INT32_MAX, &owner) ||
	    owner != (uint64_t)getpid())
		return 0;
	return number_parse(span_of(fds), INT32_MAX, &count) ? (int)count : -1;
}

struct span handed_over_name(unsigned index)
{
	struct span rest = span_of(getenv("LISTEN_FDNAMES")), name;

	for (;;) {
		bool more = span_cut(rest, ':', &name, &rest);

		if (index-- == 0)
			return more ? name : rest;
		if (!more)
			return SPAN("");
	}
}

void handed_over_forget(void)
{
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	unsetenv("LISTEN_PIDFDID");
}
