/* signals.c - see signals.h. */
#include "base/signals.h"

void signals_of_service(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGCHLD);
	sigaddset(ret, SIGHUP);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
}

void signals_hold(void)
{
	sigset_t ours;

	signals_of_service(&ours);
	sigprocmask(SIG_BLOCK, &ours, NULL);
}
