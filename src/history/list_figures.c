#include "history/list_figures.h"

#include <string.h>

/* A hit of the connection at hand. */
struct hit {
	struct list_figure *list;
	int weight;
};

/* NULL: there is no place. GUESS is where it was the last time. */
static struct list_figure *find(struct list_figures *f, const char *name,
				size_t guess)
{
	struct list_figure *l;

	if (guess < f->lists && strcmp(f->list[guess].name, name) == 0)
		return &f->list[guess];
	for (l = f->list; l < f->list + f->lists; l++)
		if (strcmp(l->name, name) == 0)
			return l;
	if (f->lists == LIST_FIGURES || strlen(name) >= sizeof(l->name))
		return NULL;
	f->lists++;
	memcpy(l->name, name, strlen(name) + 1);
	return l;
}

static void count_answer(struct list_figure *l, const struct recorded_list *r)
{
	l->status[r->status]++;
	if (r->answer.took >= 0 &&
	    (r->status == RECORDED_LISTED || r->status == RECORDED_ABSENT ||
	     r->status == RECORDED_ERROR))
		histogram_add(&l->latency, r->answer.took);
}

static void count_hit(const struct hit *hit, const struct recorded *r)
{
	struct list_figure *l = hit->list;
	int64_t without = (int64_t)r->score - hit->weight;

	l->hits++;
	l->allows = hit->weight < 0;
	if (r->scored &&
	    (r->score >= r->threshold) != (without >= r->threshold))
		l->decided++;
}

static void count_company(struct list_figures *f, const struct hit *hit,
			  size_t hits)
{
	for (size_t i = 0; i < hits; i++) {
		bool alone = true;

		for (size_t j = 0; j < hits; j++) {
			if (hit[j].list == hit[i].list ||
			    (hit[j].weight < 0) != (hit[i].weight < 0))
				continue;
			alone = false;
			hit[i].list->together[hit[j].list - f->list]++;
		}
		if (alone)
			hit[i].list->alone++;
	}
}

void list_figures_add(struct list_figures *f, const struct recorded *r)
{
	struct hit hit[DNS_QUESTIONS];
	size_t hits = 0;

	if (r->scored)
		f->scored++;
	for (size_t i = 0; i < r->lists; i++) {
		const struct recorded_list *from = &r->list[i];
		struct list_figure *l = find(f, from->name, i);

		if (!l) {
			f->others++;
			continue;
		}
		count_answer(l, from);
		if (from->status == RECORDED_LISTED && from->counted &&
		    from->weight != 0)
			hit[hits++] = (struct hit){ l, from->weight };
	}
	for (size_t i = 0; i < hits; i++)
		count_hit(&hit[i], r);
	count_company(f, hit, hits);
}

uint64_t list_figure_asked(const struct list_figure *l)
{
	uint64_t asked = 0;

	for (int s = 0; s < RECORDED_STATUSES; s++)
		if (s != RECORDED_MUTED)
			asked += l->status[s];
	return asked;
}

uint64_t list_figure_errors(const struct list_figure *l)
{
	return l->status[RECORDED_ERROR] + l->status[RECORDED_FAILED] +
	       l->status[RECORDED_PENDING];
}
