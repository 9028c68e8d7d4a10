/*
 * dnsbl_advice.h - what to think of the DNS lists that the settings name.
 *
 * For --check-config: nothing here is a mistake that keeps mail away, and no
 * connection asks for it. Lists are spoken of by the names for others.
 */
#ifndef SCREEN_DNSBL_ADVICE_H
#define SCREEN_DNSBL_ADVICE_H

#include "dns/dnsbl.h"

struct dnsbl_advice {
	const struct dnsbl *lists;
	const struct dnslists *known;
	const struct resolvers *servers;
	bool check;		 /* dns_answer_check */
	int allowlist_threshold; /* below 0: in use */
	struct report *report;
	struct origin sites, resolvers; /* the settings */
};

/*
 * Add to the report, as notes, which answers each site counts; as warnings,
 * lists that are closed or unfit, keys that are missing, filters that let
 * errors through or nothing at all, what is counted twice, allowlists whose
 * word alone lets a client skip all tests, and resolvers that lists refuse.
 */
void dnsbl_advise(const struct dnsbl_advice *a);

#endif
