#include "history/regulars.h"

#include "base/clock.h"
#include "base/sbuf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SIZE_AT_FIRST 1024

#define DAY (86400 * CLOCK_SECOND)

void regulars_init(struct regulars *r)
{
	*r = (struct regulars){ .client = NULL };
	/* who fills the log must not choose what collides; without a key it
	 * is only slow */
	if (getrandom(r->key, sizeof(r->key), GRND_NONBLOCK) < 0)
		memset(r->key, 0, sizeof(r->key));
}

void regulars_free(struct regulars *r)
{
	for (size_t i = 0; i < r->size; i++)
		free(r->client[i].name);
	free(r->client);
	r->client = NULL;
	r->size = r->count = 0;
}

/* Where HASH is, or is to go. There is room. */
static struct regular *place(struct regular *table, size_t size, uint64_t hash)
{
	size_t at = (size_t)hash & (size - 1);

	while (table[at].used && table[at].hash != hash)
		at = (at + 1) & (size - 1);
	return &table[at];
}

static bool grow(struct regulars *r)
{
	size_t size = r->size > 0 ? 2 * r->size : SIZE_AT_FIRST;
	struct regular *table = calloc(size, sizeof(*table));

	if (!table)
		return false;
	for (size_t i = 0; i < r->size; i++)
		if (r->client[i].used)
			*place(table, size, r->client[i].hash) = r->client[i];
	free(r->client);
	r->client = table;
	r->size = size;
	return true;
}

struct regular *regulars_find(struct regulars *r, struct span name)
{
	uint64_t hash = siphash(r->key, name);
	struct regular *one;

	if (r->count >= r->size / 2 && !grow(r))
		return NULL;
	one = place(r->client, r->size, hash);
	if (!one->used) {
		one->used = true;
		one->hash = hash;
		r->count++;
	}
	return one;
}

void regulars_passed(struct regulars *r, struct regular *client, int64_t time)
{
	int32_t day = (int32_t)(time / DAY);

	client->passes++;
	if (client->passed_on != 0 && client->passed_on != day &&
	    !client->good) {
		client->good = true;
		r->good++;
	}
	client->passed_on = day;
}

bool regulars_turn(struct regular *client, struct span name, const char *id)
{
	struct sbuf b;

	if (client->turned++ > 0)
		return true;
	b = SBUF(client->id);
	sbuf_add(&b, span_of(id));
	client->name = strndup(name.p, name.len);
	return client->name != NULL;
}

static int most_passes_first(const void *a, const void *b)
{
	const struct regular *one = *(const struct regular *const *)a;
	const struct regular *other = *(const struct regular *const *)b;

	if (one->passes != other->passes)
		return one->passes > other->passes ? -1 : 1;
	return strcmp(one->name, other->name);
}

static bool is_turned(const struct regular *client)
{
	return client->good && client->name;
}

size_t regulars_turned(const struct regulars *r, const struct regular ***ret)
{
	const struct regular **list;
	size_t count = 0;

	for (size_t i = 0; i < r->size; i++)
		count += is_turned(&r->client[i]) ? 1 : 0;
	list = calloc(count + 1, sizeof(const struct regular *));
	*ret = list;
	if (!list)
		return 0;
	count = 0;
	for (size_t i = 0; i < r->size; i++)
		if (is_turned(&r->client[i]))
			list[count++] = &r->client[i];
	if (count > 0)
		qsort(list, count, sizeof(list[0]), most_passes_first);
	return count;
}
