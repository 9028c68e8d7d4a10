#include "screen/check.h"

#include "base/clock.h"
#include "cache/cache.h"
#include "conf/access.h"
#include "log/log.h"
#include "sandbox/sandbox.h"
#include "screen/lists_check.h"
#include "screen/secure.h"
#include "screen/standing.h"
#include "smtp/engine.h"
#include "tls/policy.h"

#include <string.h>
#include <unistd.h>

/* What belongs together in cache_map and cache_password_file. */
static void check_password(const struct conf *conf, const struct cache_map *map,
			   struct report *report)
{
	struct origin where = conf_origin(conf, "cache_password_file");
	const char *file = conf->cache_password_file;

	if (file[0] != '\0' && file[0] != '/')
		report_add(report, REPORT_ERROR, &where,
			   "bad value \"%s\": expected the absolute path of a "
			   "file that has the password, or nothing",
			   file);
	else if (file[0] != '\0' && !map->shared)
		report_add(report, REPORT_WARNING, &where,
			   "of no use: cache_map names no redis:// behind it");
	else if (file[0] == '\0' && map->server.user.len > 0)
		report_add(report, REPORT_ERROR, &where,
			   "not set: the user in cache_map needs a password, "
			   "in a file");
}

static bool is_one_line(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return false;
	return true;
}

/* Recipients can only be delayed in sessions that are watched. */
static void check_greylist(const struct conf *conf, struct report *report)
{
	struct origin where = conf_origin(conf, "greylist");
	bool watched = false;

	if (!conf->greylist)
		return;
	for (enum test t = TEST_FIRST_DEEP; t < TESTS; t++)
		watched = watched || conf->test[t].enabled;
	if (!watched || conf->deep_protocol_tests != DEEP_INLINE)
		report_add(report, REPORT_ERROR, &where,
			   "yes needs deep_protocol_tests = inline "
			   "and a test behind the greeting, as with "
			   "pipelining_enable = yes");
	where = conf_origin(conf, "greylist_dbdir");
	if (conf->greylist_dbdir[0] != '/')
		report_add(report, REPORT_ERROR, &where,
			   "bad value \"%s\": expected the absolute path of a "
			   "folder",
			   conf->greylist_dbdir);
	where = conf_origin(conf, "greylist_privacy_key");
	if (conf->greylist_privacy_key[0] != '\0' &&
	    conf->greylist_privacy_key[0] != '/')
		report_add(report, REPORT_ERROR, &where,
			   "bad value \"%s\": expected the absolute path of a "
			   "file, or nothing",
			   conf->greylist_privacy_key);
	where = conf_origin(conf, "greylist_text");
	if (!is_one_line(conf->greylist_text))
		report_add(report, REPORT_ERROR, &where,
			   "bad value: expected text of one line");
}

static void check_path(const struct conf *conf, const char *name,
		       const char *value, struct report *report)
{
	struct origin where;

	if (value[0] == '\0' || value[0] == '/')
		return;
	where = conf_origin(conf, name);
	report_add(report, REPORT_ERROR, &where,
		   "bad value \"%s\": expected an absolute path, or nothing "
		   "for no such file",
		   value);
}

void check_at_start(const struct conf *conf, struct report *report)
{
	struct origin where = conf_origin(conf, "postscreen_cache_map");
	struct cache_map map = { .shared = false };

	cache_map_read(conf->cache_map, report, &where, &map);
	check_password(conf, &map, report);
	check_greylist(conf, report);

	check_path(conf, "state_file", conf->state_file, report);
	check_path(conf, "decision_log", conf->decision_log, report);

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

/* Ask as a session would, but do not go ahead. */
static void ask_tls(const struct conf *conf, const struct conf_input *input,
		    struct arena *arena, struct report *report)
{
	static const char place[] = "[192.0.2.1]:25";
	struct origin where =
		conf_origin(conf, "postscreen_tls_security_level");
	struct errand errand = { .mandatory = conf->tls_security_level ==
					      TLS_ENCRYPT };
	struct secure secure;
	char memory[ERRAND_TEXT + 256];
	struct sbuf why = SBUF(memory);
	int fd;

	memcpy(errand.client, place, sizeof(place));
	memcpy(errand.server, place, sizeof(place));
	secure_open(&secure, conf, input, arena, report, CLOCK_NEVER);
	fd = secure_ask(&secure, &errand, &why);
	if (fd < 0)
		report_add(report, REPORT_WARNING, &where,
			   "who asks for TLS will be told that there is none: "
			   "%s",
			   memory);
	else if (why.len > 0)
		report_add(report, REPORT_WARNING, NULL, "%s", memory);
	if (fd >= 0)
		close(fd);
	secure_close(&secure);
}

static void check_tls(const struct conf *conf, const struct conf_input *input,
		      struct arena *arena, struct report *report)
{
	bool mandatory = conf->tls_security_level == TLS_ENCRYPT;
	unsigned before = report->errors;
	struct conf with_tls = *conf;
	struct policy policy;

	if (conf->tls_security_level == TLS_NONE)
		return;
	conf_load_tls(&with_tls, arena, report);
	policy_make(&with_tls, mandatory, report, &policy);
	if (report->errors == before)
		ask_tls(conf, input, arena, report);
}

static void check_sandbox(const struct conf *conf, struct report *report)
{
	struct origin where = conf_origin(conf, "sandbox");
	struct sandbox_state state;
	char memory[256];
	struct sbuf why = SBUF(memory);

	if (conf->sandbox == SANDBOX_NO || sandbox_try(SANDBOX_SESSION, &state))
		return;
	sandbox_describe(&state, &why);
	if (conf->sandbox == SANDBOX_YES)
		report_add(report, REPORT_ERROR, &where,
			   "%s here: clients that would be talked to get 421",
			   memory);
	else
		report_add(report, REPORT_WARNING, &where,
			   "%s here: clients are talked to with what there is",
			   memory);
}

void check_room(bool fit, struct report *report)
{
	if (!fit)
		report_add(report, report_lost(report), NULL,
			   "lists and tables do not fit into the memory set "
			   "aside for them");
}

bool check_tables(const struct conf *conf, struct arena *arena,
		  struct report *report)
{
	struct origin where = conf_origin(conf, "mynetworks");
	struct netlist *mynetworks =
		netlist_open(conf->mynetworks, arena, report, &where);
	bool fit;

	where = conf_origin(conf, "postscreen_access_list");
	fit = mynetworks &&
	      access_open(conf->access_list, mynetworks, arena, report, &where);
	where = conf_origin(conf, "postscreen_allowlist_interfaces");
	fit = netlist_open(conf->allowlist_interfaces, arena, report, &where) &&
	      fit;
	check_proxies(conf, arena, report);
	lists_check(conf, arena, report);
	return engine_tables_open(conf, arena, report) && fit;
}

void check_everything(const struct conf *conf, const struct conf_input *input,
		      struct arena *arena, struct report *report)
{
	check_at_start(conf, report);
	check_room(check_tables(conf, arena, report), report);
	check_tls(conf, input, arena, report);
	check_sandbox(conf, report);
}
