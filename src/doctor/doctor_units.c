#include "base/number.h"
#include "doctor/doctor.h"
#include "doctor/systemctl.h"

#include <inttypes.h>

#define UNIT   "smtp-screen.socket"
#define BUSY   "smtp-screend.socket" /* one of the two listens */
#define CHANGE "systemctl edit " UNIT ": [Socket] "

/* What is asked for, of one unit after the other. */
static const char properties[] = "--property=LoadState,ActiveState,Accept,"
				 "TriggerLimitIntervalUSec,MaxConnections,"
				 "MaxConnectionsPerSource,Backlog";

/* Below these a small flood shuts others out: systemd.socket(5). */
#define CONNECTIONS_DEFAULT 64
#define BACKLOG_LEAST	    1024

static uint64_t number(struct span text, struct span name, uint64_t otherwise)
{
	uint64_t n;

	return number_parse(systemctl_property(text, name), UINT64_MAX, &n)
		       ? n
		       : otherwise;
}

static void judge(struct doctor *d, struct span text)
{
	struct span trigger =
		systemctl_property(text, SPAN("TriggerLimitIntervalUSec"));
	uint64_t room = number(text, SPAN("MaxConnections"), 0);
	uint64_t queue = number(text, SPAN("Backlog"), 0);
	unsigned before = d->warnings + d->broken;

	if (!span_equal(systemctl_property(text, SPAN("Accept")), SPAN("yes")))
		doctor_find(d, DOCTOR_BROKEN, CHANGE "Accept=yes",
			    "smtp-screen serves one client and needs "
			    "Accept=yes");
	if (!span_equal(trigger, SPAN("0")))
		doctor_find(d, DOCTOR_WARNING,
			    CHANGE "TriggerLimitIntervalSec=0",
			    "a flood of 200 connections in %.*s stops the "
			    "socket for good",
			    (int)trigger.len, trigger.p);
	if (room <= CONNECTIONS_DEFAULT)
		doctor_find(d, DOCTOR_WARNING, CHANGE "MaxConnections=1000",
			    "there is room for %" PRIu64 " %s at once only",
			    room, number_words(room, "client", "clients"));
	if (number(text, SPAN("MaxConnectionsPerSource"), 0) == 0)
		doctor_find(d, DOCTOR_WARNING,
			    CHANGE "MaxConnectionsPerSource=50",
			    "one client can take all the room there is");
	if (queue < BACKLOG_LEAST)
		doctor_find(d, DOCTOR_WARNING, CHANGE "Backlog=4096",
			    "of a burst only %" PRIu64 " %s can wait, the "
			    "others are lost",
			    queue, number_words(queue, "client", "clients"));
	if (!systemctl_is_active(text))
		doctor_find(d, DOCTOR_WARNING, "systemctl enable --now " UNIT,
			    UNIT " does not listen, nor does " BUSY);
	if (d->warnings + d->broken == before)
		doctor_find(d, DOCTOR_GOOD, NULL,
			    UNIT " listens, with sensible limits");
}

void doctor_units(struct doctor *d)
{
	static const char *const argv[] = {
		"systemctl", "show", properties, UNIT, BUSY, NULL,
	};
	char memory[4096];
	struct sbuf told = SBUF(memory);
	struct span state;

	if (!systemctl_ask(argv, &told)) {
		doctor_find(d, DOCTOR_NOTE, NULL,
			    "does not run here, or does not answer");
		return;
	}
	if (systemctl_is_active(systemctl_next(sbuf_span(&told)))) {
		doctor_find(d, DOCTOR_GOOD, NULL,
			    BUSY " listens, for smtp-screend");
		return;
	}
	state = systemctl_property(sbuf_span(&told), SPAN("LoadState"));
	if (!span_equal(state, SPAN("loaded")))
		doctor_find(d, DOCTOR_NOTE, NULL,
			    UNIT " is not there (%.*s): somebody else starts "
				 "smtp-screen, or nobody",
			    (int)state.len, state.p);
	else
		judge(d, sbuf_span(&told));
}
