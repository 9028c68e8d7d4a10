#include "conf/value.h"

#include "base/number.h"
#include "conf/conf.h"
#include "net/hostname.h"

/* A word and what it means to an enumeration. */
struct word {
	const char *word;
	int value;
};

static const struct word actions[] = {
	{ "ignore", ACTION_IGNORE },
	{ "enforce", ACTION_ENFORCE },
	{ "drop", ACTION_DROP },
	{ "continue", ACTION_IGNORE }, /* postscreen's first name for it */
	{ NULL, 0 },
};

static const struct word tls_levels[] = {
	{ "", TLS_NONE },	    { "none", TLS_NONE }, { "may", TLS_MAY },
	{ "encrypt", TLS_ENCRYPT }, { NULL, 0 },
};

/* They ask for certificates, which postscreen does not look at either. */
static const struct word strict_tls_levels[] = {
	{ "fingerprint", TLS_ENCRYPT },
	{ "verify", TLS_ENCRYPT },
	{ "secure", TLS_ENCRYPT },
	{ NULL, 0 },
};

static const struct word exec_sources[] = {
	{ "", EXEC_ADDRESS_UNSET },
	{ "unset", EXEC_ADDRESS_UNSET },
	{ "environment", EXEC_ADDRESS_ENVIRONMENT },
	{ "arguments", EXEC_ADDRESS_ARGUMENTS },
	{ NULL, 0 },
};

static const struct word deep_modes[] = {
	{ "reconnect", DEEP_RECONNECT },
	{ "inline", DEEP_INLINE },
	{ NULL, 0 },
};

static const struct word tripwires[] = {
	{ "warn", TRIPWIRE_WARN },
	{ "mute", TRIPWIRE_MUTE },
	{ "no", TRIPWIRE_NO },
	{ NULL, 0 },
};

static const struct word privacies[] = {
	{ "none", PRIVACY_NONE },
	{ "network", PRIVACY_NETWORK },
	{ "hmac", PRIVACY_HMAC },
	{ NULL, 0 },
};

static const struct word sandboxes[] = {
	{ "yes", SANDBOX_YES },
	{ "try", SANDBOX_TRY },
	{ "no", SANDBOX_NO },
	{ NULL, 0 },
};

static const struct word switches[] = {
	{ "yes", true },
	{ "no", false },
	{ NULL, 0 },
};

static bool find_word(const struct word *words, struct span text, int *ret)
{
	for (; words->word; words++)
		if (span_equal_nocase(text, span_of(words->word))) {
			*ret = words->value;
			return true;
		}
	return false;
}

/* Seconds in UNIT, or 0. */
static int64_t seconds_in(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 604800;
	default:
		return 0;
	}
}

static enum value parse_time(const struct parameter *p, struct span text,
			     int64_t *ret)
{
	struct span digits = text;
	char unit = p->unit;
	uint64_t count;

	for (digits.len = 0; digits.len < text.len; digits.len++)
		if (text.p[digits.len] < '0' || text.p[digits.len] > '9')
			break;
	text = span_skip(text, digits.len);
	if (text.len > 0)
		unit = text.p[0];
	if (seconds_in(unit) == 0 ||
	    !number_parse(digits, (uint64_t)(INT32_MAX / seconds_in(unit)),
			  &count) ||
	    (int64_t)count * seconds_in(unit) < p->least)
		return VALUE_BAD;
	*ret = (int64_t)count * seconds_in(unit);
	return text.len > 1 ? VALUE_DOUBTFUL : VALUE_GOOD;
}

static bool parse_number(const struct parameter *p, struct span text, int *ret)
{
	int number;

	if (!number_parse_int(text, &number) || number < p->least ||
	    number > p->most)
		return false;
	*ret = number;
	return true;
}

static bool parse_large(const struct parameter *p, struct span text,
			int64_t *ret)
{
	uint64_t number;

	if (!number_parse(text, INT64_MAX, &number) ||
	    (int64_t)number < p->least)
		return false;
	*ret = (int64_t)number;
	return true;
}

static bool text_is_good(const struct parameter *p, struct span text)
{
	if (p->kind == KIND_HOSTNAME)
		return hostname_valid(text);
	return text.len > 0 || !(p->flags & PARAMETER_NEEDED);
}

enum value value_parse(const struct parameter *p, const char *text, void *place)
{
	struct span s = span_of(text);
	enum value result = VALUE_GOOD;
	bool good = false;
	int n = 0;

	switch ((enum parameter_kind)p->kind) {
	case KIND_TEXT:
	case KIND_HOSTNAME:
		good = text_is_good(p, s);
		if (good)
			*(const char **)place = text;
		break;
	case KIND_BOOL:
		good = find_word(switches, s, &n);
		if (good)
			*(bool *)place = n;
		break;
	case KIND_NUMBER:
		good = parse_number(p, s, place);
		break;
	case KIND_LARGE:
		good = parse_large(p, s, place);
		break;
	case KIND_TIME:
		return parse_time(p, s, place);
	case KIND_ACTION:
		good = find_word(actions, s, &n);
		if (good)
			*(enum action *)place = (enum action)n;
		break;
	case KIND_TLS_LEVEL:
		good = find_word(tls_levels, s, &n);
		if (!good && find_word(strict_tls_levels, s, &n)) {
			good = true;
			result = VALUE_DOUBTFUL;
		}
		if (good)
			*(enum tls_level *)place = (enum tls_level)n;
		break;
	case KIND_EXEC_SOURCE:
		good = find_word(exec_sources, s, &n);
		if (good)
			*(enum exec_address *)place = (enum exec_address)n;
		break;
	case KIND_DEEP_MODE:
		good = find_word(deep_modes, s, &n);
		if (good)
			*(enum deep_mode *)place = (enum deep_mode)n;
		break;
	case KIND_TRIPWIRE:
		good = find_word(tripwires, s, &n);
		if (good)
			*(enum tripwire *)place = (enum tripwire)n;
		break;
	case KIND_PRIVACY:
		good = find_word(privacies, s, &n);
		if (good)
			*(enum privacy *)place = (enum privacy)n;
		break;
	case KIND_SANDBOX:
		good = find_word(sandboxes, s, &n);
		if (good)
			*(enum sandbox *)place = (enum sandbox)n;
		break;
	}
	return good ? result : VALUE_BAD;
}

void value_clear(const struct parameter *p, void *place)
{
	switch ((enum parameter_kind)p->kind) {
	case KIND_TEXT:
		*(const char **)place = "";
		break;
	case KIND_HOSTNAME:
		*(const char **)place = "localhost";
		break;
	case KIND_BOOL:
		*(bool *)place = false;
		break;
	case KIND_NUMBER:
		*(int *)place = p->least > 0 ? p->least : 0;
		break;
	case KIND_LARGE:
	case KIND_TIME:
		*(int64_t *)place = p->least;
		break;
	case KIND_ACTION:
		*(enum action *)place = ACTION_IGNORE;
		break;
	case KIND_TLS_LEVEL:
		*(enum tls_level *)place = TLS_NONE;
		break;
	case KIND_EXEC_SOURCE:
		*(enum exec_address *)place = EXEC_ADDRESS_UNSET;
		break;
	case KIND_DEEP_MODE:
		*(enum deep_mode *)place = DEEP_RECONNECT;
		break;
	case KIND_TRIPWIRE:
		*(enum tripwire *)place = TRIPWIRE_WARN;
		break;
	case KIND_PRIVACY:
		*(enum privacy *)place = PRIVACY_NONE;
		break;
	case KIND_SANDBOX:
		*(enum sandbox *)place = SANDBOX_TRY;
		break;
	}
}

static void expected_number(const struct parameter *p, struct sbuf *to)
{
	sbuf_add_text(to, "a whole number");
	if (p->most > 0 && p->most < INT32_MAX)
		sbuf_addf(to, " from %d to %d", p->least, p->most);
	else if (p->least != INT32_MIN)
		sbuf_addf(to, ", at least %d", p->least);
}

static void expected_time(const struct parameter *p, struct sbuf *to)
{
	sbuf_addf(to,
		  "a number and one of s, m, h, d, w (none means %c), "
		  "at least %ds",
		  p->unit, p->least);
}

void value_expected(const struct parameter *p, struct sbuf *to)
{
	switch ((enum parameter_kind)p->kind) {
	case KIND_TEXT:
		sbuf_add_text(to, "some text");
		break;
	case KIND_HOSTNAME:
		sbuf_add_text(to, "a host name such as mail.example.com");
		break;
	case KIND_BOOL:
		sbuf_add_text(to, "yes or no");
		break;
	case KIND_NUMBER:
	case KIND_LARGE:
		expected_number(p, to);
		break;
	case KIND_TIME:
		expected_time(p, to);
		break;
	case KIND_ACTION:
		sbuf_add_text(to, "ignore, enforce or drop");
		break;
	case KIND_TLS_LEVEL:
		sbuf_add_text(to, "none, may or encrypt");
		break;
	case KIND_EXEC_SOURCE:
		sbuf_add_text(to, "unset, environment or arguments");
		break;
	case KIND_DEEP_MODE:
		sbuf_add_text(to, "reconnect or inline");
		break;
	case KIND_TRIPWIRE:
		sbuf_add_text(to, "warn, mute or no");
		break;
	case KIND_PRIVACY:
		sbuf_add_text(to, "none, network or hmac");
		break;
	case KIND_SANDBOX:
		sbuf_add_text(to, "yes, try or no");
		break;
	}
}

const char *value_doubt(const struct parameter *p)
{
	if (p->kind == KIND_TLS_LEVEL)
		return "means the same as encrypt here: clients' certificates "
		       "are not looked at";
	return "only the first letter behind the number counts";
}
