/*
 * settings.c - print what the code knows of each parameter, for the test that
 * compares manuals and sample file with it. A line each, fields separated by
 * tabs: name, "short" when it may be written without its prefix (else "-"),
 * "used" or "feeds" (other defaults only), kind, unit of a time (else "-"),
 * least, most, default ("-" before it tells that it is found at run time).
 */
#include "conf/conf.h"
#include "conf/parameters.h"

#include <stdio.h>
#include <string.h>

static const char *kind_name(enum parameter_kind kind)
{
	switch (kind) {
	case KIND_TEXT:
		return "text";
	case KIND_HOSTNAME:
		return "hostname";
	case KIND_BOOL:
		return "bool";
	case KIND_NUMBER:
		return "number";
	case KIND_LARGE:
		return "large";
	case KIND_TIME:
		return "time";
	case KIND_ACTION:
		return "action";
	case KIND_TLS_LEVEL:
		return "tls-level";
	case KIND_EXEC_SOURCE:
		return "exec-source";
	case KIND_DEEP_MODE:
		return "deep-mode";
	case KIND_TRIPWIRE:
		return "tripwire";
	case KIND_PRIVACY:
		return "privacy";
	case KIND_SANDBOX:
		return "sandbox";
	}
	return "?";
}

/* May NAME be written without its prefix? */
static bool has_short_name(const struct parameter *p)
{
	size_t prefix = strlen(PARAMETER_PREFIX);

	return strncmp(p->name, PARAMETER_PREFIX, prefix) == 0 &&
	       parameter_find(span_of(p->name + prefix)) == p;
}

int main(void)
{
	for (size_t i = 0; i < parameter_count; i++) {
		const struct parameter *p = &parameters[i];

		printf("%s\t%s\t%s\t%s\t%c\t%d\t%d\t%s\n", p->name,
		       has_short_name(p) ? "short" : "-",
		       p->place == PARAMETER_NOWHERE ? "feeds" : "used",
		       kind_name((enum parameter_kind)p->kind),
		       p->unit ? p->unit : '-', p->least, p->most,
		       p->standard ? p->standard : "-");
	}
	return 0;
}
