/*
 * fuzz_decisions.c - a line of the decision log that somebody else has written.
 *
 * What is read of it keeps recorded.h's promises: text is text, numbers are
 * those of the enums, and no more lists than there is room for. Decided again
 * it has a verdict, and what is told of it is fit for a terminal.
 */
#include "history/recorded.h"
#include "report/advice.h"
#include "report/story.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Settings that ask for much. */
static const char settings[] =
	"dnslists_file =\nstate_file =\nmynetworks =\nmyhostname = m.example\n"
	"cache_map = gdbm:/nowhere/cache\ngreet_banner = x\n"
	"greet_action = enforce\ngreet_wait_min = 1s\ndenylist_action = "
	"enforce\n"
	"access_list = cidr:{{192.0.2.0/25 reject}, {2001:db8::/32 permit}}\n"
	"dnsbl_sites = zen.example*3, b.example=127.0.0.2*2, a.example*-2\n"
	"dnsbl_action = enforce\ndnsbl_threshold = 3\n"
	"dnsbl_allowlist_threshold = -2\npipelining_enable = yes\n"
	"pipelining_action = enforce\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tests(const struct recorded *line)
{
	for (int t = 0; t < TESTS; t++) {
		assert((unsigned)line->test[t].result <= RESULT_FAILED);
		assert((unsigned)line->test[t].action <= ACTION_DROP);
		assert(line->stamps.until[t] >= 0);
	}
}

static void check_lists(const struct recorded *line)
{
	assert(line->lists <= DNS_QUESTIONS);
	for (size_t i = 0; i < line->lists; i++) {
		const struct recorded_list *l = &line->list[i];

		assert(l->name && (unsigned)l->status < RECORDED_STATUSES);
		assert(l->answer.count <= DNS_ADDRESSES);
		assert(recorded_status_name(l->status));
	}
}

static void open_retrial(struct retrial *r)
{
	static const struct conf_input input = { .file = "test", .stress = "" };
	static struct arena arena;
	static struct report report;
	static struct conf conf;

	assert(arena_open(&arena, 8 << 20) == 0);
	report_init(&report, &arena);
	conf_load_text(&input, SPAN(settings), &arena, &report, &conf);
	assert(retrial_open(r, &conf, &arena, &report));
}

static void check_retrial(const struct recorded *line)
{
	static struct retrial r;
	static struct advice advice;
	struct address who;

	if (!r.conf)
		open_retrial(&r);
	retrial_run(&r, line, recorded_address(line, &who) ? &who : NULL);
	assert((unsigned)r.sentence.verdict < DECISION_VERDICTS);
	assert(r.again || !retrial_differs(&r));
	for (size_t i = 0; r.again && i < r.lists.sites.lists; i++)
		retrial_depends_on(&r, i);
	advice_give(&r, "test", &advice);
	assert(advice.count > 0 && advice.count <= ADVICE_MOST);
}

static void check_story(const struct recorded *line)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert(to);
	story_tell(line, false, to);
	story_summary(line, to);
	fclose(to);
	for (size_t i = 0; i < size; i++)
		assert(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct recorded_reader *reader;
	static struct recorded line;

	if (!reader)
		reader = recorded_reader_new();
	if (recorded_read(reader, (struct span){ (const char *)data, size },
			  &line) != RECORDED_GOOD)
		return 0;
	{
		const char *const text[] = {
			line.id,     line.version, line.privacy,
			line.client, line.network, line.server,
			line.source, line.pass,	   line.reply,
			line.top,    line.helo,	   line.from,
			line.to,     line.last,	   line.cache_trouble,
		};

		for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
			assert(text[i] && strlen(text[i]) <= size);
	}
	assert((unsigned)line.verdict < DECISION_VERDICTS);
	assert((unsigned)line.path < DECISION_PATHS);
	check_tests(&line);
	check_lists(&line);
	check_retrial(&line);
	check_story(&line);
	return 0;
}
