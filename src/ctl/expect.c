#include "base/clock.h"
#include "base/moment.h"
#include "conf/expected.h"
#include "console/duration.h"
#include "console/json.h"
#include "console/owner.h"
#include "ctl/commands.h"
#include "triplet/store.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct expecting {
	struct console *console;
	const char *folder;
	bool json;
	char file[PATH_MAX];
};

/* The index of the first argument, or -1 after saying what is wrong. */
static int parse_options(struct expecting *x, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ .name = "dbdir", .value = &x->folder },
		{ .name = "json", .flag = &x->json },
	};
	struct sbuf file = SBUF(x->file);
	int first;

	x->folder = STORE_FOLDER;
	first = options_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
	if (first < 0)
		return -1;
	sbuf_addf(&file, "%s/" EXPECTED_FILE, x->folder);
	if (sbuf_fitted(&file))
		return first;
	say("%s: this name is too long", x->folder);
	return -1;
}

static int failed(const struct expecting *x, int error)
{
	if (error == -ENOSPC) {
		say("%d domains are expected already; end one with expect "
		    "DOMAIN off",
		    EXPECTED_MOST);
		return EX_UNAVAILABLE;
	}
	say("%s: %s", x->file, strerror(-error));
	return error == -EACCES || error == -EPERM || error == -ELOOP
		       ? EX_NOPERM
		       : EX_UNAVAILABLE;
}

static int become_owner(const struct expecting *x)
{
	char memory[PATH_MAX + 512];
	struct sbuf why = SBUF(memory);
	enum owner owner = owner_become(x->file, &why);

	if (owner == OWNER_OK)
		return EX_OK;
	say("%s", memory);
	return owner == OWNER_DENIED ? EX_NOPERM : EX_UNAVAILABLE;
}

/* ---- list -------------------------------------------------------- */

static void print_one(const struct expected_domain *d, int64_t now)
{
	char until[40], left[40];
	struct sbuf u = SBUF(until), l = SBUF(left);

	moment_format(d->until, &u);
	moment_format_period(d->until - now, 2, &l);
	printf("%-40s until %s, another %s\n", d->name, until, left);
}

static void print_object(const struct expected_domain *d)
{
	fputs("{\"domain\":", stdout);
	json_print(stdout, span_of(d->name));
	printf(",\"until\":%" PRId64 "}", d->until);
}

static int list(const struct expecting *x)
{
	static struct expected e;
	int64_t now = clock_wall();
	int r = expected_load(x->file, now, &e);

	if (r < 0)
		return failed(x, r);
	for (size_t i = 0; i < e.count; i++) {
		if (!x->json) {
			print_one(&e.domain[i], now);
			continue;
		}
		fputs(i > 0 ? ",\n" : "[\n", stdout);
		print_object(&e.domain[i]);
	}
	if (x->json)
		fputs(e.count > 0 ? "\n]\n" : "[]\n", stdout);
	return EX_OK;
}

/* ---- change ------------------------------------------------------ */

static int end(const struct expecting *x, struct span domain)
{
	bool was = false;
	int r = expected_change(x->file, domain, 0, clock_wall(),
				console_deadline(x->console), &was);

	if (r < 0)
		return failed(x, r);
	printf("%.*s is %s\n", (int)domain.len, domain.p,
	       was ? "expected no more" : "not expected");
	return was ? EX_OK : COMMAND_NOTHING;
}

static int begin(const struct expecting *x, struct span domain,
		 const char *duration)
{
	char memory[40];
	struct sbuf until = SBUF(memory);
	int64_t seconds, now = clock_wall();
	bool was;
	int r;

	if (!duration_parse(duration, 'm', &seconds))
		return EX_USAGE;
	if (seconds > EXPECTED_LONGEST) {
		say("%s is too long: 30d at most; for longer put %.*s into "
		    "the list of clients that are never delayed",
		    duration, (int)domain.len, domain.p);
		return EX_USAGE;
	}
	r = expected_change(x->file, domain, now + seconds, now,
			    console_deadline(x->console), &was);
	if (r < 0)
		return failed(x, r);
	moment_format(now + seconds, &until);
	printf("%.*s and all below it: nothing is delayed until %s\n",
	       (int)domain.len, domain.p, memory);
	return EX_OK;
}

int expect_run(struct console *c, int argc, char **argv)
{
	struct expecting x = { .console = c };
	int first = parse_options(&x, argc, argv), count, code;
	struct span domain;
	bool off, on;
	char **arg;

	if (first < 0)
		return EX_USAGE;
	arg = argv + first;
	count = argc - first;
	off = count == 2 && strcmp(arg[1], "off") == 0;
	on = count == 3 && strcmp(arg[1], "for") == 0;
	if (count != 0 && !off && !on) {
		say("expect wants nothing, DOMAIN for DURATION, or DOMAIN "
		    "off");
		return EX_USAGE;
	}
	domain = span_of(count > 0 ? arg[0] : "");
	if (count > 0 && !expected_valid(domain)) {
		say("\"%s\" is no domain; expected one such as "
		    "example.com, without user",
		    arg[0]);
		return EX_USAGE;
	}
	code = become_owner(&x);
	if (code != EX_OK)
		return code;
	if (count == 0)
		return list(&x);
	return off ? end(&x, domain) : begin(&x, domain, arg[2]);
}
