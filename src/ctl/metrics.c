#include "ctl/metrics.h"

#include "base/fdio.h"
#include "ctl/commands.h"

#include <string.h>
#include <unistd.h>

static bool parse(int argc, char **argv, bool *http, enum metrics_form *form)
{
	bool prometheus = false;
	const struct option_row rows[] = {
		{ .name = "http", .flag = http },
		{ .name = "prometheus", .flag = &prometheus },
	};

	if (!options_only(argc, argv, rows, sizeof(rows) / sizeof(rows[0])))
		return false;
	*form = prometheus ? METRICS_PROMETHEUS : METRICS_OPEN;
	return true;
}

static int print(struct probing *p, enum metrics_form form)
{
	char memory[CACHE_PATH + 64] = "";
	struct sbuf file = SBUF(memory);
	int r = metrics_write(p, form, stdout, &file);

	if (r == 0)
		return EX_OK;
	say("%s: %s", memory, strerror(-r));
	return EX_UNAVAILABLE;
}

int metrics_run(struct console *c, int argc, char **argv)
{
	static struct probing p;
	enum metrics_form form;
	bool http = false;
	int code;

	if (!parse(argc, argv, &http, &form))
		return EX_USAGE;
	if (http && !fdio_is_inet(STDIN_FILENO)) {
		say("metrics --http answers a TCP connection on standard "
		    "input, as smtp-screen-metrics.socket makes it");
		return EX_USAGE;
	}
	code = probing_begin(&p, c);
	if (code != EX_OK)
		return code;
	code = http ? metrics_answer(&p) : print(&p, form);
	probing_close(&p);
	return code;
}
