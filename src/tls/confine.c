#include "tls/confine.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY 65534

/* Seconds: a handshake takes milliseconds, a refused session hardly more. */
#define CPU_LIMIT 30

/* Standard ones, the log, smtp-screen, the client, and some to spare. */
#define FILE_LIMIT 16

static void limit(__rlimit_resource_t which, rlim_t most)
{
	/* a lower one that we were given stays */
	struct rlimit now;

	if (getrlimit(which, &now) == 0 && now.rlim_max < most)
		most = now.rlim_max;
	setrlimit(which, &(struct rlimit){ most, most });
}

void confine_at_start(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
}

static bool become(uid_t user, gid_t group)
{
	return setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 &&
	       setresuid(user, user, user) == 0;
}

bool confine_before_client(struct sbuf *why)
{
	if (geteuid() == 0) {
		/* cppcheck-suppress getpwnamCalled ; there is one thread */
		const struct passwd *user = getpwnam(CONFINE_USER);

		if (!(user ? become(user->pw_uid, user->pw_gid)
			   : become(NOBODY, NOBODY)) ||
		    geteuid() == 0) {
			sbuf_addf(why, "cannot give up root: %s",
				  strerror(errno));
			return false;
		}
		/* changing users may have made us dumpable again */
		prctl(PR_SET_DUMPABLE, 0);
	}
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_NOFILE, FILE_LIMIT);
	limit(RLIMIT_CPU, CPU_LIMIT);
	return true;
}
