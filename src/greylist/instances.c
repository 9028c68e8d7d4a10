#include "greylist/instances.h"

bool instances_add(struct instances *list, struct span instance)
{
	uint64_t hash = siphash(list->key, instance);

	if (instance.len == 0)
		return true;
	for (unsigned i = 0; i < list->count; i++)
		if (list->hash[i] == hash)
			return false;
	list->hash[list->next] = hash;
	list->next = (list->next + 1) % INSTANCES;
	if (list->count < INSTANCES)
		list->count++;
	return true;
}
