/*
 * triplet.h - under which names a client, its sender and its recipient are
 * remembered.
 *
 * A triplet is "NET/SENDER/RECIPIENT" in lower case: variants of one sender
 * (BATV tags, extensions, numbers of mailing lists) share it, and so do the
 * clients of one network. A client is its whole address.
 *
 * With privacy both are pseudonyms (base/pseudonym.h). Who has the file but not
 * the key learns no address from it, not even by trying all of them; nobody
 * can make two triplets one.
 */
#ifndef SCREEN_TRIPLET_H
#define SCREEN_TRIPLET_H

#include "base/pseudonym.h"
#include "base/sbuf.h"
#include "net/address.h"

/* Sender and recipient may be this long together. */
#define TRIPLET_MAILBOXES 16384

/* The longest name. */
#define TRIPLET_TEXT (TRIPLET_MAILBOXES + ADDRESS_TEXT + 8)

struct triplet_rules {
	unsigned ipv4_prefix, ipv6_prefix;
	bool whole_address; /* the client's, whatever the prefixes say */
	bool privacy;
	unsigned char secret[PSEUDONYM_SECRET];
};

/* Write the name of the triplet, or of the client, to TO. */
void triplet_name(const struct triplet_rules *rules, const struct address *who,
		  struct span sender, struct span recipient, struct sbuf *to);
/* The same for all clients of POOL, a domain: "pool:POOL/SENDER/RECIPIENT". */
void triplet_pool_name(const struct triplet_rules *rules, struct span pool,
		       struct span sender, struct span recipient,
		       struct sbuf *to);

void triplet_client_name(const struct triplet_rules *rules,
			 const struct address *who, struct sbuf *to);

/*
 * What stands in the place of the name CLEAR with privacy, whatever RULES say
 * of that. CLEAR may be what TO holds.
 */
#define TRIPLET_HIDDEN 34

void triplet_hide(const struct triplet_rules *rules, bool is_client,
		  struct span clear, struct sbuf *to);

/*
 * SENDER as it stands in a triplet, but for the case. Delivery variants of one
 * sender become one: "prvs=TAG=" goes, "+extension" goes, and numbers between
 * other signs become "#".
 */
void triplet_sender(struct span sender, struct sbuf *to);

#endif
