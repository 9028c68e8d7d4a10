/*
 * netdb_stubs.c - what a static smtp-screen answers libldns.a instead of the
 * C library's name services.
 *
 * ldns names protocols and ports when it prints WKS records, which we never
 * ask for. The C library's own functions would load NSS modules at run time,
 * which a static program cannot do safely; so nothing of the kind is linked,
 * and reaching one of these is a bug that must not go unnoticed.
 */
#include <netdb.h>
#include <stdlib.h>

struct servent *getservbyname(const char *name, const char *protocol)
{
	(void)name;
	(void)protocol;
	abort();
}

struct servent *getservbyport(int port, const char *protocol)
{
	(void)port;
	(void)protocol;
	abort();
}

struct protoent *getprotobyname(const char *name)
{
	(void)name;
	abort();
}

struct protoent *getprotobynumber(int number)
{
	(void)number;
	abort();
}

void endservent(void)
{
	abort();
}

void endprotoent(void)
{
	abort();
}
