/*
 * fuzz_smtp.c - whole sessions: settings, bytes and their cutting are the
 * fuzzer's.
 *
 * Byte 0, and bit 0 of byte 1: settings and how the session starts. Byte 1:
 * which deep tests run and what they do. Then reads: a byte for the length
 * (over 127: 32 bytes for each more) and so many bytes, as far as there are
 * any.
 */
#include "smtp/engine.h"
#include "smtp/input.h"

#include <sanitizer/lsan_interface.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SET(bit) ((flags & (1u << (bit))) != 0)

/* assert() that no build option removes, and that says which. */
#define MUST(condition)                   \
	do {                              \
		if (!(condition))         \
			__builtin_trap(); \
	} while (0)

#define SETTINGS 8
#define LIMIT	 20

static struct conf confs[SETTINGS];
static struct engine_tables *tables[SETTINGS];
static unsigned said;

static void say(void *context, enum log_event event, const char *text)
{
	(void)context;
	MUST(event < LOG_EVENTS);
	MUST(strlen(text) < 2048);
	said++;
}

/*
 * Plain; footers and filters; a footer that never fits; all tables broken;
 * keywords kept back, nothing allowed in values; all of them, and no number
 * behind SIZE; odd filters; and footers at their worst.
 */
static void open_settings(void)
{
	static const struct conf plain = {
		.myhostname = "mx.example",
		.smtpd_banner = "mx.example ESMTP",
		.command_count_limit = LIMIT,
		.line_length_limit = 2048,
		.discard_ehlo_keywords = "",
		.discard_ehlo_keyword_address_maps = "",
		.forbidden_commands =
			"CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}",
		.command_filter = "",
		.expansion_filter = "0123456789.",
		.reject_footer = "",
		.reject_footer_maps = "",
		.message_size_limit = 10240000,
	};
	static char footer[6001];
	static struct arena arena;
	static struct report report;

	memset(footer, 'x', sizeof(footer) - 1);
	for (int i = 0; i < SETTINGS; i++)
		confs[i] = plain;
	confs[1].helo_required = true;
	confs[1].soft_bounce = true;
	confs[1].reject_footer = "\\c. $client_address\\n${localtime?$foo}\r\n";
	confs[1].command_filter = "regexp:{{/^(.*)X(.*)$/ $1$2}}";
	confs[1].discard_ehlo_keyword_address_maps = "static:chunking";
	confs[2].reject_footer_maps = "static:{a\\nb$client_port}";
	confs[2].reject_footer = footer;
	confs[2].command_count_limit = 3;
	confs[2].forbidden_commands = "!HELP static:x";
	confs[2].postscreen_disable_vrfy_command = true;
	confs[3].reject_footer = footer;
	confs[3].reject_footer_maps = "texthash:/nonexistent/f";
	confs[3].command_filter = "texthash:/nonexistent/f";
	confs[3].discard_ehlo_keyword_address_maps = "texthash:/nonexistent/f";
	confs[3].forbidden_commands = "texthash:/nonexistent/f";
	confs[4].discard_ehlo_keywords = "chunking, starttls SIZE nonsense";
	confs[4].message_size_limit = 0;
	confs[4].expansion_filter = "";
	confs[4].reject_footer = "$client_address$nobody$server_name";
	confs[5].discard_ehlo_keywords =
		"size vrfy etrn starttls enhancedstatuscodes 8bitmime dsn "
		"smtputf8 chunking";
	confs[5].disable_vrfy_command = true;
	confs[5].expansion_filter = "\\";
	confs[5].reject_footer = "\\c$server_name";
	confs[6].message_size_limit = INT64_MAX;
	confs[6].expansion_filter = "\\0\\377\\t\\$\\\\\\n";
	confs[6].reject_footer =
		"\\n$$\\n${localtime:x}${a?{b}:{$decision_id}}";
	confs[6].command_filter = "regexp:{{/^(.)(.*)/ $1$2$2$2$2}}";
	confs[7].discard_ehlo_keyword_address_maps =
		"inline:{{192.0.2.2 = x}}, static:{etrn silent-discard}";
	confs[7].reject_footer_maps =
		"regexp:{{/^5.. (.*)/ $1\\n$$$${$1}}, {/^4/ \\c\\n}}";
	confs[7].soft_bounce = true;
	MUST(arena_open(&arena, 1 << 22) == 0);
	/* mapped memory is not searched for pointers unasked */
	__lsan_register_root_region(arena.memory, arena.size);
	report_init(&report, &arena);
	for (int i = 0; i < SETTINGS; i++) {
		tables[i] = engine_tables_open(&confs[i], &arena, &report);
		MUST(tables[i]);
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Nothing, or lines with the same code, "-" on all but the last. */
static void check_reply(const struct sbuf *reply)
{
	struct span rest = sbuf_span(reply), line;

	MUST(sbuf_fitted(reply));
	MUST(reply->len == 0 || reply->text[reply->len - 1] == '\n');
	while (span_next_line(&rest, &line)) {
		MUST(line.len >= 5 && line.p[line.len - 1] == '\r');
		line.len--;
		MUST(is_digit(line.p[0]) && is_digit(line.p[1]) &&
		     is_digit(line.p[2]));
		MUST(memcmp(line.p, reply->text, 3) == 0);
		MUST(line.p[3] == (rest.len > 0 ? '-' : ' '));
		for (size_t i = 0; i < line.len; i++)
			MUST((unsigned char)line.p[i] >= ' ' ||
			     line.p[i] == '\t');
	}
}

static void check_engine(const struct engine *e, const struct conf *conf)
{
	MUST(memchr(e->helo, '\0', sizeof(e->helo)));
	MUST(memchr(e->sender, '\0', sizeof(e->sender)));
	MUST(e->commands <= (unsigned)conf->command_count_limit + 1);
	for (int i = 0; i < TESTS; i++)
		MUST((e->test[i] != ENGINE_TEST_OFF) <=
		     (i >= TEST_FIRST_DEEP && e->setup.test[i]));
}

static void start(struct engine *e, const uint8_t *data, struct sbuf *reply)
{
	static const struct endpoint client = {
		.address = { .family = ADDRESS_IPV4,
			     .bytes = { 192, 0, 2, 1 } },
		.port = 4711,
	};
	unsigned flags = data[0];
	unsigned which = (data[0] & 3u) | (data[1] & 1u) << 2;
	struct conf *conf = &confs[which];
	struct engine_setup setup = {
		.conf = conf,
		.tables = tables[which],
		.client = client,
		.decision_id = "a1b2",
		.rcpt_reply = SET(2) ? "550 5.7.1 Listed" : "450 4.3.2 Later",
		.final_reply = SET(3) ? "421 4.3.2 No" : NULL,
		.greeted_early = SET(4),
		.polite = SET(5),
		.tls = SET(7)	? TLS_ENCRYPT
		       : SET(6) ? TLS_MAY
				: TLS_NONE,
		.say = say,
	};

	conf->smtputf8_enable = SET(6);
	flags = data[1];
	for (int i = TEST_FIRST_DEEP; i < TESTS; i++) {
		setup.test[i] = SET(i);
		conf->test[i].action = (enum action)((flags >> 5) % 3);
	}
	engine_start(e, &setup, reply);
}

static size_t take_read(struct span *rest, struct input *in)
{
	uint8_t code = (uint8_t)rest->p[0];
	size_t n = code < 128 ? code : (size_t)(code - 127) * 32;
	size_t size;
	char *room = input_room(in, &size);

	*rest = span_skip(*rest, 1);
	if (n > rest->len)
		n = rest->len;
	if (n > size)
		n = size;
	if (n > 0)
		memcpy(room, rest->p, n);
	input_filled(in, n);
	*rest = span_skip(*rest, n);
	return n;
}

/*
 * STARTTLS has been said; whoever is asked to do it may not be there. The
 * bytes are the same in the clear and behind TLS: that is another program's.
 */
static void begin_tls(struct engine *e, struct input *in, struct sbuf *reply)
{
	bool ready = e->commands % 2 == 0;

	MUST(!e->tls && reply->len == 0);
	engine_tls(e, ready, 0, reply);
	MUST(e->tls == ready);
	if (!ready)
		return;
	MUST(e->helo[0] == '\0' && !e->has_sender);
	input_start(in, 2048);
}

/* The lines that a read has completed. */
static enum engine_next take_lines(struct engine *e, struct input *in,
				   struct sbuf *reply)
{
	enum engine_next next = ENGINE_GO_ON;

	while (next == ENGINE_GO_ON) {
		struct engine_line line;
		unsigned before = said;

		switch (input_next(in, &line)) {
		case INPUT_MORE:
			return ENGINE_GO_ON;
		case INPUT_TOO_LONG:
			engine_end(e, ENGINE_END_LENGTH, 0, reply);
			next = ENGINE_CLOSE;
			break;
		case INPUT_GOT_LINE:
			MUST(line.text.len + !line.bare_newline < 2048);
			MUST(span_find(line.text, '\n') < 0);
			next = engine_take(e, &line, 0, reply);
			if (next == ENGINE_STARTTLS) {
				begin_tls(e, in, reply);
				next = ENGINE_GO_ON;
			}
			MUST(reply->len > 0);
			break;
		}
		MUST(said - before <= 6);
		check_reply(reply);
		check_engine(e, e->setup.conf);
	}
	return next;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct input in;
	static char memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);
	struct span rest;
	struct engine e;

	if (!tables[0])
		open_settings();
	if (size < 2)
		return 0;
	rest = (struct span){ (const char *)data + 2, size - 2 };
	input_start(&in, 2048);
	start(&e, data, &reply);
	check_reply(&reply);
	while (rest.len > 0) {
		take_read(&rest, &in);
		if (take_lines(&e, &in, &reply) == ENGINE_CLOSE)
			return 0;
	}
	engine_end(&e, ENGINE_END_TIME, 0, &reply);
	check_reply(&reply);
	return 0;
}
