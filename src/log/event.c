#include "log/event.h"

#include <assert.h>

/*
 * The ids were drawn at random, once. They are an interface: catalogues and
 * filters of administrators hang on them, so a line here may be added but
 * never changed.
 */
static const struct {
	const char *name, *id;
} events[LOG_EVENTS] = {
	[LOG_CONNECT] = { "connect", "7fafa3629e154b658b823aee0723cd8b" },
	[LOG_ALLOWLISTED] = { "allowlisted",
			      "841e1fece08d420598fa8379799151f0" },
	[LOG_DENYLISTED] = { "denylisted", "a6c05d3e83084e0cba3dd81b44f1b023" },
	[LOG_ALLOWLIST_VETO] = { "allowlist-veto",
				 "6273a652f04b466da2139c219892c048" },
	[LOG_PREGREET] = { "pregreet", "b30892e59c774d5d9af80bff9abf4017" },
	[LOG_DNSBL_RANK] = { "dnsbl-rank", "23cf5424a02848caa6433c3807fe1575" },
	[LOG_DNSBL_LISTED] = { "dnsbl-listed",
			       "35696c6372e64c0b9e06ea2d1b477bb3" },
	[LOG_PASS_NEW] = { "pass-new", "838d118121884f49bc00164beef8c64c" },
	[LOG_PASS_OLD] = { "pass-old", "9d665ec0fa774fc29474857772cc21a3" },
	[LOG_HANGUP] = { "hangup", "7116676c3d03403982903ed1843a0edd" },
	[LOG_REJECT] = { "reject", "13700f6df9334369b0cc56cf64f4c9ec" },
	[LOG_COMMAND_PIPELINING] = { "command-pipelining",
				     "bbd51b2067bc4227a06c6faa36566600" },
	[LOG_NON_SMTP_COMMAND] = { "non-smtp-command",
				   "3a36b9b942a3497294fd7b039aff9c74" },
	[LOG_BARE_NEWLINE] = { "bare-newline",
			       "a4f3e9ff207d4b1b94f3d5d39f5adf3e" },
	[LOG_COMMAND_TIME_LIMIT] = { "command-time-limit",
				     "5c453d404bf44d299b14b7d6a25f06ec" },
	[LOG_COMMAND_COUNT_LIMIT] = { "command-count-limit",
				      "41425f6e2570402192bb6ebe6402e947" },
	[LOG_COMMAND_LENGTH_LIMIT] = { "command-length-limit",
				       "abb36a94c97043928166efa118a6a6cc" },
	[LOG_SESSION_TIME_LIMIT] = { "session-time-limit",
				     "3b42c5768c7d461281c3b20d7afc6106" },
	[LOG_NO_VALID_RCPT] = { "no-valid-rcpt",
				"882d2be81f34492982e109b303523d22" },
	[LOG_DISCONNECT] = { "disconnect", "041b8b68bcbd4cb7b1d0144755cf91a7" },
	[LOG_COMMAND_REPLACED] = { "command-replaced",
				   "b336d1365a1b4c5ba335d6e6826cac38" },
	[LOG_EHLO_DISCARD] = { "ehlo-discard",
			       "6a0a55a91d4b40038d379fbadc589246" },
	[LOG_LIST_MUTED] = { "list-muted", "16221cc69d61f3295c5cf8c77d3c805d" },
	[LOG_LIST_UNMUTED] = { "list-unmuted",
			       "48d0309da9320a0cec563d90b86349ea" },
	[LOG_TRIPWIRE] = { "tripwire", "dba11c9f0efab8512c926445b9b8c291" },
	[LOG_DNS_TROUBLE] = { "dns-trouble",
			      "3f5adc3f300540b2b47d0f466300179a" },
	[LOG_PROXY_TROUBLE] = { "proxy-trouble",
				"33ab41f8d0b14b88bea38caf99734675" },
	[LOG_CACHE_TROUBLE] = { "cache-trouble",
				"4080dc8c696746d891f900fe830b64d9" },
	[LOG_STATE_TROUBLE] = { "state-trouble",
				"462f9fca540d11f12e62e68776694cc1" },
	[LOG_TABLE_TROUBLE] = { "table-trouble",
				"182dd5f36bbb4f7282c748aabac279ef" },
	[LOG_CONFIG_TROUBLE] = { "config-trouble",
				 "1dddee03a1224847b6c6017589c453c4" },
	[LOG_HANDOFF_TROUBLE] = { "handoff-trouble",
				  "538f9f748fe846ac8abf463c11089904" },
	[LOG_TLS_CONNECT] = { "tls-connect",
			      "281d4bf3ff8141eba80187a994b1b0f4" },
	[LOG_TLS_ESTABLISHED] = { "tls-established",
				  "2b2d1cf2822442869ea82129ae89fc4a" },
	[LOG_TLS_FAILED] = { "tls-failed", "8cdeb90207784e5495894f657f9b2968" },
	[LOG_TLS_DISCONNECT] = { "tls-disconnect",
				 "0d98ea7733c14c7a988484536c22dd30" },
	[LOG_TLS_TROUBLE] = { "tls-trouble",
			      "cdc147b8d4eb445c92d37b3193116ddc" },
	[LOG_SANDBOX_TROUBLE] = { "sandbox-trouble",
				  "e51125dc399f43ac8b3b380f5037dcfd" },
	[LOG_LIMIT] = { "limit", "1de9f23282da4301b3890a35b4bb25af" },
	[LOG_STRESS] = { "stress", "e9d8a30634b942e1af8e3b56ad60b6c6" },
	[LOG_DAEMON] = { "daemon", "11fef3b361d04da996ab6938d879b405" },
	[LOG_OTHER] = { "other", "d4b2052471774d9bb7505c479792b939" },
};

const char *log_event_name(enum log_event event)
{
	assert(event < LOG_EVENTS);
	return events[event].name;
}

const char *log_event_id(enum log_event event)
{
	assert(event < LOG_EVENTS);
	return events[event].id;
}
