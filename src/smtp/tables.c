#include "smtp/tables.h"

#include "smtp/ehlo.h"
#include "smtp/footer.h"

#include <string.h>
#include <time.h>

static unsigned open_discard(const struct conf *conf, struct report *report)
{
	struct origin where =
		conf_origin(conf, "postscreen_discard_ehlo_keywords");
	char memory[256];
	struct sbuf unknown = SBUF(memory);
	unsigned discard =
		ehlo_parse(span_of(conf->discard_ehlo_keywords), &unknown);

	if (unknown.len > 0)
		report_add(report, REPORT_WARNING, &where,
			   "unknown EHLO keyword:%s", unknown.text);
	return discard;
}

static void check_footer(const struct conf *conf, struct report *report)
{
	struct origin where = conf_origin(conf, "postscreen_reject_footer");
	const struct endpoint somebody = {
		.address = { .family = ADDRESS_IPV4,
			     .bytes = { 192, 0, 2, 1 } },
		.port = 25,
	};
	const struct reply_form form = { .conf = conf,
					 .client = &somebody,
					 .decision_id = "id" };
	char memory[512];
	struct sbuf warning = SBUF(memory);

	if (!footer_check(&form, span_of(conf->reject_footer), &warning))
		report_add(report, REPORT_WARNING, &where, "%s", warning.text);
}

/* False only when the arena is full. */
static bool open_all(struct engine_tables *t, const struct conf *conf,
		     struct arena *arena, struct report *report)
{
	struct origin where;

	where = conf_origin(conf, "postscreen_reject_footer_maps");
	if (!maps_open(conf->reject_footer_maps, arena, report, &where,
		       &t->footer_maps))
		return false;
	where = conf_origin(conf,
			    "postscreen_discard_ehlo_keyword_address_maps");
	if (!maps_open(conf->discard_ehlo_keyword_address_maps, arena, report,
		       &where, &t->discard_maps))
		return false;
	where = conf_origin(conf, "postscreen_command_filter");
	if (!maps_open(conf->command_filter, arena, report, &where,
		       &t->command_filter))
		return false;
	if (t->command_filter.count > 1)
		report_add(report, REPORT_ERROR, &where,
			   "wanted one table, not a list");
	where = conf_origin(conf, "postscreen_forbidden_commands");
	t->forbidden =
		forbidden_open(conf->forbidden_commands, arena, report, &where);
	return t->forbidden != NULL;
}

struct engine_tables *engine_tables_open(const struct conf *conf,
					 struct arena *arena,
					 struct report *report)
{
	struct engine_tables *t = arena_alloc(arena, sizeof(*t));

	if (!t || !open_all(t, conf, arena, report))
		return NULL;
	t->discard = open_discard(conf, report);
	check_footer(conf, report);
	/* later, in a sandbox, the time zone's file cannot be opened */
	if (t->footer_maps.count > 0 ||
	    strstr(conf->reject_footer, "localtime"))
		tzset();
	return t;
}
