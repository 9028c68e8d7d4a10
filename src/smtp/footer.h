/*
 * footer.h - the template behind refusals, and what its variables stand for.
 *
 * main.cf's forms, as conf/expand.h has them. The names are client_address,
 * client_port, localtime, server_name and our decision_id. Bytes of a value
 * that expansion_filter does not allow become "_".
 */
#ifndef SCREEN_FOOTER_H
#define SCREEN_FOOTER_H

#include "smtp/reply.h"

/* The longest footer, expanded. */
#define FOOTER_SIZE 4096

/*
 * Add TEMPLATE as it reads at wall time NOW to TO. False when it is not
 * understood or does not fit; TO is of no use then. What the operator should
 * know is added to WARNING: this, and unknown names, which stand for nothing.
 */
bool footer_expand(const struct reply_form *form, struct span template,
		   int64_t now, struct sbuf *to, struct sbuf *warning);

/* Is TEMPLATE without fault? If not, WARNING says what is wrong. */
bool footer_check(const struct reply_form *form, struct span template,
		  struct sbuf *warning);

#endif
