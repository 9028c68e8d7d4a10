#include "daemon/settings.h"

#include "cache/cache_map.h"
#include "log/log.h"
#include "screen/check.h"
#include "smtp/engine.h"
#include "state/state.h"

#include <string.h>

/* Address space for settings and tables; what is not used costs nothing. */
#define ARENA_SIZE (256 << 20)

/* Read the lists that are asked of every client, unless BEFORE has the same.
 * What is doubtful in them, REPORT has been told by check_tables. */
static void prepare(struct settings_case *one, struct arena *arena,
		    struct report *report, const struct settings_case *before)
{
	const struct conf *conf = &one->conf;
	struct report *told = &one->later;

	report_init(told, arena);
	told->must_read = report->must_read;
	one->interfaces = standing_interfaces(conf, arena, told);
	one->prepared.interfaces = &one->interfaces;
	one->prepared.tables = engine_tables_open(conf, arena, told);
	if (conf->dnsbl_sites[0] != '\0' &&
	    lists_read(&one->lists, conf, false, arena, told))
		one->prepared.lists = &one->lists;
	if (before &&
	    strcmp(before->conf.access_list, conf->access_list) == 0 &&
	    strcmp(before->conf.mynetworks, conf->mynetworks) == 0 &&
	    standing_trusts_addresses(&before->conf) ==
		    standing_trusts_addresses(conf))
		one->prepared.access = before->prepared.access;
	else
		one->prepared.access = standing_access_list(conf, arena, told);
	check_room(one->interfaces.list && one->prepared.tables &&
			   one->prepared.access,
		   report);
	/* they could be read a moment ago, and would be missed till a reload */
	if (told->errors > 0)
		*report = *told;
	report_init(told, arena);
}

/* How clients of this kind get to the smtpd. */
static void choose_handoff(const struct settings_input *input,
			   struct settings_case *one, struct arena *arena,
			   struct report *report)
{
	struct peer anybody = {
		.stream = { STREAM_TCP, 0, 0 },
		.source = one->conf.upstream_proxy_protocol[0] != '\0'
				  ? PEER_FROM_PROXY
				  : PEER_FROM_SOCKET,
	};

	handoff_choose(&one->conf, &anybody, input->command, arena, report,
		       &one->handoff);
}

/* Read ONE, whose input is there; BEFORE has been read, or is NULL. */
static void read_case(const struct settings_input *input, bool proxied,
		      struct settings_case *one, struct arena *arena,
		      struct report *report, const struct settings_case *before)
{
	conf_load(&one->input, arena, report, &one->conf);
	if (proxied)
		one->conf.upstream_proxy_protocol = "haproxy";
	if (report->errors == 0 && !before) {
		check_at_start(&one->conf, report);
		check_tables(&one->conf, arena, report);
	}
	if (report->errors > 0)
		return;
	prepare(one, arena, report, before);
	choose_handoff(input, one, arena, report);
	if (report->errors == 0 && !before && one->handoff.kind == HANDOFF_EXEC)
		program_warn_of_rights(&one->handoff.program, report);
}

/* Read a kind of listener's cases; BEFORE is one that was read. False when
 * something is wrong with them. */
static bool read_kind(struct settings *s, const struct settings_input *input,
		      bool proxied, const struct settings_case **before)
{
	for (int stress = 0; stress < 2; stress++) {
		struct settings_case *one = &s->one[stress][proxied];
		struct report report;

		report_init(&report, &s->arena);
		report.must_read = s->report.must_read;
		one->input = input->conf;
		one->input.stress = stress ? "yes" : "";
		one->prepared.cache = &s->cache;
		read_case(input, proxied, one, &s->arena, &report, *before);
		/* what is doubtful, the first has told */
		if (!*before || report.errors > 0)
			s->report = report;
		if (report.errors > 0)
			return false;
		*before = one;
	}
	return true;
}

/* The cache, which is the same for all. */
static void keep_cache(struct settings *s)
{
	struct sbuf file = SBUF(s->cache_file);
	struct cache_map map;

	if (cache_map_parse(settings_main(s)->cache_map, &map) != NULL)
		return;
	sbuf_add(&file, map.file);
	s->cache.keep_reading = true;
}

int settings_read(const struct settings_input *input, bool again,
		  struct settings *ret)
{
	const struct settings_case *before = NULL;
	int r;

	*ret = (struct settings){ .arena = { .size = 0 } };
	r = arena_open(&ret->arena, ARENA_SIZE);
	if (r < 0)
		return r;
	report_init(&ret->report, &ret->arena);
	ret->report.must_read = again;
	cache_init(&ret->cache, ret->cache_file);
	if (input->direct && !read_kind(ret, input, false, &before))
		return 0;
	if (input->proxied && !read_kind(ret, input, true, &before))
		return 0;
	keep_cache(ret);
	return 0;
}

void settings_close(struct settings *s)
{
	cache_close(&s->cache);
	arena_close(&s->arena);
}

static void log_lines(const struct report *report)
{
	for (const struct report_line *l = report->first; l; l = l->next)
		switch (l->level) {
		case REPORT_ERROR:
			log_fatal(LOG_CONFIG_TROUBLE, "%s", l->text);
			break;
		case REPORT_WARNING:
			log_warning(LOG_CONFIG_TROUBLE, "%s", l->text);
			break;
		case REPORT_NOTE:
			break;
		}
}

void settings_look_again(struct settings *s)
{
	for (int stress = 0; stress < 2; stress++)
		for (int proxied = 0; proxied < 2; proxied++) {
			struct settings_case *one = &s->one[stress][proxied];

			if (one->prepared.lists)
				lists_find_servers(&one->lists);
			log_lines(&one->later);
			report_init(&one->later, &s->arena);
		}
}

const struct settings_case *settings_for(const struct settings *s, bool stress,
					 bool proxied)
{
	return &s->one[stress][proxied];
}

const struct conf *settings_main(const struct settings *s)
{
	const struct settings_case *direct = &s->one[false][false];

	return direct->input.options ? &direct->conf
				     : &s->one[false][true].conf;
}

void settings_make_state(const struct settings *s)
{
	struct state state;

	state_init(&state, settings_main(s)->state_file);
	state_open(&state);
	state_close(&state);
}

void settings_open_log(const struct settings *s)
{
	const struct conf *conf = settings_main(s);

	log_open(&(struct log_settings){
		.target = conf->log_target,
		.name = conf->syslog_name,
		.utf8 = conf->smtputf8_enable,
		.client = -1,
	});
}

void settings_log_doubts(const struct settings *s)
{
	log_lines(&s->report);
}
