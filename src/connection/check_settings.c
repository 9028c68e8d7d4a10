#include "connection/check_settings.h"

#include "base/number.h"
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

int check_settings(const struct check_request *request, struct arena *arena)
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
	report.must_read = request->must_read;
	conf_load(request->input, arena, &report, &conf);
	if (request->proxied)
		conf.upstream_proxy_protocol = "haproxy";
	check_everything(&conf, request->input, arena, &report);
	handoff_choose(&conf, NULL, request->command, arena, &report, &handoff);
	for (line = report.first; line; line = line->next) {
		print(level_name[line->level]);
		print(line->text);
		print("\n");
	}
	sbuf_addf(&summary, "%s: %u error%s, %u warning%s\n", request->program,
		  report.errors, number_words(report.errors, "", "s"),
		  report.warnings, number_words(report.warnings, "", "s"));
	print(text);
	return report.errors > 0 ? EX_CONFIG : EX_OK;
}
