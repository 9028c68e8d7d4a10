#include "console/console.h"

#include "base/clock.h"
#include "console/owner.h"
#include "console/say.h"
#include "net/cidr.h"
#include "screen/cure.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

/* How long an operator waits for a lock: writers hold it for milliseconds,
 * repairing a large file takes seconds. */
#define PATIENCE (10 * CLOCK_SECOND)

bool console_key(const struct console *c, const char *text, bool strict,
		 struct sbuf *to)
{
	struct cidr net;
	unsigned prefix;

	if (cidr_parse(span_of(text), &net) != CIDR_OK) {
		say("\"%s\" is no address; expected one such as 192.0.2.1 "
		    "or 2001:db8::1, or a network without bits behind its "
		    "prefix",
		    text);
		return false;
	}
	if (net.prefix == 128)
		address_unmap(&net.net);
	if (net.net.family == ADDRESS_IPV4 && net.prefix == 128)
		net.prefix = 32;
	prefix = (unsigned)(net.net.family == ADDRESS_IPV4
				    ? c->conf.cache_ipv4_prefix
				    : c->conf.cache_ipv6_prefix);
	if (net.prefix == address_bits(&net.net) || net.prefix == prefix) {
		cache_key(&net.net, (unsigned)c->conf.cache_ipv4_prefix,
			  (unsigned)c->conf.cache_ipv6_prefix, to);
		return true;
	}
	if (!strict) { /* an entry of other settings */
		cidr_format(&net, to);
		return true;
	}
	say("%s: entries here are for /%u networks (%s); give an address, "
	    "or put the network into access_list",
	    text, prefix,
	    net.net.family == ADDRESS_IPV4 ? "cache_ipv4_prefix"
					   : "cache_ipv6_prefix");
	return false;
}

int64_t console_deadline(const struct console *c)
{
	int64_t patience = c->conf.cache_lock_timeout * CLOCK_SECOND;

	return clock_mono() + (patience > PATIENCE ? patience : PATIENCE);
}

const char *console_settings(const struct console *c)
{
	const char *file = c->options.input.file;

	return file ? file : CONF_DEFAULT_FILE;
}

int console_use_cache(struct console *c)
{
	char memory[CACHE_PATH + 512];
	struct sbuf why = SBUF(memory);
	enum owner owner;

	if (c->cache_file[0] == '\0') {
		say("there is no cache: cache_map = none");
		return EX_UNAVAILABLE;
	}
	owner = owner_become(c->cache_file, &why);
	if (owner == OWNER_OK)
		return EX_OK;
	say("%s", memory);
	return owner == OWNER_DENIED ? EX_NOPERM : EX_UNAVAILABLE;
}

int console_cache_failed(const struct console *c, int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
	case -ELOOP:
	case -EISDIR:
	case -ENXIO:
		say("cache %s: %s -- it and its lock must be plain files "
		    "of the owner of their folder, writable by nobody "
		    "else; see ls -l",
		    c->cache_file, strerror(-error));
		return EX_NOPERM;
	case -ETIMEDOUT:
		say("cache %s: another process holds its lock; see fuser "
		    "-v %s",
		    c->cache_file, c->cache_file);
		break;
	case -ENOENT:
	case -ENOTDIR:
		say("cache %s: %s -- its folder must be there, and belong to "
		    "the user who writes it",
		    c->cache_file, strerror(-error));
		break;
	case -EUCLEAN:
		say("cache %s: damaged by a writer that died; "
		    "smtp-screenctl expire repairs it",
		    c->cache_file);
		break;
	case -ENOSPC:
	case -EDQUOT:
		say("cache %s: %s -- make room; what was there is kept",
		    c->cache_file, strerror(-error));
		break;
	default:
		say("cache %s: %s%s", c->cache_file, strerror(-error),
		    cure_of(error));
		break;
	}
	return EX_UNAVAILABLE;
}

int console_entries(struct console *c, struct entries *ret)
{
	int r = console_use_cache(c);

	if (r != EX_OK)
		return r;
	r = entries_read(&c->cache, console_deadline(c), ret);
	return r < 0 ? console_cache_failed(c, r) : EX_OK;
}

int console_misconfigured(const struct console *c)
{
	const char *error = report_first_error(&c->report);

	say("%s", error ? error : "the settings do not fit into memory");
	return EX_CONFIG;
}

void console_let_others_in(int64_t began)
{
	int64_t took = clock_mono() - began;
	struct timespec pause = {
		.tv_sec = took / CLOCK_SECOND,
		.tv_nsec = took % CLOCK_SECOND * 1000,
	};

	nanosleep(&pause, NULL);
}

static volatile sig_atomic_t interrupted;

static void note(int number)
{
	(void)number;
	interrupted = 1;
}

void console_hold_signals(void)
{
	struct sigaction action = { .sa_handler = note };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool console_interrupted(void)
{
	return interrupted;
}
