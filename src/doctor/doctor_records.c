#include "base/arena.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/private_file.h"
#include "base/pseudonym.h"
#include "doctor/doctor.h"
#include "doctor/rotation.h"
#include "screen/cure.h"
#include "screen/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A busy host writes as much in a night. */
#define ROOM ((uint64_t)100 << 20)

/* ---- the decision log ------------------------------------------------------
 */

static void fails(struct doctor *d, const char *file, int error,
		  const char *change)
{
	doctor_find(d, DOCTOR_WARNING, change,
		    "%s: %s -- decisions are not recorded%s", file,
		    error == -EBADMSG ? "this is no key of ours: it must have "
					"32 bytes"
				      : strerror(-error),
		    change ? "" : cure_of(error));
}

/* The folder of FILE, or "." . */
static const char *folder_of(const char *file, char memory[PATH_MAX])
{
	const char *slash = strrchr(file, '/');
	struct sbuf b = sbuf_in(memory, PATH_MAX);

	if (!slash)
		return ".";
	sbuf_add(&b, (struct span){ file, (size_t)(slash - file) });
	return b.len == 0 ? "/" : memory;
}

/* Could one be made there? 0 or negative errno. */
static int look_at_folder(const char *folder)
{
	struct stat st;

	if (stat(folder, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return access(folder, W_OK | X_OK) < 0 ? -errno : 0;
}

static void look_at_mode(struct doctor *d, const char *file, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		doctor_find(d, DOCTOR_WARNING, "chmod 640",
			    "%s: everybody on this host can read who writes to "
			    "whom",
			    file);
}

/* Can it be written? */
static bool look_at_file(struct doctor *d, const char *file)
{
	char memory[PATH_MAX];
	const char *folder = folder_of(file, memory);
	int fd, r = private_file_open(file, O_RDWR | O_APPEND, &fd);

	if (r == 0) {
		look_at_mode(d, file, fd);
		close(fd);
		return true;
	}
	if (r != -ENOENT) {
		fails(d, file, r, NULL);
		return false;
	}
	r = look_at_folder(folder);
	if (r == -EACCES)
		fails(d, folder, r,
		      "chown to the user that smtp-screen runs as");
	else if (r < 0)
		fails(d, folder, r, NULL);
	return r == 0;
}

static void look_at_disk(struct doctor *d, const char *file)
{
	char memory[PATH_MAX];
	const char *folder = folder_of(file, memory);
	struct statvfs fs;
	uint64_t room;

	if (statvfs(folder, &fs) < 0)
		return;
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (room < ROOM)
		doctor_find(d, DOCTOR_WARNING, "make room on that disk",
			    "%s: %" PRIu64 " MB are left; when none is, "
			    "decisions are not recorded",
			    folder, room >> 20);
}

/* A key that is not there yet is made by the first client. */
static bool look_at_key(struct doctor *d)
{
	const struct conf *conf = &d->console->conf;
	const char *file = conf->decision_log_key_file;
	unsigned char key[PSEUDONYM_SECRET];
	char memory[PATH_MAX];
	int fd, r;

	if (conf->decision_log_privacy != PRIVACY_HMAC)
		return true;
	r = private_file_open(file, O_RDONLY, &fd);
	if (r == 0) {
		close(fd);
		r = pseudonym_key_read(file, key);
		explicit_bzero(key, sizeof(key));
	} else if (r == -ENOENT) {
		r = look_at_folder(folder_of(file, memory));
	}
	if (r < 0)
		fails(d, file, r,
		      r == -EBADMSG ? "remove it: the next client makes one"
				    : NULL);
	return r == 0;
}

static void look_at_rotation(struct doctor *d, const char *file)
{
	switch (rotation_find("/etc/logrotate.conf", "/etc/logrotate.d", file,
			      &d->console->arena)) {
	case ROTATION_FOUND:
		return;
	case ROTATION_NONE:
		doctor_find(d, DOCTOR_WARNING,
			    "logrotate/smtp-screen among the samples, to "
			    "/etc/logrotate.d/",
			    "%s grows for ever: logrotate does not know it",
			    file);
		return;
	case ROTATION_COPIES:
		doctor_find(d, DOCTOR_WARNING, "nocopytruncate",
			    "%s is rotated by copytruncate, which loses what "
			    "is written meanwhile",
			    file);
		return;
	}
}

void doctor_decisions(struct doctor *d)
{
	const char *file = d->console->conf.decision_log;
	unsigned before = d->warnings;

	if (file[0] == '\0')
		return;
	if (look_at_file(d, file) && look_at_key(d)) {
		look_at_disk(d, file);
		look_at_rotation(d, file);
	}
	if (d->warnings == before)
		doctor_find(d, DOCTOR_GOOD, NULL, "%s can be written", file);
}

/* ---- the counters ----------------------------------------------------------
 */

void doctor_counters(struct doctor *d)
{
	uint64_t counter[IMAGE_COUNTERS], clients = 0;
	char memory[CACHE_PATH + 64];
	struct sbuf file = SBUF(memory);
	int r;

	if (d->console->conf.state_file[0] == '\0')
		return; /* told by the one that looks at the state file */
	r = tally_read(&d->console->conf, counter, &file);
	if (r < 0) {
		doctor_find(d, DOCTOR_WARNING, NULL,
			    "%s: %s -- smtp-screenctl metrics has nothing to "
			    "tell%s",
			    memory, strerror(-r), cure_of(r));
		return;
	}
	for (unsigned i = TALLY_CONNECTIONS; i < TALLY_REFUSALS; i++)
		clients += counter[i];
	doctor_find(d, DOCTOR_GOOD, NULL, "%" PRIu64 " %s counted", clients,
		    number_words(clients, "client was", "clients were"));
}
