#include "base/sbuf.h"
#include "conf/conf.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static struct report report;
static struct conf conf;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 16 << 20), 0);
	report_init(&report, &arena);
}

static void teardown(void)
{
	arena_close(&arena);
}

static void load_with(const char *text, const char *const *options,
		      size_t count, const char *stress)
{
	struct conf_input input = { "x.conf", options, count, stress };

	conf_load_text(&input, span_of(text), &arena, &report, &conf);
}

static void load(const char *text)
{
	load_with(text, NULL, 0, "");
}

/* All that was reported, a line each, "N ", "W " or "E " in front. */
static const char *messages(void)
{
	static char text[65536];
	struct sbuf all = SBUF(text);

	for (const struct report_line *l = report.first; l; l = l->next)
		sbuf_addf(&all, "%c %s\n", "NWE"[l->level], l -> text);
	return text;
}

static const char *text_of(const char *name)
{
	struct conf_item item;

	for (size_t i = 0; conf_item(&conf, i, &item); i++)
		if (strcmp(item.name, name) == 0)
			return item.text;
	return NULL;
}

/* ---- defaults ------------------------------------------------------------ */

static const struct {
	const char *name, *text;
} defaults[] = {
	{ "cache_ipv4_prefix", "32" },
	{ "cache_ipv6_prefix", "64" },
	{ "cache_lock_timeout", "1s" },
	{ "cache_password_file", "" },
	{ "cache_remote_timeout", "1s" },
	{ "client_connection_rate_limit", "0" },
	{ "decision_log", "" },
	{ "decision_log_key_file", "/var/lib/smtp-screen/decisions.key" },
	{ "decision_log_privacy", "none" },
	{ "deep_protocol_tests", "reconnect" },
	{ "delay_logging_resolution_limit", "2" },
	{ "disable_vrfy_command", "no" },
	{ "dns_answer_check", "yes" },
	{ "dns_servers", "" },
	{ "dnsbl_tripwire", "warn" },
	{ "dnslists_file", "/etc/smtp-screen/dnslists.conf "
			   "/usr/local/share/smtp-screen/dnslists.conf "
			   "/usr/share/smtp-screen/dnslists.conf" },
	{ "exec_address_from", "unset" },
	{ "greet_wait_min", "6s" },
	{ "greylist", "no" },
	{ "greylist_auto_whitelist_clients", "5" },
	{ "greylist_dbdir", "/var/lib/smtp-screen" },
	{ "greylist_delay", "300s" },
	{ "greylist_ipv4cidr", "24" },
	{ "greylist_ipv6cidr", "64" },
	{ "greylist_lookup_by_host", "no" },
	{ "greylist_max_age", "35d" },
	{ "greylist_privacy", "no" },
	{ "greylist_privacy_key", "" },
	{ "greylist_retry_window", "2d" },
	{ "greylist_text", "Greylisted, please try again later" },
	{ "greylist_whitelist_clients",
	  "/etc/smtp-screen/greylist-clients "
	  "/etc/smtp-screen/greylist-clients.local" },
	{ "greylist_whitelist_recipients",
	  "/etc/smtp-screen/greylist-recipients "
	  "/etc/smtp-screen/greylist-recipients.local" },
	{ "handoff", "exec" },
	{ "handoff_timeout", "10s" },
	{ "inet_protocols", "all" },
	{ "line_length_limit", "2048" },
	{ "log_target", "auto" },
	{ "mail_name", "smtp-screen" },
	{ "message_size_limit", "10240000" },
	{ "mydomain", "example.com" },
	{ "myhostname", "mx.example.com" },
	{ "mynetworks", "127.0.0.0/8 [::1]/128" },
	{ "postscreen_access_list", "permit_mynetworks" },
	{ "postscreen_allowlist_interfaces", "static:all" },
	{ "postscreen_bare_newline_action", "ignore" },
	{ "postscreen_bare_newline_enable", "no" },
	{ "postscreen_bare_newline_ttl", "30d" },
	{ "postscreen_cache_cleanup_interval", "12h" },
	{ "postscreen_cache_map", "gdbm:/var/lib/smtp-screen/cache.gdbm" },
	{ "postscreen_cache_retention_time", "7d" },
	{ "postscreen_client_connection_count_limit", "50" },
	{ "postscreen_command_count_limit", "20" },
	{ "postscreen_command_filter", "" },
	{ "postscreen_command_time_limit", "300s" },
	{ "postscreen_denylist_action", "ignore" },
	{ "postscreen_disable_vrfy_command", "no" },
	{ "postscreen_discard_ehlo_keyword_address_maps", "" },
	{ "postscreen_discard_ehlo_keywords", "" },
	{ "postscreen_dnsbl_action", "ignore" },
	{ "postscreen_dnsbl_allowlist_threshold", "0" },
	{ "postscreen_dnsbl_max_ttl", "1h" },
	{ "postscreen_dnsbl_min_ttl", "60s" },
	{ "postscreen_dnsbl_reply_map", "" },
	{ "postscreen_dnsbl_sites", "" },
	{ "postscreen_dnsbl_threshold", "1" },
	{ "postscreen_dnsbl_timeout", "10s" },
	{ "postscreen_expansion_filter",
	  "\\t\\40!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	  "[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~" },
	{ "postscreen_forbidden_commands",
	  "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}" },
	{ "postscreen_greet_action", "ignore" },
	{ "postscreen_greet_banner", "mx.example.com ESMTP smtp-screen" },
	{ "postscreen_greet_ttl", "1d" },
	{ "postscreen_greet_wait", "6s" },
	{ "postscreen_helo_required", "no" },
	{ "postscreen_non_smtp_command_action", "drop" },
	{ "postscreen_non_smtp_command_enable", "no" },
	{ "postscreen_non_smtp_command_ttl", "30d" },
	{ "postscreen_pipelining_action", "enforce" },
	{ "postscreen_pipelining_enable", "no" },
	{ "postscreen_pipelining_ttl", "30d" },
	{ "postscreen_post_queue_limit", "100" },
	{ "postscreen_pre_queue_limit", "100" },
	{ "postscreen_reject_footer", "" },
	{ "postscreen_reject_footer_maps", "" },
	{ "postscreen_tls_security_level", "" },
	{ "postscreen_upstream_proxy_protocol", "" },
	{ "postscreen_upstream_proxy_timeout", "5s" },
	{ "postscreen_watchdog_timeout", "10s" },
	{ "queue_directory", "/var/spool/postfix" },
	{ "relay_idle_limit", "660s" },
	{ "respectful_logging", "yes" },
	{ "sandbox", "try" },
	{ "session_time_limit", "600s" },
	{ "smtpd_banner", "mx.example.com ESMTP smtp-screen" },
	{ "smtputf8_enable", "yes" },
	{ "soft_bounce", "no" },
	{ "state_file", "/var/lib/smtp-screen/state" },
	{ "syslog_name", "smtp-screen" },
	{ "upstream_proxy_networks", "" },
};

START_TEST(defaults_are_postscreens)
{
	struct conf_item item = { 0 };

	load("myhostname = mx.example.com\n");
	ck_assert_str_eq(messages(), "");
	ck_assert(conf_item(&conf, (size_t)_i, &item));
	ck_assert_str_eq(item.name, defaults[_i].name);
	ck_assert_str_eq(item.text, defaults[_i].text);
	ck_assert(item.is_default == (strcmp(item.name, "myhostname") != 0));
	ck_assert_str_eq(item.origin.parameter, defaults[_i].name);
	ck_assert(!conf_item(&conf, ROWS(defaults), &item));
}
END_TEST

START_TEST(default_values_are_postscreens)
{
	load("");
	ck_assert_int_eq(conf.denylist_action, ACTION_IGNORE);
	ck_assert(conf.respectful_logging && conf.smtputf8_enable);
	ck_assert(conf.test[TEST_PREGREET].enabled);
	ck_assert(!conf.test[TEST_DNSBL].enabled);
	ck_assert(!conf.test[TEST_PIPELINING].enabled);
	ck_assert(!conf.test[TEST_NON_SMTP].enabled);
	ck_assert(!conf.test[TEST_BARE_NEWLINE].enabled);
	ck_assert_int_eq(conf.test[TEST_PREGREET].action, ACTION_IGNORE);
	ck_assert_int_eq(conf.test[TEST_DNSBL].action, ACTION_IGNORE);
	ck_assert_int_eq(conf.test[TEST_PIPELINING].action, ACTION_ENFORCE);
	ck_assert_int_eq(conf.test[TEST_NON_SMTP].action, ACTION_DROP);
	ck_assert_int_eq(conf.test[TEST_BARE_NEWLINE].action, ACTION_IGNORE);
	ck_assert_int_eq(conf.test[TEST_PREGREET].ttl, 86400);
	ck_assert_int_eq(conf.test[TEST_DNSBL].ttl, 60);
	ck_assert_int_eq(conf.test[TEST_PIPELINING].ttl, 30 * 86400);
	ck_assert_int_eq(conf.test[TEST_NON_SMTP].ttl, 30 * 86400);
	ck_assert_int_eq(conf.test[TEST_BARE_NEWLINE].ttl, 30 * 86400);
	ck_assert_int_eq(conf.ignored_ttl, 60);
	ck_assert_int_eq(conf.greet_wait, 6);
	ck_assert_int_eq(conf.dnsbl_threshold, 1);
	ck_assert_int_eq(conf.dnsbl_allowlist_threshold, 0);
	ck_assert_int_eq(conf.dnsbl_min_ttl, 60);
	ck_assert_int_eq(conf.dnsbl_max_ttl, 3600);
	ck_assert_int_eq(conf.dnsbl_timeout, 10);
	ck_assert(conf.dns_answer_check);
	ck_assert_int_eq(conf.deep_protocol_tests, DEEP_RECONNECT);
	ck_assert_int_eq(conf.command_count_limit, 20);
	ck_assert_int_eq(conf.command_time_limit, 300);
	ck_assert_int_eq(conf.line_length_limit, 2048);
	ck_assert_int_eq(conf.session_time_limit, 600);
	ck_assert(!conf.helo_required && !conf.soft_bounce);
	ck_assert(!conf.disable_vrfy_command);
	ck_assert(!conf.postscreen_disable_vrfy_command);
	ck_assert_int_eq(conf.message_size_limit, 10240000);
	ck_assert_int_eq(conf.tls_security_level, TLS_NONE);
	ck_assert_int_eq(conf.cache_cleanup_interval, 12 * 3600);
	ck_assert_int_eq(conf.cache_retention_time, 7 * 86400);
	ck_assert_int_eq(conf.cache_lock_timeout, 1);
	ck_assert_int_eq(conf.cache_ipv4_prefix, 32);
	ck_assert_int_eq(conf.cache_ipv6_prefix, 64);
	ck_assert_int_eq(conf.exec_address_from, EXEC_ADDRESS_UNSET);
	ck_assert_int_eq(conf.upstream_proxy_timeout, 5);
	ck_assert_int_eq(conf.client_connection_count_limit, 50);
	ck_assert_int_eq(conf.pre_queue_limit, 100);
	ck_assert_int_eq(conf.post_queue_limit, 100);
	ck_assert_int_eq(conf.watchdog_timeout, 10);
	ck_assert_int_eq(conf.delay_logging_resolution_limit, 2);
	ck_assert_str_eq(conf.dns_servers, "");
	ck_assert_str_eq(conf.handoff, "exec");
	ck_assert(conf.myhostname[0] != '\0' && conf.mydomain[0] != '\0');
	ck_assert_ptr_nonnull(strchr(conf.myhostname, '.'));
}
END_TEST

/* ---- what settings do ---------------------------------------------------- */

static const struct {
	const char *why, *text, *name, *value;
} effects[] = {
	{ "with prefix", "postscreen_greet_wait = 3", "postscreen_greet_wait",
	  "3" },
	{ "without prefix", "greet_wait = 3", "postscreen_greet_wait", "3" },
	{ "old name", "postscreen_blacklist_action = drop",
	  "postscreen_denylist_action", "drop" },
	{ "old name without prefix", "blacklist_action = drop",
	  "postscreen_denylist_action", "drop" },
	{ "new beats old", "denylist_action = enforce\nblacklist_action = drop",
	  "postscreen_denylist_action", "enforce" },
	{ "old interfaces", "whitelist_interfaces = 192.0.2.1",
	  "postscreen_allowlist_interfaces", "192.0.2.1" },
	{ "old threshold", "dnsbl_whitelist_threshold = -2",
	  "postscreen_dnsbl_allowlist_threshold", "-2" },
	{ "old ttl", "dnsbl_ttl = 3", "postscreen_dnsbl_max_ttl", "3" },
	{ "not ours without prefix", "disable_vrfy_command = yes",
	  "disable_vrfy_command", "yes" },
	{ "but the default of ours", "disable_vrfy_command = yes",
	  "postscreen_disable_vrfy_command", "yes" },
	{ "ours is not Postfix's", "postscreen_disable_vrfy_command = yes",
	  "disable_vrfy_command", "no" },
	{ "Postfix's is not ours", "command_time_limit = 5s",
	  "postscreen_command_time_limit", "300s" },
	{ "smtpd's feeds ours", "smtpd_helo_required = yes",
	  "postscreen_helo_required", "yes" },
	{ "smtpd's banner", "smtpd_banner = hi", "postscreen_greet_banner",
	  "hi" },
	{ "smtpd's keywords", "smtpd_discard_ehlo_keywords = etrn",
	  "postscreen_discard_ehlo_keywords", "etrn" },
	{ "smtpd's keyword maps",
	  "smtpd_discard_ehlo_keyword_address_maps = cidr:/x",
	  "postscreen_discard_ehlo_keyword_address_maps", "cidr:/x" },
	{ "smtpd's commands", "smtpd_forbidden_commands = GET",
	  "postscreen_forbidden_commands", "GET" },
	{ "smtpd's footer maps", "smtpd_reject_footer_maps = cidr:/x",
	  "postscreen_reject_footer_maps", "cidr:/x" },
	{ "smtpd's limit", "smtpd_client_connection_count_limit = 7",
	  "postscreen_client_connection_count_limit", "7" },
	{ "the process limit", "default_process_limit = 30",
	  "postscreen_pre_queue_limit", "30" },
	{ "user variables", "me = x$you\nyou = y\ngreet_banner = $me",
	  "postscreen_greet_banner", "xy" },
	{ "defaults of ours", "greet_banner = wait $greet_wait",
	  "postscreen_greet_banner", "wait 6s" },
	{ "ours by its long name", "greet_banner = wait $postscreen_greet_wait",
	  "postscreen_greet_banner", "wait 6s" },
	{ "unknown names are empty", "greet_banner = [$nobody]",
	  "postscreen_greet_banner", "[]" },
	{ "Postfix's directory", "access_list = cidr:$config_directory/a",
	  "postscreen_access_list", "cidr:/etc/postfix/a" },
	{ "Postfix's cache",
	  "postscreen_cache_map = btree:$data_directory/postscreen_cache",
	  "postscreen_cache_map", "btree:/var/lib/postfix/postscreen_cache" },
	{ "a domain from the name", "myhostname = a.b.example", "mydomain",
	  "b.example" },
	{ "a name from the domain",
	  "myhostname = mx.$mydomain\nmydomain = example.org", "myhostname",
	  "mx.example.org" },
	{ "a name without domain", "myhostname = mx", "mydomain",
	  "localdomain" },
	{ "a name from no domain", "myhostname = mx.$mydomain", "myhostname",
	  "mx.localdomain" },
	{ "footers stay raw", "reject_footer = \\c $client_address $me\nme=x",
	  "postscreen_reject_footer", "\\c $client_address $me" },
	{ "smtpd's footer stays raw", "smtpd_reject_footer = call $localtime",
	  "postscreen_reject_footer", "call $localtime" },
	{ "one name is followed", "reject_footer = ${f}\nf = see $server_name",
	  "postscreen_reject_footer", "see $server_name" },
	{ "names are followed", "reject_footer = $f\nf = $(g)\ng = $$x",
	  "postscreen_reject_footer", "$$x" },
	{ "a variable of replies is no name", "reject_footer = $client_address",
	  "postscreen_reject_footer", "$client_address" },
	{ "filters stay raw", "smtpd_expansion_filter = ab$c",
	  "postscreen_expansion_filter", "ab$c" },
	{ "an old level", "compatibility_level = 2", "respectful_logging",
	  "no" },
	{ "a level of two parts", "compatibility_level = 3.10",
	  "respectful_logging", "yes" },
	{ "no level at all", "compatibility_level = 0", "smtputf8_enable",
	  "no" },
	{ "an old level has UTF-8", "compatibility_level = 1",
	  "smtputf8_enable", "yes" },
	{ "comments and continued lines",
	  "mynetworks = a\n# b\n\n  c\n\td\nmail_name=e", "mynetworks",
	  "a  c\td" },
	{ "CR LF", "mynetworks = a\r\n b\r\n", "mynetworks", "a b" },
	{ "no LF at the end", "mail_name = x", "mail_name", "x" },
	{ "no blanks", "mail_name=x=y", "mail_name", "x=y" },
	{ "empty", "greet_banner =", "postscreen_greet_banner", "" },
	{ "the last counts", "mail_name = x\nmail_name = y", "mail_name", "y" },
	{ "both names, the last counts",
	  "postscreen_greet_wait = 1\ngreet_wait = 2", "postscreen_greet_wait",
	  "2" },
};

START_TEST(settings_take_effect)
{
	const char *text;

	load(effects[_i].text);
	text = text_of(effects[_i].name);
	ck_assert_msg(text && strcmp(text, effects[_i].value) == 0,
		      "%s: have \"%s\", want \"%s\"", effects[_i].why, text,
		      effects[_i].value);
	ck_assert_msg(report.errors == 0, "%s: %s", effects[_i].why,
		      messages());
}
END_TEST

/* The lines that most guides to postscreen have. */
START_TEST(guides_work_as_they_stand)
{
	load("postscreen_dnsbl_sites = zen.spamhaus.org*2 bl.spamcop.net*1 "
	     "b.barracudacentral.org*1\n"
	     "postscreen_dnsbl_threshold = 3\n"
	     "postscreen_dnsbl_action = enforce\n"
	     "postscreen_greet_action = enforce\n"
	     "postscreen_blacklist_action = ignore\n"
	     "postscreen_access_list = permit_mynetworks "
	     "cidr:/etc/postfix/postscreen_access.cidr\n"
	     "postscreen_greet_banner = Spammers may talk now :)\n"
	     "postscreen_pipelining_enable = yes\n"
	     "postscreen_pipelining_action = Enforce\n"
	     "postscreen_non_smtp_command_enable = YES\n"
	     "postscreen_non_smtp_command_action = drop\n"
	     "postscreen_bare_newline_enable = Yes\n"
	     "postscreen_bare_newline_action = continue\n");
	ck_assert_str_eq(messages(), "");
	ck_assert_str_eq(conf.dnsbl_sites,
			 "zen.spamhaus.org*2 bl.spamcop.net*1 "
			 "b.barracudacentral.org*1");
	ck_assert_int_eq(conf.dnsbl_threshold, 3);
	ck_assert_int_eq(conf.test[TEST_DNSBL].action, ACTION_ENFORCE);
	ck_assert(conf.test[TEST_DNSBL].enabled);
	ck_assert_int_eq(conf.test[TEST_PREGREET].action, ACTION_ENFORCE);
	ck_assert_int_eq(conf.denylist_action, ACTION_IGNORE);
	ck_assert_str_eq(conf.access_list,
			 "permit_mynetworks "
			 "cidr:/etc/postfix/postscreen_access.cidr");
	ck_assert_str_eq(conf.greet_banner, "Spammers may talk now :)");
	ck_assert(conf.test[TEST_PIPELINING].enabled);
	ck_assert(conf.test[TEST_NON_SMTP].enabled);
	ck_assert(conf.test[TEST_BARE_NEWLINE].enabled);
	ck_assert_int_eq(conf.test[TEST_BARE_NEWLINE].action, ACTION_IGNORE);
}
END_TEST

/* Debian's main.cf, without its comments. */
static const char debian_main_cf[] =
	"smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)\n"
	"biff = no\n"
	"append_dot_mydomain = no\n"
	"readme_directory = no\n"
	"compatibility_level = 3.6\n"
	"smtpd_tls_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem\n"
	"smtpd_tls_key_file=/etc/ssl/private/ssl-cert-snakeoil.key\n"
	"smtpd_tls_security_level=may\n\n"
	"smtp_tls_CApath=/etc/ssl/certs\n"
	"smtp_tls_security_level=may\n"
	"smtp_tls_session_cache_database = "
	"btree:${data_directory}/smtp_scache\n"
	"smtpd_relay_restrictions = permit_mynetworks "
	"permit_sasl_authenticated\n"
	"  defer_unauth_destination\n"
	"myhostname = mail.example.com\n"
	"alias_maps = hash:/etc/aliases\n"
	"alias_database = hash:/etc/aliases\n"
	"mydestination = $myhostname, mail, localhost.localdomain, , "
	"localhost\n"
	"relayhost = \n"
	"mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\n"
	"mailbox_size_limit = 0\n"
	"recipient_delimiter = +\n"
	"inet_interfaces = all\n"
	"inet_protocols = all\n";

START_TEST(main_cf_loads)
{
	load(debian_main_cf);
	ck_assert_str_eq(messages(), "N x.conf: kept only to serve $name: "
				     "settings of Postfix: 14\n");
	ck_assert_str_eq(conf.greet_banner,
			 "mail.example.com ESMTP smtp-screen (Debian/GNU)");
	ck_assert_int_eq(conf.tls_security_level, TLS_MAY);
}
END_TEST

static const struct {
	const char *why, *text;
	enum tls_level level;
} tls[] = {
	{ "nothing", "", TLS_NONE },
	{ "level", "tls_security_level = may", TLS_MAY },
	{ "any case", "tls_security_level = Encrypt", TLS_ENCRYPT },
	{ "smtpd's", "smtpd_tls_security_level = encrypt", TLS_ENCRYPT },
	{ "old may", "use_tls = yes", TLS_MAY },
	{ "smtpd's old may", "smtpd_use_tls = yes", TLS_MAY },
	{ "old encrypt", "enforce_tls = yes", TLS_ENCRYPT },
	{ "smtpd's old encrypt", "smtpd_enforce_tls = yes\nuse_tls = yes",
	  TLS_ENCRYPT },
	{ "a level beats the old ones",
	  "tls_security_level = none\nenforce_tls = yes", TLS_NONE },
	{ "stricter than we can", "tls_security_level = verify", TLS_ENCRYPT },
};

START_TEST(tls_levels_come_from_everywhere)
{
	load(tls[_i].text);
	ck_assert_msg(conf.tls_security_level == tls[_i].level, "%s",
		      tls[_i].why);
	ck_assert_uint_eq(report.errors, 0);
}
END_TEST

START_TEST(tls_is_read_when_it_is_needed)
{
	load("myhostname = mx.example.com\n"
	     "smtpd_tls_cert_file = /etc/tls/$myhostname.pem\n"
	     "smtpd_tls_eccert_file = /ec\n"
	     "tls_eckey_file = /eckey\n"
	     "postscreen_tls_loglevel = 1\n"
	     "smtpd_tls_ciphers = high\n"
	     "tls_ciphers = $smtpd_tls_ciphers, x\n"
	     "starttls_timeout = 1m\n");
	ck_assert_str_eq(messages(), "");
	ck_assert_ptr_null(conf.tls.cert_file);
	conf_load_tls(&conf, &arena, &report);
	ck_assert_str_eq(messages(), "");
	ck_assert_str_eq(conf.tls.cert_file, "/etc/tls/mx.example.com.pem");
	ck_assert_str_eq(conf.tls.key_file, "/etc/tls/mx.example.com.pem");
	ck_assert_str_eq(conf.tls.eccert_file, "/ec");
	ck_assert_str_eq(conf.tls.eckey_file, "/eckey");
	ck_assert_str_eq(conf.tls.dkey_file, "");
	ck_assert_str_eq(conf.tls.ciphers, "high, x");
	ck_assert_str_eq(conf.tls.mandatory_ciphers, "medium");
	ck_assert_str_eq(conf.tls.protocols, ">=TLSv1.2");
	ck_assert_str_eq(conf.tls.service, "/run/smtp-screen-tls.socket");
	ck_assert_int_eq(conf.tls.loglevel, 1);
	ck_assert_int_eq(conf.tls.starttls_timeout, 60);
	ck_assert_uint_eq(conf_origin(&conf, "postscreen_tls_cert_file").line,
			  2);
}
END_TEST

START_TEST(mistakes_about_tls_are_explained_then)
{
	load("tls_loglevel = 5\nsmtpd_starttls_timeout = 0\n");
	ck_assert_str_eq(messages(), "");
	conf_load_tls(&conf, &arena, &report);
	ck_assert_str_eq(
		messages(),
		"E x.conf, line 1: tls_loglevel: bad value \"5\": expected a "
		"whole number from 0 to 4\n"
		"E x.conf, line 2: smtpd_starttls_timeout: bad value \"0\": "
		"expected a number and one of s, m, h, d, w (none means s), at "
		"least 1s (for postscreen_starttls_timeout)\n");
	ck_assert_int_eq(conf.tls.loglevel, 0);
	ck_assert_int_eq(conf.tls.starttls_timeout, 300);
}
END_TEST

START_TEST(stress_shortens_waits)
{
	load_with("", NULL, 0, "yes");
	ck_assert_int_eq(conf.greet_wait, 2);
	ck_assert_int_eq(conf.command_time_limit, 10);
	load_with("greet_wait = ${stress?1}${stress:9}s", NULL, 0, "yes");
	ck_assert_int_eq(conf.greet_wait, 1);
	load_with("greet_wait = ${stress?1}${stress:9}s", NULL, 0, NULL);
	ck_assert_int_eq(conf.greet_wait, 9);
}
END_TEST

START_TEST(the_shortest_ttl_is_for_ignored_failures)
{
	load("dnsbl_min_ttl = 3d\ngreet_ttl = 2d\npipelining_ttl = 30h\n"
	     "non_smtp_command_ttl = 29h\nbare_newline_ttl = 1d\n"
	     "dnsbl_max_ttl = 1w");
	ck_assert_str_eq(messages(), "");
	ck_assert_int_eq(conf.ignored_ttl, 86400);
	ck_assert_int_eq(conf.test[TEST_DNSBL].ttl, 3 * 86400);
}
END_TEST

START_TEST(no_cache_may_be_empty)
{
	load("cache_map =");
	ck_assert_str_eq(conf.cache_map, "none");
}
END_TEST

/* ---- -o ------------------------------------------------------------------ */

START_TEST(options_come_on_top)
{
	const char *const options[] = {
		"greet_wait=2",	 "postscreen_greet_action = drop ",
		"me=x",		 "mail_name=",
		"mail_name=$me", "greet_wait=4",
	};

	load_with("greet_wait = 1\nmail_name = file\nme = y", options,
		  ROWS(options), "");
	ck_assert_msg(report.errors + report.warnings == 0, "%s", messages());
	ck_assert_int_eq(conf.greet_wait, 4);
	ck_assert_int_eq(conf.test[TEST_PREGREET].action, ACTION_DROP);
	ck_assert_str_eq(conf.mail_name, "x");
}
END_TEST

START_TEST(bad_options_are_named)
{
	const char *const options[] = { "greet_wait", "=x",
					"greet_action=refuse" };

	load_with("", options, ROWS(options), "");
	ck_assert_str_eq(
		messages(),
		"E option -o \"greet_wait\": expected name=value\n"
		"E option -o \"=x\": expected name=value\n"
		"E greet_action: bad value \"refuse\": expected ignore, "
		"enforce or drop\n");
}
END_TEST

/* ---- mistakes ------------------------------------------------------------ */

static const struct {
	const char *why, *text, *message;
} mistakes[] = {
	{ "an action", "\n\ngreet_action = refuse",
	  "E x.conf, line 3: greet_action: bad value \"refuse\": expected "
	  "ignore, enforce or drop\n" },
	{ "an empty action", "greet_action =",
	  "E x.conf, line 1: greet_action: bad value \"\": expected ignore, "
	  "enforce or drop\n" },
	{ "a switch", "soft_bounce = true",
	  "E x.conf, line 1: soft_bounce: bad value \"true\": expected yes or "
	  "no\n" },
	{ "a switch behind a default", "smtpd_helo_required = 1",
	  "E x.conf, line 1: smtpd_helo_required: bad value \"1\": expected "
	  "yes or no (for postscreen_helo_required)\n" },
	{ "a number", "dnsbl_threshold = 0",
	  "E x.conf, line 1: dnsbl_threshold: bad value \"0\": expected a "
	  "whole number, at least 1\n" },
	{ "a number in a range", "cache_ipv4_prefix = 33",
	  "E x.conf, line 1: cache_ipv4_prefix: bad value \"33\": expected a "
	  "whole number from 1 to 32\n" },
	{ "a number that may be negative", "dnsbl_allowlist_threshold = x",
	  "E x.conf, line 1: dnsbl_allowlist_threshold: bad value \"x\": "
	  "expected a whole number\n" },
	{ "a large number", "message_size_limit = 10M",
	  "E x.conf, line 1: message_size_limit: bad value \"10M\": expected "
	  "a whole number, at least 0\n" },
	{ "one mistake in two defaults", "default_process_limit = 1",
	  "E x.conf, line 1: default_process_limit: bad value \"1\": expected "
	  "a whole number, at least 5 (for postscreen_post_queue_limit)\n" },
	{ "a time", "greet_ttl = 3x",
	  "E x.conf, line 1: greet_ttl: bad value \"3x\": expected a number "
	  "and one of s, m, h, d, w (none means d), at least 1s\n" },
	{ "a time too short", "watchdog_timeout = 9",
	  "E x.conf, line 1: watchdog_timeout: bad value \"9\": expected a "
	  "number and one of s, m, h, d, w (none means s), at least 10s\n" },
	{ "a time of two units", "greet_ttl = 1d12h",
	  "W x.conf, line 1: greet_ttl: \"1d12h\": only the first letter "
	  "behind the number counts\n" },
	{ "a host name", "myhostname = mail server",
	  "E x.conf, line 1: myhostname: bad value \"mail server\": expected "
	  "a host name such as mail.example.com\n" },
	{ "nothing where something is needed", "smtpd_banner =",
	  "E x.conf, line 1: smtpd_banner: bad value \"\": expected some "
	  "text\n" },
	{ "a level", "tls_security_level = dane",
	  "E x.conf, line 1: tls_security_level: bad value \"dane\": expected "
	  "none, may or encrypt\n" },
	{ "a strict level", "tls_security_level = secure",
	  "W x.conf, line 1: tls_security_level: \"secure\": means the same "
	  "as encrypt here: clients' certificates are not looked at\n" },
	{ "an address source", "exec_address_from = env",
	  "E x.conf, line 1: exec_address_from: bad value \"env\": expected "
	  "unset, environment or arguments\n" },
	{ "a control character", "greet_banner = a\033[2J",
	  "E x.conf, line 1: greet_banner: bad value: it holds a control "
	  "character\n" },
	{ "an endless expansion", "greet_banner = $me\nme = $greet_banner",
	  "E x.conf, line 1: greet_banner: refers to itself without end, at "
	  "\"$me\"\n"
	  "N x.conf: kept only to serve $name: settings of Postfix: 0, and of "
	  "others: 1 (me)\n" },
	{ "an endless raw name", "reject_footer = $me\nme = $reject_footer",
	  "E x.conf, line 1: reject_footer: refers to itself without end, at "
	  "\"$me\"\n"
	  "N x.conf: kept only to serve $name: settings of Postfix: 0, and of "
	  "others: 1 (me)\n" },
	{ "a broken expansion", "greet_banner = ${me",
	  "E x.conf, line 1: greet_banner: the closing bracket is missing, at "
	  "\"${me\"\n" },
	{ "no value", "greet_action enforce",
	  "E x.conf, line 1: \"greet_action enforce\": expected name = "
	  "value\n" },
	{ "no name", "= enforce",
	  "E x.conf, line 1: \"= enforce\": expected name = value\n" },
	{ "two names", "greet action = enforce",
	  "E x.conf, line 1: \"greet action = enforce\": expected name = "
	  "value\n" },
	{ "nothing to continue", " greet_wait = 3\nmail_name = x",
	  "W x.conf, line 1: begins with white space but there is nothing to "
	  "continue; ignored\n" },
	{ "twice", "mail_name = x\nmail_name = y",
	  "W x.conf, line 2: mail_name: set already in line 1; the last one "
	  "counts\n" },
	{ "twice by two names", "postscreen_greet_wait = 1\ngreet_wait = 2",
	  "W x.conf, line 2: greet_wait: set already in line 1; the last one "
	  "counts\n" },
	{ "all mistakes, not the first", "soft_bounce = x\nx\ngreet_wait = y",
	  "E x.conf, line 2: \"x\": expected name = value\n"
	  "E x.conf, line 3: greet_wait: bad value \"y\": expected a number "
	  "and one of s, m, h, d, w (none means s), at least 1s\n"
	  "E x.conf, line 1: soft_bounce: bad value \"x\": expected yes or "
	  "no\n" },
};

START_TEST(mistakes_are_explained)
{
	load(mistakes[_i].text);
	ck_assert_msg(strcmp(messages(), mistakes[_i].message) == 0,
		      "%s: have\n%swant\n%s", mistakes[_i].why, messages(),
		      mistakes[_i].message);
}
END_TEST

START_TEST(what_is_wrong_has_its_default)
{
	load("greet_wait = x\nsmtpd_helo_required = x\nmyhostname = .\n"
	     "log_target = $log_target\ndnsbl_threshold = 0\n"
	     "syslog_name =\ndefault_process_limit = x\n"
	     "tls_security_level = x\nuse_tls = x\n");
	ck_assert_uint_gt(report.errors, 8);
	ck_assert_int_eq(conf.greet_wait, 6);
	ck_assert(!conf.helo_required);
	ck_assert(strchr(conf.myhostname, '.') > conf.myhostname);
	ck_assert_str_eq(conf.log_target, "auto");
	ck_assert_str_eq(conf.syslog_name, "smtp-screen");
	ck_assert_int_eq(conf.dnsbl_threshold, 1);
	ck_assert_int_eq(conf.pre_queue_limit, 100);
	ck_assert_int_eq(conf.tls_security_level, TLS_NONE);
}
END_TEST

START_TEST(a_wrong_domain_has_its_default)
{
	load("myhostname = mx.example.com\nmydomain = -");
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_str_eq(conf.mydomain, "example.com");
	load("myhostname = mx\nmydomain = -");
	ck_assert_str_eq(conf.mydomain, "localdomain");
}
END_TEST

START_TEST(nul_bytes_are_mistakes)
{
	struct conf_input input = { "x.conf", NULL, 0, "" };

	conf_load_text(&input, SPAN("greet_wait = 3\nmail_name = a\0b\n"),
		       &arena, &report, &conf);
	ck_assert_str_eq(messages(), "E x.conf, line 2: holds a NUL byte, so "
				     "it is no text file\n");
	ck_assert_int_eq(conf.greet_wait, 3);
}
END_TEST

/* ---- where from ---------------------------------------------------------- */

static const struct {
	const char *why, *parameter, *file;
	unsigned line;
	const char *as;
} origins[] = {
	{ "as written", "postscreen_dnsbl_sites", "x.conf", 1, "dnsbl_sites" },
	{ "an old name", "postscreen_denylist_action", "x.conf", 2,
	  "blacklist_action" },
	{ "what feeds a default", "postscreen_greet_banner", "x.conf", 3,
	  "smtpd_banner" },
	{ "an option", "dns_servers", NULL, 0, "dns_servers" },
	{ "a default", "mynetworks", NULL, 0, "mynetworks" },
	{ "no parameter", "nobody", NULL, 0, "nobody" },
};

START_TEST(origins_are_known)
{
	const char *const option = "dns_servers=192.0.2.53";
	struct origin o;

	load_with("dnsbl_sites = a\nblacklist_action = drop\nsmtpd_banner = b",
		  &option, 1, "");
	o = conf_origin(&conf, origins[_i].parameter);
	ck_assert_msg((o.file == NULL) == (origins[_i].file == NULL), "%s",
		      origins[_i].why);
	if (o.file)
		ck_assert_str_eq(o.file, origins[_i].file);
	ck_assert_uint_eq(o.line, origins[_i].line);
	ck_assert_str_eq(o.parameter, origins[_i].as);
}
END_TEST

/* ---- files --------------------------------------------------------------- */

static char directory[64];

static void make_directory(void)
{
	setup();
	strcpy(directory, "/tmp/test_conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void remove_directory(void)
{
	static const char *const names[] = { "main.cf", "fifo", "large" };

	for (int i = 0; i < ROWS(names); i++)
		unlink(path_of(names[i]));
	rmdir(directory);
	teardown();
}

static void write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static void load_file(const char *path)
{
	struct conf_input input = { path, NULL, 0, "" };

	conf_load(&input, &arena, &report, &conf);
}

START_TEST(files_are_read)
{
	const char *path = path_of("main.cf"), *text = "access_list = "
						       "cidr:$config_directory/"
						       "a\ngreet_wait = x";
	char want[256];

	write_file(path, text, strlen(text));
	load_file(path);
	snprintf(want, sizeof(want), "cidr:%s/a", directory);
	ck_assert_str_eq(conf.access_list, want);
	ck_assert_uint_eq(report.errors, 1);
	snprintf(want, sizeof(want), "%s, line 2: greet_wait: bad value", path);
	ck_assert_msg(strncmp(report_first_error(&report), want,
			      strlen(want)) == 0,
		      "%s", messages());
}
END_TEST

static void refuses(const char *path, const char *why)
{
	char want[256];

	load_file(path);
	snprintf(want, sizeof(want), "E %s: %s\n", path, why);
	ck_assert_str_eq(messages(), want);
	ck_assert_int_eq(conf.greet_wait, 6);
}

START_TEST(absent_files_are_errors_when_named)
{
	refuses(path_of("nobody"), "No such file or directory");
}
END_TEST

START_TEST(directories_are_errors)
{
	refuses(directory, "Is a directory");
}
END_TEST

START_TEST(devices_are_errors)
{
	refuses("/dev/zero", "not a regular file");
}
END_TEST

START_TEST(fifos_are_errors)
{
	const char *path = path_of("fifo");

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	refuses(path, "not a regular file");
}
END_TEST

START_TEST(large_files_are_errors)
{
	static char text[(1 << 20) + 1];
	const char *path = path_of("large");

	memset(text, '\n', sizeof(text));
	write_file(path, text, sizeof(text));
	refuses(path, "larger than 1 MB");
}
END_TEST

START_TEST(a_full_arena_is_an_error)
{
	static const size_t sizes[] = { 64, 1024, 2048, 3000, 4000, 9000 };
	struct arena small;

	for (int i = 0; i < ROWS(sizes); i++) {
		ck_assert_int_eq(arena_open(&small, sizes[i]), 0);
		report_init(&report, &small);
		struct conf_input input = { "x.conf", NULL, 0, "" };

		conf_load_text(&input, span_of(debian_main_cf), &small, &report,
			       &conf);
		ck_assert(i == ROWS(sizes) - 1 || report.errors > 0);
		ck_assert(report.errors == 0 ||
			  report_first_error(&report) != NULL);
		ck_assert_str_eq(conf.log_target, "auto");
		ck_assert_str_eq(conf.syslog_name, "smtp-screen");
		ck_assert_ptr_nonnull(conf.myhostname);
		conf_origin(&conf, "mynetworks");
		arena_close(&small);
	}
}
END_TEST

/* ---- the sample ---------------------------------------------------------- */

/* The sample with every "#name = value" line switched on. */
static void switch_on(char *text)
{
	for (char *line = text; line && *line; line = strchr(line, '\n')) {
		if (*line == '\n' && *++line == '\0')
			break;
		if (line[0] == '#' && line[1] >= 'a' && line[1] <= 'z')
			memmove(line, line + 1, strlen(line));
	}
}

START_TEST(the_sample_shows_defaults)
{
	char text[16384];
	struct conf_item item;
	unsigned set = 0;
	FILE *f = fopen("conf/smtp-screen.conf", "r");
	size_t n;

	ck_assert_msg(f != NULL, "run at the top of the checkout");
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	load(text);
	ck_assert_str_eq(messages(), "");
	for (size_t i = 0; conf_item(&conf, i, &item); i++)
		ck_assert_msg(item.is_default, "%s is set", item.name);
	switch_on(text);
	load(text);
	ck_assert_str_eq(messages(), "");
	for (size_t i = 0; conf_item(&conf, i, &item); i++) {
		if (item.is_default)
			continue;
		set++;
		ck_assert_str_eq(item.name, defaults[i].name);
		ck_assert_str_eq(item.text, defaults[i].text);
	}
	ck_assert_uint_ge(set, 15);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("conf"), *files = unit_case("conf files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, defaults_are_postscreens, 0, ROWS(defaults));
	tcase_add_test(tc, default_values_are_postscreens);
	tcase_add_loop_test(tc, settings_take_effect, 0, ROWS(effects));
	tcase_add_test(tc, guides_work_as_they_stand);
	tcase_add_test(tc, main_cf_loads);
	tcase_add_loop_test(tc, tls_levels_come_from_everywhere, 0, ROWS(tls));
	tcase_add_test(tc, tls_is_read_when_it_is_needed);
	tcase_add_test(tc, mistakes_about_tls_are_explained_then);
	tcase_add_test(tc, stress_shortens_waits);
	tcase_add_test(tc, the_shortest_ttl_is_for_ignored_failures);
	tcase_add_test(tc, no_cache_may_be_empty);
	tcase_add_test(tc, options_come_on_top);
	tcase_add_test(tc, bad_options_are_named);
	tcase_add_loop_test(tc, mistakes_are_explained, 0, ROWS(mistakes));
	tcase_add_test(tc, what_is_wrong_has_its_default);
	tcase_add_test(tc, a_wrong_domain_has_its_default);
	tcase_add_test(tc, nul_bytes_are_mistakes);
	tcase_add_loop_test(tc, origins_are_known, 0, ROWS(origins));
	tcase_add_test(tc, the_sample_shows_defaults);
	tcase_add_checked_fixture(files, make_directory, remove_directory);
	tcase_add_test(files, files_are_read);
	tcase_add_test(files, absent_files_are_errors_when_named);
	tcase_add_test(files, directories_are_errors);
	tcase_add_test(files, devices_are_errors);
	tcase_add_test(files, fifos_are_errors);
	tcase_add_test(files, large_files_are_errors);
	tcase_add_test(files, a_full_arena_is_an_error);
	return unit_run();
}
