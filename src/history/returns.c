#include "history/returns.h"

#include "base/siphash.h"

/* A client is in one of so many places. */
#define WAYS 8

static uint64_t name_of(const struct returns *r, struct span client)
{
	uint64_t name = siphash(r->key, client);

	return name != 0 ? name : 1;
}

static struct returns_place *places_of(struct returns *r, uint64_t name)
{
	return &r->place[name % (RETURNS_MOST / WAYS) * WAYS];
}

void returns_told(struct returns *r, struct span client, int64_t time)
{
	uint64_t name = name_of(r, client);
	struct returns_place *place = places_of(r, name), *into = place;

	for (int i = 0; i < WAYS; i++) {
		if (place[i].client == name)
			return;
		if (into->client == 0)
			continue;
		if (place[i].client == 0 || place[i].since < into->since)
			into = &place[i];
	}
	if (into->client != 0)
		r->given_up++;
	*into = (struct returns_place){ name, time };
	r->told++;
}

void returns_passed(struct returns *r, struct span client, int64_t time)
{
	uint64_t name = name_of(r, client);
	struct returns_place *place = places_of(r, name);

	for (int i = 0; i < WAYS; i++) {
		if (place[i].client != name)
			continue;
		histogram_add(&r->after, time - place[i].since);
		r->came++;
		place[i].client = 0;
		return;
	}
}
