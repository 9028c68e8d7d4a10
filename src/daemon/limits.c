#include "daemon/limits.h"

static bool exceeds(unsigned have, int most)
{
	return most > 0 && have > (unsigned)most;
}

enum limit limit_at_connect(const struct conf *conf, const struct load *load)
{
	if (exceeds(load->this_minute, conf->client_connection_rate_limit))
		return LIMIT_RATE;
	if (exceeds(load->from_network, conf->client_connection_count_limit))
		return LIMIT_CLIENT;
	if (load->in_transit >= (unsigned)conf->post_queue_limit)
		return LIMIT_SMTPD;
	return LIMIT_NONE;
}

enum limit limit_at_tests(const struct conf *conf, const struct load *load)
{
	unsigned screened = load->open - load->in_transit;

	return screened >= (unsigned)conf->pre_queue_limit ? LIMIT_SCREEN
							   : LIMIT_NONE;
}

const char *limit_reply(enum limit limit)
{
	switch (limit) {
	case LIMIT_NONE:
		break;
	case LIMIT_RATE:
		return "421 4.7.0 Error: too many connections per minute";
	case LIMIT_CLIENT:
		return "421 4.7.0 Error: too many connections";
	case LIMIT_SMTPD:
		return "421 4.3.2 All server ports are busy";
	case LIMIT_SCREEN:
		return "421 4.3.2 All screening ports are busy";
	}
	return "";
}

struct limit_words limit_words(enum limit limit)
{
	switch (limit) {
	case LIMIT_NONE:
		break;
	case LIMIT_RATE:
		return (struct limit_words){ "NOQUEUE: reject: CONNECT from",
					     "too many connections per "
					     "minute" };
	case LIMIT_CLIENT:
		return (struct limit_words){ "NOQUEUE: reject: CONNECT from",
					     "too many connections" };
	case LIMIT_SMTPD:
		return (struct limit_words){ "NOQUEUE: reject: CONNECT from",
					     "all server ports busy" };
	case LIMIT_SCREEN: /* postscreen's words, odd as they are */
		return (struct limit_words){ "reject: connect from",
					     "all screening ports busy" };
	}
	return (struct limit_words){ "", "" };
}

bool limit_stress(bool stress, const struct conf *conf, unsigned open)
{
	int64_t limit = conf->pre_queue_limit;

	return open >= limit * 9 / 10 || (stress && open > limit * 7 / 10);
}
