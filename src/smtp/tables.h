/* tables.h - what the engine reads at start: engine_tables_open in engine.h. */
#ifndef SCREEN_TABLES_H
#define SCREEN_TABLES_H

#include "smtp/engine.h"
#include "smtp/forbidden.h"
#include "smtp/maps.h"

struct engine_tables {
	struct maps footer_maps;
	struct maps discard_maps;
	struct maps command_filter; /* none or one */
	const struct forbidden *forbidden;
	unsigned discard; /* discard_ehlo_keywords: ehlo.h */
};

#endif
