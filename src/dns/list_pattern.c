#include "dns/list_pattern.h"

#include "net/hostname.h"

bool list_pattern_parse(struct span text, struct list_pattern *ret)
{
	struct list_pattern p = { .zone = text, .form = PATTERN_EXACT };

	if (span_starts_with(text, SPAN("."))) {
		p.form = PATTERN_BELOW;
		p.zone = span_skip(text, 1);
	} else if (span_starts_with(text, SPAN("KEY."))) {
		p.form = PATTERN_KEYED;
		p.zone = span_skip(text, 4);
	}
	if (!hostname_valid(p.zone))
		return false;
	*ret = p;
	return true;
}

static bool ends_with(struct span s, struct span end)
{
	return s.len >= end.len &&
	       span_equal_nocase(span_skip(s, s.len - end.len), end);
}

bool list_pattern_front(const struct list_pattern *p, struct span domain,
			struct span *ret)
{
	struct span zone = p->zone;

	if (domain.len <= zone.len + 1 || !ends_with(domain, zone) ||
	    domain.p[domain.len - zone.len - 1] != '.')
		return false;
	*ret = (struct span){ domain.p, domain.len - zone.len - 1 };
	return true;
}

bool list_pattern_fits(const struct list_pattern *p, struct span domain)
{
	struct span front;

	if (span_equal_nocase(domain, p->zone))
		return true;
	if (p->form == PATTERN_EXACT || !list_pattern_front(p, domain, &front))
		return false;
	return p->form == PATTERN_BELOW || span_find(front, '.') < 0;
}

bool list_pattern_is_closer(const struct list_pattern *a,
			    const struct list_pattern *b)
{
	if (a->form != b->form)
		return a->form > b->form;
	return a->zone.len > b->zone.len;
}
