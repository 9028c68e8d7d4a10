/*
 * A PROXY header: nothing beyond its end is looked at, and what is too short
 * is never called wrong in one read and right in the next.
 */
#include "net/proxy_header.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_whole(enum proxy_header_status status)
{
	return status == PROXY_HEADER_CLIENT || status == PROXY_HEADER_NOBODY;
}

/* The first LEN bytes alone, where a look too far is noticed. */
static enum proxy_header_status parse_start(const uint8_t *data, size_t len,
					    struct proxy_header *ret)
{
	char *alone = malloc(len + 1);
	enum proxy_header_status status;
	const char *why = NULL;

	if (!alone)
		abort();
	memcpy(alone, data, len);
	alone = realloc(alone, len > 0 ? len : 1);
	status = proxy_header_parse((struct span){ alone, len }, ret, &why);
	assert(is_whole(status) == (why == NULL));
	free(alone);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header whole = { 0 }, start;
	enum proxy_header_status status = parse_start(data, size, &whole);

	assert(status != PROXY_HEADER_PART || size < PROXY_HEADER_MAX);
	if (!is_whole(status))
		return 0;
	assert(whole.len > 0 && whole.len <= size &&
	       whole.len <= PROXY_HEADER_MAX);
	/* the same without what stands behind it, and not a byte earlier */
	assert(parse_start(data, whole.len, &start) == status);
	assert(start.len == whole.len &&
	       memcmp(&start.client, &whole.client, sizeof(start.client)) == 0);
	assert(parse_start(data, whole.len - 1, &start) == PROXY_HEADER_PART);
	return 0;
}
