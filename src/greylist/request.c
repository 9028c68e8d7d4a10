#include "greylist/request.h"

#include <assert.h>
#include <string.h>

static const char *const names[REQUEST_FIELDS] = {
	[REQUEST_TYPE] = "request",
	[REQUEST_CLIENT_ADDRESS] = "client_address",
	[REQUEST_CLIENT_NAME] = "client_name",
	[REQUEST_SENDER] = "sender",
	[REQUEST_RECIPIENT] = "recipient",
	[REQUEST_INSTANCE] = "instance",
	[REQUEST_QUEUE_ID] = "queue_id",
	[REQUEST_ETRN_DOMAIN] = "etrn_domain",
	[REQUEST_TEST_TIME] = "policy_test_time",
};

const char *request_name(enum request_field field)
{
	return names[field];
}

void request_init(struct request *r)
{
	r->kept = 0;
	r->at = 0;
	r->len = 0;
	r->scanned = 0;
	r->begun = false;
	memset(r->field, 0, sizeof(r->field));
}

/* ---- memory ------------------------------------------------------ */

static void move_up(struct request *r)
{
	if (r->at == r->kept)
		return;
	memmove(r->memory + r->kept, r->memory + r->at, r->len);
	r->at = r->kept;
}

char *request_room(struct request *r, size_t *ret_size)
{
	if (r->len == 0 || r->at + r->len == sizeof(r->memory))
		move_up(r);
	/* else request_next has said that it is endless */
	assert(r->at + r->len < sizeof(r->memory));
	*ret_size = sizeof(r->memory) - r->at - r->len;
	return r->memory + r->at + r->len;
}

void request_arrived(struct request *r, size_t size)
{
	r->len += size;
	r->begun = r->begun || size > 0;
}

/* ---- lines ------------------------------------------------------- */

/*
 * "NAME=VALUE": equal signs before the name are skipped, the value may have
 * more of them.
 */
static bool parse(struct span line, struct span *ret_name,
		  struct span *ret_value)
{
	while (span_starts_with(line, SPAN("=")))
		line = span_skip(line, 1);
	return span_cut(line, '=', ret_name, ret_value);
}

/* Its name and everything before it make room for the value. */
static void keep(struct request *r, enum request_field field, struct span value)
{
	memmove(r->memory + r->kept, value.p, value.len);
	r->field[field].present = true;
	r->field[field].from = r->kept;
	r->field[field].len = value.len;
	r->kept += value.len;
}

static bool take(struct request *r, struct span line)
{
	struct span name, value;

	if (!parse(line, &name, &value))
		return false;
	for (int f = 0; f < REQUEST_FIELDS; f++)
		if (span_equal(name, span_of(names[f])))
			keep(r, (enum request_field)f, value);
	return true;
}

/* The next line without its end. 1, or 0 when there is none yet. */
static bool next_line(struct request *r, struct span *ret)
{
	char *start = r->memory + r->at;
	char *lf = memchr(start + r->scanned, '\n', r->len - r->scanned);
	struct span line;

	if (!lf) {
		r->scanned = r->len;
		return false;
	}
	line = (struct span){ start, (size_t)(lf - start) };
	r->at += line.len + 1;
	r->len -= line.len + 1;
	r->scanned = 0;
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	*ret = line;
	return true;
}

enum request_state request_next(struct request *r, struct span *ret_line)
{
	struct span line;

	while (next_line(r, &line)) {
		if (line.len == 0)
			return REQUEST_WHOLE;
		if (!take(r, line)) {
			*ret_line = line;
			return REQUEST_GARBAGE;
		}
	}
	return r->kept + r->len == sizeof(r->memory) ? REQUEST_ENDLESS
						     : REQUEST_PARTIAL;
}

bool request_begun(const struct request *r)
{
	return r->begun;
}

/* ---- what it says ------------------------------------------------ */

bool request_has(const struct request *r, enum request_field field)
{
	return r->field[field].present;
}

struct span request_get(const struct request *r, enum request_field field)
{
	if (!r->field[field].present)
		return SPAN("");
	return (struct span){ r->memory + r->field[field].from,
			      r->field[field].len };
}

void request_forget(struct request *r)
{
	r->kept = 0;
	r->begun = r->len > 0;
	memset(r->field, 0, sizeof(r->field));
	if (r->len == 0)
		r->at = 0;
}
