/* fuzz_settings.c - a whole settings file, and what it says of itself. */
#include "conf/conf.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const options[] = { "mail_name=$myhostname",
					"greet_ttl=$dnsbl_min_ttl" };
	struct conf_input input = { "x.conf", options, 2, "" };
	struct report report;
	struct arena arena;
	struct conf conf;
	struct conf_item item;
	unsigned lines = 0;

	if (arena_open(&arena, 4 << 20) < 0)
		return 0;
	report_init(&report, &arena);
	conf_load_text(&input, (struct span){ (const char *)data, size },
		       &arena, &report, &conf);
	assert(conf.myhostname && conf.greet_banner && conf.reject_footer);
	assert(conf.greet_wait > 0 && conf.ignored_ttl > 0);
	assert(conf.cache_ipv4_prefix >= 1 && conf.cache_ipv4_prefix <= 32);
	for (size_t i = 0; conf_item(&conf, i, &item); i++)
		assert(item.name && item.text && strlen(item.text) < 4 << 20);
	for (const struct report_line *l = report.first; l; l = l->next)
		lines += strlen(l->text) > 0;
	assert(lines <= report.errors + report.warnings + report.notes);
	arena_close(&arena);
	return 0;
}
