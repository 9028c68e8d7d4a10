#include "base/guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>

static struct {
	uintptr_t from;
	size_t size;
	sigjmp_buf back;
} self;

static void fell(int number, siginfo_t *info, void *machine)
{
	(void)machine;
	if ((uintptr_t)info->si_addr - self.from < self.size)
		siglongjmp(self.back, 1);
	/* not ours: let it happen again, with nobody to catch it */
	signal(number, SIG_DFL);
}

/* Apart, so that no variable of the caller's is lost by the jump. */
static bool survives(void (*work)(void *context), void *context)
{
	if (sigsetjmp(self.back, 0) != 0)
		return false;
	work(context);
	return true;
}

bool guard_run(const void *memory, size_t size, void (*work)(void *context),
	       void *context)
{
	/* SA_NODEFER: the jump leaves the handler for good, so that nothing
	 * would unblock the signal */
	struct sigaction before,
		action = { .sa_sigaction = fell,
			   .sa_flags = SA_SIGINFO | SA_NODEFER };
	bool survived;

	self.from = (uintptr_t)memory;
	self.size = size;
	if (sigaction(SIGBUS, &action, &before) < 0)
		return false;
	survived = survives(work, context);
	sigaction(SIGBUS, &before, NULL);
	return survived;
}
