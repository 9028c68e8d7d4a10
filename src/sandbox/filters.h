/*
 * filters.h - seccomp filters, made when the programs are built.
 *
 * make_filters.c has the rules and writes the bytes with libseccomp, so that
 * no program carries that library or waits for it.
 */
#ifndef SCREEN_FILTERS_H
#define SCREEN_FILTERS_H

#include <linux/filter.h>

/* Who has refused or watched clients, or carries their bytes. */
extern const struct sock_filter filter_session[];
extern const unsigned short filter_session_length;

/* Who speaks TLS with them. */
extern const struct sock_filter filter_tls[];
extern const unsigned short filter_tls_length;

/* Who answers policy requests. */
extern const struct sock_filter filter_service[];
extern const unsigned short filter_service_length;

#endif
