#include "report/story.h"

#include "base/number.h"
#include "report/wording.h"

/* The longest name of a list that is in line with the others. */
#define NAME_WIDTH 28

/* ---- the lists -------------------------------------------------------------
 */

static void print_answers(const struct dns_answer *answer, FILE *to)
{
	for (size_t i = 0; i < answer->count; i++) {
		const unsigned char *a = answer->address[i];

		fprintf(to, "%s%u.%u.%u.%u", i > 0 ? " " : "", a[0], a[1], a[2],
			a[3]);
	}
}

static void print_status(const struct recorded *line,
			 const struct recorded_list *list, FILE *to)
{
	switch (list->status) {
	case RECORDED_LISTED:
		print_answers(&list->answer, to);
		if (!list->counted)
			fputs(" -- does not count: no filter takes it", to);
		break;
	case RECORDED_ABSENT:
		fputs("not listed", to);
		break;
	case RECORDED_ERROR:
		print_answers(&list->answer, to);
		fputs(" -- does not count: an error of the list (", to);
		story_foreign(list->answer.why, to);
		putc(')', to);
		break;
	case RECORDED_FAILED:
		fputs("does not count: no answer to be had (", to);
		story_foreign(list->answer.why, to);
		putc(')', to);
		break;
	case RECORDED_PENDING:
		fputs(line->scored ? "does not count: no answer in time"
				   : "had not answered yet",
		      to);
		break;
	case RECORDED_MUTED:
		fputs("does not count: muted, not asked", to);
		break;
	case RECORDED_STATUSES:
		break;
	}
}

static void tell_lists(const struct recorded *line, FILE *to)
{
	for (size_t i = 0; i < line->lists; i++) {
		const struct recorded_list *list = &line->list[i];
		char memory[256];
		struct sbuf name = SBUF(memory);

		wording_foreign(list->name, &name);
		if (list->counted && line->scored)
			fprintf(to, "    %-*s %+5d  ", NAME_WIDTH, memory,
				list->weight);
		else
			fprintf(to, "    %-*s     -  ", NAME_WIDTH, memory);
		print_status(line, list, to);
		putc('\n', to);
	}
}

/* ---- the tests -------------------------------------------------------------
 */

static void tell_pregreet(const struct recorded *line, FILE *to)
{
	if (line->pregreet) {
		fprintf(to, "it said %d %s after ", line->pregreet_bytes,
			number_words((uint64_t)line->pregreet_bytes, "byte",
				     "bytes"));
		story_period(line->pregreet_after, to);
		fputs(", before its turn", to);
	} else if (line->excused) {
		fputs("spared: the DNS lists vouch for it", to);
	} else if (line->test[TEST_PREGREET].result == RESULT_PASSED) {
		fputs("it was silent for ", to);
		story_period(line->waited, to);
		if (line->released)
			fputs(", enough for who is known well", to);
	} else {
		fputs("not finished", to);
	}
}

static void tell_dnsbl(const struct recorded *line, FILE *to)
{
	if (!line->scored) {
		fputs("not finished: it was decided, or over, before the "
		      "answers were added up",
		      to);
		return;
	}
	fprintf(to, "score %d, threshold %d", line->score, line->threshold);
	if (line->allowlist_threshold < 0)
		fprintf(to, ", allowlist threshold %d",
			line->allowlist_threshold);
}

static const char *deep_words(const struct recorded *line, enum test t)
{
	static const char *const broken[TESTS] = {
		[TEST_PIPELINING] = "it did not wait for a reply",
		[TEST_NON_SMTP] = "it said what is no command of SMTP",
		[TEST_BARE_NEWLINE] = "it ended a line without CR",
	};

	switch (line->test[t].result) {
	case RESULT_NONE:
		return line->excused ? "spared: the DNS lists vouch for it"
				     : "not finished";
	case RESULT_PASSED:
		return "nothing wrong";
	case RESULT_FAILED:
		break;
	}
	return broken[t];
}

static const char *result_words(const struct recorded_test *test)
{
	if (test->result == RESULT_PASSED)
		return "passed: ";
	if (test->result == RESULT_NONE)
		return "";
	switch (test->action) {
	case ACTION_IGNORE:
		return "failed, but that is ignored: ";
	case ACTION_ENFORCE:
		return "failed, so recipients are refused: ";
	case ACTION_DROP:
		return "failed, so it is refused at once: ";
	}
	return "failed: ";
}

void story_tests(const struct recorded *line, FILE *to)
{
	for (enum test t = 0; t < TESTS; t++) {
		const struct recorded_test *test = &line->test[t];

		if (!test->due && test->result == RESULT_NONE)
			continue;
		fprintf(to, STORY_INDENT "%s", stamps_test_name(t),
			result_words(test));
		if (t == TEST_PREGREET)
			tell_pregreet(line, to);
		else if (t == TEST_DNSBL)
			tell_dnsbl(line, to);
		else
			fputs(deep_words(line, t), to);
		putc('\n', to);
		if (t == TEST_DNSBL)
			tell_lists(line, to);
	}
	if (line->spared)
		fprintf(to,
			STORY_INDENT
			"the tests behind the greeting: nothing that "
			"it passes could be remembered\n",
			"spared");
}
