/*
 * test_points.h - what a list answered at its test points, as health.h takes
 * it.
 *
 * RFC 5782, section 5: 127.0.0.2 must be listed, 127.0.0.1 must not, unless
 * dnslists.conf(5) knows better.
 */
#ifndef SCREEN_TEST_POINTS_H
#define SCREEN_TEST_POINTS_H

#include "dns/dnsclient.h"
#include "dns/dnslists.h"
#include "dns/health.h"

/* The point P of LIST. */
const struct test_point *test_point_of(const struct dnslist *list,
				       enum record_point p);

/*
 * What ANSWER at the point P shows. With CHECK an error of the list is one
 * (its tag goes to *RET_TAG); without, it would be a listing to clients, and
 * is one here.
 */
enum point_seen test_point_judge(const struct dnslist *list,
				 enum record_point p,
				 const struct dns_answer *answer, bool check,
				 enum answer_tag *ret_tag);

#endif
