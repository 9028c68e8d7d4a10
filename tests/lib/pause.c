/* What the least of all processes costs that only waits. */
#include <unistd.h>

int main(void)
{
	return pause();
}
