#include "dns/test_points.h"

const struct test_point *test_point_of(const struct dnslist *list,
				       enum record_point p)
{
	return p == RECORD_MUST ? &list->positive : &list->negative;
}

static bool is_error(const struct dnslist *list, const struct test_point *point,
		     const struct dns_answer *answer, enum answer_tag *ret_tag)
{
	for (size_t i = 0; i < answer->count; i++)
		if (!answer_set_has(&point->answers, answer->address[i]) &&
		    dnslist_is_error(list, answer->address[i], ret_tag))
			return true;
	return false;
}

static bool is_expected(const struct test_point *point,
			const struct dns_answer *answer)
{
	if (point->answers.count == 0)
		return true;
	for (size_t i = 0; i < answer->count; i++)
		if (answer_set_has(&point->answers, answer->address[i]))
			return true;
	return false;
}

enum point_seen test_point_judge(const struct dnslist *list,
				 enum record_point p,
				 const struct dns_answer *answer, bool check,
				 enum answer_tag *ret_tag)
{
	const struct test_point *point = test_point_of(list, p);

	if (!point->exists)
		return POINT_NONE;
	switch (answer->status) {
	case DNS_PENDING:
	case DNS_FAILED:
		return POINT_FAILED;
	case DNS_ABSENT:
		return p == RECORD_MUST ? POINT_WRONG : POINT_RIGHT;
	case DNS_FOUND:
		break;
	}
	if (check && is_error(list, point, answer, ret_tag))
		return POINT_ERROR;
	if (p == RECORD_MUST_NOT)
		return POINT_WRONG;
	return is_expected(point, answer) ? POINT_RIGHT : POINT_WRONG;
}
