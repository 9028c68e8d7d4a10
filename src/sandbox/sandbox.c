#include "sandbox/sandbox.h"

#include "base/fdio.h"
#include "sandbox/filters.h"
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __has_feature
#define CLANG_ASAN __has_feature(address_sanitizer)
#else
#define CLANG_ASAN 0
#endif

#if defined(__SANITIZE_ADDRESS__) || CLANG_ASAN
#define SANITIZED true
#else
#define SANITIZED false
#endif

static struct sock_fprog filter_of(enum sandbox_role role)
{
	/* the kernel reads it only, but does not say so */
	union {
		const struct sock_filter *in;
		struct sock_filter *out;
	} code = { .in = filter_session };
	unsigned short length = filter_session_length;

	switch (role) {
	case SANDBOX_SESSION:
		break;
	case SANDBOX_TLS:
		code.in = filter_tls;
		length = filter_tls_length;
		break;
	case SANDBOX_SERVICE:
		code.in = filter_service;
		length = filter_service_length;
		break;
	}
	return (struct sock_fprog){ .len = length, .filter = code.out };
}

static int enter_seccomp(enum sandbox_role role)
{
	struct sock_fprog program = filter_of(role);

	/* what is refused is told to the kernel's log, if it can be */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_LOG, &program) == 0)
		return 0;
	/* a filter around us may know only the older way */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return 0;
	return -errno;
}

bool sandbox_offered(void)
{
	static const uint32_t kill = SECCOMP_RET_KILL_PROCESS;

	return SANITIZED ||
	       (landlock_version() > 0 &&
		syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kill) == 0);
}

bool sandbox_enter(enum sandbox_role role, struct sandbox_state *ret)
{
	struct sandbox_state state = { 0 };

	if (!SANITIZED) {
		/* neither is given to who could still gain rights */
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		/* in this order: the filter forbids to make more rules */
		state.landlock = role == SANDBOX_SERVICE
					 ? landlock_enter_without_exec()
					 : landlock_enter();
		state.seccomp = enter_seccomp(role);
	}
	if (ret)
		*ret = state;
	return state.seccomp == 0 && state.landlock == 0;
}

static void report_from_child(enum sandbox_role role, int fd)
{
	struct sandbox_state state;

	sandbox_enter(role, &state);
	_exit(write(fd, &state, sizeof(state)) == sizeof(state) ? 0 : 1);
}

bool sandbox_try(enum sandbox_role role, struct sandbox_state *ret)
{
	struct sandbox_state state;
	int channel[2], r;
	size_t got = 0;
	pid_t child;

	*ret = (struct sandbox_state){ -ECHILD, -ECHILD };
	if (pipe2(channel, O_CLOEXEC) < 0)
		return false;
	child = fork();
	if (child == 0)
		report_from_child(role, channel[1]);
	close(channel[1]);
	r = child < 0 ? -errno
		      : fdio_read_whole(channel[0], (char *)&state,
					sizeof(state), &got);
	close(channel[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (r < 0 || got != sizeof(state))
		return false;
	*ret = state;
	return state.seccomp == 0 && state.landlock == 0;
}

void sandbox_describe(const struct sandbox_state *state, struct sbuf *to)
{
	if (state->seccomp < 0)
		sbuf_addf(to, "no seccomp filter (%s)",
			  strerror(-state->seccomp));
	if (state->seccomp < 0 && state->landlock < 0)
		sbuf_add_text(to, ", ");
	if (state->landlock < 0)
		sbuf_addf(to, "no Landlock (%s)", strerror(-state->landlock));
}
