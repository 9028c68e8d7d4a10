/*
 * conf.h - the settings: their names, defaults, limits and values.
 *
 * The grammar is Postfix main.cf's (postconf(5)); the names are postscreen's
 * with or without "postscreen_". Lists, tables and site grammars are kept as
 * text here: the room that owns them parses them and reports through
 * conf_origin(). Everything lives in the arena given to conf_load().
 */
#ifndef SCREEN_CONF_H
#define SCREEN_CONF_H

#include "base/span.h"
#include "conf/report.h"
#include "conf/tests.h"

#include <stdint.h>

#define CONF_DEFAULT_FILE "/etc/smtp-screen/smtp-screen.conf"

enum tls_level {
	TLS_NONE,
	TLS_MAY,
	TLS_ENCRYPT,
};

enum exec_address {
	EXEC_ADDRESS_UNSET,
	EXEC_ADDRESS_ENVIRONMENT,
	EXEC_ADDRESS_ARGUMENTS,
};

enum tripwire {
	TRIPWIRE_WARN,
	TRIPWIRE_MUTE,
	TRIPWIRE_NO,
};

enum privacy {
	PRIVACY_NONE,
	PRIVACY_NETWORK,
	PRIVACY_HMAC,
};

enum sandbox {
	SANDBOX_YES,
	SANDBOX_TRY,
	SANDBOX_NO,
};

enum deep_mode {
	DEEP_RECONNECT,
	DEEP_INLINE,
};

/*
 * How to speak TLS. Names as smtpd_tls_* or tls_* in postconf(5), lists and
 * words as text: tls/policy.h reads them. Only for who asks (conf_load_tls).
 */
struct tls_settings {
	const char *service; /* ours: socket of smtp-screen-tls, or empty */
	const char *chain_files;
	const char *cert_file, *key_file;
	const char *eccert_file, *eckey_file;
	const char *dcert_file, *dkey_file;
	const char *protocols, *mandatory_protocols;
	const char *ciphers, *mandatory_ciphers;
	const char *exclude_ciphers, *mandatory_exclude_ciphers;
	const char *high_cipherlist, *medium_cipherlist, *null_cipherlist;
	const char *eecdh_grade;
	const char *eecdh_auto_curves, *eecdh_strong_curve, *eecdh_ultra_curve;
	int loglevel;
	int64_t starttls_timeout; /* seconds */
};

/*
 * Times are seconds. Text is never NULL; empty means not set. Fields bear
 * the parameter's name without "postscreen_", except where Postfix has a
 * parameter of that name too.
 */
struct conf {
	/* who we are */
	const char *myhostname;
	const char *mydomain;
	const char *mail_name;
	const char *smtpd_banner;
	const char *inet_protocols;
	const char *mynetworks; /* netlist.h */

	/* who is in front of us */
	const char *upstream_proxy_protocol; /* empty, or "haproxy" */
	const char *upstream_proxy_networks; /* netlist.h; empty: everybody */
	int64_t upstream_proxy_timeout;

	/* who is let in or kept out unasked */
	const char *access_list;	  /* access.h */
	const char *allowlist_interfaces; /* netlist.h */
	enum action denylist_action;
	bool respectful_logging;

	/*
	 * enable, action and ttl of all tests. Pregreet is on when greet_banner
	 * is not empty, the DNS lists when dnsbl_sites is not.
	 */
	struct test_settings test[TESTS];
	int64_t ignored_ttl; /* the least of all ttls: of an ignored deep
				failure, unless verdict.c has a reason */

	/* tests before the greeting */
	const char *greet_banner;
	int64_t greet_wait;
	int64_t greet_wait_min;	     /* ours: for clients that are known well */
	const char *dnsbl_sites;     /* dnsbl.h */
	const char *dnsbl_reply_map; /* table.h */
	int dnsbl_threshold;
	int dnsbl_allowlist_threshold;
	int64_t dnsbl_min_ttl;
	int64_t dnsbl_max_ttl;
	int64_t dnsbl_timeout;
	const char *dns_servers; /* resolvers.h */
	bool dns_answer_check;
	enum tripwire dnsbl_tripwire; /* ours */
	const char *dnslists_file;    /* dnslists.h */

	/* tests behind the greeting */
	enum deep_mode deep_protocol_tests;

	/* ours: greylisting behind them; as Postgrey's options of that name */
	bool greylist;
	int64_t greylist_delay;
	int64_t greylist_retry_window;
	int greylist_auto_whitelist_clients;
	int64_t greylist_max_age;
	bool greylist_lookup_by_host;
	bool greylist_privacy;
	const char *greylist_privacy_key; /* its file; empty: in the dbdir */
	int greylist_ipv4cidr;
	int greylist_ipv6cidr;
	const char *greylist_text;
	const char *greylist_dbdir;		/* triplet/store.h */
	const char *greylist_whitelist_clients; /* files: triplet/exempt.h */
	const char *greylist_whitelist_recipients;

	/* the built-in engine */
	int command_count_limit;
	int64_t command_time_limit; /* postscreen_ only */
	int line_length_limit;	    /* bytes */
	int64_t session_time_limit; /* ours */
	bool helo_required;
	bool postscreen_disable_vrfy_command; /* the VRFY command */
	bool disable_vrfy_command;	      /* the EHLO keyword */
	const char *discard_ehlo_keywords;
	const char *discard_ehlo_keyword_address_maps; /* table.h */
	const char *forbidden_commands;
	const char *command_filter;   /* table.h */
	const char *expansion_filter; /* raw: with its backslashes */
	const char *reject_footer;    /* raw: expanded per reply */
	const char *reject_footer_maps;
	int64_t message_size_limit;
	bool smtputf8_enable;
	bool soft_bounce;
	enum tls_level tls_security_level; /* from the old booleans too */
	struct tls_settings tls;	   /* all 0 before conf_load_tls */

	/* who passed lately */
	const char *cache_map; /* cache_map.h */
	int64_t cache_cleanup_interval;
	int64_t cache_retention_time;
	int64_t cache_lock_timeout;
	const char *cache_password_file; /* empty: no password */
	int64_t cache_remote_timeout;
	int cache_ipv4_prefix; /* bits that share one entry */
	int cache_ipv6_prefix;
	const char *state_file; /* state.h; empty: none */

	/* hand-off */
	const char *handoff;
	int64_t handoff_timeout;
	int64_t relay_idle_limit;
	const char *queue_directory; /* Postfix's, for pass:private/smtpd */
	enum exec_address exec_address_from;

	/* what a session must be locked in by: sandbox.h */
	enum sandbox sandbox;

	/* limits that need a listener (smtp-screend) */
	int client_connection_count_limit;
	int client_connection_rate_limit; /* ours: a minute */
	int pre_queue_limit;
	int post_queue_limit;
	int64_t watchdog_timeout;

	/* words */
	const char *log_target; /* log.h */
	const char *syslog_name;
	const char *decision_log; /* ours: screen/decision.h; empty: none */
	enum privacy decision_log_privacy;
	const char *decision_log_key_file; /* base/pseudonym.h */
	int delay_logging_resolution_limit;

	struct conf_values *values; /* where each came from */
};

/* What to read. */
struct conf_input {
	const char *file;	    /* NULL: the default file, if it is there */
	const char *const *options; /* "name=value", in the order given */
	size_t option_count;
	const char *stress; /* what $stress expands to: "" or "yes" */
};

/*
 * Read and check all settings. Mistakes go to REPORT; *RET is usable even
 * then: what was wrong has its default, so that myhostname and the log
 * settings can serve to say so.
 */
void conf_load(const struct conf_input *input, struct arena *arena,
	       struct report *report, struct conf *ret);

/*
 * The same for settings that stand in TEXT instead of a file; INPUT's file is
 * the name under which messages speak of it.
 */
void conf_load_text(const struct conf_input *input, struct span text,
		    struct arena *arena, struct report *report,
		    struct conf *ret);

/*
 * Fill in CONF->tls, as conf_load does with the rest. CONF must come from
 * conf_load; what INPUT pointed to then must still be there.
 */
void conf_load_tls(struct conf *conf, struct arena *arena,
		   struct report *report);

/*
 * Where PARAMETER got its value, for the rooms that parse it. PARAMETER is
 * named as in postconf(5) for what is Postfix's ("postscreen_dnsbl_sites",
 * "mynetworks"), else as ours ("dns_servers").
 */
struct origin conf_origin(const struct conf *conf, const char *parameter);

/* One parameter as it is in force. */
struct conf_item {
	const char *name;     /* as in conf_origin */
	const char *text;     /* expanded; reject_footer and its like: raw */
	struct origin origin; /* of a default: without file */
	bool is_default;
};

/*
 * The parameter at INDEX, counting from 0 in the order of their names. False
 * behind the last. Those of conf_load_tls only behind it.
 */
bool conf_item(const struct conf *conf, size_t index, struct conf_item *ret);

#endif
