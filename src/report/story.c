#include "report/story.h"

#include "base/clock.h"
#include "base/moment.h"
#include "base/number.h"
#include "report/wording.h"

#include <inttypes.h>

void story_heading(FILE *to, bool colour, const char *text)
{
	fprintf(to, "\n%s%s%s\n", colour ? "\033[1m" : "", text,
		colour ? "\033[0m" : "");
}

void story_foreign(const char *text, FILE *to)
{
	char memory[2048];
	struct sbuf b = SBUF(memory);

	wording_foreign(text, &b);
	fputs(memory, to);
}

static void print_time(int64_t seconds, FILE *to)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	moment_format(seconds, &b);
	fputs(memory, to);
}

void story_period(int64_t microseconds, FILE *to)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	wording_period(microseconds, &b);
	fputs(memory, to);
}

/* ---- what became of it -----------------------------------------------------
 */

static const char *reason_words(enum failure failure, bool veto)
{
	switch (failure) {
	case FAILURE_DENYLIST:
		return ", for the access list";
	case FAILURE_DNSBL:
		return ", for DNS lists";
	case FAILURE_PREGREET:
		return ", for speaking before its turn";
	case FAILURE_DEEP:
		return ", for a protocol error";
	case FAILURE_NONE:
		break;
	}
	return veto ? ", for the server address that it called" : "";
}

static const char *pass_words(enum decision_path path)
{
	switch (path) {
	case DECISION_BY_ACCESS:
		return "the access list permits it";
	case DECISION_BY_CACHE:
		return "it had passed lately";
	case DECISION_BY_SHARED:
		return "it had passed lately on another host";
	case DECISION_BY_TESTS:
	case DECISION_BY_LIMIT:
	case DECISION_BY_SETTINGS:
	case DECISION_PATHS:
		break;
	}
	return "nothing in force speaks against it";
}

void story_sentence(const struct sentence *s, bool veto, struct sbuf *to)
{
	switch (s->verdict) {
	case DECISION_PASS:
		sbuf_addf(to, "passed to the mail server: %s",
			  pass_words(s->path));
		break;
	case DECISION_RETRY:
		sbuf_add_text(to, "told to come back, as all good clients are "
				  "after the tests behind the greeting");
		break;
	case DECISION_REFUSE:
		sbuf_addf(to, "refused at each recipient%s",
			  reason_words(s->failure, veto));
		break;
	case DECISION_DROP:
		sbuf_addf(to, "refused at once%s",
			  reason_words(s->failure, veto));
		break;
	case DECISION_HANGUP:
		sbuf_add_text(to, "it left before all was known");
		break;
	case DECISION_LIMIT:
		sbuf_add_text(to, "told to come back: too many clients");
		break;
	case DECISION_TROUBLE:
		sbuf_addf(to, "told to come back: %s",
			  s->path == DECISION_BY_SETTINGS
				  ? "our settings could not be used"
				  : "there was no mail server to give it to");
		break;
	case DECISION_VERDICTS:
		break;
	}
}

static void print_sentence(const struct recorded *line, FILE *to)
{
	struct sentence s = { line->verdict, line->path, line->failure };
	char memory[160];
	struct sbuf b = SBUF(memory);

	story_sentence(&s, line->veto, &b);
	fputs(memory, to);
}

void story_summary(const struct recorded *line, FILE *to)
{
	print_time(line->time / CLOCK_SECOND, to);
	putc(' ', to);
	story_foreign(line->id, to);
	fputs("  ", to);
	story_foreign(line->client, to);
	fputs("  ", to);
	print_sentence(line, to);
	putc('\n', to);
}

static void print_endpoint(const char *address, int port, FILE *to)
{
	story_foreign(address, to);
	if (port > 0)
		fprintf(to, " port %d", port);
}

static void tell_who(const struct recorded *line, bool colour, FILE *to)
{
	fputs(colour ? "\033[1m" : "", to);
	story_foreign(line->id, to);
	fputs(colour ? "\033[0m  " : "  ", to);
	print_time(line->time / CLOCK_SECOND, to);
	fputs("  ", to);
	print_endpoint(line->client, line->port, to);
	if (line->server[0] != '\0') {
		fputs(" called ", to);
		print_endpoint(line->server, line->server_port, to);
	}
	putc('\n', to);
}

static const char *earned(const char *pass)
{
	switch (pass[0]) {
	case 'n':
		return "it has passed all tests, some for the first time";
	case 'o':
		return "it has passed all tests";
	case 'p':
		return "it has passed some tests";
	}
	return NULL;
}

static void tell_decision(const struct recorded *line, bool colour, FILE *to)
{
	story_heading(to, colour, "Decision");
	fputs("  ", to);
	print_sentence(line, to);
	fputs(", after ", to);
	story_period(line->took, to);
	putc('\n', to);
	if (line->reply[0] != '\0') {
		fprintf(to, STORY_INDENT, "told");
		story_foreign(line->reply, to);
		putc('\n', to);
	}
	if (line->doubt)
		fprintf(to,
			STORY_INDENT
			"for now only: an allowlist gave no answer\n",
			"");
	if (line->path == DECISION_BY_TESTS && earned(line->pass))
		fprintf(to, STORY_INDENT "%s\n", "remembered",
			earned(line->pass));
}

/* ---- who it was taken for --------------------------------------------------
 */

static void tell_access(const struct recorded *line, FILE *to)
{
	fprintf(to, STORY_INDENT, "access list");
	switch (line->access) {
	case ACCESS_DUNNO:
		fputs("no decision\n", to);
		break;
	case ACCESS_PERMIT:
		fputs("permitted\n", to);
		break;
	case ACCESS_REJECT:
		fprintf(to, "denied (denylist_action = %s)\n",
			decision_action_name(line->denylist_action));
		break;
	}
	if (line->veto)
		fprintf(to,
			STORY_INDENT "it called one that lets no new client "
				     "pass (allowlist_interfaces)\n",
			"server");
}

static void tell_cache(const struct recorded *line, FILE *to)
{
	if (line->path == DECISION_BY_ACCESS || line->path == DECISION_BY_LIMIT)
		return;
	fprintf(to, STORY_INDENT, "cache");
	if (line->cache_trouble[0] != '\0') {
		fputs("could not be asked: ", to);
		story_foreign(line->cache_trouble, to);
		putc('\n', to);
		return;
	}
	if (!line->known) {
		fputs(line->access == ACCESS_REJECT &&
				      line->denylist_action != ACTION_IGNORE
			      ? "not asked: who is denied is tested\n"
			      : "not known\n",
		      to);
		return;
	}
	fputs("known since ", to);
	print_time(line->stamps.first, to);
	fputs(", last tested ", to);
	print_time(line->stamps.last, to);
	fprintf(to, "; rounds of tests: %" PRIu64 "\n", line->stamps.count);
}

/* ---- what it said ----------------------------------------------------------
 */

static void tell_session(const struct recorded *line, FILE *to)
{
	if (!line->session)
		return;
	fprintf(to, STORY_INDENT "%d %s", "session", line->commands,
		number_words((uint64_t)line->commands, "command", "commands"));
	if (line->last[0] != '\0') {
		fputs(", the last was ", to);
		story_foreign(line->last, to);
	}
	fprintf(to, "; recipients refused: %d%s\n", line->recipients,
		line->tls ? "; encrypted" : "");
	if (line->delayed > 0)
		fprintf(to, STORY_INDENT "recipients told to come later: %d\n",
			"greylisting", line->delayed);
	if (line->helo[0] != '\0') {
		fprintf(to, STORY_INDENT, "helo");
		story_foreign(line->helo, to);
		putc('\n', to);
	}
	if (line->has_from) {
		fprintf(to, STORY_INDENT "<", "from");
		story_foreign(line->from, to);
		fputs(">\n", to);
	}
	if (line->to[0] != '\0') {
		fprintf(to, STORY_INDENT "<", "to");
		story_foreign(line->to, to);
		fputs(">\n", to);
	}
}

void story_tell(const struct recorded *line, bool colour, FILE *to)
{
	tell_who(line, colour, to);
	tell_decision(line, colour, to);
	if (line->path == DECISION_BY_LIMIT ||
	    line->path == DECISION_BY_SETTINGS)
		return;
	story_heading(to, colour, "Why");
	tell_access(line, to);
	tell_cache(line, to);
	story_tests(line, to);
	tell_session(line, to);
}
