#include "screen/refusal.h"

static const char *code_of(enum refusal when, bool in_doubt)
{
	switch (when) {
	case REFUSAL_AT_ONCE:
		return in_doubt ? "421" : "521";
	case REFUSAL_AT_RCPT:
		break;
	}
	return in_doubt ? "450" : "550";
}

void refusal_format(enum failure failure, enum refusal when,
		    const struct facts *facts, const struct address *client,
		    const char *list, struct sbuf *to)
{
	const char *code =
		code_of(when, failure == FAILURE_DNSBL && facts->dnsbl_doubt);

	switch (failure) {
	case FAILURE_DENYLIST:
		sbuf_addf(to, "%s %c.3.2 Service currently unavailable", code,
			  code[0]);
		break;
	case FAILURE_DNSBL:
		sbuf_addf(to, "%s %c.7.1 Service unavailable; client [", code,
			  code[0]);
		address_format(client, to);
		sbuf_addf(to, "] blocked using %s", list);
		break;
	case FAILURE_PREGREET:
	case FAILURE_DEEP:
		sbuf_addf(to, "%s %c.5.1 Protocol error", code, code[0]);
		break;
	case FAILURE_NONE:
		sbuf_add_text(to, "450 4.3.2 Service currently unavailable");
		break;
	}
}
