/*
 * fuzz_watch.c - a client and an smtpd that both say what they want.
 *
 * Byte 0: the action of all tests, and whether the client is polite. Then
 * pieces: a byte, its highest bit tells who speaks, the others how much.
 */
#include "smtp/input.h"
#include "smtp/watch.h"

#include <assert.h>
#include <sanitizer/lsan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct conf conf = {
	.myhostname = "mx.example",
	.smtpd_banner = "mx.example",
	.command_count_limit = 20,
	.discard_ehlo_keywords = "",
	.discard_ehlo_keyword_address_maps = "",
	.forbidden_commands = "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}",
	.command_filter = "",
	.expansion_filter = "",
	.reject_footer = "",
	.reject_footer_maps = "",
	.smtputf8_enable = true,
};

struct game {
	struct engine engine;
	struct watch watch;
	struct input input;
	char heard[ANSWER_SIZE];
	size_t heard_len;
	bool asked; /* the smtpd has to answer */
	bool over;
};

static void say(void *context, enum log_event event, const char *text)
{
	(void)context;
	assert(event < LOG_EVENTS && strlen(text) < 2048);
}

static void begin(struct game *g, unsigned char how)
{
	static const struct engine_tables *tables;
	static struct arena arena;
	static struct report report;
	char memory[512];
	struct sbuf reply = SBUF(memory);
	struct engine_setup setup = {
		.conf = &conf,
		.decision_id = "a1b2",
		.rcpt_reply = "450 4.3.2 x",
		.greeted_early = true,
		.polite = (how & 4) != 0,
		.say = say,
	};

	if (!tables) {
		if (arena_open(&arena, 1 << 20) < 0)
			abort();
		report_init(&report, &arena);
		__lsan_disable(); /* regcomp(3) has its own memory */
		tables = engine_tables_open(&conf, &arena, &report);
		__lsan_enable();
	}
	setup.tables = tables;
	for (int i = TEST_FIRST_DEEP; i < TESTS; i++) {
		conf.test[i].action = (enum action)((how & 3) % 3);
		setup.test[i] = true;
	}
	memset(g, 0, sizeof(*g));
	engine_start(&g->engine, &setup, &reply);
	watch_start(&g->watch, &g->engine);
	input_start(&g->input, 2048);
}

/* Lines, until one is for the smtpd. */
static void take_lines(struct game *g)
{
	char memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);
	struct engine_line line;

	while (!g->asked && !g->over) {
		switch (input_next(&g->input, &line)) {
		case INPUT_MORE:
			return;
		case INPUT_TOO_LONG:
			g->over = true;
			return;
		case INPUT_GOT_LINE:
			break;
		}
		switch (watch_line(&g->watch, &line, 0, &reply)) {
		case WATCH_FORWARD:
			assert(reply.len == 0);
			g->asked = true;
			/* asked again, the same is said unless more came */
			assert(watch_line(&g->watch, &line, 0, &reply) ==
			       WATCH_FORWARD);
			break;
		case WATCH_REPLY:
			assert(reply.len > 0);
			break;
		case WATCH_ENGINE:
			engine_take(&g->engine, &line, 0, &reply);
			g->over = true;
			break;
		case WATCH_CLOSE:
			assert(reply.len > 0 && g->engine.over);
			g->over = true;
			break;
		case WATCH_STOP:
			g->over = true;
			break;
		}
	}
}

static void take_answers(struct game *g)
{
	static char memory[2 * ANSWER_SIZE];
	struct sbuf reply = SBUF(memory);
	struct span bytes = { g->heard, g->heard_len };
	struct answer a;

	switch (answer_parse(bytes, &a)) {
	case ANSWER_PART:
		assert(bytes.len < ANSWER_SIZE);
		return;
	case ANSWER_ODD:
		g->over = true;
		return;
	case ANSWER_WHOLE:
		break;
	}
	assert(a.text.len > 0 && a.text.len <= bytes.len);
	assert(a.code >= 200 && a.code <= 599);
	g->over = watch_answer(&g->watch, &a, &reply) != WATCH_ON ||
		  a.text.len != bytes.len;
	assert(sbuf_fitted(&reply) && reply.len >= 4);
	/* what the client hears is a reply again, of the same code */
	assert(answer_parse(sbuf_span(&reply), &a) == ANSWER_WHOLE ||
	       reply.len > ANSWER_SIZE);
	g->heard_len = 0;
	g->asked = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct game g;

	if (size == 0)
		return 0;
	begin(&g, data[0]);
	data++, size--;
	while (size > 0 && !g.over) {
		size_t n = (*data & 0x7f) + 1u, room;
		bool smtpd = *data & 0x80;
		char *to;

		data++, size--;
		if (n > size)
			n = size;
		if (smtpd) {
			room = sizeof(g.heard) - g.heard_len;
			n = n < room ? n : room;
			memcpy(g.heard + g.heard_len, data, n);
			g.heard_len += n;
		} else if (!g.asked) {
			to = input_room(&g.input, &room);
			memcpy(to, data, n);
			input_filled(&g.input, n);
		}
		data += n, size -= n;
		if (g.asked)
			take_answers(&g);
		take_lines(&g);
	}
	return 0;
}
