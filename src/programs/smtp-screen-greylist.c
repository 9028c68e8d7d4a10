/* smtp-screen-greylist.c - greylisting as a policy service: see its manual. */
#include "base/fdio.h"
#include "base/signals.h"
#include "greylist/become.h"
#include "greylist/greylist.h"
#include "greylist/policy_service.h"
#include "greylist/upkeep.h"
#include "log/log.h"
#include "triplet/store.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static bool is_pipe_or_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode));
}

/* Started from a shell, words belong there; from init or inetd, in the log, and
 * IN_BACKGROUND too. */
static void open_log(const struct grey_options *o, bool in_background)
{
	bool by_hand =
		!in_background && (o->inet || o->unix_path || o->expire_only ||
				   is_pipe_or_file(STDIN_FILENO));

	log_open(&(struct log_settings){
		.target = "auto",
		.name = o->syslog_name,
		.utf8 = true,
		.client = STDIN_FILENO,
		.by_hand = by_hand,
		.facility = o->facility,
	});
}

static void log_lines(struct span lines)
{
	struct span line;

	while (span_next_line(&lines, &line))
		log_warning(LOG_CONFIG_TROUBLE, "%.*s", (int)line.len, line.p);
}

static int wrong(const char *why)
{
	log_fatal(LOG_CONFIG_TROUBLE, "%s", why);
	return EX_USAGE;
}

static int expire(const struct grey_options *o)
{
	char memory[CACHE_PATH];
	struct sbuf path = SBUF(memory);

	store_path(o->dbdir, &path);
	return upkeep_do(o, memory, UPKEEP_EXPIRE) < 0 ? EX_TEMPFAIL : EX_OK;
}

int main(int argc, char **argv)
{
	static char reasons[512], notices[512], host[HOST_NAME_MAX + 1];
	struct sbuf why = SBUF(reasons), notice = SBUF(notices);
	static struct grey_options o;
	struct policy_doors doors;
	enum grey_wish wish;
	int line;

	if (fdio_fill_standard() < 0)
		return EX_OSERR;
	umask(0077);
	wish = grey_options_parse(argc, argv, &o, &why, &notice);
	if (wish == GREY_HELP) {
		fputs(grey_usage, stdout);
		return EX_OK;
	}
	if (wish == GREY_VERSION) {
		puts("smtp-screen-greylist " SCREEN_VERSION);
		return EX_OK;
	}
	open_log(&o, false);
	if (wish == GREY_WRONG)
		return wrong(reasons);
	log_lines(sbuf_span(&notice));
	if (!o.hostname && gethostname(host, sizeof(host) - 1) == 0)
		o.hostname = host;
	if (!o.expire_only)
		signals_hold();
	/* doors before the user, who may not open them */
	if (!o.expire_only && !policy_doors_open(&doors, &o, &why))
		return wrong(reasons);
	if (!become_child(&o, &line, &why) || !become_user(&o, &why) ||
	    !become_daemon(line, &why))
		return wrong(reasons);
	if (o.daemonize)
		open_log(&o, true);
	return o.expire_only ? expire(&o) : policy_service_run(&o, &doors);
}
