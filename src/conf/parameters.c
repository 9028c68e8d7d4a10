#include "conf/parameters.h"

#include "conf/conf.h"

#include <stddef.h>
#include <string.h>

/* Where FIELD of struct conf is; does not compile unless it is a TYPE. */
#define PLACE(field, type)                                                    \
	(offsetof(struct conf, field) +                                       \
	 0 * sizeof(char[__builtin_types_compatible_p(                        \
				 __typeof__(((struct conf *)0)->field), type) \
				 ? 1                                          \
				 : -1]))

#define ENTRY(the_name, the_kind, the_flags, the_standard, the_place, ...) \
	{ .name = (the_name),                                              \
	  .name_len = sizeof(the_name) - 1,                                \
	  .kind = (the_kind),                                              \
	  .flags = (the_flags),                                            \
	  .standard = (the_standard),                                      \
	  .place = (the_place),                                            \
	  __VA_ARGS__ },

#define FEED(name, standard) \
	ENTRY(name, KIND_TEXT, 0, standard, PARAMETER_NOWHERE)
#define FEED_RAW(name, standard) \
	ENTRY(name, KIND_TEXT, PARAMETER_RAW, standard, PARAMETER_NOWHERE)
#define FEED_BOOL(name, standard) \
	ENTRY(name, KIND_BOOL, 0, standard, PARAMETER_NOWHERE)
#define TEXT(name, standard, field) \
	ENTRY(name, KIND_TEXT, 0, standard, PLACE(field, const char *))
#define RAW(name, standard, field)                      \
	ENTRY(name, KIND_TEXT, PARAMETER_RAW, standard, \
	      PLACE(field, const char *))
#define WORDS(name, standard, field)                       \
	ENTRY(name, KIND_TEXT, PARAMETER_NEEDED, standard, \
	      PLACE(field, const char *))
#define HOSTNAME(name, field)                              \
	ENTRY(name, KIND_HOSTNAME, PARAMETER_NEEDED, NULL, \
	      PLACE(field, const char *))
#define BOOL(name, standard, field) \
	ENTRY(name, KIND_BOOL, 0, standard, PLACE(field, bool))
#define NUMBER(name, standard, field, min, max)                  \
	ENTRY(name, KIND_NUMBER, 0, standard, PLACE(field, int), \
	      .least = (min), .most = (max))
#define LARGE(name, standard, field, min)                           \
	ENTRY(name, KIND_LARGE, 0, standard, PLACE(field, int64_t), \
	      .least = (min))
#define TIME(name, standard, field, suffix, min)                   \
	ENTRY(name, KIND_TIME, 0, standard, PLACE(field, int64_t), \
	      .unit = (suffix), .least = (min))
#define ACTION(name, standard, test_or_list) \
	ENTRY(name, KIND_ACTION, 0, standard, PLACE(test_or_list, enum action))

/* Needed by hardly any connection: read when conf_load_tls asks for it. */
#define LATE_TEXT(name, standard, field)                 \
	ENTRY(name, KIND_TEXT, PARAMETER_LATE, standard, \
	      PLACE(tls.field, const char *))

#define PRINTABLE                                                       \
	"\\t\\40!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTU" \
	"VWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

/* A name of old that still feeds the new one. */
#define OLD(old, otherwise) "${" old "?{$" old "}:{" otherwise "}}"

/*
 * In byte order of the names. Names, defaults and limits: postconf(5);
 * without them in postconf(5), ours.
 */
/* clang-format off */
const struct parameter parameters[] = {
NUMBER("cache_ipv4_prefix", "32", cache_ipv4_prefix, 1, 32)
NUMBER("cache_ipv6_prefix", "64", cache_ipv6_prefix, 1, 128)
TIME("cache_lock_timeout", "1s", cache_lock_timeout, 's', 1)
TEXT("cache_password_file", "", cache_password_file)
TIME("cache_remote_timeout", "1s", cache_remote_timeout, 's', 1)
NUMBER("client_connection_rate_limit", "$smtpd_client_connection_rate_limit",
       client_connection_rate_limit, 0, INT32_MAX)
/*
 * Postfix takes an unset level for 0, out of care for old configurations.
 * There are none of those here, so it means today's words and manners.
 */
FEED("compatibility_level", "3.6")
TEXT("decision_log", "", decision_log)
TEXT("decision_log_key_file", "/var/lib/smtp-screen/decisions.key",
     decision_log_key_file)
ENTRY("decision_log_privacy", KIND_PRIVACY, 0, "none",
      PLACE(decision_log_privacy, enum privacy))
ENTRY("deep_protocol_tests", KIND_DEEP_MODE, 0, "reconnect",
      PLACE(deep_protocol_tests, enum deep_mode))
FEED("default_process_limit", "100")
NUMBER("delay_logging_resolution_limit", "2", delay_logging_resolution_limit,
       0, 6)
BOOL("disable_vrfy_command", "no", disable_vrfy_command)
BOOL("dns_answer_check", "yes", dns_answer_check)
TEXT("dns_servers", "", dns_servers)
ENTRY("dnsbl_tripwire", KIND_TRIPWIRE, 0, "warn",
      PLACE(dnsbl_tripwire, enum tripwire))
/* whoever brings his own, the one that was installed, the distribution's */
TEXT("dnslists_file",
     "/etc/smtp-screen/dnslists.conf"
     " /usr/local/share/smtp-screen/dnslists.conf"
     " /usr/share/smtp-screen/dnslists.conf",
     dnslists_file)
ENTRY("exec_address_from", KIND_EXEC_SOURCE, 0, "unset",
      PLACE(exec_address_from, enum exec_address))
TIME("greet_wait_min", "$greet_wait", greet_wait_min, 's', 1)
BOOL("greylist", "no", greylist)
NUMBER("greylist_auto_whitelist_clients", "5", greylist_auto_whitelist_clients,
       0, 1000000)
TEXT("greylist_dbdir", "/var/lib/smtp-screen", greylist_dbdir)
TIME("greylist_delay", "300s", greylist_delay, 's', 1)
NUMBER("greylist_ipv4cidr", "24", greylist_ipv4cidr, 1, 32)
NUMBER("greylist_ipv6cidr", "64", greylist_ipv6cidr, 1, 128)
BOOL("greylist_lookup_by_host", "no", greylist_lookup_by_host)
TIME("greylist_max_age", "35d", greylist_max_age, 'd', 1)
BOOL("greylist_privacy", "no", greylist_privacy)
TEXT("greylist_privacy_key", "", greylist_privacy_key)
TIME("greylist_retry_window", "2d", greylist_retry_window, 'd', 1)
WORDS("greylist_text", "Greylisted, please try again later", greylist_text)
TEXT("greylist_whitelist_clients",
     "/etc/smtp-screen/greylist-clients"
     " /etc/smtp-screen/greylist-clients.local",
     greylist_whitelist_clients)
TEXT("greylist_whitelist_recipients",
     "/etc/smtp-screen/greylist-recipients"
     " /etc/smtp-screen/greylist-recipients.local",
     greylist_whitelist_recipients)
TEXT("handoff", "exec", handoff)
TIME("handoff_timeout", "10s", handoff_timeout, 's', 1)
WORDS("inet_protocols", "all", inet_protocols)
NUMBER("line_length_limit", "2048", line_length_limit, 512, INT32_MAX)
TEXT("log_target", "auto", log_target)
WORDS("mail_name", "smtp-screen", mail_name)
FEED("mail_version", SCREEN_VERSION)
LARGE("message_size_limit", "10240000", message_size_limit, 0)
HOSTNAME("mydomain", mydomain)
HOSTNAME("myhostname", myhostname)
TEXT("mynetworks", "127.0.0.0/8 [::1]/128", mynetworks)
TEXT("postscreen_access_list", "permit_mynetworks", access_list)
TEXT("postscreen_allowlist_interfaces",
     OLD("postscreen_whitelist_interfaces", "static:all"),
     allowlist_interfaces)
ACTION("postscreen_bare_newline_action", "ignore",
       test[TEST_BARE_NEWLINE].action)
BOOL("postscreen_bare_newline_enable", "no", test[TEST_BARE_NEWLINE].enabled)
TIME("postscreen_bare_newline_ttl", "30d", test[TEST_BARE_NEWLINE].ttl, 'd', 1)
FEED("postscreen_blacklist_action", "")
TIME("postscreen_cache_cleanup_interval", "12h", cache_cleanup_interval,
     'h', 0)
TEXT("postscreen_cache_map", "gdbm:/var/lib/smtp-screen/cache.gdbm", cache_map)
TIME("postscreen_cache_retention_time", "7d", cache_retention_time, 'd', 1)
NUMBER("postscreen_client_connection_count_limit",
       "$smtpd_client_connection_count_limit", client_connection_count_limit,
       0, INT32_MAX)
NUMBER("postscreen_command_count_limit", "20", command_count_limit,
       1, INT32_MAX)
TEXT("postscreen_command_filter", "", command_filter)
ENTRY("postscreen_command_time_limit", KIND_TIME, PARAMETER_FULL,
      "${stress?{10}:{300}}s", PLACE(command_time_limit, int64_t),
      .unit = 's', .least = 1)
ACTION("postscreen_denylist_action",
       OLD("postscreen_blacklist_action", "ignore"), denylist_action)
ENTRY("postscreen_disable_vrfy_command", KIND_BOOL, PARAMETER_FULL,
      "$disable_vrfy_command", PLACE(postscreen_disable_vrfy_command, bool))
TEXT("postscreen_discard_ehlo_keyword_address_maps",
     "$smtpd_discard_ehlo_keyword_address_maps",
     discard_ehlo_keyword_address_maps)
TEXT("postscreen_discard_ehlo_keywords", "$smtpd_discard_ehlo_keywords",
     discard_ehlo_keywords)
ACTION("postscreen_dnsbl_action", "ignore", test[TEST_DNSBL].action)
NUMBER("postscreen_dnsbl_allowlist_threshold",
       OLD("postscreen_dnsbl_whitelist_threshold", "0"),
       dnsbl_allowlist_threshold, INT32_MIN, INT32_MAX)
/* Postfix writes the unit behind the old name's value: same meaning */
TIME("postscreen_dnsbl_max_ttl", OLD("postscreen_dnsbl_ttl", "1h"),
     dnsbl_max_ttl, 'h', 1)
TIME("postscreen_dnsbl_min_ttl", "60s", dnsbl_min_ttl, 's', 1)
TEXT("postscreen_dnsbl_reply_map", "", dnsbl_reply_map)
TEXT("postscreen_dnsbl_sites", "", dnsbl_sites)
NUMBER("postscreen_dnsbl_threshold", "1", dnsbl_threshold, 1, INT32_MAX)
TIME("postscreen_dnsbl_timeout", "10s", dnsbl_timeout, 's', 1)
FEED("postscreen_dnsbl_ttl", "")
FEED("postscreen_dnsbl_whitelist_threshold", "")
FEED_BOOL("postscreen_enforce_tls", "$smtpd_enforce_tls")
RAW("postscreen_expansion_filter", "$smtpd_expansion_filter", expansion_filter)
TEXT("postscreen_forbidden_commands", "$smtpd_forbidden_commands",
     forbidden_commands)
ACTION("postscreen_greet_action", "ignore", test[TEST_PREGREET].action)
TEXT("postscreen_greet_banner", "$smtpd_banner", greet_banner)
TIME("postscreen_greet_ttl", "1d", test[TEST_PREGREET].ttl, 'd', 1)
TIME("postscreen_greet_wait", "${stress?{2}:{6}}s", greet_wait, 's', 1)
BOOL("postscreen_helo_required", "$smtpd_helo_required", helo_required)
ACTION("postscreen_non_smtp_command_action", "drop",
       test[TEST_NON_SMTP].action)
BOOL("postscreen_non_smtp_command_enable", "no", test[TEST_NON_SMTP].enabled)
TIME("postscreen_non_smtp_command_ttl", "30d", test[TEST_NON_SMTP].ttl, 'd', 1)
ACTION("postscreen_pipelining_action", "enforce", test[TEST_PIPELINING].action)
BOOL("postscreen_pipelining_enable", "no", test[TEST_PIPELINING].enabled)
TIME("postscreen_pipelining_ttl", "30d", test[TEST_PIPELINING].ttl, 'd', 1)
NUMBER("postscreen_post_queue_limit", "$default_process_limit",
       post_queue_limit, 5, INT32_MAX)
NUMBER("postscreen_pre_queue_limit", "$default_process_limit",
       pre_queue_limit, 10, INT32_MAX)
RAW("postscreen_reject_footer", "$smtpd_reject_footer", reject_footer)
TEXT("postscreen_reject_footer_maps", "$smtpd_reject_footer_maps",
     reject_footer_maps)
ENTRY("postscreen_starttls_timeout", KIND_TIME, PARAMETER_LATE,
      "$smtpd_starttls_timeout", PLACE(tls.starttls_timeout, int64_t),
      .unit = 's', .least = 1)
LATE_TEXT("postscreen_tls_cert_file", "$smtpd_tls_cert_file", cert_file)
LATE_TEXT("postscreen_tls_chain_files", "$smtpd_tls_chain_files", chain_files)
LATE_TEXT("postscreen_tls_ciphers", "$smtpd_tls_ciphers", ciphers)
LATE_TEXT("postscreen_tls_dcert_file", "$smtpd_tls_dcert_file", dcert_file)
LATE_TEXT("postscreen_tls_dkey_file", "$smtpd_tls_dkey_file", dkey_file)
LATE_TEXT("postscreen_tls_eccert_file", "$smtpd_tls_eccert_file", eccert_file)
LATE_TEXT("postscreen_tls_eckey_file", "$smtpd_tls_eckey_file", eckey_file)
LATE_TEXT("postscreen_tls_eecdh_grade", "$smtpd_tls_eecdh_grade", eecdh_grade)
LATE_TEXT("postscreen_tls_exclude_ciphers",
	  "$smtpd_tls_exclude_ciphers", exclude_ciphers)
LATE_TEXT("postscreen_tls_key_file", "$smtpd_tls_key_file", key_file)
ENTRY("postscreen_tls_loglevel", KIND_NUMBER, PARAMETER_LATE,
      "$smtpd_tls_loglevel", PLACE(tls.loglevel, int), .least = 0, .most = 4)
LATE_TEXT("postscreen_tls_mandatory_ciphers",
	  "$smtpd_tls_mandatory_ciphers", mandatory_ciphers)
LATE_TEXT("postscreen_tls_mandatory_exclude_ciphers",
	  "$smtpd_tls_mandatory_exclude_ciphers", mandatory_exclude_ciphers)
LATE_TEXT("postscreen_tls_mandatory_protocols",
	  "$smtpd_tls_mandatory_protocols", mandatory_protocols)
LATE_TEXT("postscreen_tls_protocols", "$smtpd_tls_protocols", protocols)
ENTRY("postscreen_tls_security_level", KIND_TLS_LEVEL, 0,
      "$smtpd_tls_security_level", PLACE(tls_security_level, enum tls_level))
TEXT("postscreen_upstream_proxy_protocol", "", upstream_proxy_protocol)
TIME("postscreen_upstream_proxy_timeout", "5s", upstream_proxy_timeout, 's', 1)
FEED_BOOL("postscreen_use_tls", "$smtpd_use_tls")
TIME("postscreen_watchdog_timeout", "10s", watchdog_timeout, 's', 10)
FEED("postscreen_whitelist_interfaces", "")
TEXT("queue_directory", "/var/spool/postfix", queue_directory)
TIME("relay_idle_limit", "660s", relay_idle_limit, 's', 1)
BOOL("respectful_logging",
     "${{$compatibility_level} <level {3.6} ? {no} : {yes}}",
     respectful_logging)
ENTRY("sandbox", KIND_SANDBOX, 0, "try", PLACE(sandbox, enum sandbox))
TIME("session_time_limit", "600s", session_time_limit, 's', 1)
WORDS("smtpd_banner", "$myhostname ESMTP $mail_name", smtpd_banner)
FEED("smtpd_client_connection_count_limit", "50")
FEED("smtpd_client_connection_rate_limit", "0")
FEED("smtpd_discard_ehlo_keyword_address_maps", "")
FEED("smtpd_discard_ehlo_keywords", "")
FEED("smtpd_enforce_tls", "no")
FEED_RAW("smtpd_expansion_filter", PRINTABLE)
FEED("smtpd_forbidden_commands", "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}")
FEED("smtpd_helo_required", "no")
FEED_RAW("smtpd_reject_footer", "")
FEED("smtpd_reject_footer_maps", "")
FEED("smtpd_starttls_timeout", "${stress?{10}:{300}}s")
FEED("smtpd_tls_cert_file", "")
FEED("smtpd_tls_chain_files", "")
FEED("smtpd_tls_ciphers", "medium")
FEED("smtpd_tls_dcert_file", "")
FEED("smtpd_tls_dkey_file", "$smtpd_tls_dcert_file")
FEED("smtpd_tls_eccert_file", "")
FEED("smtpd_tls_eckey_file", "$smtpd_tls_eccert_file")
FEED("smtpd_tls_eecdh_grade", "auto")
FEED("smtpd_tls_exclude_ciphers", "")
FEED("smtpd_tls_key_file", "$smtpd_tls_cert_file")
FEED("smtpd_tls_loglevel", "0")
FEED("smtpd_tls_mandatory_ciphers", "medium")
FEED("smtpd_tls_mandatory_exclude_ciphers", "")
FEED("smtpd_tls_mandatory_protocols", ">=TLSv1.2")
FEED("smtpd_tls_protocols", ">=TLSv1.2")
FEED("smtpd_tls_security_level", "")
FEED("smtpd_use_tls", "no")
BOOL("smtputf8_enable", "${{$compatibility_level} <level {1} ? {no} : {yes}}",
     smtputf8_enable)
BOOL("soft_bounce", "no", soft_bounce)
TEXT("state_file", "/var/lib/smtp-screen/state", state_file)
WORDS("syslog_name", "smtp-screen", syslog_name)
/* the lists and curves as Postfix 3.7 has them */
LATE_TEXT("tls_eecdh_auto_curves",
	  "X25519 X448 prime256v1 secp521r1 secp384r1", eecdh_auto_curves)
LATE_TEXT("tls_eecdh_strong_curve", "prime256v1", eecdh_strong_curve)
LATE_TEXT("tls_eecdh_ultra_curve", "secp384r1", eecdh_ultra_curve)
LATE_TEXT("tls_high_cipherlist", "aNULL:-aNULL:HIGH:@STRENGTH",
	  high_cipherlist)
LATE_TEXT("tls_medium_cipherlist", "aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH",
	  medium_cipherlist)
LATE_TEXT("tls_null_cipherlist", "eNULL:!aNULL", null_cipherlist)
LATE_TEXT("tls_service", "/run/smtp-screen-tls.socket", service)
TEXT("upstream_proxy_networks", "", upstream_proxy_networks)
};
/* clang-format on */

const size_t parameter_count = sizeof(parameters) / sizeof(parameters[0]);

/* ---- finding ------------------------------------------------------------ */

/* span_compare, in line: it is done hundreds of times at each start. */
static int compare(struct span name, const struct parameter *p)
{
	size_t shared = name.len < p->name_len ? name.len : p->name_len;
	int order = memcmp(name.p, p->name, shared);

	if (order != 0)
		return order;
	return name.len < p->name_len ? -1 : name.len > p->name_len;
}

static const struct parameter *find_full(struct span name)
{
	size_t low = 0, high = parameter_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(name, &parameters[middle]);

		if (order == 0)
			return &parameters[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct parameter *parameter_find(struct span name)
{
	const struct parameter *p;
	char memory[64];
	struct sbuf full = SBUF(memory);

	if (name.len == 0)
		return NULL;
	p = find_full(name);
	if (p || span_starts_with(name, SPAN(PARAMETER_PREFIX)))
		return p;
	sbuf_add(&full, SPAN(PARAMETER_PREFIX));
	sbuf_add(&full, name);
	if (!sbuf_fitted(&full))
		return NULL;
	p = find_full(sbuf_span(&full));
	return p && !(p->flags & PARAMETER_FULL) ? p : NULL;
}

/* ---- misspellings ------------------------------------------------------- */

#define NEAR	  2
#define NAME_SIZE 64 /* no name of ours is longer */

static unsigned least_of(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/*
 * How many letters have to be put in, left out or replaced to make A of B:
 * the usual table, a row at a time, but only the band around its diagonal
 * where no more than NEAR can stand. NEAR + 1 for all that is further apart.
 */
static unsigned distance(struct span a, struct span b)
{
	unsigned row[NAME_SIZE + 1];

	if (b.len > NAME_SIZE || a.len > b.len + NEAR || b.len > a.len + NEAR)
		return NEAR + 1;
	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned from = i > NEAR ? i - NEAR : 1, corner = row[from - 1];
		unsigned best = row[from - 1] = i; /* too far when from > 1 */

		for (unsigned j = from; j <= b.len && j <= i + NEAR; j++) {
			unsigned same = corner + (a.p[i - 1] != b.p[j - 1]);

			corner = row[j];
			row[j] = least_of(row[j] + 1, row[j - 1] + 1, same);
			if (row[j] < best)
				best = row[j];
		}
		if (best > NEAR)
			return NEAR + 1;
	}
	return row[b.len];
}

static struct span without_prefix(struct span name)
{
	if (span_starts_with(name, SPAN(PARAMETER_PREFIX)))
		return span_skip(name, strlen(PARAMETER_PREFIX));
	return name;
}

/* How far NAME is from what P may be called; *RET_SHORT: without prefix. */
static unsigned distance_from(struct span name, const struct parameter *p,
			      bool *ret_short)
{
	struct span full = span_of(p->name), bare = without_prefix(full);
	unsigned to_full = distance(name, full), to_bare;

	*ret_short = false;
	if (p->flags & PARAMETER_FULL)
		return to_full;
	to_bare = distance(without_prefix(name), bare);
	if (to_bare >= to_full)
		return to_full;
	*ret_short = !span_starts_with(name, SPAN(PARAMETER_PREFIX));
	return to_bare;
}

const struct parameter *parameter_suggest(struct span name,
					  struct sbuf *suggestion)
{
	const struct parameter *best = NULL;
	unsigned nearest = NEAR + 1;
	bool best_short = false;

	for (size_t i = 0; i < parameter_count; i++) {
		bool is_short;
		unsigned d = distance_from(name, &parameters[i], &is_short);

		if (d < nearest) {
			nearest = d;
			best = &parameters[i];
			best_short = is_short;
		}
	}
	if (best)
		sbuf_add(suggestion,
			 best_short ? without_prefix(span_of(best->name))
				    : span_of(best->name));
	return best;
}
