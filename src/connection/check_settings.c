#include "connection/check_settings.h"

#include "handoff/handoff.h"
#include "screen/check.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static void print(const char *text)
{
	/* nobody is left to tell when this fails */
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		return;
}

int check_settings(const struct conf_input *input, bool proxied,
		   char *const *command, struct arena *arena)
{
	static const char *const level_name[] = {
		[REPORT_NOTE] = "note: ",
		[REPORT_WARNING] = "warning: ",
		[REPORT_ERROR] = "error: ",
	};
	const struct report_line *line;
	char text[128];
	struct sbuf summary = SBUF(text);
	struct handoff handoff;
	struct report report;
	struct conf conf;

	report_init(&report, arena);
	conf_load(input, arena, &report, &conf);
	if (proxied)
		conf.upstream_proxy_protocol = "haproxy";
	check_everything(&conf, input, arena, &report);
	handoff_choose(&conf, NULL, command, arena, &report, &handoff);
	for (line = report.first; line; line = line->next) {
		print(level_name[line->level]);
		print(line->text);
		print("\n");
	}
	sbuf_addf(&summary, "smtp-screen: %u error%s, %u warning%s\n",
		  report.errors, report.errors == 1 ? "" : "s", report.warnings,
		  report.warnings == 1 ? "" : "s");
	print(text);
	return report.errors > 0 ? EX_CONFIG : EX_OK;
}
