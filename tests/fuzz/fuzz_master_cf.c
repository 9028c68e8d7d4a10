/*
 * fuzz_master_cf.c - a master.cf as import-postfix reads it.
 *
 * Whatever it says, services have their columns, in the order of their lines,
 * and settings end.
 */
#include "as_file.h"
#include "conf/master_cf.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size }, setting;
	struct master_service *s = NULL;
	struct report report;
	struct arena arena;
	struct as_file file;
	unsigned line = 0;

	if (arena_open(&arena, 1 << 20) < 0)
		return 0;
	report_init(&report, &arena);
	as_file_open(&file, text);
	if (master_cf_read(file.path, &arena, &report, &s) < 0)
		s = NULL;
	for (; s; s = s->next) {
		struct span arguments = s->arguments;
		size_t settings = 0;

		assert(s->line > line);
		line = s->line;
		for (int i = 0; i < MASTER_COLUMNS; i++)
			assert(s->column[i].len > 0);
		while (master_cf_next_setting(&arguments, &setting))
			assert(++settings <= s->arguments.len);
	}
	close(file.fd);
	arena_close(&arena);
	return 0;
}
