#include "triplet/store.h"

void store_path(const char *folder, struct sbuf *to)
{
	sbuf_addf(to, "%s/greylist.gdbm", folder);
}

void store_key_path(const char *folder, const char *file, struct sbuf *to)
{
	if (file)
		sbuf_add_text(to, file);
	else
		sbuf_addf(to, "%s/privacy.key", folder);
}
