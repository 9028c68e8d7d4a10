#include "smtp/watch.h"

#include "unit.h"

#define LATER "450 4.3.2 Service currently unavailable"
#define DROP  "521 5.5.1 Protocol error\r\n"

/* What came of a line or an answer, in a word. */
static const char *const next_words[] = {
	[WATCH_FORWARD] = "forward", [WATCH_REPLY] = "reply",
	[WATCH_ENGINE] = "engine",   [WATCH_CLOSE] = "close",
	[WATCH_STOP] = "stop",
};
static const char *const then_words[] = {
	[WATCH_ON] = "on",
	[WATCH_PASSED] = "passed",
	[WATCH_BLIND] = "blind",
	[WATCH_TLS] = "tls",
};

/*
 * A session. In IN each line is what the client says, or begins with "<" and
 * is what the smtpd does ("~": a line more). "^" in a client's line: what
 * follows has come in the same read, behind its end; "$" at its end: the LF is
 * bare; "+" before it: it is asked about once more. OUT has the word for each,
 * LOG what was logged.
 */
static const struct {
	const char *why;
	enum action action;
	const char *in, *out, *log;
	const char *after; /* pipelining, non-SMTP, bare newline: engine.h */
} sessions[] = {
	{ "a mail client", ACTION_ENFORCE,
	  "EHLO a.example\n<250-mx~250 DSN\nMAIL FROM:<a@x>\n<250 ok\n"
	  "RCPT TO:<b@y>\n<250 ok\n",
	  "forward on forward on forward passed ", "", "PPP" },
	{ "an accepted recipient that will be forwarded", ACTION_ENFORCE,
	  "HELO a\n<250 ok\nMAIL FROM:<a@x>\n<250 ok\nRCPT TO:<b@y>\n<251 ok\n",
	  "forward on forward on forward passed ", "", "PPP" },
	{ "no recipient is accepted", ACTION_ENFORCE,
	  "MAIL FROM:<a@x>\n<250 ok\nRCPT TO:<b@y>\n<550 no\n"
	  "RCPT TO:<c@y>\n<450 later\nQUIT\n<221 bye\n",
	  "forward on forward on forward on forward blind ", "", "..." },
	{ "a user who is known", ACTION_ENFORCE,
	  "AUTH PLAIN AGEAYg==\n<235 ok\n", "forward passed ", "", "PPP" },
	{ "one who is asked", ACTION_ENFORCE,
	  "AUTH LOGIN\n<334 VXNlcg==\nget it: x$\n<334 UGFzcw==\nPOST\n"
	  "<235 ok\n",
	  "forward on forward on forward passed ", "", "PPP" },
	{ "one who is not known", ACTION_ENFORCE,
	  "AUTH LOGIN\n<334 VXNlcg==\n*\n<501 no\nGET /\n",
	  "forward on forward on engine ",
	  "NON-SMTP COMMAND from [192.0.2.1]:4711 after AUTH: GET /\n", ".F." },
	{ "2xx to others is no pass", ACTION_ENFORCE,
	  "VRFY a\n<250 ok\nNOOP\n<235 ok\nDATA\n<250 odd\n",
	  "forward on forward on forward on ", "", "..." },
	{ "TLS", ACTION_ENFORCE, "STARTTLS\n<220 go\n", "forward tls ", "",
	  "..." },
	{ "no TLS", ACTION_ENFORCE, "STARTTLS\n<454 no\nNOOP\n<220 odd\n",
	  "forward on forward on ", "", "..." },
	{ "mail without a recipient", ACTION_ENFORCE, "DATA\n<354 go\n",
	  "forward blind ", "", "..." },
	{ "no mail without a recipient", ACTION_ENFORCE,
	  "DATA\n<503 no\nQUIT\n<221 bye\n", "forward on forward blind ", "",
	  "..." },
	{ "the smtpd has enough", ACTION_ENFORCE, "NOOP\n<421 bye\n",
	  "forward blind ", "", "..." },
	{ "BDAT is not offered", ACTION_ENFORCE, "BDAT 3^abc\n", "engine ", "",
	  "..." },
	{ "speaking for others", ACTION_ENFORCE,
	  "XCLIENT ADDR=10.0.0.1\nxforward NAME=x\nProxy TCP4 1.2.3.4\n",
	  "reply:502 5.5.2 Error: command not recognized\r\n "
	  "reply:502 5.5.2 Error: command not recognized\r\n "
	  "reply:502 5.5.2 Error: command not recognized\r\n ",
	  "", "..." },
	{ "and in words that end as only some see it", ACTION_ENFORCE,
	  "XCLIENT\tADDR=10.0.0.1\n\vxforward NAME=x\nProxy\rTCP4 1.2.3.4\n",
	  "reply:502 5.5.2 Error: command not recognized\r\n "
	  "reply:502 5.5.2 Error: command not recognized\r\n "
	  "reply:502 5.5.2 Error: command not recognized\r\n ",
	  "", "..." },
	{ "a recipient likewise", ACTION_ENFORCE, "RCPT\tTO:<b@y>\n<250 ok\n",
	  "forward passed ", "", "PPP" },
	{ "TLS likewise", ACTION_ENFORCE, "STARTTLS\t\n<220 go\n",
	  "forward tls ", "", "..." },
	{ "BDAT likewise", ACTION_ENFORCE, "BDAT\t3\n", "engine ", "", "..." },

	{ "pipelining, drop", ACTION_DROP, "MAIL FROM:<>^RCPT TO:<x>\n",
	  "close:" DROP " ",
	  "COMMAND PIPELINING from [192.0.2.1]:4711 after MAIL: RCPT TO:<x>\n",
	  "F.." },
	{ "pipelining, enforce", ACTION_ENFORCE, "EHLO a^QUIT\n", "engine ",
	  "COMMAND PIPELINING from [192.0.2.1]:4711 after EHLO: QUIT\n",
	  "F.." },
	{ "pipelining, ignore", ACTION_IGNORE,
	  "MAIL FROM:<a>^x\n<250 ok\nRCPT TO:<b>^y\n<250 ok\n",
	  "forward on forward passed ",
	  "COMMAND PIPELINING from [192.0.2.1]:4711 after MAIL: x\n", "IPP" },
	{ "seen before the answer", ACTION_ENFORCE,
	  "RCPT TO:<b>\n+RCPT TO:<b>^DATA\n", "forward engine ",
	  "COMMAND PIPELINING from [192.0.2.1]:4711 after RCPT: DATA\n",
	  "F.." },
	{ "behind STARTTLS", ACTION_ENFORCE, "STARTTLS^EHLO a\n", "engine ",
	  "COMMAND PIPELINING from [192.0.2.1]:4711 after STARTTLS: EHLO a\n",
	  "F.." },
	{ "non-SMTP, drop", ACTION_DROP, "GET / HTTP/1.1\n",
	  "close:521 5.7.0 Error: I can break rules, too. Goodbye.\r\n ",
	  "NON-SMTP COMMAND from [192.0.2.1]:4711 after CONNECT: GET / "
	  "HTTP/1.1\n",
	  ".F." },
	{ "non-SMTP, enforce, later", ACTION_ENFORCE,
	  "EHLO a\n<250 b\nSubject: x\n", "forward on engine ",
	  "NON-SMTP COMMAND from [192.0.2.1]:4711 after EHLO: Subject: x\n",
	  ".F." },
	{ "non-SMTP, ignore", ACTION_IGNORE,
	  "CONNECT x\n<500 no\nGET /\n<500 no\nRCPT TO:<b>\n<250 ok\n",
	  "forward on forward on forward passed ",
	  "NON-SMTP COMMAND from [192.0.2.1]:4711 after CONNECT: CONNECT x\n",
	  "PIP" },
	{ "a command of some smtpd's own is none", ACTION_DROP,
	  "XEXCH50 1\n<500 no\n", "forward on ", "", "..." },
	{ "bare newline, drop", ACTION_DROP, "EHLO a$\n", "close:" DROP " ",
	  "BARE NEWLINE from [192.0.2.1]:4711 after EHLO a\n", "..F" },
	{ "bare newline, enforce", ACTION_ENFORCE, "EHLO a$\n", "engine ",
	  "BARE NEWLINE from [192.0.2.1]:4711 after EHLO a\n", "..F" },
	{ "bare newline, ignore", ACTION_IGNORE,
	  "EHLO a$\n<250 b\nMAIL FROM:<>$\n<250 ok\nRCPT TO:<b>\n<250 ok\n",
	  "forward on forward on forward passed ",
	  "BARE NEWLINE from [192.0.2.1]:4711 after EHLO a\n", "PPI" },

	{ "too many for a verdict", ACTION_ENFORCE,
	  "NOOP\n<250 ok\nNOOP\n<250 ok\nNOOP\n<250 ok\nNOOP\nQUIT\n"
	  "<221 ok\n",
	  "forward on forward on forward on stop forward blind ", "", "..." },
};

static struct arena arena;
static struct report report;
static struct conf conf;
static struct engine engine;
static struct watch watch;
static char log_memory[4096];
static struct sbuf logged;

static void say(void *context, enum log_event event, const char *text)
{
	ck_assert_ptr_null(context);
	ck_assert(event == LOG_COMMAND_PIPELINING ||
		  event == LOG_NON_SMTP_COMMAND || event == LOG_BARE_NEWLINE ||
		  event == LOG_REJECT);
	sbuf_addf(&logged, "%s\n", text);
}

static void start(enum action action, bool polite)
{
	char memory[512];
	struct sbuf reply = SBUF(memory);
	struct engine_setup s = {
		.conf = &conf,
		.client = { .port = 4711 },
		.decision_id = "a1b2",
		.rcpt_reply = LATER,
		.greeted_early = true,
		.polite = polite,
		.say = say,
	};

	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	report_init(&report, &arena);
	logged = SBUF(log_memory);
	conf = (struct conf){
		.myhostname = "mx.example",
		.smtpd_banner = "mx.example",
		.command_count_limit = 3,
		.discard_ehlo_keywords = "",
		.discard_ehlo_keyword_address_maps = "",
		.forbidden_commands = "CONNECT GET POST",
		.command_filter = "static:NOOP", /* must not be asked */
		.expansion_filter = "",
		.reject_footer = "",
		.reject_footer_maps = "",
	};
	for (int i = TEST_FIRST_DEEP; i < TESTS; i++) {
		conf.test[i].action = action;
		s.test[i] = true;
	}
	ck_assert(address_parse(SPAN("192.0.2.1"), &s.client.address));
	s.tables = engine_tables_open(&conf, &arena, &report);
	engine_start(&engine, &s, &reply);
	ck_assert_uint_eq(reply.len, 0);
	watch_start(&watch, &engine);
}

static void client_says(struct span line, struct sbuf *out)
{
	struct engine_line l = { .text = line };
	char memory[512];
	struct sbuf reply = SBUF(memory);
	struct span recipient;
	enum watch_next next;

	if (line.p[0] == '+')
		l.text = span_skip(line, 1);
	span_cut(l.text, '^', &l.text, &l.behind);
	if (l.text.p[l.text.len - 1] == '$') {
		l.bare_newline = true;
		l.text.len--;
	}
	next = watch_line(&watch, &l, 0, &reply);
	if (watch.greylists && watch_has_recipient(&watch, &recipient)) {
		watch.unproven = span_equal(recipient, SPAN("spared@y"));
		if (span_equal(recipient, SPAN("waits@y"))) {
			watch_refuse_recipient(&watch, "450 4.2.0 wait", 0,
					       &reply);
			next = WATCH_REPLY;
		}
	}
	sbuf_add_text(out, next_words[next]);
	if (reply.len > 0)
		sbuf_addf(out, ":%s", memory);
	sbuf_add_char(out, ' ');
	ck_assert((reply.len > 0) ==
		  (next == WATCH_REPLY || next == WATCH_CLOSE));
}

static void smtpd_says(struct span text, struct sbuf *out)
{
	char memory[512], heard_memory[512];
	struct sbuf said = SBUF(memory), heard = SBUF(heard_memory);
	struct answer a;

	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '~')
			sbuf_add_text(&said, "\r\n");
		else
			sbuf_add_char(&said, text.p[i]);
	sbuf_add_text(&said, "\r\n");
	ck_assert_int_eq(answer_parse(sbuf_span(&said), &a), ANSWER_WHOLE);
	sbuf_addf(out, "%s ", then_words[watch_answer(&watch, &a, &heard)]);
	ck_assert_str_eq(heard_memory, memory); /* nothing to keep back here */
}

static const char *play(const char *in)
{
	static char memory[1024];
	struct sbuf out = SBUF(memory);
	struct span rest = span_of(in), line;

	while (span_next_line(&rest, &line))
		if (line.p[0] == '<')
			smtpd_says(span_skip(line, 1), &out);
		else
			client_says(line, &out);
	return memory;
}

/* In the order in which rows name them. */
static const enum test order[] = { TEST_PIPELINING, TEST_NON_SMTP,
				   TEST_BARE_NEWLINE };

START_TEST(tests_judge_as_in_the_engine)
{
	static const char letters[] = {
		[ENGINE_TEST_OFF] = '-',    [ENGINE_TEST_PENDING] = '.',
		[ENGINE_TEST_PASSED] = 'P', [ENGINE_TEST_IGNORED] = 'I',
		[ENGINE_TEST_FAILED] = 'F',
	};
	const char *out;

	start(sessions[_i].action, false);
	out = play(sessions[_i].in);
	ck_assert_msg(strcmp(out, sessions[_i].out) == 0, "%s: %s",
		      sessions[_i].why, out);
	ck_assert_str_eq(log_memory, sessions[_i].log);
	for (int i = 0; i < ROWS(order); i++)
		ck_assert_msg(letters[engine.test[order[i]]] ==
				      sessions[_i].after[i],
			      "%s: %c", sessions[_i].why,
			      letters[engine.test[order[i]]]);
	arena_close(&arena);
}
END_TEST

#define ENVELOPE "MAIL FROM:<a@x>\n<250 ok\n"
#define WAITS	 "reply:450 4.2.0 wait\r\n "

/* "waits@y" is delayed, "spared@y" never is: its client proves nothing. */
static const struct {
	const char *why, *in, *out;
	bool passed;
} delays[] = {
	{ "who waits earns nothing",
	  ENVELOPE "RCPT TO:<waits@y>\nQUIT\n<221 b\n",
	  "forward on " WAITS "forward blind ", false },
	{ "who need not wait has passed, and is watched until DATA",
	  ENVELOPE "RCPT TO:<b@y>\n<250 ok\nRCPT TO:<waits@y>\nDATA\n<354 go\n",
	  "forward on forward on " WAITS "forward blind ", true },
	{ "a recipient that never waits proves nothing",
	  ENVELOPE "RCPT TO:<spared@y>\n<250 ok\nDATA\n<354 go\n",
	  "forward on forward on forward blind ", false },
	{ "nor does one that the smtpd refuses",
	  ENVELOPE "RCPT TO:<b@y>\n<550 no\nDATA\n<503 no\n",
	  "forward on forward on forward on ", false },
	{ "nor one without a sender", "RCPT TO:<waits@y>\n<250 odd\n",
	  "forward on ", false },
	{ "a user never waits", "AUTH PLAIN AA==\n<235 ok\n", "forward passed ",
	  true },
	{ "many commands do not end it",
	  "NOOP\n<250 a\nNOOP\n<250 b\nNOOP\n<250 c\n" ENVELOPE
	  "RCPT TO:<waits@y>\n",
	  "forward on forward on forward on forward on " WAITS, false },
};

START_TEST(recipients_wait)
{
	const char *out;

	start(ACTION_ENFORCE, false);
	watch.greylists = watch.unproven = true;
	out = play(delays[_i].in);
	ck_assert_msg(strcmp(out, delays[_i].out) == 0, "%s: %s",
		      delays[_i].why, out);
	ck_assert_msg((engine.test[TEST_PIPELINING] == ENGINE_TEST_PASSED) ==
			      delays[_i].passed,
		      "%s", delays[_i].why);
	ck_assert((strstr(out, "450") != NULL) ==
		  (strstr(log_memory, "NOQUEUE: reject: RCPT from "
				      "[192.0.2.1]:4711: 450 4.2.0 wait; "
				      "from=<a@x>, to=<waits@y>") != NULL));
	arena_close(&arena);
}
END_TEST

START_TEST(polite_clients_never_pipeline)
{
	start(ACTION_DROP, true);
	ck_assert_str_eq(play("EHLO a^QUIT\n<250 b\n"), "forward on ");
	arena_close(&arena);
}
END_TEST

static const struct span greetings[] = { SPAN("EHLO a"), SPAN("ehlo\ta"),
					 SPAN("\tEHLO\v a\0b") };

START_TEST(answers_lose_what_invites)
{
	struct engine_line line = { .text = greetings[_i] };
	struct answer a = { SPAN("250-b\r\n250 PIPELINING\r\n"), 250 };
	char memory[200];
	struct sbuf to = SBUF(memory);

	start(ACTION_ENFORCE, false);
	ck_assert_int_eq(watch_line(&watch, &line, 0, &to), WATCH_FORWARD);
	ck_assert_int_eq(watch_answer(&watch, &a, &to), WATCH_ON);
	ck_assert_str_eq(memory, "250 b\r\n");
	ck_assert_str_eq(engine.helo, "a");
	arena_close(&arena);
}
END_TEST

/* The engine takes over with what the smtpd has accepted, and only that. */
static const struct {
	const char *why, *in, *helo, *sender;
	bool has_sender, esmtp;
} memories[] = {
	{ "nothing yet", "HELO a\n<501 no\nMAIL FROM:<a@x>\n<503 no\n", "", "",
	  false, false },
	{ "helo", "HELO a b\n<250 ok\nMAIL FROM:<a@x>\n<550 no\n", "a", "",
	  false, false },
	{ "helo and sender",
	  "EHLO a\n<250 ok\nMAIL FROM:<a@x> SIZE=1\n"
	  "<250 ok\n",
	  "a", "a@x", true, true },
	{ "the empty sender", "MAIL FROM:<>\n<250 ok\n", "", "", true, false },
	{ "reset", "MAIL FROM:<a@x>\n<250 ok\nRSET\n<250 ok\n", "", "", false,
	  false },
	{ "reset by another helo",
	  "EHLO a\n<250 ok\nMAIL FROM:<a@x>\n<250 ok\nHELO b\n<250 ok\n", "b",
	  "", false, true },
};

START_TEST(engine_follows_along)
{
	start(ACTION_ENFORCE, false);
	play(memories[_i].in);
	ck_assert_str_eq(engine.helo, memories[_i].helo);
	ck_assert_str_eq(engine.sender, memories[_i].sender);
	ck_assert(engine.has_sender == memories[_i].has_sender);
	ck_assert(engine.esmtp == memories[_i].esmtp);
	arena_close(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("watch");

	tcase_add_loop_test(tc, tests_judge_as_in_the_engine, 0,
			    ROWS(sessions));
	tcase_add_loop_test(tc, recipients_wait, 0, ROWS(delays));
	tcase_add_test(tc, polite_clients_never_pipeline);
	tcase_add_loop_test(tc, answers_lose_what_invites, 0, ROWS(greetings));
	tcase_add_loop_test(tc, engine_follows_along, 0, ROWS(memories));
	return unit_run();
}
