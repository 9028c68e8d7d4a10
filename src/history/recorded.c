#include "history/recorded.h"

#include "base/clock.h"
#include "base/number.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All that the longest line becomes is less than half of ROOM. */
#define ROOM (4 << 20)
#define POOL (2 * ROOM)

struct recorded_reader {
	json_t *line;
	size_t used;
	_Alignas(16) char pool[POOL];
};

/* ---- memory ----------------------------------------------------------------
 */

/* Whose line is being read: jansson's allocator has no argument for it. */
static _Thread_local struct recorded_reader *current;

/* A line is forgotten as a whole, so nothing is given back piece by piece:
 * that takes a third of the time from a million lines. */
static void *take(size_t size)
{
	void *memory = current->pool + current->used;

	size = (size + 15) & ~(size_t)15;
	if (size > POOL - current->used)
		return NULL;
	current->used += size;
	return memory;
}

static void leave(void *memory)
{
	(void)memory;
}

struct recorded_reader *recorded_reader_new(void)
{
	json_set_alloc_funcs(take, leave);
	return calloc(1, sizeof(struct recorded_reader));
}

void recorded_reader_free(struct recorded_reader *r)
{
	free(r);
}

/* ---- values ----------------------------------------------------------------
 */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static bool flag_of(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

static int64_t large_of(const json_t *object, const char *name,
			int64_t otherwise)
{
	const json_t *value = json_object_get(object, name);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static int number_of(const json_t *object, const char *name)
{
	return number_to_int(large_of(object, name, 0));
}

/* Seconds become microseconds: those of the next thousand years. */
static int64_t time_of(const json_t *object, const char *name,
		       int64_t otherwise)
{
	const json_t *value = json_object_get(object, name);
	double seconds = json_number_value(value);

	if (!json_is_number(value) || seconds < 0 || seconds > 4e10)
		return otherwise;
	return llround(seconds * (double)CLOCK_SECOND);
}

/* The number of the word in TEXT, below COUNT; or COUNT. */
static int word_of(const char *text, int count, const char *(*name)(int number))
{
	int n = 0;

	while (n < count && strcmp(text, name(n)) != 0)
		n++;
	return n;
}

/* ---- words -----------------------------------------------------------------
 */

static const char *verdict_name(int n)
{
	return decision_verdict_name((enum decision_verdict)n);
}

static const char *path_name(int n)
{
	return decision_path_name((enum decision_path)n);
}

static const char *failure_word(int n)
{
	return failure_name((enum failure)n);
}

static const char *status_name(int n)
{
	return recorded_status_name((enum recorded_status)n);
}

const char *recorded_status_name(enum recorded_status status)
{
	static const char *const name[RECORDED_STATUSES] = {
		[RECORDED_LISTED] = "listed",	[RECORDED_ABSENT] = "absent",
		[RECORDED_ERROR] = "error",	[RECORDED_FAILED] = "failed",
		[RECORDED_PENDING] = "pending", [RECORDED_MUTED] = "muted",
	};

	return name[status];
}

static const char *access_name(int n)
{
	return decision_access_name((enum access)n);
}

static const char *action_name(int n)
{
	return decision_action_name((enum action)n);
}

static const char *result_name(int n)
{
	return decision_result_name((enum result)n);
}

/* The word for NAME in OBJECT, of COUNT; 0 when it is none of them. */
static int word_in(const json_t *object, const char *name, int count,
		   const char *(*word)(int number))
{
	int n = word_of(text_of(object, name), count, word);

	return n < count ? n : 0;
}

static enum action action_of(const json_t *object, const char *name)
{
	return (enum action)word_in(object, name, ACTION_DROP + 1, action_name);
}

/* ---- parts of a line -------------------------------------------------------
 */

static void read_client(const json_t *line, struct recorded *ret)
{
	ret->id = text_of(line, "id");
	ret->version = text_of(line, "version");
	ret->privacy = text_of(line, "privacy");
	ret->time = time_of(line, "time", 0);
	ret->client = text_of(line, "client");
	ret->network = text_of(line, "network");
	ret->server = text_of(line, "server");
	ret->source = text_of(line, "source");
	ret->port = number_of(line, "port");
	ret->server_port = number_of(line, "server_port");
}

/* What cannot be one is none, as for stamps_parse. */
static int64_t stamp(int64_t seconds)
{
	return seconds < 0 ? 0 : seconds;
}

static void read_cache(const json_t *line, struct recorded *ret)
{
	const json_t *cache = json_object_get(line, "cache");
	const json_t *stamps = json_object_get(cache, "stamps");

	ret->known = json_is_object(cache);
	ret->stamps = (struct stamps){ .count = 0 };
	ret->cache_trouble = text_of(line, "cache_trouble");
	if (!ret->known)
		return;
	for (enum test t = 0; t < TESTS; t++)
		ret->stamps.until[t] =
			stamp(json_integer_value(json_array_get(stamps, t)));
	ret->stamps.first = stamp(large_of(cache, "first", 0));
	ret->stamps.last = stamp(large_of(cache, "last", 0));
	ret->stamps.count = (uint64_t)stamp(large_of(cache, "count", 0));
}

static void read_tests(const json_t *line, struct recorded *ret)
{
	const json_t *tests = json_object_get(line, "tests");
	const json_t *early = json_object_get(line, "pregreet");

	for (enum test t = 0; t < TESTS; t++) {
		const json_t *test =
			json_object_get(tests, stamps_test_name(t));

		ret->test[t] = (struct recorded_test){
			.due = flag_of(test, "due"),
			.result = (enum result)word_in(
				test, "result", RESULT_FAILED + 1, result_name),
			.action = action_of(test, "action"),
		};
	}
	ret->excused = flag_of(line, "excused");
	ret->released = flag_of(line, "released");
	ret->spared = flag_of(line, "spared");
	ret->doubt = flag_of(line, "doubt");
	ret->pregreet = json_is_object(early);
	ret->pregreet_bytes = number_of(early, "bytes");
	ret->pregreet_after = time_of(early, "after", 0);
}

static void read_addresses(const json_t *list, struct dns_answer *to)
{
	const json_t *answers = json_object_get(list, "answers");
	size_t count = json_array_size(answers);

	to->count = 0;
	for (size_t i = 0; i < count && to->count < DNS_ADDRESSES; i++) {
		const char *text =
			json_string_value(json_array_get(answers, i));
		struct address address;

		if (!text || !address_parse(span_of(text), &address) ||
		    address.family != ADDRESS_IPV4)
			continue;
		memcpy(to->address[to->count++], address.bytes, 4);
	}
}

static enum dns_status dns_status_of(enum recorded_status status)
{
	switch (status) {
	case RECORDED_LISTED:
	case RECORDED_ERROR:
		return DNS_FOUND;
	case RECORDED_ABSENT:
		return DNS_ABSENT;
	case RECORDED_FAILED:
		return DNS_FAILED;
	case RECORDED_PENDING:
	case RECORDED_MUTED:
	case RECORDED_STATUSES:
		break;
	}
	return DNS_PENDING;
}

/* False when it is none. */
static bool read_list(const json_t *list, struct recorded_list *ret)
{
	int status = word_of(text_of(list, "status"), RECORDED_STATUSES,
			     status_name);
	struct dns_answer *answer = &ret->answer;

	if (status == RECORDED_STATUSES)
		return false;
	ret->name = text_of(list, "list");
	ret->status = (enum recorded_status)status;
	ret->counted = flag_of(list, "counted");
	ret->weight = number_of(list, "weight");
	answer->status = dns_status_of(ret->status);
	answer->ttl = large_of(list, "ttl", -1);
	answer->took = time_of(list, "took", -1);
	answer->why = text_of(list, "why");
	answer->refused = false;
	read_addresses(list, answer);
	/* found without an address would be a contradiction */
	if (answer->status == DNS_FOUND && answer->count == 0)
		answer->status = DNS_ABSENT;
	return true;
}

static void read_lists(const json_t *line, struct recorded *ret)
{
	const json_t *lists = json_object_get(line, "lists");
	const json_t *score = json_object_get(line, "dnsbl");
	size_t count = json_array_size(lists);

	ret->asked = json_is_array(lists);
	ret->lists = 0;
	for (size_t i = 0; i < count && ret->lists < DNS_QUESTIONS; i++)
		if (read_list(json_array_get(lists, i), &ret->list[ret->lists]))
			ret->lists++;
	ret->scored = json_is_object(score);
	ret->score = number_of(score, "score");
	ret->threshold = number_of(score, "threshold");
	ret->allowlist_threshold = number_of(score, "allowlist_threshold");
	ret->least = number_of(score, "least");
	ret->ttl = large_of(score, "ttl", -1);
	ret->top = text_of(score, "top");
}

static void read_session(const json_t *line, struct recorded *ret)
{
	const json_t *session = json_object_get(line, "session");

	ret->session = json_is_object(session);
	ret->helo = text_of(line, "helo");
	ret->from = text_of(line, "from");
	ret->has_from = json_is_string(json_object_get(line, "from"));
	ret->to = text_of(line, "to");
	ret->last = text_of(session, "last");
	ret->commands = number_of(session, "commands");
	ret->recipients = number_of(session, "recipients");
	ret->tls = flag_of(session, "tls");
	ret->delayed = number_of(line, "delayed");
}

/* False when it is of another schema. */
static bool read_decision(const json_t *line, struct recorded *ret)
{
	int verdict = word_of(text_of(line, "verdict"), DECISION_VERDICTS,
			      verdict_name);
	int path = word_of(text_of(line, "path"), DECISION_PATHS, path_name);
	int failure =
		word_of(text_of(line, "reason"), FAILURE_NONE, failure_word);

	if (large_of(line, "v", 0) != DECISION_SCHEMA ||
	    verdict == DECISION_VERDICTS || path == DECISION_PATHS)
		return false;
	ret->verdict = (enum decision_verdict)verdict;
	ret->path = (enum decision_path)path;
	ret->failure = (enum failure)failure;
	ret->pass = text_of(line, "pass");
	ret->reply = text_of(line, "reply");
	ret->took = time_of(line, "took", 0);
	ret->waited = time_of(line, "waited", -1);
	ret->access = (enum access)word_in(line, "access", ACCESS_REJECT + 1,
					   access_name);
	ret->denylist_action = action_of(line, "denylist_action");
	ret->veto = flag_of(line, "veto");
	return true;
}

bool recorded_has_room(const struct recorded_reader *r)
{
	return r->used <= POOL - ROOM;
}

enum recorded_line recorded_read(struct recorded_reader *r, struct span line,
				 struct recorded *ret)
{
	r->used = 0;
	return recorded_read_more(r, line, ret);
}

enum recorded_line recorded_read_more(struct recorded_reader *r,
				      struct span line, struct recorded *ret)
{
	current = r;
	r->line = json_loadb(line.p, line.len, 0, NULL);
	if (!json_is_object(r->line))
		return RECORDED_TORN;
	if (!read_decision(r->line, ret))
		return RECORDED_OTHER;
	read_client(r->line, ret);
	read_cache(r->line, ret);
	read_tests(r->line, ret);
	read_lists(r->line, ret);
	read_session(r->line, ret);
	return RECORDED_GOOD;
}

bool recorded_address(const struct recorded *line, struct address *ret)
{
	struct address address;

	if (!address_parse(span_of(line->client), &address))
		return false;
	address_unmap(&address);
	*ret = address;
	return true;
}
