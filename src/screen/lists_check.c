#include "screen/lists_check.h"

#include "dns/dnsbl_advice.h"
#include "screen/lists.h"

#include <sys/stat.h>

/* A key in a list's name must be where others cannot read it. */
static void check_secrecy(const struct origin *where, const struct dnsbl *lists,
			  struct report *report)
{
	const struct dnslist *keyed = NULL;
	struct stat st;

	for (size_t i = 0; i < lists->lists; i++)
		if (lists->list[i].known.keyed &&
		    !lists->list[i].known.placeholder)
			keyed = &lists->list[i].known;
	if (!keyed)
		return;
	if (!where->file)
		report_add(report, REPORT_WARNING, where,
			   "the key of %s is on a command line, which "
			   "everybody can see; put it into a file",
			   keyed->name);
	else if (stat(where->file, &st) == 0 && st.st_mode & S_IROTH)
		report_add(report, REPORT_WARNING, where,
			   "everybody can read the key of %s: chmod 640, and "
			   "chgrp to the group that smtp-screen runs as",
			   keyed->name);
}

void lists_check(const struct conf *conf, struct arena *arena,
		 struct report *report)
{
	struct dnsbl_advice advice = {
		.check = conf->dns_answer_check,
		.allowlist_threshold = conf->dnsbl_allowlist_threshold,
		.report = report,
		.sites = conf_origin(conf, "postscreen_dnsbl_sites"),
		.resolvers = conf_origin(conf, "dns_servers"),
	};
	struct lists lists;

	if (!lists_open(&lists, conf, true, arena, report))
		return;
	advice.lists = &lists.sites;
	advice.known = lists.data;
	advice.servers = &lists.servers;
	dnsbl_advise(&advice);
	check_secrecy(&advice.sites, &lists.sites, report);
}
