/*
 * dnslists.conf(5), as an administrator or a package may have left it: the name
 * of a list and a line feed, then the file. Whatever stands there, a connection
 * that reads what it needs knows of that list what a full reading knows.
 */
#include "dns/dnslists_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_text(const char *a, const char *b)
{
	assert((!a && !b) || (a && b && strcmp(a, b) == 0));
}

static void same_point(const struct test_point *a, const struct test_point *b)
{
	assert(a->exists == b->exists);
	assert(!a->exists || address_equal(&a->address, &b->address));
	same_text(a->answers.text, b->answers.text);
}

static void same(const struct dnslist *a, const struct dnslist *b)
{
	assert(strcmp(a->name, b->name) == 0);
	assert(a->state == b->state && a->keyed == b->keyed &&
	       a->placeholder == b->placeholder &&
	       a->lacks_key == b->lacks_key && a->kind == b->kind &&
	       a->refused == b->refused && a->errors == b->errors);
	same_text(a->codes.text, b->codes.text);
	same_text(a->permit.text, b->permit.text);
	same_point(&a->positive, &b->positive);
	same_point(&a->negative, &b->negative);
	same_text(a->terms, b->terms);
	same_text(a->url, b->url);
	same_text(a->since, b->since);
	same_text(a->use, b->use);
}

/* Both must agree on each answer; and what is outside 127/8 is a listing only
 * if the file says so. */
static void check_answers(const struct dnslist *a, const struct dnslist *b)
{
	static const unsigned char answer[][4] = {
		{ 127, 0, 0, 1 }, { 127, 0, 0, 2 },	  { 127, 0, 10, 3 },
		{ 192, 0, 2, 1 }, { 127, 255, 255, 254 }, { 0, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(answer) / sizeof(answer[0]); i++) {
		enum answer_tag of_a = ANSWER_TAGS, of_b = ANSWER_TAGS;
		bool error = dnslist_is_error(a, answer[i], &of_a);

		assert(error == dnslist_is_error(b, answer[i], &of_b));
		assert(of_a == of_b && error == (of_a != ANSWER_TAGS));
		assert(error || answer[i][0] == 127 ||
		       answer_set_has(&a->permit, answer[i]));
	}
}

static void read_both(const char *text, struct span domain, const char *sites,
		      struct arena *arena)
{
	struct dnslists all, few;
	struct dnslist of_all, of_few;
	char memory[300];
	struct sbuf shown = SBUF(memory);
	struct report report;
	bool good;

	report_init(&report, arena);
	good = dnslists_file_parse(text, NULL, arena, &report, &all);
	assert(report.errors == 0);
	assert(dnslists_file_parse(text, sites, arena, &report, &few) == good);
	if (!good)
		return;
	dnslists_find(&all, domain, &of_all);
	dnslists_find(&few, domain, &of_few);
	same(&of_all, &of_few);
	check_answers(&of_all, &of_few);
	dnslists_mask(&all, domain, &shown);
	dnslists_within(&all, of_all.name, "b.example");
	dnslists_resolver(&all, &of_all.positive.address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	char sites[300];
	struct sbuf b = SBUF(sites);
	struct span domain;
	struct arena arena;
	char *text;

	if (!end || end - data > 200 || arena_open(&arena, 8 << 20) < 0)
		return 0;
	domain = (struct span){ (const char *)data, (size_t)(end - data) };
	sbuf_add(&b, domain);
	text = strndup((const char *)end + 1, size - domain.len - 1);
	/* a name that is none is never looked for */
	if (text && domain.len > 0 && strpbrk(sites, "=*{} \t\r,") == NULL &&
	    strlen(sites) == domain.len)
		read_both(text, domain, sites, &arena);
	free(text);
	arena_close(&arena);
	return 0;
}
