#include "conf/access.h"

#include "conf/table.h"

#include <assert.h>
#include <errno.h>

/* A result is a short list of words; a longer one is a lookup error. */
#define RESULT_SIZE 2048

/* In warnings, as postscreen writes it. */
#define LIST_NAME "postscreen_access_list"

enum word {
	WORD_PERMIT_MYNETWORKS,
	WORD_PERMIT,
	WORD_REJECT,
	WORD_DUNNO,
	WORD_TABLE,
	WORD_UNKNOWN,
};

static const struct {
	struct span name;
	enum word word;
} words[] = {
	{ { "permit_mynetworks", 17 }, WORD_PERMIT_MYNETWORKS },
	{ { "permit", 6 }, WORD_PERMIT },
	{ { "reject", 6 }, WORD_REJECT },
	{ { "dunno", 5 }, WORD_DUNNO },
};

struct element {
	struct element *next;
	enum word word;
	const char *text; /* as written */
	const struct table *table;
};

struct access_list {
	struct element *first;
	const struct netlist *mynetworks;
};

/* What one evaluation comes to: an access, or how it goes on. */
enum outcome {
	OUTCOME_PERMIT,
	OUTCOME_REJECT,
	OUTCOME_STOP, /* dunno, or nobody can tell: the list ends here */
	OUTCOME_NEXT,
};

struct question {
	const struct access_list *list;
	const struct address *who;
	struct span printable;
	struct sbuf *warning;
};

static const char ignoring_rest[] =
	" -- ignoring the remainder of this access list";

static enum word word_of(struct span item)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_equal_nocase(words[i].name, item))
			return words[i].word;
	return table_is_spec(item) ? WORD_TABLE : WORD_UNKNOWN;
}

struct access_list *access_open(const char *text,
				const struct netlist *mynetworks,
				struct arena *arena, struct report *report,
				const struct origin *where)
{
	struct access_list *list = arena_alloc(arena, sizeof(*list));
	struct span rest = span_of(text), item;
	struct element **end;

	if (!list)
		return NULL;
	list->mynetworks = mynetworks;
	end = &list->first;
	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &item)) {
		struct element *e = arena_alloc(arena, sizeof(*e));

		if (!e || !(e->text = arena_text(arena, item)))
			return NULL;
		e->word = word_of(item);
		if (e->word == WORD_TABLE) {
			e->table = table_open(item, arena, report, where);
			if (!e->table)
				return NULL;
		}
		*end = e;
		end = &e->next;
		if (e->word == WORD_UNKNOWN) {
			report_add(report, REPORT_WARNING, where,
				   "unknown command: %s%s", e->text,
				   ignoring_rest);
			break; /* nothing behind it is ever asked */
		}
	}
	return list;
}

/* Begin a warning, behind what another one may have left. */
static struct sbuf *warn(const struct question *q)
{
	if (q->warning->len > 0)
		sbuf_add_text(q->warning, "; ");
	return q->warning;
}

static enum outcome ask_mynetworks(const struct question *q)
{
	char text[512];
	struct sbuf why = SBUF(text);
	int r;

	assert(q->list->mynetworks);
	r = netlist_find(q->list->mynetworks, q->who, &why);
	if (r < 0) {
		sbuf_addf(warn(q), "mynetworks: %s%s", text, ignoring_rest);
		return OUTCOME_STOP;
	}
	return r > 0 ? OUTCOME_PERMIT : OUTCOME_NEXT;
}

static enum outcome unknown(const struct question *q, const char *origin,
			    struct span item)
{
	sbuf_addf(warn(q), "%s: unknown command: %.*s%s", origin, (int)item.len,
		  item.p, ignoring_rest);
	return OUTCOME_STOP;
}

/* What TABLE gave is a list of words; in it, dunno is just its end. */
static enum outcome take_result(const struct question *q,
				const struct table *table, struct span rest)
{
	struct span item;

	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &item)) {
		enum outcome outcome = OUTCOME_NEXT;

		switch (word_of(item)) {
		case WORD_PERMIT_MYNETWORKS:
			outcome = ask_mynetworks(q);
			break;
		case WORD_PERMIT:
			return OUTCOME_PERMIT;
		case WORD_REJECT:
			return OUTCOME_REJECT;
		case WORD_DUNNO:
			return OUTCOME_NEXT;
		case WORD_TABLE:
			sbuf_addf(
				warn(q),
				"table %s: lookup result \"%.*s\" is not "
				"allowed -- ignoring remainder of access list",
				table_name(table), (int)item.len, item.p);
			return OUTCOME_NEXT;
		case WORD_UNKNOWN:
			return unknown(q, table_name(table), item);
		}
		if (outcome != OUTCOME_NEXT)
			return outcome;
	}
	return OUTCOME_NEXT;
}

static enum outcome ask_table(const struct question *q,
			      const struct table *table)
{
	char result[RESULT_SIZE];
	struct sbuf value = SBUF(result);
	int r = table_find(table, q->printable, &value);

	if (r < 0) {
		sbuf_addf(warn(q), LIST_NAME ": %s: table lookup error%s",
			  table_name(table), ignoring_rest);
		return OUTCOME_STOP;
	}
	return r > 0 ? take_result(q, table, sbuf_span(&value)) : OUTCOME_NEXT;
}

static enum outcome ask(const struct question *q, const struct element *e)
{
	switch (e->word) {
	case WORD_PERMIT_MYNETWORKS:
		return ask_mynetworks(q);
	case WORD_PERMIT:
		return OUTCOME_PERMIT;
	case WORD_REJECT:
		return OUTCOME_REJECT;
	case WORD_DUNNO:
		return OUTCOME_STOP;
	case WORD_TABLE:
		return ask_table(q, e->table);
	case WORD_UNKNOWN:
		return unknown(q, LIST_NAME, span_of(e->text));
	}
	return OUTCOME_STOP;
}

enum access access_decide(const struct access_list *list,
			  const struct address *who, struct sbuf *warning)
{
	char text[ADDRESS_TEXT];
	struct sbuf printable = SBUF(text);
	struct question q = { .list = list, .who = who, .warning = warning };

	address_format(who, &printable);
	q.printable = sbuf_span(&printable);
	for (const struct element *e = list->first; e; e = e->next) {
		switch (ask(&q, e)) {
		case OUTCOME_PERMIT:
			return ACCESS_PERMIT;
		case OUTCOME_REJECT:
			return ACCESS_REJECT;
		case OUTCOME_STOP:
			return ACCESS_DUNNO;
		case OUTCOME_NEXT:
			break;
		}
	}
	return ACCESS_DUNNO;
}
