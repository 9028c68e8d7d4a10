#include "doctor/doctor.h"
#include "doctor/systemctl.h"
#include "handoff/program.h"

/* What clients come to, in the order in which systemd is asked. */
#define SOCKET	     "smtp-screen.socket"
#define BUSY_SOCKET  "smtp-screend.socket"
#define SERVICE	     "smtp-screen@doctor.service" /* as any other instance */
#define BUSY_SERVICE "smtp-screend.service"

/* What may stand behind SERVICE's name. */
#define HARDENED "smtp-screen-hardened@"

/*
 * What else takes the right to gain rights when User= has no CAP_SYS_ADMIN: a
 * filter of system calls cannot be set without the one or the other.
 */
#define IMPLIED                                                               \
	"SystemCallFilter,SystemCallArchitectures,RestrictAddressFamilies,"   \
	"RestrictNamespaces,RestrictRealtime,RestrictSUIDSGID,"               \
	"LockPersonality,MemoryDenyWriteExecute,PrivateDevices,ProtectClock," \
	"ProtectHostname,ProtectKernelLogs,ProtectKernelModules,"             \
	"ProtectKernelTunables"

/* The service that serves clients, and what is said of it. */
struct service {
	struct span text;
	bool busy;
};

/* Of the units above; false when none of them listens. */
static bool find_service(struct span text, struct service *ret)
{
	struct span busy = systemctl_next(text);
	struct span service = systemctl_next(busy);

	if (systemctl_is_active(busy))
		*ret = (struct service){ systemctl_next(service), true };
	else if (systemctl_is_active(text))
		*ret = (struct service){ service, false };
	else
		return false;
	return true;
}

/* Does VALUE say that something is set, as systemctl(1) shows it? */
static bool is_set(struct span value)
{
	return value.len > 0 && !span_equal(value, SPAN("no")) &&
	       !span_equal(value, SPAN("~"));
}

/* The setting by which what is started can gain no rights; empty: none. */
static struct span find_culprit(struct span text)
{
	struct span user = systemctl_property(text, SPAN("User"));
	struct span rest = SPAN(IMPLIED), name;

	if (is_set(systemctl_property(text, SPAN("NoNewPrivileges"))))
		return SPAN("NoNewPrivileges");
	if (user.len == 0 || span_equal(user, SPAN("root")) ||
	    span_equal(user, SPAN("0")))
		return SPAN("");
	while (span_next_item(&rest, ",", &name))
		if (is_set(systemctl_property(text, name)))
			return name;
	return SPAN("");
}

static const char *cure_of(const struct service *s)
{
	if (s->busy)
		return "the drop-in smtp-screend-setuid.conf, in "
		       "/etc/systemd/system/smtp-screend.service.d/";
	if (span_starts_with(systemctl_property(s->text, SPAN("Id")),
			     SPAN(HARDENED)))
		return "systemctl disable " HARDENED ".service";
	return "systemctl edit smtp-screen@.service, which needs none of it";
}

void doctor_rights(struct doctor *d, const struct program *program)
{
	static const char *const argv[] = {
		"systemctl",
		"show",
		"--property=ActiveState,Id,User,"
		"NoNewPrivileges," IMPLIED,
		SOCKET,
		BUSY_SOCKET,
		SERVICE,
		BUSY_SERVICE,
		NULL,
	};
	char memory[16384];
	struct sbuf told = SBUF(memory);
	struct service service;
	struct span culprit;

	if (!program_is_setuid(program) || !systemctl_ask(argv, &told) ||
	    !find_service(sbuf_span(&told), &service))
		return;
	culprit = find_culprit(service.text);
	if (culprit.len > 0)
		doctor_find(d, DOCTOR_WARNING, cure_of(&service),
			    "%s is a setuid program, which %s does not let it "
			    "be (%.*s): it may be unable to take mail",
			    program->argv[0],
			    service.busy ? BUSY_SERVICE
					 : "smtp-screen@.service",
			    (int)culprit.len, culprit.p);
}
