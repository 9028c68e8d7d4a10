#include "conf/cidr_files.h"

bool cidr_files_parse(struct span spec, struct span *ret)
{
	struct span name = span_skip(spec, SPAN("cidr:").len);

	if (!span_starts_with(spec, SPAN("cidr:")) || name.len == 0 ||
	    name.p[0] == '{')
		return false;
	*ret = name;
	return true;
}

static bool has(const struct cidr_files *t, struct span file)
{
	for (size_t i = 0; i < t->count; i++)
		if (span_equal(span_of(t->file[i]), file))
			return true;
	return false;
}

static bool add_all(struct cidr_files *t, struct span list, struct arena *arena)
{
	struct span item, file;

	while (span_next_item(&list, SPAN_LIST_SEPARATORS, &item)) {
		while (span_starts_with(item, SPAN("!")))
			item = span_skip(item, 1);
		if (!cidr_files_parse(item, &file) || has(t, file))
			continue;
		if (t->count == CIDR_FILES_MOST ||
		    !(t->file[t->count] = arena_text(arena, file)))
			return false;
		t->count++;
	}
	return true;
}

bool cidr_files_named(const struct conf *conf, struct arena *arena,
		      struct cidr_files *ret)
{
	const char *const lists[] = {
		conf->access_list,
		conf->mynetworks,
		conf->allowlist_interfaces,
		conf->upstream_proxy_networks,
		conf->discard_ehlo_keyword_address_maps,
	};

	*ret = (struct cidr_files){ 0 };
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!add_all(ret, span_of(lists[i]), arena))
			return false;
	return true;
}
