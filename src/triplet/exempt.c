#include "triplet/exempt.h"

#include "base/number.h"
#include "conf/linefile.h"
#include "conf/pcre.h"
#include "log/log.h"

#include <errno.h>
#include <regex.h>

/* Longer patterns are refused, as in tables: regcomp(3) recurses. */
#define PATTERN_MAX 2048

/* Longer texts match no pattern: they come from clients. */
#define SUBJECT_MAX 2048

struct exempt_name {
	struct exempt_name *next;
	struct span name;
};

struct exempt_net {
	struct exempt_net *next;
	struct cidr net;
};

struct exempt_pattern {
	struct exempt_pattern *next;
	regex_t regex;
};

struct exempt_recipient {
	struct exempt_recipient *next;
	bool any_user, below;	  /* the domain's, and in domains below it */
	struct span user, domain; /* an empty domain: any */
};

/* Where in a file we are. */
struct place {
	struct exempt *e;
	const char *file;
	unsigned line;
};

int exempt_open(struct exempt *e)
{
	*e = (struct exempt){ .names = NULL };
	return arena_open(&e->arena, EXEMPT_MEMORY);
}

void exempt_close(struct exempt *e)
{
	arena_close(&e->arena);
}

/* ---- lines ------------------------------------------------------- */

static void complain(const struct place *at, const char *what)
{
	log_warning(LOG_TABLE_TROUBLE, "%s line %u: %s -- line ignored",
		    at->file, at->line, what);
}

static void complain_of_memory(const struct place *at)
{
	complain(at, "no memory left for this list");
}

static bool has_space(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (span_is_space(s.p[i]))
			return true;
	return false;
}

/*
 * "/PATTERN/", perhaps with a comment behind: up to the first "/" that no
 * backslash precedes and behind which nothing else stands.
 */
static bool take_pattern(struct span line, struct span *ret)
{
	for (size_t i = 1; i < line.len; i++) {
		struct span rest = span_trim(span_skip(line, i + 1));

		if (line.p[i] == '\\') {
			i++;
			continue;
		}
		if (line.p[i] == '/' && (rest.len == 0 || rest.p[0] == '#')) {
			*ret = (struct span){ line.p + 1, i - 1 };
			return true;
		}
	}
	return false;
}

static void free_regex(void *pattern)
{
	regfree(&((struct exempt_pattern *)pattern)->regex);
}

static bool compile(const struct place *at, struct span pattern,
		    struct exempt_pattern *p)
{
	char memory[4 * PATTERN_MAX], reason[256] = "";
	struct sbuf posix = SBUF(memory), why = SBUF(reason);
	struct pcre_groups groups;
	int r;

	if (pattern.len > PATTERN_MAX) {
		complain(at, "the pattern is too long");
		return false;
	}
	if (!pcre_to_posix(pattern, false, &posix, &groups, &why)) {
		complain(at, reason);
		return false;
	}
	r = sbuf_fitted(&posix) ? regcomp(&p->regex, memory,
					  REG_EXTENDED | REG_ICASE | REG_NOSUB)
				: REG_ESPACE;
	if (r != 0) {
		regerror(r, &p->regex, reason, sizeof(reason));
		complain(at, reason);
	}
	return r == 0;
}

/* Does the line begin as a pattern? Then it was one, good or not. */
static bool read_pattern(const struct place *at, struct span line,
			 struct exempt_pattern **to)
{
	struct exempt_pattern *p;
	struct span pattern;

	if (line.p[0] != '/')
		return false;
	if (!take_pattern(line, &pattern) || has_space(pattern)) {
		complain(at, "a pattern is /PATTERN/ without white space");
		return true;
	}
	p = arena_alloc(&at->e->arena, sizeof(*p));
	if (!p) {
		complain_of_memory(at);
		return true;
	}
	if (!compile(at, pattern, p))
		return true;
	if (!arena_on_close(&at->e->arena, free_regex, p)) {
		regfree(&p->regex);
		complain_of_memory(at);
		return true;
	}
	p->next = *to;
	*to = p;
	return true;
}

static void read_lines(struct exempt *e, const char *file, bool optional,
		       void (*read)(const struct place *at, struct span line))
{
	struct place at = { .e = e, .file = file };
	struct span all, line, local = SPAN(".local"), name = span_of(file);
	struct linefile f;
	int r;

	/* how a script says that there is none */
	if (span_equal(name, SPAN("/dev/null")))
		return;
	r = linefile_open(&f, file, &e->arena);
	if (name.len > local.len &&
	    span_equal(span_skip(name, name.len - local.len), local))
		optional = true;
	if (r == -ENOENT && optional)
		return;
	if (r < 0) {
		log_warning(LOG_TABLE_TROUBLE, "can't open %s: %s", file,
			    linefile_strerror(-r));
		return;
	}
	all = (struct span){ f.at, (size_t)(f.end - f.at) };
	while (span_next_line(&all, &line)) {
		at.line++;
		line = span_trim(line);
		if (line.len > 0 && line.p[0] != '#')
			read(&at, line);
	}
}

/* A word, without its comment. False, with a complaint, for several. */
static bool take_word(const struct place *at, struct span *line,
		      const char *what)
{
	ptrdiff_t comment = span_find(*line, '#');

	if (comment >= 0)
		line->len = (size_t)comment;
	*line = span_trim(*line);
	if (!has_space(*line))
		return true;
	complain(at, what);
	return false;
}

/* ---- clients ----------------------------------------------------- */

/* Does it look like an IPv4 address, or the begin of one? */
static unsigned octets(struct span word)
{
	unsigned dots = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (word.p[i] == '.')
			dots++;
		else if (word.p[i] < '0' || word.p[i] > '9')
			return 0;
	}
	return dots + 1;
}

static bool looks_like_ipv6(struct span word)
{
	ptrdiff_t colon = span_find(word, ':');

	return colon >= 0 &&
	       span_find(span_skip(word, (size_t)colon + 1), ':') >= 0;
}

/* "192.0.2" and "10.77": the network of all that begin so. */
static bool parse_prefix(struct span word, unsigned count, struct cidr *ret)
{
	struct cidr net = { .net.family = ADDRESS_IPV4, .prefix = 8 * count };

	for (unsigned i = 0; i < count; i++) {
		struct span octet = word, rest = SPAN("");
		uint64_t number;

		span_cut(word, '.', &octet, &rest);
		if (!number_parse(octet, 255, &number))
			return false;
		net.net.bytes[i] = (unsigned char)number;
		word = rest;
	}
	*ret = net;
	return true;
}

static bool parse_net(struct span word, struct cidr *ret)
{
	enum cidr_error error = cidr_parse(word, ret);

	return error == CIDR_OK || error == CIDR_HOST_BITS;
}

static void add_net(const struct place *at, const struct cidr *net)
{
	struct exempt_net *n = arena_alloc(&at->e->arena, sizeof(*n));

	if (!n) {
		complain_of_memory(at);
		return;
	}
	*n = (struct exempt_net){ at->e->nets, *net };
	at->e->nets = n;
}

static void add_name(const struct place *at, struct span name)
{
	struct exempt_name *n = arena_alloc(&at->e->arena, sizeof(*n));

	if (!n) {
		complain_of_memory(at);
		return;
	}
	*n = (struct exempt_name){ at->e->names, name };
	at->e->names = n;
}

static void read_client(const struct place *at, struct span line)
{
	struct span address = line, prefix;
	struct cidr net;
	unsigned count;
	bool good;

	if (read_pattern(at, line, &at->e->name_patterns) ||
	    !take_word(at, &line, "doesn't look like a hostname"))
		return;
	address = line;
	span_cut(line, '/', &address, &prefix);
	count = octets(address);
	if (count == 4 || looks_like_ipv6(address)) {
		good = parse_net(line, &net);
	} else if ((count == 2 || count == 3) && address.len == line.len) {
		good = parse_prefix(line, count, &net);
	} else {
		add_name(at, line);
		return;
	}
	if (good)
		add_net(at, &net);
	else
		complain(at, "doesn't look like an address or network");
}

void exempt_read_clients(struct exempt *e, const char *file, bool optional)
{
	read_lines(e, file, optional, read_client);
}

/* ---- recipients -------------------------------------------------- */

static void read_recipient(const struct place *at, struct span line)
{
	struct exempt_recipient r = { .any_user = false }, *kept;

	if (read_pattern(at, line, &at->e->recipient_patterns) ||
	    !take_word(at, &line, "doesn't look like an address"))
		return;
	if (!span_cut(line, '@', &r.user, &r.domain)) {
		r.domain = line;
		r.below = true;
	}
	r.any_user = r.user.len == 0;
	if (r.any_user && r.domain.len == 0) {
		complain(at, "doesn't look like an address");
		return;
	}
	kept = arena_alloc(&at->e->arena, sizeof(*kept));
	if (!kept) {
		complain_of_memory(at);
		return;
	}
	*kept = r;
	kept->next = at->e->recipients;
	at->e->recipients = kept;
}

void exempt_read_recipients(struct exempt *e, const char *file, bool optional)
{
	read_lines(e, file, optional, read_recipient);
}

/* ---- matching ---------------------------------------------------- */

/* Is DOMAIN the domain NAME, or below it? */
static bool is_below(struct span domain, struct span name)
{
	if (domain.len < name.len ||
	    !span_equal_nocase(span_skip(domain, domain.len - name.len), name))
		return false;
	return domain.len == name.len ||
	       domain.p[domain.len - name.len - 1] == '.';
}

static bool any_pattern(const struct exempt_pattern *p, struct span subject)
{
	char memory[SUBJECT_MAX + 1];
	struct sbuf text = SBUF(memory);

	sbuf_add(&text, subject);
	if (!p || !sbuf_fitted(&text))
		return false;
	for (; p; p = p->next) {
		regmatch_t all = { .rm_so = 0, .rm_eo = (regoff_t)subject.len };

		if (regexec(&p->regex, memory, 1, &all, REG_STARTEND) == 0)
			return true;
	}
	return false;
}

bool exempt_client(const struct exempt *e, struct span name,
		   const struct address *who)
{
	for (const struct exempt_name *n = e->names; n; n = n->next)
		if (is_below(name, n->name))
			return true;
	if (any_pattern(e->name_patterns, name))
		return true;
	for (const struct exempt_net *n = e->nets; n; n = n->next)
		if (cidr_contains(&n->net, who))
			return true;
	return false;
}

static bool is_user(struct span user, struct span wanted)
{
	return span_starts_with_nocase(user, wanted) &&
	       (user.len == wanted.len || user.p[wanted.len] == '+');
}

static bool recipient_matches(const struct exempt_recipient *r,
			      struct span user, struct span domain)
{
	if (!r->any_user && !is_user(user, r->user))
		return false;
	if (r->domain.len == 0)
		return true;
	return r->below ? is_below(domain, r->domain)
			: span_equal_nocase(domain, r->domain);
}

bool exempt_recipient(const struct exempt *e, struct span recipient)
{
	struct span user = recipient, domain = SPAN(""), before, behind;

	/* a quoted user may have an "@" of its own */
	while (span_cut(domain.len > 0 ? domain : recipient, '@', &before,
			&behind)) {
		user.len = (size_t)(behind.p - recipient.p) - 1;
		domain = behind;
		if (domain.len == 0)
			break;
	}
	for (const struct exempt_recipient *r = e->recipients; r; r = r->next)
		if (recipient_matches(r, user, domain))
			return true;
	return any_pattern(e->recipient_patterns, recipient);
}
