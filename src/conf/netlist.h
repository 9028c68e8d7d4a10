/*
 * netlist.h - a list of addresses and networks, in the order written.
 *
 * The grammar of mynetworks and allowlist_interfaces: patterns separated by
 * comma or white space, each an address, a network, "/file" whose contents
 * take its place, or "type:table"; "!" in front decides "no match". The first
 * pattern that matches decides. IPv6 stands in brackets.
 */
#ifndef SCREEN_NETLIST_H
#define SCREEN_NETLIST_H

#include "conf/report.h"
#include "net/address.h"

struct netlist;

/*
 * Parse TEXT into ARENA. Mistakes in TEXT, and files that include each other
 * without end, go to REPORT as errors at WHERE; what is wrong with a file or
 * a table is a warning, for they change while mail flows. A pattern with a
 * mistake matches nothing. NULL only when the arena is full.
 */
struct netlist *netlist_open(const char *text, struct arena *arena,
			     struct report *report, const struct origin *where);

/*
 * 1 when WHO matches, 0 when not, or a negative errno with a reason added to
 * WARNING when a pattern could not be asked before one decided.
 */
int netlist_find(const struct netlist *list, const struct address *who,
		 struct sbuf *warning);

#endif
