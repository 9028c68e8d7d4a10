#include "base/clock.h"
#include "console/condition.h"
#include "console/json.h"
#include "console/probing.h"
#include "ctl/commands.h"
#include "log/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Two probes that run at once must not both tell of the same change. */
#define TOLD_ONCE_IN 60

#define HOUR 3600

struct options {
	bool due, json;
};

static bool parse(int argc, char **argv, struct options *o)
{
	const struct option_row rows[] = {
		{ .name = "due", .flag = &o->due },
		{ .name = "json", .flag = &o->json },
	};

	return options_only(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}

/* ---- the log --------------------------------------------------------------
 */

/* To where the screens' lines go, and not to the terminal of who probes. */
static void open_log(const struct conf *conf)
{
	bool automatic = strcmp(conf->log_target, "auto") == 0;

	log_open(&(struct log_settings){
		.target = automatic ? "journal" : conf->log_target,
		.name = conf->syslog_name,
		.utf8 = conf->smtputf8_enable,
		.client = -1,
	});
}

static void tell_change(const char *name, enum health_change change,
			const struct record *r, int64_t now)
{
	switch (change) {
	case HEALTH_SAME:
		break;
	case HEALTH_MUTED:
		log_warning(LOG_LIST_MUTED,
			    "DNS list %s is muted: %s -- it counts nothing "
			    "until a probe finds it right; ask its operator, "
			    "or take it out of dnsbl_sites",
			    name, health_reason_text(r->reason));
		break;
	case HEALTH_UNMUTED:
		log_info(LOG_LIST_UNMUTED,
			 "DNS list %s counts again: a probe no longer finds "
			 "it wrong",
			 name);
		break;
	case HEALTH_RESUMED:
		if (health_muted(r, now) == MUTED_NOT)
			log_info(LOG_LIST_UNMUTED,
				 "DNS list %s counts again: the hour is over "
				 "for which the tripwire had muted it",
				 name);
		break;
	}
}

/* A connection has raised the alarm; what do the test points say? */
static void tell_of_alarm(const char *name, const struct record *before,
			  const struct record *r, int64_t now)
{
	if (r->alarm == 0 || r->alarm < before->probed ||
	    health_muted(r, now) == MUTED_ON_PROOF)
		return;
	log_warning(LOG_TRIPWIRE,
		    "DNS list %s newly lists clients that were good for long "
		    "(%u of %u), but its test points prove nothing (%s) -- see "
		    "some of them with smtp-screenctl check; if they are good "
		    "still, take the list out of dnsbl_sites",
		    name, r->alarm_listed, r->alarm_tested,
		    health_finding_name(r->finding));
}

/* ---- what is printed ------------------------------------------------------
 */

static void print_heading(const struct console *c)
{
	printf("%s%-30s %-10s %-28s %-16s %6s%s\n", c->colour ? "\033[1m" : "",
	       "LIST", "STATE", "MUST BE LISTED", "MUST NOT BE", "MS",
	       c->colour ? "\033[0m" : "");
}

static void add_answer(const struct probed *list, enum record_point p,
		       struct sbuf *to)
{
	if (list->seen[p] == POINT_NONE)
		sbuf_add_text(to, "-");
	else if (list->seen[p] == POINT_FAILED)
		sbuf_add_text(to, "no answer");
	else
		probing_answer(&list->answer[p], to);
}

/* Why there was none: in most cases the same for both points. */
static void print_failure(const struct probed *list)
{
	for (enum record_point p = 0; p < RECORD_POINTS; p++) {
		const char *why = list->answer[p].why;

		if (list->seen[p] != POINT_FAILED)
			continue;
		printf("  no answer: %s\n", why ? why : "it took too long");
		return;
	}
}

static void print_row(const struct console *c, const char *name,
		      const struct dnslist *known, const struct probed *list,
		      const struct record *r, int64_t now)
{
	const char *paint = condition_colour(r, now, c->colour);
	char must[600], must_not[600];
	struct sbuf m = SBUF(must), n = SBUF(must_not);

	add_answer(list, RECORD_MUST, &m);
	add_answer(list, RECORD_MUST_NOT, &n);
	printf("%-30s %s%-10s%s %-28s %-16s %6u\n", name, paint,
	       condition_name(r, now), paint[0] ? "\033[0m" : "", must,
	       must_not, list->latency_ms);
	print_failure(list);
	condition_explain(r, known, list->has_tag ? &list->tag : NULL, now,
			  stdout);
}

static void print_point(const struct probed *list, enum record_point p)
{
	static const char *const seen[] = {
		[POINT_NONE] = "none",	   [POINT_RIGHT] = "right",
		[POINT_WRONG] = "wrong",   [POINT_ERROR] = "error",
		[POINT_FAILED] = "failed",
	};
	char text[600];
	struct sbuf b = SBUF(text);

	add_answer(list, p, &b);
	printf(",\"%s\":{\"seen\":\"%s\",\"answer\":",
	       p == RECORD_MUST ? "must_be_listed" : "must_not_be_listed",
	       seen[list->seen[p]]);
	json_print(stdout, sbuf_span(&b));
	putchar('}');
}

static void print_object(const char *name, const struct probed *list,
			 const struct record *r, int64_t now)
{
	fputs("{\"list\":", stdout);
	json_print(stdout, span_of(name));
	putchar(',');
	condition_json(r, now, stdout);
	print_point(list, RECORD_MUST);
	print_point(list, RECORD_MUST_NOT);
	if (list->has_tag) {
		fputs(",\"error\":", stdout);
		json_print(stdout, span_of(answer_tag_name(list->tag)));
	}
	putchar('}');
}

/* ---- the work -------------------------------------------------------------
 */

/* Which lists to ask; how many. */
static size_t choose(struct probing *p, bool only_due, int64_t now)
{
	size_t count = 0;

	for (size_t i = 0; i < p->lists.sites.lists; i++) {
		const char *domain = p->lists.sites.list[i].domain;
		struct record r;

		state_list(&p->lists.state, domain, now, &r);
		p->list[i].asked = !only_due || health_due(&r, now);
		count += p->list[i].asked;
	}
	return count;
}

/* Judge one list, keep that, and tell what has changed. */
static struct record conclude(struct probing *p, size_t at, int64_t now)
{
	static const char *const topic[] = {
		[HEALTH_SAME] = "",
		[HEALTH_MUTED] = "list-muted",
		[HEALTH_UNMUTED] = "list-unmuted",
		[HEALTH_RESUMED] = "list-resumed",
	};
	struct state *state = &p->lists.state;
	const char *domain = p->lists.sites.list[at].domain;
	struct record before, after;
	enum health_change change;

	state_list(state, domain, now, &before);
	change = health_judge(&before, p->list[at].seen, now, &after);
	after.latency_ms = p->list[at].latency_ms;
	if (!state_list_note(state, domain, &after, now))
		return after; /* what is forgotten is not announced */
	if (change == HEALTH_SAME ||
	    state_once(state, span_of(topic[change]), span_of(domain),
		       TOLD_ONCE_IN, now))
		tell_change(probing_name(p, at), change, &after, now);
	tell_of_alarm(probing_name(p, at), &before, &after, now);
	return after;
}

/* When all fail alike it is not the lists: said below the table, and logged. */
static void tell_of_all(struct probing *p, bool json, int64_t now)
{
	enum shared_trouble trouble = probing_shared(p);
	const char *text = probing_shared_text(trouble);

	if (trouble == SHARED_NONE)
		return;
	if (!json)
		printf("%s (dns_servers)\n", text);
	if (state_once(&p->lists.state, SPAN("resolver"), SPAN(""), HOUR, now))
		log_warning(LOG_DNS_TROUBLE,
			    "DNS lists: %s -- they count nothing; set "
			    "dns_servers",
			    text);
}

static void work(struct console *c, struct probing *p, bool json, int64_t now)
{
	bool first = true;

	probing_run(p);
	if (json)
		putchar('[');
	else
		print_heading(c);
	for (size_t i = 0; i < p->lists.sites.lists; i++) {
		struct record r;

		if (!p->list[i].asked)
			continue;
		r = conclude(p, i, now);
		if (!json) {
			print_row(c, probing_name(p, i),
				  &p->lists.sites.list[i].known, &p->list[i],
				  &r, now);
			continue;
		}
		fputs(first ? "\n" : ",\n", stdout);
		print_object(probing_name(p, i), &p->list[i], &r, now);
		first = false;
	}
	if (json)
		fputs("\n]\n", stdout);
	tell_of_all(p, json, now);
}

/* The exit code. */
static int note_trouble(struct console *c, struct probing *p)
{
	int error = state_trouble(&p->lists.state);

	if (error == 0)
		return EX_OK;
	say("state file %s: %s -- the results were not kept",
	    c->conf.state_file, strerror(-error));
	return error == -EACCES || error == -EPERM || error == -ELOOP
		       ? EX_NOPERM
		       : EX_UNAVAILABLE;
}

int probe_run(struct console *c, int argc, char **argv)
{
	struct options o = { .due = false };
	static struct probing p;
	int64_t now = clock_wall();
	int code;

	if (!parse(argc, argv, &o))
		return EX_USAGE;
	code = probing_begin(&p, c);
	if (code != EX_OK)
		return code;
	open_log(&c->conf);
	if (choose(&p, o.due, now) > 0 || !o.due)
		work(c, &p, o.json, now);
	code = note_trouble(c, &p);
	probing_close(&p);
	log_close();
	return code;
}
