#include "console/owner.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_user(uid_t uid, struct sbuf *to)
{
	char memory[4096];
	struct passwd pw, *found;

	if (getpwuid_r(uid, &pw, memory, sizeof(memory), &found) == 0 && found)
		sbuf_add_text(to, pw.pw_name);
	else
		sbuf_addf(to, "user number %" PRIuMAX, (uintmax_t)uid);
}

/* Groups first: later we may not. Then make sure that there is no way back. */
static bool change_to(uid_t uid, gid_t gid)
{
	uid_t real, effective, saved;
	gid_t g_real, g_effective, g_saved;

	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return false;
	if (getresuid(&real, &effective, &saved) < 0 ||
	    getresgid(&g_real, &g_effective, &g_saved) < 0 ||
	    getgroups(0, NULL) != 0)
		return false;
	return real == uid && effective == uid && saved == uid &&
	       g_real == gid && g_effective == gid && g_saved == gid &&
	       setuid(0) < 0;
}

enum owner owner_become(const char *file, struct sbuf *why)
{
	const char *slash = strrchr(file, '/');
	size_t length = slash && slash > file ? (size_t)(slash - file) : 1;
	char memory[4096];
	struct sbuf dir = SBUF(memory);
	struct stat st;

	sbuf_add(&dir, (struct span){ file, length });
	if (stat(memory, &st) < 0) {
		sbuf_addf(why,
			  "%s: %s -- this folder must be there and belong to "
			  "the user that smtp-screen runs as: install -d "
			  "-m 700 -o USER %s",
			  memory, strerror(errno), memory);
		return errno == EACCES ? OWNER_DENIED : OWNER_ABSENT;
	}
	if (geteuid() == st.st_uid)
		return OWNER_OK;
	if (geteuid() == 0 && change_to(st.st_uid, st.st_gid))
		return OWNER_OK;
	sbuf_addf(why, "%s belongs to ", memory);
	add_user(st.st_uid, why);
	sbuf_add_text(why, geteuid() == 0 ? ", and becoming that user failed"
					  : "; run this as that user or as "
					    "root");
	return OWNER_DENIED;
}
