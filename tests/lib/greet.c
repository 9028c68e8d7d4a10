/* greet - an smtpd that greets and leaves: the same end for every contender. */
#include <unistd.h>

int main(void)
{
	return write(1, "220 bench\r\n", 11) == 11 ? 0 : 1;
}
