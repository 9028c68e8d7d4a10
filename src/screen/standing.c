#include "screen/standing.h"

static struct netlist *open_netlist(const char *text, const char *parameter,
				    const struct conf *conf,
				    struct arena *arena, struct report *report)
{
	struct origin where = conf_origin(conf, parameter);

	return netlist_open(text, arena, report, &where);
}

bool standing_trusts_addresses(const struct conf *conf)
{
	return conf->upstream_proxy_protocol[0] == '\0' ||
	       conf->upstream_proxy_networks[0] != '\0';
}

struct access_list *standing_access_list(const struct conf *conf,
					 struct arena *arena,
					 struct report *report)
{
	struct origin where = conf_origin(conf, "postscreen_access_list");
	const char *networks =
		standing_trusts_addresses(conf) ? conf->mynetworks : "";
	struct netlist *mynetworks =
		open_netlist(networks, "mynetworks", conf, arena, report);

	if (!mynetworks)
		return NULL;
	return access_open(conf->access_list, mynetworks, arena, report,
			   &where);
}

struct interfaces standing_interfaces(const struct conf *conf,
				      struct arena *arena,
				      struct report *report)
{
	unsigned before = report->errors + report->warnings;
	struct interfaces i = {
		.list = open_netlist(conf->allowlist_interfaces,
				     "postscreen_allowlist_interfaces", conf,
				     arena, report),
	};

	i.doubtful = report->errors + report->warnings > before;
	return i;
}

bool standing_veto(const struct interfaces *i, const struct address *server,
		   struct sbuf *doubt)
{
	size_t before = doubt->len;
	int r = i->list ? netlist_find(i->list, server, doubt) : 1;

	if (r == 0 && i->doubtful && doubt->len == before)
		sbuf_add_text(doubt, "something in it is wrong");
	return r == 0 && !i->doubtful;
}
