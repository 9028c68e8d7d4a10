/*
 * smtp-screenctl - the operator's tool: the cache, and what would happen.
 */
#include "base/fdio.h"
#include "ctl/ctl.h"

#include <sysexits.h>

int main(int argc, char **argv)
{
	if (fdio_fill_standard() < 0)
		return EX_OSERR;
	return ctl_main(argc, argv);
}
