#include "screen/check.h"

#include "cache/cache.h"
#include "conf/access.h"
#include "log/log.h"
#include "screen/lists.h"
#include "screen/standing.h"
#include "smtp/engine.h"

void check_at_start(const struct conf *conf, struct report *report)
{
	struct origin where = conf_origin(conf, "postscreen_cache_map");
	struct span file;
	bool foreign;

	if (!cache_map_parse(conf->cache_map, &file, &foreign))
		report_add(report, REPORT_ERROR, &where,
			   "bad value \"%s\": expected none or "
			   "gdbm:/absolute/path",
			   conf->cache_map);
	else if (foreign)
		report_add(report, REPORT_WARNING, &where,
			   "\"%s\" is a table type of Postfix; gdbm:%.*s is "
			   "used instead",
			   conf->cache_map, (int)file.len, file.p);

	where = conf_origin(conf, "state_file");
	if (conf->state_file[0] != '\0' && conf->state_file[0] != '/')
		report_add(report, REPORT_ERROR, &where,
			   "bad value \"%s\": expected an absolute path, or "
			   "nothing for no such file",
			   conf->state_file);

	where = conf_origin(conf, "log_target");
	if (!log_target_valid(conf->log_target))
		report_add(report, REPORT_ERROR, &where,
			   "bad value \"%s\": expected auto, journal, syslog "
			   "or stderr",
			   conf->log_target);
}

static void check_proxies(const struct conf *conf, struct arena *arena,
			  struct report *report)
{
	struct origin where = conf_origin(conf, "upstream_proxy_networks");

	netlist_open(conf->upstream_proxy_networks, arena, report, &where);
	if (!standing_trusts_addresses(conf))
		report_add(report, REPORT_WARNING, &where,
			   "not set: whoever can connect may name any client "
			   "address in a PROXY header, and the smtpd may relay "
			   "for it; permit_mynetworks has no effect");
}

void check_everything(const struct conf *conf, struct arena *arena,
		      struct report *report)
{
	struct origin where = conf_origin(conf, "mynetworks");
	struct netlist *mynetworks =
		netlist_open(conf->mynetworks, arena, report, &where);
	struct lists lists;

	check_at_start(conf, report);
	where = conf_origin(conf, "postscreen_access_list");
	if (mynetworks)
		access_open(conf->access_list, mynetworks, arena, report,
			    &where);
	where = conf_origin(conf, "postscreen_allowlist_interfaces");
	netlist_open(conf->allowlist_interfaces, arena, report, &where);
	check_proxies(conf, arena, report);
	lists_open(&lists, conf, arena, report);
	engine_tables_open(conf, arena, report);
}
