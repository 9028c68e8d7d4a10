/* probe - say on standard output what a super-server or we left an smtpd. */
#include "probe.h"

int main(int argc, char **argv)
{
	return probe(argc, argv);
}
