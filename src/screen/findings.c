#include "screen/findings.h"

void findings_leave(struct state *state, const struct facts *facts,
		    const struct address *who, int64_t now)
{
	const struct recent_found f = {
		.scored = facts->result[TEST_DNSBL] != RESULT_NONE,
		.greeted = facts->result[TEST_PREGREET] != RESULT_NONE,
		.found = {
			.score = facts->dnsbl_score,
			.pregreet = facts->result[TEST_PREGREET] ==
				    RESULT_FAILED,
		},
	};

	char memory[ADDRESS_TEXT + 8];
	struct sbuf key = SBUF(memory);

	cache_key(who, RECENT_IPV4_PREFIX, RECENT_IPV6_PREFIX, &key);
	if (f.scored || f.greeted)
		state_found(state, memory, &f, now);
}
