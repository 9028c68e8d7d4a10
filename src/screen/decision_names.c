#include "screen/decision.h"

const char *decision_verdict_name(enum decision_verdict verdict)
{
	static const char *const name[DECISION_VERDICTS] = {
		[DECISION_PASS] = "pass",	[DECISION_RETRY] = "retry",
		[DECISION_REFUSE] = "refuse",	[DECISION_DROP] = "drop",
		[DECISION_HANGUP] = "hangup",	[DECISION_LIMIT] = "limit",
		[DECISION_TROUBLE] = "trouble",
	};

	return name[verdict];
}

const char *decision_path_name(enum decision_path path)
{
	static const char *const name[DECISION_PATHS] = {
		[DECISION_BY_TESTS] = "tests",
		[DECISION_BY_ACCESS] = "access-list",
		[DECISION_BY_CACHE] = "cache",
		[DECISION_BY_SHARED] = "shared",
		[DECISION_BY_LIMIT] = "limit",
		[DECISION_BY_SETTINGS] = "settings",
	};

	return name[path];
}

const char *decision_source_name(enum peer_source source)
{
	switch (source) {
	case PEER_FROM_SOCKET:
		return "socket";
	case PEER_FROM_OPTION:
		return "option";
	case PEER_FROM_ENVIRONMENT:
		return "environment";
	case PEER_FROM_PROXY:
		return "proxy";
	}
	return "socket";
}

const char *decision_access_name(enum access access)
{
	switch (access) {
	case ACCESS_DUNNO:
		return "dunno";
	case ACCESS_PERMIT:
		return "permit";
	case ACCESS_REJECT:
		return "reject";
	}
	return "dunno";
}

const char *decision_action_name(enum action action)
{
	switch (action) {
	case ACTION_IGNORE:
		return "ignore";
	case ACTION_ENFORCE:
		return "enforce";
	case ACTION_DROP:
		return "drop";
	}
	return "ignore";
}

const char *decision_result_name(enum result result)
{
	switch (result) {
	case RESULT_NONE:
		return "none";
	case RESULT_PASSED:
		return "passed";
	case RESULT_FAILED:
		return "failed";
	}
	return "none";
}
