#include "conf/compare.h"

#include "base/number.h"

int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int compare_texts(struct span a, struct span b)
{
	uint64_t x, y;

	if (number_parse(a, UINT64_MAX, &x) && number_parse(b, UINT64_MAX, &y))
		return compare_numbers(x, y);
	return span_compare(a, b);
}

bool compare_level(struct span text, uint64_t *ret)
{
	uint64_t level = 0, part;
	unsigned parts = 0;
	struct span piece;

	for (;; parts++) {
		bool more = span_cut(text, '.', &piece, &text);

		if (parts == 3 ||
		    !number_parse(more ? piece : text, 999, &part))
			return false;
		level = level * 1000 + part;
		if (!more)
			break;
	}
	while (++parts < 3)
		level *= 1000;
	*ret = level;
	return true;
}

bool compare_holds(struct span operator, int order, bool *ret)
{
	if (span_equal(operator, SPAN("==")))
		*ret = order == 0;
	else if (span_equal(operator, SPAN("!=")))
		*ret = order != 0;
	else if (span_equal(operator, SPAN("<")))
		*ret = order < 0;
	else if (span_equal(operator, SPAN("<=")))
		*ret = order <= 0;
	else if (span_equal(operator, SPAN(">")))
		*ret = order > 0;
	else if (span_equal(operator, SPAN(">=")))
		*ret = order >= 0;
	else
		return false;
	return true;
}
