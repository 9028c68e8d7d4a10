#include "handoff/mta.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *argv[4];
	enum mta mta;
} rows[] = {
	{ { "exim" }, MTA_EXIM },
	{ { "exim4", "-bs" }, MTA_EXIM },
	{ { "/usr/sbin/exim4" }, MTA_EXIM },
	{ { "/opt/exim/bin/exim-4.97" }, MTA_EXIM },
	{ { "/opt/exim/bin/wrapper" }, MTA_OTHER },
	{ { "sendmail" }, MTA_SENDMAIL },
	{ { "/usr/sbin/sendmail.postfix" }, MTA_SENDMAIL },
	{ { "/usr/lib/postfix/sbin/smtpd" }, MTA_SENDMAIL },
	{ { "/usr/sbin/smtpd" }, MTA_OTHER },
	{ { "qmail-smtpd" }, MTA_OTHER },

	/* what is below "@" is there: see furnish() */
	{ { "@/sendmail" }, MTA_SENDMAIL },
	{ { "@/mailer", "-bs" }, MTA_SENDMAIL },
	{ { "@/links/sendmail" }, MTA_EXIM },
	{ { "mailer" }, MTA_SENDMAIL }, /* found in PATH */
	{ { "exim-none" }, MTA_EXIM },
	{ { "env", "@/sendmail", "-bs" }, MTA_SENDMAIL },
	{ { "env", "@/mailer" }, MTA_SENDMAIL },
	{ { "env", "sendmail" }, MTA_SENDMAIL },
	{ { "sh", "-c", "ulimit -v 9; exec \"@/exim4\" -bs" }, MTA_EXIM },
	/* neither a host nor a file is a program */
	{ { "qmail-smtpd", "exim.example.org", "/bin/true" }, MTA_OTHER },
	{ { "qmail-smtpd", "@/exim.conf" }, MTA_OTHER },
	{ { "qmail-smtpd", "@/links" }, MTA_OTHER },
};

static char folder[64];

static void put(const char *name, mode_t mode)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void link_to(const char *target, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert_int_eq(symlink(target, path), 0);
}

static void furnish(void)
{
	char command[128];

	strcpy(folder, "/tmp/test-mta-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	put("sendmail", 0755);
	put("exim4", 0755);
	put("exim.conf", 0644);
	link_to("sendmail", "mailer");
	snprintf(command, sizeof(command), "%s/links", folder);
	ck_assert_int_eq(mkdir(command, 0755), 0);
	link_to("../exim4", "links/sendmail");
	setenv("PATH", folder, 1);
}

static void clear(void)
{
	static const char *const names[] = { "sendmail",       "exim4",
					     "exim.conf",      "mailer",
					     "links/sendmail", "links" };
	char path[128];

	for (int i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		remove(path);
	}
	rmdir(folder);
}

/* TEXT with the folder in the place of its "@". */
static char *filled(const char *text)
{
	static char memory[4][128];
	static int next;
	const char *at = strchr(text, '@');
	char *to = memory[next++ % 4];

	if (at)
		snprintf(to, sizeof(memory[0]), "%.*s%s%s", (int)(at - text),
			 text, folder, at + 1);
	else
		snprintf(to, sizeof(memory[0]), "%s", text);
	return to;
}

START_TEST(an_mta_is_known_by_its_names)
{
	char *argv[5] = { 0 };
	enum mta mta;

	furnish();
	for (int i = 0; i < 4 && rows[_i].argv[i]; i++)
		argv[i] = filled(rows[_i].argv[i]);
	mta = mta_of(argv);
	clear();
	ck_assert_msg(mta == rows[_i].mta, "%s %s: %d", argv[0],
		      argv[1] ? argv[1] : "", mta);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("mta");

	tcase_add_loop_test(tc, an_mta_is_known_by_its_names, 0, ROWS(rows));
	return unit_run();
}
