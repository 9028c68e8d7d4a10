#include "smtp/engine.h"
#include "smtp/input.h"
#include "unit.h"

#define BIT(test) (1u << (test))
#define DEEP \
	(BIT(TEST_PIPELINING) | BIT(TEST_NON_SMTP) | BIT(TEST_BARE_NEWLINE))

#define LATER	 "450 4.3.2 Service currently unavailable"
#define PROTOCOL "550 5.5.1 Protocol error"
#define LISTED	 "550 5.7.1 Service unavailable; client [192.0.2.1] blocked"

#define HELLO "220 mx.example ESMTP Postfix\n"
#define KEYWORDS                                                         \
	"250-mx.example\n250-SIZE 10240000\n250-VRFY\n250-ETRN\n"        \
	"250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n250-SMTPUTF8\n" \
	"250 CHUNKING\n"

/* A session. */
struct dialog {
	const char *why;
	const char *in;	 /* "~" stands for CR LF; each line is a read */
	const char *out; /* without CRs */
	const char *log; /* one LF behind each line */
	/* of the settings, what is not as in an empty file */
	bool helo_required, no_vrfy, soft_bounce, no_utf8;
	const char *footer, *discard, *discard_maps, *filter, *forbidden;
	int command_limit;
	/* of the session */
	unsigned tests; /* deep tests that run */
	enum action action;
	const char *after; /* what became of them, from p P I F - */
	const char *rcpt, *final;
	bool greeted, polite, at_once;
	enum tls_level tls;
	bool tls_broken; /* there is nobody to do it */
};

static struct arena arena;
static struct report report;
static struct conf conf;
static char log_memory[16384], out_memory[32768];
static struct sbuf said, heard;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	report_init(&report, &arena);
	said = SBUF(log_memory);
	heard = SBUF(out_memory);
}

static void teardown(void)
{
	arena_close(&arena);
}

/* Each kind of line bears its event. */
static void check_event(enum log_event event, struct span text)
{
	static const struct {
		const char *start;
		enum log_event event;
	} kinds[] = {
		{ "NOQUEUE: reject: RCPT", LOG_REJECT },
		{ "COMMAND PIPELINING", LOG_COMMAND_PIPELINING },
		{ "NON-SMTP COMMAND", LOG_NON_SMTP_COMMAND },
		{ "BARE NEWLINE", LOG_BARE_NEWLINE },
		{ "COMMAND TIME LIMIT", LOG_COMMAND_TIME_LIMIT },
		{ "COMMAND COUNT LIMIT", LOG_COMMAND_COUNT_LIMIT },
		{ "COMMAND LENGTH LIMIT", LOG_COMMAND_LENGTH_LIMIT },
		{ "SESSION TIME LIMIT", LOG_SESSION_TIME_LIMIT },
		{ "DATA without", LOG_NO_VALID_RCPT },
		{ "BDAT without", LOG_NO_VALID_RCPT },
		{ "[192.0.2.1]:4711: repl", LOG_COMMAND_REPLACED },
		{ "[192.0.2.1]4711: disc", LOG_EHLO_DISCARD },
	};

	for (int i = 0; i < ROWS(kinds); i++) {
		if (span_starts_with(text, span_of(kinds[i].start))) {
			ck_assert_int_eq(event, kinds[i].event);
			return;
		}
	}
	ck_assert_int_eq(event, LOG_TABLE_TROUBLE);
}

static void say(void *context, enum log_event event, const char *text)
{
	ck_assert_ptr_eq(context, &said);
	check_event(event, span_of(text));
	sbuf_addf(&said, "%s\n", text);
}

static void hear(const struct sbuf *reply)
{
	for (size_t i = 0; i < reply->len; i++)
		if (reply->text[i] != '\r')
			sbuf_add_char(&heard, reply->text[i]);
		else
			ck_assert_int_eq(reply->text[i + 1], '\n');
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void settings_of(const struct dialog *d)
{
	conf = (struct conf){
		.myhostname = "mx.example",
		.smtpd_banner = "mx.example ESMTP Postfix",
		.command_count_limit = d->command_limit ? d->command_limit : 20,
		.helo_required = d->helo_required,
		.postscreen_disable_vrfy_command = d->no_vrfy,
		.discard_ehlo_keywords = or_empty(d->discard),
		.discard_ehlo_keyword_address_maps = or_empty(d->discard_maps),
		.forbidden_commands =
			d->forbidden ? d->forbidden : "CONNECT GET POST",
		.command_filter = or_empty(d->filter),
		.expansion_filter = "0123456789.",
		.reject_footer = or_empty(d->footer),
		.reject_footer_maps = "",
		.message_size_limit = 10240000,
		.smtputf8_enable = !d->no_utf8,
		.soft_bounce = d->soft_bounce,
	};
	for (int i = 0; i < TESTS; i++)
		conf.test[i].action = d->action;
}

static void start(const struct dialog *d, struct engine *e, struct sbuf *reply)
{
	struct engine_setup s = {
		.conf = &conf,
		.client = { .port = 4711 },
		.decision_id = "a1b2",
		.rcpt_reply = d->rcpt ? d->rcpt : LATER,
		.final_reply = d->final,
		.greeted_early = d->greeted,
		.polite = d->polite,
		.tls = d->tls,
		.say = say,
		.context = &said,
	};

	settings_of(d);
	ck_assert(address_parse(SPAN("192.0.2.1"), &s.client.address));
	s.tables = engine_tables_open(&conf, &arena, &report);
	ck_assert_ptr_nonnull(s.tables);
	for (int i = 0; i < TESTS; i++)
		s.test[i] = (d->tests & BIT(i)) != 0;
	engine_start(e, &s, reply);
	hear(reply);
}

static void push(struct input *in, struct span bytes)
{
	size_t size;
	char *room = input_room(in, &size);

	ck_assert_uint_ge(size, bytes.len);
	memcpy(room, bytes.p, bytes.len);
	input_filled(in, bytes.len);
}

/* What a session does about STARTTLS; bytes behind it are thrown away. */
static enum engine_next begin_tls(const struct dialog *d, struct engine *e,
				  struct input *in, struct sbuf *reply)
{
	ck_assert_uint_eq(reply->len, 0);
	engine_tls(e, !d->tls_broken, 0, reply);
	if (!d->tls_broken)
		input_start(in, 2048);
	return ENGINE_GO_ON;
}

/* True when the session has ended. */
static bool take_all(const struct dialog *d, struct engine *e, struct input *in,
		     struct sbuf *reply)
{
	enum engine_next next = ENGINE_GO_ON;
	struct engine_line line;

	while (next == ENGINE_GO_ON &&
	       input_next(in, &line) == INPUT_GOT_LINE) {
		next = engine_take(e, &line, 0, reply);
		if (next == ENGINE_STARTTLS)
			next = begin_tls(d, e, in, reply);
		hear(reply);
	}
	if (next == ENGINE_CLOSE)
		sbuf_add_text(&heard, "(closed)\n");
	return next == ENGINE_CLOSE;
}

static void check_tests(const struct dialog *d, const struct engine *e)
{
	for (int i = TEST_FIRST_DEEP; d->after && i < TESTS; i++)
		ck_assert_msg(
			"-pPIF"[e->test[i]] == d->after[i - TEST_FIRST_DEEP],
			"%s: test %d is %c", d->why, i, "-pPIF"[e->test[i]]);
}

static void play_span(const struct dialog *d, struct span script)
{
	static struct input in;
	static char in_memory[32768], memory[ENGINE_REPLY];
	struct sbuf bytes = SBUF(in_memory), reply = SBUF(memory);
	struct engine e;
	struct span rest, line;
	bool over = false;

	for (size_t i = 0; i < script.len; i++)
		if (script.p[i] == '~')
			sbuf_add_text(&bytes, "\r\n");
		else
			sbuf_add_char(&bytes, script.p[i]);
	ck_assert(sbuf_fitted(&bytes));
	rest = sbuf_span(&bytes);
	input_start(&in, 2048);
	start(d, &e, &reply);
	if (d->at_once) {
		push(&in, rest);
		over = take_all(d, &e, &in, &reply);
		rest = SPAN("");
	}
	while (!over && span_next_line(&rest, &line)) {
		push(&in, (struct span){ line.p, line.len + 1 });
		over = take_all(d, &e, &in, &reply);
	}
	ck_assert_msg(strcmp(heard.text, d->out) == 0,
		      "%s: heard:\n%s\nwanted:\n%s", d->why, heard.text,
		      d->out);
	ck_assert_msg(strcmp(said.text, or_empty(d->log)) == 0,
		      "%s: said:\n%s\nwanted:\n%s", d->why, said.text,
		      or_empty(d->log));
	check_tests(d, &e);
}

static void play(const struct dialog *d)
{
	play_span(d, span_of(d->in));
}

#define REJECT(reply, from, to, proto, helo)                                  \
	"NOQUEUE: reject: RCPT from [192.0.2.1]:4711: " reply "; from=<" from \
	">, to=<" to ">, proto=" proto ", helo=<" helo ">\n"

/* ---- each command -------------------------------------------------------- */

static const struct dialog commands[] = {
	{ "the greeting", .in = "", .out = HELLO },
	{ "greeted early: none", .in = "NOOP~", .out = "250 2.0.0 Ok\n",
	  .greeted = true },
	{ "HELO", .in = "HELO x~", .out = HELLO "250 mx.example\n" },
	{ "HELO without a name", .in = "HELO~HELO  ~",
	  .out = HELLO
	  "501 Syntax: HELO hostname\n501 Syntax: HELO hostname\n" },
	{ "EHLO", .in = "EHLO x~", .out = HELLO KEYWORDS },
	{ "EHLO without a name", .in = "ehlo~",
	  .out = HELLO "501 Syntax: EHLO hostname\n" },
	{ "no TLS", .in = "STARTTLS~STARTTLS x~",
	  .out = HELLO "502 5.5.1 Error: command not implemented\n"
		       "501 5.5.4 Syntax: STARTTLS\n" },
	{ "MAIL without HELO", .in = "MAIL FROM:<a@b>~",
	  .out = HELLO "250 2.1.0 Ok\n" },
	{ "MAIL where HELO is required",
	  .in = "MAIL FROM:<a@b>~HELO x~MAIL FROM:<>~",
	  .out = HELLO "503 5.5.1 Error: send HELO/EHLO first\n250 mx.example\n"
		       "250 2.1.0 Ok\n",
	  .helo_required = true },
	{ "MAIL twice", .in = "MAIL FROM:<>~MAIL FROM:<a@b>~",
	  .out = HELLO "250 2.1.0 Ok\n503 5.5.1 Error: nested MAIL command\n" },
	{ "nested comes before syntax", .in = "MAIL FROM:<>~MAIL~",
	  .out = HELLO "250 2.1.0 Ok\n503 5.5.1 Error: nested MAIL command\n" },
	{ "MAIL without a colon", .in = "MAIL~MAIL FROM <a@b>~",
	  .out = HELLO "501 5.5.4 Syntax: MAIL FROM:<address>\n"
		       "501 5.5.4 Syntax: MAIL FROM:<address>\n" },
	{ "a bad MAIL is no sender", .in = "MAIL x~RCPT TO:<a@b>~",
	  .out = HELLO "501 5.5.4 Syntax: MAIL FROM:<address>\n"
		       "503 5.5.1 Error: need MAIL command\n" },
	{ "RCPT without MAIL", .in = "RCPT TO:<a@b>~RCPT~",
	  .out = HELLO "503 5.5.1 Error: need MAIL command\n"
		       "503 5.5.1 Error: need MAIL command\n" },
	{ "RCPT without a colon", .in = "MAIL FROM:<>~RCPT~RCPT TO <a>~",
	  .out = HELLO "250 2.1.0 Ok\n501 5.5.4 Syntax: RCPT TO:<address>\n"
		       "501 5.5.4 Syntax: RCPT TO:<address>\n" },
	{ "RCPT", .in = "HELO h~MAIL FROM:<a@b>~RCPT TO:<c@d>~",
	  .out = HELLO "250 mx.example\n250 2.1.0 Ok\n" LATER "\n",
	  .log = REJECT(LATER, "a@b", "c@d", "SMTP", "h") },
	{ "every RCPT is told", .in = "MAIL FROM:<>~RCPT TO:<a>~RCPT TO:<b>~",
	  .out = HELLO "250 2.1.0 Ok\n" LATER "\n" LATER "\n",
	  .log = REJECT(LATER, "", "a", "SMTP", "")
		  REJECT(LATER, "", "b", "SMTP", "") },
	{ "EHLO names the protocol, and HELO does not take it back",
	  .in = "EHLO h~HELO g~MAIL FROM:<>~RCPT TO:<a>~",
	  .out = HELLO KEYWORDS "250 mx.example\n250 2.1.0 Ok\n" LATER "\n",
	  .log = REJECT(LATER, "", "a", "ESMTP", "g") },
	{ "the first word of HELO",
	  .in = "HELO  a b c~MAIL FROM:<>~RCPT TO:<a>~",
	  .out = HELLO "250 mx.example\n250 2.1.0 Ok\n" LATER "\n",
	  .log = REJECT(LATER, "", "a", "SMTP", "a") },
	{ "addresses are quoted again where needed",
	  .in = "MAIL FROM:<\"a b\"@c>~RCPT TO:<@x:\"d>e\"@f>~",
	  .out = HELLO "250 2.1.0 Ok\n" LATER "\n",
	  .log = REJECT(LATER, "\"a b\"@c", "\"d>e\"@f", "SMTP", "") },
	{ "a failure's reply", .in = "MAIL FROM:<>~RCPT TO:<a>~",
	  .out = HELLO "250 2.1.0 Ok\n" LISTED "\n",
	  .log = REJECT(LISTED, "", "a", "SMTP", ""), .rcpt = LISTED },
	{ "soft_bounce, in the log too", .in = "MAIL FROM:<>~RCPT TO:<a>~",
	  .out = HELLO "250 2.1.0 Ok\n450 4.5.1 Protocol error\n",
	  .log = REJECT("450 4.5.1 Protocol error", "", "a", "SMTP", ""),
	  .rcpt = PROTOCOL, .soft_bounce = true },
	{ "a footer, not in the log", .in = "MAIL FROM:<>~RCPT TO:<a>~",
	  .out = HELLO "250 2.1.0 Ok\n550-5.5.1 Protocol error\n"
		       "550 5.5.1 see 192.0.2.1\n",
	  .log = REJECT(PROTOCOL, "", "a", "SMTP", ""), .rcpt = PROTOCOL,
	  .footer = "see $client_address" },
	{ "a faulty footer is told once a session", .in = "x~y~",
	  .out = HELLO "502-5.5.2 Error: command not recognized\n502 5.5.2 f\n"
		       "502-5.5.2 Error: command not recognized\n502 5.5.2 f\n",
	  .log = "unknown macro name \"x\" in expansion request\n",
	  .footer = "f$x" },
	{ "DATA without MAIL", .in = "DATA~NOOP~",
	  .out = HELLO "503 5.5.1 Error: need RCPT command\n(closed)\n",
	  .log = "DATA without valid RCPT from [192.0.2.1]:4711\n" },
	{ "DATA with arguments", .in = "MAIL FROM:<>~DATA x~",
	  .out = HELLO "250 2.1.0 Ok\n501 5.5.4 Syntax: DATA\n(closed)\n",
	  .log = "DATA without valid RCPT from [192.0.2.1]:4711\n" },
	{ "DATA", .in = "MAIL FROM:<>~DATA~",
	  .out = HELLO "250 2.1.0 Ok\n554 5.5.1 Error: no valid recipients\n"
		       "(closed)\n",
	  .log = "DATA without valid RCPT from [192.0.2.1]:4711\n" },
	{ "BDAT without an argument", .in = "BDAT~",
	  .out = HELLO "501 5.5.4 Syntax: BDAT count [LAST]\n(closed)\n",
	  .log = "BDAT without valid RCPT from [192.0.2.1]:4711\n" },
	{ "BDAT without MAIL", .in = "BDAT 1~",
	  .out = HELLO "554 5.5.1 Error: need MAIL command\n(closed)\n",
	  .log = "BDAT without valid RCPT from [192.0.2.1]:4711\n" },
	{ "BDAT", .in = "MAIL FROM:<>~BDAT 1 LAST~",
	  .out = HELLO "250 2.1.0 Ok\n554 5.5.1 Error: no valid recipients\n"
		       "(closed)\n",
	  .log = "BDAT without valid RCPT from [192.0.2.1]:4711\n" },
	{ "BDAT that EHLO did not offer", .in = "EHLO x~BDAT~",
	  .out = HELLO
	  "250-mx.example\n250-SIZE 10240000\n250-VRFY\n250-ETRN\n"
	  "250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n"
	  "250 SMTPUTF8\n502 5.5.1 Error: command not implemented\n"
	  "(closed)\n",
	  .log = "BDAT without valid RCPT from [192.0.2.1]:4711\n",
	  .discard = "chunking" },
	{ "before EHLO nothing is discarded", .in = "BDAT~",
	  .out = HELLO "501 5.5.4 Syntax: BDAT count [LAST]\n(closed)\n",
	  .log = "BDAT without valid RCPT from [192.0.2.1]:4711\n",
	  .discard = "chunking" },
	{ "RSET forgets the sender", .in = "MAIL FROM:<a@b>~RSET~RCPT TO:<a>~",
	  .out = HELLO "250 2.1.0 Ok\n250 2.0.0 Ok\n"
		       "503 5.5.1 Error: need MAIL command\n" },
	{ "so does HELO", .in = "MAIL FROM:<a@b>~HELO x~RCPT TO:<a>~",
	  .out = HELLO "250 2.1.0 Ok\n250 mx.example\n"
		       "503 5.5.1 Error: need MAIL command\n" },
	{ "so does EHLO", .in = "MAIL FROM:<a@b>~EHLO x~RCPT TO:<a>~",
	  .out = HELLO "250 2.1.0 Ok\n" KEYWORDS
		       "503 5.5.1 Error: need MAIL command\n" },
	{ "a refused HELO does not", .in = "MAIL FROM:<a@b>~HELO~RCPT TO:<a>~",
	  .out = HELLO "250 2.1.0 Ok\n501 Syntax: HELO hostname\n" LATER "\n",
	  .log = REJECT(LATER, "a@b", "a", "SMTP", "") },
	{ "RSET keeps helo", .in = "HELO h~RSET~MAIL FROM:<>~RCPT TO:<a>~",
	  .out = HELLO "250 mx.example\n250 2.0.0 Ok\n250 2.1.0 Ok\n" LATER
		       "\n",
	  .log = REJECT(LATER, "", "a", "SMTP", "h") },
	{ "NOOP, with whatever", .in = "NOOP~noop x y~",
	  .out = HELLO "250 2.0.0 Ok\n250 2.0.0 Ok\n" },
	{ "VRFY without an address", .in = "VRFY~",
	  .out = HELLO "501 5.5.4 Syntax: VRFY address\n" },
	{ "VRFY is not logged", .in = "VRFY a~", .out = HELLO LISTED "\n",
	  .rcpt = LISTED },
	{ "VRFY disabled", .in = "VRFY~VRFY a~",
	  .out = HELLO "501 5.5.4 Syntax: VRFY address\n"
		       "502 5.5.1 VRFY command is disabled\n",
	  .no_vrfy = true },
	{ "ETRN", .in = "ETRN~ETRN x~",
	  .out = HELLO
	  "500 Syntax: ETRN domain\n458 Unable to queue messages\n" },
	{ "ETRN where HELO is required", .in = "ETRN~HELO x~ETRN x~",
	  .out = HELLO "503 5.5.1 Error: send HELO/EHLO first\n250 mx.example\n"
		       "458 Unable to queue messages\n",
	  .helo_required = true },
	{ "QUIT", .in = "QUIT~NOOP~",
	  .out = HELLO "221 2.0.0 Bye\n(closed)\n" },
	{ "QUIT with whatever", .in = "QUIT x~",
	  .out = HELLO "221 2.0.0 Bye\n(closed)\n" },
	{ "known, never served", .in = "AUTH PLAIN~XCLIENT~XFORWARD~",
	  .out = HELLO "502 5.5.2 Error: command not recognized\n"
		       "502 5.5.2 Error: command not recognized\n"
		       "502 5.5.2 Error: command not recognized\n" },
	{ "unknown", .in = "HELP~\t~QUIT\t~~",
	  .out = HELLO "502 5.5.2 Error: command not recognized\n"
		       "502 5.5.2 Error: command not recognized\n"
		       "502 5.5.2 Error: command not recognized\n"
		       "502 5.5.2 Error: command not recognized\n" },
	{ "spaces before a command", .in = "  NOOP~",
	  .out = HELLO "250 2.0.0 Ok\n" },
};

START_TEST(commands_are_answered)
{
	play(&commands[_i]);
}
END_TEST

/* ---- settings that change more than a reply ------------------------------ */

#define TWENTY	"~~~~~~~~~~~~~~~~~~~~"
#define UNKNOWN "502 5.5.2 Error: command not recognized\n"
#define UNAVAILABLE \
	"421 mx.example Service unavailable - try again later\n(closed)\n"

static const struct dialog sessions[] = {
	{ "the third of two commands", .in = "NOOP~EHLO~HELP~",
	  .out = HELLO "250 2.0.0 Ok\n501 Syntax: EHLO hostname\n" UNAVAILABLE,
	  .log = "COMMAND COUNT LIMIT from [192.0.2.1]:4711 after EHLO\n",
	  .command_limit = 2 },
	{ "QUIT may be one too many", .in = "NOOP~NOOP~QUIT~",
	  .out = HELLO "250 2.0.0 Ok\n250 2.0.0 Ok\n221 2.0.0 Bye\n(closed)\n",
	  .command_limit = 2 },
	{ "empty lines count", .in = TWENTY "~",
	  .out = HELLO UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN
		  UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN
			  UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN
				  UNAVAILABLE,
	  .log = "COMMAND COUNT LIMIT from [192.0.2.1]:4711 after "
		 "UNIMPLEMENTED\n" },
	{ "the limit has a footer too", .in = "NOOP~NOOP~",
	  .out = HELLO "250 2.0.0 Ok\n"
		       "421-mx.example Service unavailable - try again later\n"
		       "421 call 192.0.2.1\n(closed)\n",
	  .log = "COMMAND COUNT LIMIT from [192.0.2.1]:4711 after NOOP\n",
	  .command_limit = 1, .footer = "call $client_address" },

	{ "a last word: any command hears it", .in = "EHLO x~",
	  .out = HELLO "421 4.3.2 No system resources\n(closed)\n",
	  .final = "421 4.3.2 No system resources" },
	{ "a last word: QUIT does not", .in = "QUIT~",
	  .out = HELLO "221 2.0.0 Bye\n(closed)\n",
	  .final = "421 4.3.2 No system resources" },
	{ "a last word: no tests", .in = "GET /\nQUIT\n",
	  .out = HELLO "421 4.3.2 No system resources\n(closed)\n",
	  .final = "421 4.3.2 No system resources", .tests = DEEP,
	  .action = ACTION_DROP, .at_once = true, .after = "---" },

	{ "a map replaces the list, and tells", .in = "EHLO x~",
	  .out = HELLO "250-mx.example\n250-SIZE 10240000\n250-VRFY\n"
		       "250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n"
		       "250 SMTPUTF8\n",
	  .log = "[192.0.2.1]4711: discarding EHLO keywords: ETRN CHUNKING\n",
	  .discard = "vrfy", .discard_maps = "static:{chunking,etrn}" },
	{ "a map that is silent", .in = "EHLO x~",
	  .out = HELLO "250-mx.example\n250-VRFY\n250-ETRN\n"
		       "250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n"
		       "250-SMTPUTF8\n250 CHUNKING\n",
	  .discard_maps = "static:{size silent-discard}" },
	{ "a map that says the same", .in = "EHLO x~",
	  .out = HELLO "250-mx.example\n250-VRFY\n250-ETRN\n"
		       "250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n"
		       "250-SMTPUTF8\n250 CHUNKING\n",
	  .discard = "size", .discard_maps = "static:SIZE" },
	{ "a map that discards nothing", .in = "EHLO x~", .out = HELLO KEYWORDS,
	  .discard = "size", .discard_maps = "static:{}" },
	{ "a map that does not know the client", .in = "EHLO x~",
	  .out = HELLO "250-mx.example\n250-VRFY\n250-ETRN\n"
		       "250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n"
		       "250-SMTPUTF8\n250 CHUNKING\n",
	  .discard = "size", .discard_maps = "inline:{192.0.2.2=dsn}" },
	{ "a map for the client, the first that knows", .in = "EHLO x~",
	  .out = HELLO "250-mx.example\n250-SIZE 10240000\n250-VRFY\n250-ETRN\n"
		       "250-ENHANCEDSTATUSCODES\n250-8BITMIME\n"
		       "250-SMTPUTF8\n250 CHUNKING\n",
	  .log = "[192.0.2.1]4711: discarding EHLO keywords: DSN\n",
	  .discard_maps = "inline:{192.0.2.2=size} inline:{192.0.2.1=dsn}" },
	{ "a global list is not told", .in = "EHLO x~",
	  .out = HELLO "250-mx.example\n250-SIZE 10240000\n250-VRFY\n250-ETRN\n"
		       "250-ENHANCEDSTATUSCODES\n250-8BITMIME\n"
		       "250-SMTPUTF8\n250 CHUNKING\n",
	  .discard = "dsn" },

	{ "a filter changes the line", .in = "bogus~",
	  .out = HELLO "250 2.0.0 Ok\n",
	  .log = "[192.0.2.1]:4711: replacing command \"bogus\" with \"NOOP "
		 "x\"\n",
	  .filter = "inline:{{bogus = NOOP x}}" },
	{ "a filter sees no white space before the line", .in = " \tbogus~",
	  .out = HELLO "250 2.0.0 Ok\n",
	  .log = "[192.0.2.1]:4711: replacing command \" \tbogus\" with "
		 "\"NOOP\"\n",
	  .filter = "inline:{{bogus = NOOP}}" },
	{ "a filter sees the whole line", .in = "bogus x~",
	  .out = HELLO UNKNOWN, .filter = "inline:{{bogus = NOOP}}" },
	{ "a filter is spared what is no UTF-8", .in = "\xff~NOOP~",
	  .out = HELLO UNKNOWN "221 2.0.0 Bye\n(closed)\n",
	  .log = "[192.0.2.1]:4711: replacing command \"NOOP\" with \"QUIT\"\n",
	  .filter = "static:QUIT" },
	{ "unless UTF-8 is of no interest", .in = "\xff~",
	  .out = HELLO "221 2.0.0 Bye\n(closed)\n",
	  .log = "[192.0.2.1]:4711: replacing command \"\xff\" with \"QUIT\"\n",
	  .filter = "static:QUIT", .no_utf8 = true },
};

START_TEST(settings_bear_on_sessions)
{
	play(&sessions[_i]);
}
END_TEST

/* ---- deep tests ---------------------------------------------------------- */

#define MAIL_RCPT	 "MAIL FROM:<>~RCPT TO:<a>~"
#define OK_THEN(reply)	 "250 2.1.0 Ok\n" reply "\n"
#define RCPT_GETS(reply) REJECT(reply, "", "a", "SMTP", "")
#define BARE_LOG(text)	 "BARE NEWLINE from [192.0.2.1]:4711 after " text "\n"
#define PIPE_LOG(text) \
	"COMMAND PIPELINING from [192.0.2.1]:4711 after " text "\n"
#define JUNK_LOG(text) "NON-SMTP COMMAND from [192.0.2.1]:4711 after " text "\n"
#define JUNK_DROP \
	"521 5.7.0 Error: I can break rules, too. Goodbye.\n(closed)\n"
#define ERROR_DROP "521 5.5.1 Protocol error\n(closed)\n"

static const struct dialog deep[] = {
	{ "passed at a valid RCPT", .in = MAIL_RCPT,
	  .out = HELLO OK_THEN(LATER), .log = RCPT_GETS(LATER), .tests = DEEP,
	  .after = "PPP" },
	{ "those that run", .in = MAIL_RCPT, .out = HELLO OK_THEN(LATER),
	  .log = RCPT_GETS(LATER), .tests = BIT(TEST_NON_SMTP),
	  .after = "-P-" },
	{ "not before", .in = "MAIL FROM:<>~QUIT~",
	  .out = HELLO "250 2.1.0 Ok\n221 2.0.0 Bye\n(closed)\n", .tests = DEEP,
	  .after = "ppp" },
	{ "not at a RCPT without MAIL", .in = "RCPT TO:<a>~",
	  .out = HELLO "503 5.5.1 Error: need MAIL command\n", .tests = DEEP,
	  .after = "ppp" },
	{ "not at a RCPT without an address", .in = "MAIL FROM:<>~RCPT~",
	  .out = HELLO "250 2.1.0 Ok\n501 5.5.4 Syntax: RCPT TO:<address>\n",
	  .tests = DEEP, .after = "ppp" },
	{ "not at a RCPT over the limit", .in = MAIL_RCPT,
	  .out = HELLO "250 2.1.0 Ok\n" UNAVAILABLE,
	  .log = "COMMAND COUNT LIMIT from [192.0.2.1]:4711 after MAIL\n",
	  .tests = DEEP, .command_limit = 1, .after = "ppp" },

	{ "bare newline, enforce", .in = "NOOP\n" MAIL_RCPT,
	  .out = HELLO "250 2.0.0 Ok\n" OK_THEN(PROTOCOL),
	  .log = BARE_LOG("NOOP") RCPT_GETS(PROTOCOL), .tests = DEEP,
	  .action = ACTION_ENFORCE, .after = "PPF" },
	{ "bare newline, drop", .in = "NOOP\nNOOP~", .out = HELLO ERROR_DROP,
	  .log = BARE_LOG("NOOP"), .tests = DEEP, .action = ACTION_DROP,
	  .after = "ppF" },
	{ "bare newline, ignore", .in = "NOOP\nNOOP\n" MAIL_RCPT,
	  .out = HELLO "250 2.0.0 Ok\n250 2.0.0 Ok\n" OK_THEN(LATER),
	  .log = BARE_LOG("NOOP") RCPT_GETS(LATER), .tests = DEEP,
	  .after = "PPI" },
	{ "bare newline, once a session", .in = "NOOP\nNOOP\n",
	  .out = HELLO "250 2.0.0 Ok\n250 2.0.0 Ok\n", .log = BARE_LOG("NOOP"),
	  .tests = DEEP, .action = ACTION_ENFORCE, .after = "ppF" },
	{ "bare newline, test off", .in = "NOOP\n",
	  .out = HELLO "250 2.0.0 Ok\n", .tests = BIT(TEST_PIPELINING),
	  .action = ACTION_DROP, .after = "p--" },
	{ "bare newline, the line is escaped", .in = "\\a\001\x80\n",
	  .out = HELLO ERROR_DROP, .log = BARE_LOG("\\\\a\\001\\200"),
	  .tests = BIT(TEST_BARE_NEWLINE), .action = ACTION_DROP },
	{ "a CR alone is no newline", .in = "NO\rOP~", .out = HELLO UNKNOWN,
	  .tests = DEEP, .action = ACTION_DROP, .after = "ppp" },
	{ "a test passed can still fail", .in = MAIL_RCPT "RCPT TO:<a>\n",
	  .out = HELLO OK_THEN(LATER) PROTOCOL "\n",
	  .log = RCPT_GETS(LATER) BARE_LOG("RCPT TO:<a>") RCPT_GETS(PROTOCOL),
	  .tests = DEEP, .action = ACTION_ENFORCE, .after = "PPF" },

	{ "pipelining, enforce", .in = MAIL_RCPT,
	  .out = HELLO OK_THEN(PROTOCOL),
	  .log = PIPE_LOG("MAIL: RCPT TO:<a>\\r\\n") RCPT_GETS(PROTOCOL),
	  .tests = DEEP, .action = ACTION_ENFORCE, .at_once = true,
	  .after = "FPP" },
	{ "pipelining, drop", .in = MAIL_RCPT, .out = HELLO ERROR_DROP,
	  .log = PIPE_LOG("MAIL: RCPT TO:<a>\\r\\n"), .tests = DEEP,
	  .action = ACTION_DROP, .at_once = true, .after = "Fpp" },
	{ "pipelining, ignore", .in = "NOOP~" MAIL_RCPT,
	  .out = HELLO "250 2.0.0 Ok\n" OK_THEN(LATER),
	  .log = PIPE_LOG("NOOP: MAIL FROM:<>\\r\\nRCPT TO:<a>\\r\\n")
		  RCPT_GETS(LATER),
	  .tests = DEEP, .at_once = true, .after = "IPP" },
	{ "pipelining, of unknown commands too", .in = "\x80x~NOOP~",
	  .out = HELLO ERROR_DROP, .log = PIPE_LOG("?x: NOOP\\r\\n"),
	  .tests = BIT(TEST_PIPELINING), .action = ACTION_DROP,
	  .at_once = true },
	{ "pipelining, an incomplete line behind is enough", .in = "NOOP~Q",
	  .out = HELLO ERROR_DROP, .log = PIPE_LOG("NOOP: Q"), .tests = DEEP,
	  .action = ACTION_DROP, .at_once = true },
	{ "pipelining, BDAT may", .in = "BDAT 1~x",
	  .out = HELLO "554 5.5.1 Error: need MAIL command\n(closed)\n",
	  .log = "BDAT without valid RCPT from [192.0.2.1]:4711\n",
	  .tests = DEEP, .action = ACTION_DROP, .at_once = true,
	  .after = "ppp" },
	{ "pipelining, not from a file that we hold back", .in = "NOOP~NOOP~",
	  .out = HELLO "250 2.0.0 Ok\n250 2.0.0 Ok\n", .tests = DEEP,
	  .action = ACTION_DROP, .at_once = true, .polite = true,
	  .after = "ppp" },

	{ "junk, drop", .in = "GET / HTTP/1.0~", .out = HELLO JUNK_DROP,
	  .log = JUNK_LOG("CONNECT: GET / HTTP/1.0"), .tests = DEEP,
	  .action = ACTION_DROP, .after = "pFp" },
	{ "junk, enforce", .in = "POST~" MAIL_RCPT,
	  .out = HELLO UNKNOWN OK_THEN(PROTOCOL),
	  .log = JUNK_LOG("CONNECT: POST ") RCPT_GETS(PROTOCOL), .tests = DEEP,
	  .action = ACTION_ENFORCE, .after = "PFP" },
	{ "junk, ignore, once a session", .in = "GET~GET~" MAIL_RCPT,
	  .out = HELLO UNKNOWN UNKNOWN OK_THEN(LATER),
	  .log = JUNK_LOG("CONNECT: GET ") RCPT_GETS(LATER), .tests = DEEP,
	  .after = "PIP" },
	{ "junk, after which command", .in = "EHLO~get\001 \tx\x80~",
	  .out = HELLO "501 Syntax: EHLO hostname\n" JUNK_DROP,
	  .log = JUNK_LOG("EHLO: get? \\tx\\200"), .tests = DEEP,
	  .forbidden = "static:x", .action = ACTION_DROP },
	{ "junk, after an unknown command", .in = "x~GET~",
	  .out = HELLO UNKNOWN JUNK_DROP,
	  .log = JUNK_LOG("UNIMPLEMENTED: GET "), .tests = DEEP,
	  .action = ACTION_DROP },
	{ "junk, a header", .in = "Subject:  hello~", .out = HELLO JUNK_DROP,
	  .log = JUNK_LOG("CONNECT: Subject:  hello"), .tests = DEEP,
	  .action = ACTION_DROP },
	{ "junk, not with a space before the colon", .in = "Subject : x~",
	  .out = HELLO UNKNOWN, .tests = DEEP, .action = ACTION_DROP,
	  .after = "ppp" },
	{ "junk, no UTF-8", .in = "\xff\xfe~", .out = HELLO JUNK_DROP,
	  .log = JUNK_LOG("CONNECT: ?? "), .tests = DEEP, .forbidden = "",
	  .action = ACTION_DROP },
	{ "junk, UTF-8 is none", .in = "\xc3\xa9~", .out = HELLO UNKNOWN,
	  .tests = DEEP, .forbidden = "", .action = ACTION_DROP,
	  .after = "ppp" },
	{ "junk, no UTF-8 and none wanted", .in = "\xff\xfe~",
	  .out = HELLO UNKNOWN, .tests = DEEP, .forbidden = "",
	  .action = ACTION_DROP, .no_utf8 = true, .after = "ppp" },
	{ "junk, no UTF-8 behind the word is no matter", .in = "x \xff~",
	  .out = HELLO UNKNOWN, .tests = DEEP, .action = ACTION_DROP,
	  .after = "ppp" },
	{ "junk, never a known command", .in = "AUTH~NOOP~",
	  .out = HELLO UNKNOWN "250 2.0.0 Ok\n", .tests = DEEP,
	  .forbidden = "AUTH NOOP static:x", .action = ACTION_DROP,
	  .after = "ppp" },
	{ "junk, negated", .in = "help~", .out = HELLO UNKNOWN, .tests = DEEP,
	  .forbidden = "!HELP static:x", .action = ACTION_DROP,
	  .after = "ppp" },
	{ "junk comes before pipelining", .in = "GET~NOOP~",
	  .out = HELLO JUNK_DROP, .log = JUNK_LOG("CONNECT: GET "),
	  .tests = DEEP, .action = ACTION_DROP, .at_once = true,
	  .after = "pFp" },
	{ "bare newline comes before both", .in = "GET\nNOOP~",
	  .out = HELLO ERROR_DROP, .log = BARE_LOG("GET"), .tests = DEEP,
	  .action = ACTION_DROP, .at_once = true, .after = "ppF" },
	{ "all three in a line", .in = "GET\n" MAIL_RCPT,
	  .out = HELLO UNKNOWN OK_THEN(PROTOCOL),
	  .log = BARE_LOG("GET") JUNK_LOG("CONNECT: GET ")
		  PIPE_LOG("GET: MAIL FROM:<>\\r\\nRCPT TO:<a>\\r\\n")
			  RCPT_GETS(PROTOCOL),
	  .tests = DEEP, .action = ACTION_ENFORCE, .at_once = true,
	  .after = "FFF" },
	{ "junk, judged before the command is counted", .in = "NOOP~GET~",
	  .out = HELLO "250 2.0.0 Ok\n" JUNK_DROP,
	  .log = JUNK_LOG("NOOP: GET "), .tests = DEEP, .action = ACTION_DROP,
	  .command_limit = 1 },
	{ "a filter mends what would be junk", .in = "GET~",
	  .out = HELLO "250 2.0.0 Ok\n",
	  .log = "[192.0.2.1]:4711: replacing command \"GET\" with \"NOOP\"\n",
	  .filter = "inline:{get=NOOP}", .tests = DEEP, .action = ACTION_DROP,
	  .after = "ppp" },

	{ "an earlier failure stands higher", .in = "GET~" MAIL_RCPT,
	  .out = HELLO UNKNOWN OK_THEN(LISTED),
	  .log = JUNK_LOG("CONNECT: GET ") RCPT_GETS(LISTED), .tests = DEEP,
	  .action = ACTION_ENFORCE, .rcpt = LISTED, .after = "PFP" },
	{ "but drop is drop", .in = "GET~", .out = HELLO JUNK_DROP,
	  .log = JUNK_LOG("CONNECT: GET "), .tests = DEEP,
	  .action = ACTION_DROP, .rcpt = LISTED, .after = "pFp" },
	{ "VRFY hears of failures too", .in = "GET~VRFY a~",
	  .out = HELLO UNKNOWN PROTOCOL "\n", .log = JUNK_LOG("CONNECT: GET "),
	  .tests = DEEP, .action = ACTION_ENFORCE },
	{ "a drop under soft_bounce", .in = "GET~",
	  .out = HELLO "421 4.7.0 Error: I can break rules, too. Goodbye.\n"
		       "(closed)\n",
	  .log = JUNK_LOG("CONNECT: GET "), .tests = DEEP,
	  .action = ACTION_DROP, .soft_bounce = true },
};

START_TEST(deep_tests_judge)
{
	play(&deep[_i]);
}
END_TEST

/* ---- what tables cannot say ---------------------------------------------- */

START_TEST(nul_ends_a_command)
{
	const struct dialog d = { "NUL", .out = HELLO
					 "250 2.0.0 Ok\n"
					 "501 Syntax: HELO hostname\n" UNKNOWN
					 "250 mx.example\n" };

	play_span(&d, SPAN("NOOP\0x~HELO \0x~\0NOOP~HELO a\0b~"));
}
END_TEST

/* Evidence is all bytes of the line, NUL and what follows too. */
START_TEST(nul_is_evidence)
{
	const struct dialog d = { "NUL", .out = HELLO ERROR_DROP,
				  .log = BARE_LOG("a\\000b"), .tests = DEEP,
				  .action = ACTION_DROP };

	play_span(&d, SPAN("a\0b\n"));
}
END_TEST

START_TEST(broken_tables_end_no_session)
{
	const struct dialog d = {
		"no tables",
		.in = "NOOP~EHLO x~",
		.out = HELLO "250 2.0.0 Ok\n" KEYWORDS,
		.log = "texthash:/nonexistent/f: table lookup error: "
		       "Bad file descriptor\n",
		.filter = "texthash:/nonexistent/f",
		.discard_maps = "texthash:/nonexistent/d"
	};

	play(&d);
}
END_TEST

START_TEST(evidence_is_cut)
{
	char in[512], log[1024];
	struct sbuf script = SBUF(in), want = SBUF(log);
	const struct dialog d = {
		"300 bytes",   .out = HELLO JUNK_DROP, .log = log,
		.tests = DEEP, .action = ACTION_DROP,  .forbidden = "static:x"
	};

	for (int i = 0; i < 150; i++)
		sbuf_add_char(&script, 'w');
	sbuf_add_char(&script, ' ');
	for (int i = 0; i < 150; i++)
		sbuf_add_char(&script, '\001');
	sbuf_add_char(&script, '~');
	sbuf_add_text(&want, "NON-SMTP COMMAND from [192.0.2.1]:4711 after "
			     "CONNECT: ");
	for (int i = 0; i < 100; i++)
		sbuf_add_char(&want, 'w');
	sbuf_add_char(&want, ' ');
	for (int i = 0; i < 100; i++)
		sbuf_add_text(&want, "\\001");
	sbuf_add_char(&want, '\n');
	play_span(&d, sbuf_span(&script));
}
END_TEST

/* Names longer than what is remembered are cut, and nothing else happens. */
START_TEST(long_names_are_cut)
{
	static char in[16384];
	struct sbuf script = SBUF(in);
	static char log[4096];
	struct sbuf want = SBUF(log);
	const struct dialog d = { "long names",
				  .out = HELLO
				  "250 mx.example\n250 2.1.0 Ok\n" LATER "\n",
				  .log = log };

	sbuf_add_text(&script, "HELO ");
	for (int i = 0; i < 2000; i++)
		sbuf_add_char(&script, 'h');
	sbuf_add_text(&script, "~MAIL FROM:<");
	for (int i = 0; i < 1500; i++)
		sbuf_add_char(&script, '(');
	sbuf_add_text(&script, ">~RCPT TO:<");
	for (int i = 0; i < 2000; i++)
		sbuf_add_char(&script, ')');
	sbuf_add_text(&script, ">~");
	/* what say() is told ends where a log line would */
	sbuf_add_text(&want,
		      "NOQUEUE: reject: RCPT from [192.0.2.1]:4711: " LATER
		      "; from=<\"");
	for (int i = 0; i < 1500; i++)
		sbuf_add_char(&want, '(');
	sbuf_add_text(&want, "\">, to=<\"");
	while (want.len < 2047)
		sbuf_add_char(&want, ')');
	sbuf_add_char(&want, '\n');
	play_span(&d, sbuf_span(&script));
}
END_TEST

static const struct {
	const char *why, *in;
	enum engine_end end;
	const char *out, *log;
} ends[] = {
	{ "time", "", ENGINE_END_TIME,
	  "421-4.4.2 mx.example Error: timeout exceeded\n421 4.4.2 bye\n",
	  "COMMAND TIME LIMIT from [192.0.2.1]:4711 after CONNECT\n" },
	{ "length", "NOOP\r\n", ENGINE_END_LENGTH,
	  "421-mx.example Service unavailable - try again later\n421 bye\n",
	  "COMMAND LENGTH LIMIT from [192.0.2.1]:4711 after NOOP\n" },
	{ "session", "x\r\n", ENGINE_END_SESSION,
	  "421-4.4.2 mx.example Error: timeout exceeded\n421 4.4.2 bye\n",
	  "SESSION TIME LIMIT from [192.0.2.1]:4711 after UNIMPLEMENTED\n" },
};

START_TEST(other_ends)
{
	const struct dialog d = { .footer = "bye" };
	struct engine_line line = { .text = SPAN("NOOP") };
	static struct input in;
	char memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);
	struct engine e;

	start(&d, &e, &reply);
	input_start(&in, 2048);
	push(&in, span_of(ends[_i].in));
	take_all(&d, &e, &in, &reply);
	sbuf_clear(&heard);
	engine_end(&e, ends[_i].end, 0, &reply);
	hear(&reply);
	ck_assert_msg(strcmp(heard.text, ends[_i].out) == 0, "%s: %s",
		      ends[_i].why, heard.text);
	ck_assert_str_eq(said.text, ends[_i].log);
	ck_assert_int_eq(engine_take(&e, &line, 0, &reply), ENGINE_CLOSE);
	ck_assert_uint_eq(reply.len, 0);
}
END_TEST

START_TEST(replies_of_others_have_the_same_form)
{
	const struct dialog d = { .footer = "see $decision_id",
				  .soft_bounce = true };
	struct endpoint client = { .port = 4711 };
	char memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);

	settings_of(&d);
	conf.expansion_filter = "ab12";
	sbuf_add_text(&reply, "old");
	engine_reply(&conf, NULL, &client, "a1b2", "521 5.3.2 No", 0, &reply,
		     &said);
	ck_assert_str_eq(reply.text, "421-4.3.2 No\r\n421 4.3.2 see a1b2\r\n");
}
END_TEST

static const struct {
	const char *why;
	struct dialog d;
	unsigned errors, warnings;
} faults[] = {
	{ "none", { .footer = "call $server_name" }, 0, 0 },
	{ "an unknown keyword", { .discard = "etrn foo" }, 0, 1 },
	{ "a faulty footer", { .footer = "$foo" }, 0, 1 },
	{ "a footer that is none", { .footer = "${foo" }, 0, 1 },
	{ "no table", { .discard_maps = "foo" }, 1, 0 },
	{ "no table for a filter", { .filter = "foo" }, 1, 0 },
	{ "two tables for a filter", { .filter = "static:a static:b" }, 1, 0 },
};

START_TEST(faults_are_reported)
{
	settings_of(&faults[_i].d);
	ck_assert_ptr_nonnull(engine_tables_open(&conf, &arena, &report));
	ck_assert_msg(report.errors == faults[_i].errors &&
			      report.warnings == faults[_i].warnings,
		      "%s: %u errors, %u warnings", faults[_i].why,
		      report.errors, report.warnings);
}
END_TEST

/* A broken configuration still has to be answered. */
START_TEST(no_tables_are_no_obstacle)
{
	const struct dialog d = { .action = ACTION_DROP };
	const struct engine_line line = { .text = SPAN("GET /") };
	struct engine_setup s = { .conf = &conf,
				  .rcpt_reply = LATER,
				  .test = { true, true, true, true, true },
				  .say = say,
				  .context = &said };
	char memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);
	struct engine e;

	settings_of(&d);
	engine_start(&e, &s, &reply);
	ck_assert_int_eq(engine_take(&e, &line, 0, &reply), ENGINE_GO_ON);
	hear(&reply);
	ck_assert_str_eq(heard.text, UNKNOWN);
	ck_assert_str_eq(said.text, "");
}
END_TEST

START_TEST(a_full_arena_is_told)
{
	const struct dialog d = { 0 };
	struct arena small;

	settings_of(&d);
	ck_assert_int_eq(arena_open(&small, 4096), 0);
	while (arena_alloc(&small, 16))
		;
	ck_assert_ptr_null(engine_tables_open(&conf, &small, &report));
	arena_close(&small);
}
END_TEST

/* ---- STARTTLS ------------------------------------------------------------ */

#define READY	 "220 2.0.0 Ready to start TLS\n"
#define MUST_TLS "530 5.7.0 Must issue a STARTTLS command first\n"
#define TLS_KEYWORDS                                              \
	"250-mx.example\n250-SIZE 10240000\n250-VRFY\n250-ETRN\n" \
	"250-STARTTLS\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n"   \
	"250-DSN\n250-SMTPUTF8\n250 CHUNKING\n"

static const struct dialog tls[] = {
	{ "offered before, not behind", .tls = TLS_MAY,
	  .in = "EHLO x~STARTTLS~EHLO x~STARTTLS~",
	  .out = HELLO TLS_KEYWORDS READY KEYWORDS
	  "554 5.5.1 Error: TLS already active\n" },
	{ "without EHLO, in either case", .tls = TLS_MAY, .in = "starttls~",
	  .out = HELLO READY },
	{ "an argument comes first", .tls = TLS_MAY,
	  .in = "STARTTLS now~STARTTLS~STARTTLS now~",
	  .out = HELLO "501 5.5.4 Syntax: STARTTLS\n" READY
		       "501 5.5.4 Syntax: STARTTLS\n" },
	{ "nobody does it: the session goes on", .tls = TLS_MAY,
	  .tls_broken = true, .in = "HELO x~MAIL FROM:<>~STARTTLS~RCPT TO:<b>~",
	  .out = HELLO
	  "250 mx.example\n250 2.1.0 Ok\n"
	  "454 4.7.0 TLS not available due to local problem\n" LATER "\n",
	  .log = REJECT(LATER, "", "b", "SMTP", "x") },
	{ "helo and sender are forgotten, proto is not", .tls = TLS_MAY,
	  .in = "EHLO x~MAIL FROM:<a>~STARTTLS~RCPT TO:<b>~MAIL FROM:<c>~"
		"RCPT TO:<d>~",
	  .out = HELLO TLS_KEYWORDS "250 2.1.0 Ok\n" READY
				    "503 5.5.1 Error: need MAIL command\n"
				    "250 2.1.0 Ok\n" LATER "\n",
	  .log = REJECT(LATER, "c", "d", "ESMTP", "") },
	{ "helo must be said anew", .tls = TLS_MAY, .helo_required = true,
	  .in = "EHLO x~STARTTLS~MAIL FROM:<a>~",
	  .out = HELLO TLS_KEYWORDS READY
	  "503 5.5.1 Error: send HELO/EHLO first\n" },
	{ "commands are counted on", .tls = TLS_MAY, .command_limit = 2,
	  .in = "NOOP~STARTTLS~NOOP~",
	  .out = HELLO "250 2.0.0 Ok\n" READY
		       "421 mx.example Service unavailable - try again "
		       "later\n(closed)\n",
	  .log = "COMMAND COUNT LIMIT from [192.0.2.1]:4711 after STARTTLS\n" },
	{ "kept back by the last EHLO", .tls = TLS_MAY, .discard = "starttls",
	  .in = "EHLO x~STARTTLS~",
	  .out = HELLO KEYWORDS "502 5.5.1 Error: command not implemented\n" },
	{ "behind it in the same read: thrown away", .tls = TLS_MAY,
	  .in = "STARTTLS~RSET~QUIT~", .at_once = true, .out = HELLO READY },
	{ "and a failure where it is watched for", .tls = TLS_MAY,
	  .in = "STARTTLS~RSET~", .at_once = true, .tests = DEEP,
	  .action = ACTION_ENFORCE, .after = "Fpp", .out = HELLO READY,
	  .log = "COMMAND PIPELINING from [192.0.2.1]:4711 after STARTTLS: "
		 "RSET\\r\\n\n" },
	{ "with drop it is the end", .tls = TLS_MAY, .in = "STARTTLS~RSET~",
	  .at_once = true, .tests = DEEP, .action = ACTION_DROP, .after = "Fpp",
	  .out = HELLO "521 5.5.1 Protocol error\n(closed)\n",
	  .log = "COMMAND PIPELINING from [192.0.2.1]:4711 after STARTTLS: "
		 "RSET\\r\\n\n" },
	{ "refused, what stands behind it is heard", .tls = TLS_MAY,
	  .tls_broken = true, .in = "STARTTLS~NOOP~", .at_once = true,
	  .out = HELLO "454 4.7.0 TLS not available due to local problem\n"
		       "250 2.0.0 Ok\n" },
	{ "the tests go on in it", .tls = TLS_MAY,
	  .in = "STARTTLS~NOOP\nGET /~", .tests = DEEP,
	  .action = ACTION_ENFORCE, .after = "pFF",
	  .out = HELLO READY "250 2.0.0 Ok\n" UNKNOWN,
	  .log = "BARE NEWLINE from [192.0.2.1]:4711 after NOOP\n"
		 "NON-SMTP COMMAND from [192.0.2.1]:4711 after NOOP: GET /\n" },
	{ "required: what may be said without", .tls = TLS_ENCRYPT,
	  .in = "HELO x~EHLO x~NOOP~FOO~AUTH~STARTTLS x~QUIT~",
	  .out = HELLO "250 mx.example\n" TLS_KEYWORDS
		       "250 2.0.0 Ok\n" UNKNOWN UNKNOWN
		       "501 5.5.4 Syntax: STARTTLS\n"
		       "221 2.0.0 Bye\n(closed)\n" },
	{ "required: what may not", .tls = TLS_ENCRYPT,
	  .in = "MAIL FROM:<>~RCPT TO:<a>~DATA~BDAT 1~RSET~VRFY x~ETRN x~"
		"STARTTLS~RSET~",
	  .tests = DEEP, .after = "ppp",
	  .out = HELLO MUST_TLS MUST_TLS MUST_TLS MUST_TLS MUST_TLS MUST_TLS
		  MUST_TLS READY "250 2.0.0 Ok\n" },
	{ "a refusal has its footer", .tls = TLS_ENCRYPT, .footer = "\\c. No",
	  .in = "RSET~",
	  .out = HELLO "530 5.7.0 Must issue a STARTTLS command first. No\n" },
};

START_TEST(tls_is_begun)
{
	play(&tls[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("engine");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, commands_are_answered, 0, ROWS(commands));
	tcase_add_loop_test(tc, settings_bear_on_sessions, 0, ROWS(sessions));
	tcase_add_loop_test(tc, deep_tests_judge, 0, ROWS(deep));
	tcase_add_loop_test(tc, tls_is_begun, 0, ROWS(tls));
	tcase_add_test(tc, nul_ends_a_command);
	tcase_add_test(tc, nul_is_evidence);
	tcase_add_test(tc, broken_tables_end_no_session);
	tcase_add_test(tc, evidence_is_cut);
	tcase_add_test(tc, long_names_are_cut);
	tcase_add_loop_test(tc, other_ends, 0, ROWS(ends));
	tcase_add_test(tc, replies_of_others_have_the_same_form);
	tcase_add_loop_test(tc, faults_are_reported, 0, ROWS(faults));
	tcase_add_test(tc, no_tables_are_no_obstacle);
	tcase_add_test(tc, a_full_arena_is_told);
	return unit_run();
}
