#include "ctl/metrics.h"

#include "base/fdio.h"
#include "ctl/commands.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

struct options {
	bool http;
	enum metrics_form form;
};

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "http", no_argument, NULL, 'h' },
		{ "prometheus", no_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 'h')
			o->http = true;
		else if (c == 'p')
			o->form = METRICS_PROMETHEUS;
		else
			break;
	}
	if (c == -1 && optind == argc)
		return true;
	ctl_say("metrics takes no argument but --prometheus or --http; see "
		"smtp-screenctl metrics --help");
	return false;
}

static int print(struct probing *p, enum metrics_form form)
{
	char memory[CACHE_PATH + 64] = "";
	struct sbuf file = SBUF(memory);
	int r = metrics_write(p, form, stdout, &file);

	if (r == 0)
		return EX_OK;
	ctl_say("%s: %s", memory, strerror(-r));
	return EX_UNAVAILABLE;
}

int metrics_run(struct ctl *c, int argc, char **argv)
{
	static struct probing p;
	struct options o = { .form = METRICS_OPEN };
	int code;

	if (!parse_options(argc, argv, &o))
		return EX_USAGE;
	if (o.http && !fdio_is_inet(STDIN_FILENO)) {
		ctl_say("metrics --http answers a TCP connection on standard "
			"input, as smtp-screen-metrics.socket makes it");
		return EX_USAGE;
	}
	code = probing_open(&p, c);
	if (code == EX_OK)
		code = probing_use_state(c);
	if (code != EX_OK)
		return code;
	code = o.http ? metrics_answer(&p) : print(&p, o.form);
	probing_close(&p);
	return code;
}
