#include "sandbox/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The interface of the kernel, written out: what headers have of it depends on
 * the machine that this is built on, what is asked for on the one it runs on.
 */
#define VERSION_FLAG 1U

/* What each version added to the rights that can be taken. */
#define EXECUTE UINT64_C(1)
#define FILES_1 ((UINT64_C(1) << 13) - 1)
#define FILES_2 (FILES_1 | UINT64_C(1) << 13) /* to move between folders */
#define FILES_3 (FILES_2 | UINT64_C(1) << 14) /* to truncate */
#define FILES_5 (FILES_3 | UINT64_C(1) << 15) /* ioctl of devices */
#define TCP_4	UINT64_C(3)		      /* to bind, to connect */
#define SCOPE_6 UINT64_C(3)		      /* abstract sockets, signals */

struct rights {
	uint64_t files, ports, scope;
};

int landlock_version(void)
{
	long r = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);

	return r < 0 ? -errno : (int)r;
}

/* *RET_SIZE: an older kernel takes no more than what it knows. */
static struct rights all_of(int version, size_t *ret_size)
{
	struct rights all = { .files = FILES_1 };

	*ret_size = sizeof(all.files);
	if (version >= 2)
		all.files = FILES_2;
	if (version >= 3)
		all.files = FILES_3;
	if (version >= 4) {
		all.ports = TCP_4;
		*ret_size += sizeof(all.ports);
	}
	if (version >= 5)
		all.files = FILES_5;
	if (version >= 6) {
		all.scope = SCOPE_6;
		*ret_size += sizeof(all.scope);
	}
	return all;
}

/* No exception is made: a set of rules without rules. */
static int take(const struct rights *rights, size_t size)
{
	long rules = syscall(SYS_landlock_create_ruleset, rights, size, 0);
	int r = 0;

	if (rules < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, (int)rules, 0) < 0)
		r = -errno;
	close((int)rules);
	return r;
}

int landlock_enter(void)
{
	int version = landlock_version();
	struct rights all;
	size_t size;

	if (version < 0)
		return version;
	all = all_of(version, &size);
	return take(&all, size);
}

int landlock_enter_without_exec(void)
{
	const struct rights exec = { .files = EXECUTE };

	return take(&exec, sizeof(exec.files));
}
