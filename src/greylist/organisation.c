#include "greylist/organisation.h"

#include "net/hostname.h"

#include <libpsl.h>

/* A host name, and a NUL. */
#define NAME 256

static const psl_ctx_t *list(void)
{
	static psl_ctx_t *latest;

	if (!latest)
		latest = psl_latest(NULL);
	return latest ? latest : psl_builtin();
}

bool organisation_of(struct span name, struct sbuf *to)
{
	char memory[NAME];
	struct sbuf text = SBUF(memory);
	const char *domain;

	if (!hostname_valid(name) || span_find(name, '.') < 0)
		return false;
	for (size_t i = 0; i < name.len; i++)
		sbuf_add_char(&text, name.p[i] >= 'A' && name.p[i] <= 'Z'
					     ? (char)(name.p[i] - 'A' + 'a')
					     : name.p[i]);
	domain = psl_registrable_domain(list(), memory);
	if (!domain)
		return false;
	sbuf_add_text(to, domain);
	return true;
}
