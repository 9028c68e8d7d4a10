/*
 * netdb_stubs.c - what libldns.a wants of the C library's name services, in a
 * program linked whole.
 *
 * ldns names protocols and ports when it prints WKS records, which we never
 * ask for. The C library's own functions would load NSS modules at run time,
 * which a static program cannot do safely. Left out where libc is shared.
 */
#include "dns/stub.h"

/* clang-format off */
STUB(endprotoent)
STUB(endservent)
STUB(getprotobyname)
STUB(getprotobynumber)
STUB(getservbyname)
STUB(getservbyport)
