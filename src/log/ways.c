#include "log/ways.h"

#include "log/held.h"
#include "log/journal.h"
#include "log/syslog.h"
#include "net/stream.h"

#include <assert.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STDERR 2

/* Far from the rest: most processes write a line or two, one by one, and touch
 * none of these pages. */
static char together[HELD_MEMORY + ENTRY_MEMORY];
static_assert(HELD_LINES <= OUTLET_DATAGRAMS, "they are sent in one call");

/* ---- which -------------------------------------------------------------- */

static void put_in_order(struct ways *w, unsigned *count,
			 enum target_kind target)
{
	for (unsigned i = 0; i < *count; i++)
		if (w->order[i] == target)
			return;
	w->order[(*count)++] = target;
}

static void choose_order(struct ways *w, const struct target *wish)
{
	unsigned count = 0;

	if (!wish->automatic)
		put_in_order(w, &count, wish->kind);
	if (w->by_hand || isatty(STDERR))
		put_in_order(w, &count, TARGET_STDERR);
	put_in_order(w, &count, TARGET_JOURNAL);
	put_in_order(w, &count, TARGET_SYSLOG);
	put_in_order(w, &count, TARGET_STDERR);
	w->at = 0;
}

static void init_outlet(const struct ways *w, struct outlet *o,
			const struct target *wish, enum target_kind target,
			const char *usual)
{
	bool named = !wish->automatic && wish->kind == target;
	bool good;

	if (w->opened)
		outlet_close(o);
	good = outlet_init(o, named && wish->path.len > 0 ? wish->path
							  : span_of(usual));
	assert(good);
}

void ways_open(struct ways *w, const char *target, int client, bool by_hand)
{
	struct target wish = { .automatic = true };

	/* a bad one has been reported as a mistake in the configuration */
	target_parse(target, &wish);
	w->by_hand = by_hand;
	ways_client(w, client);
	init_outlet(w, &w->journal, &wish, TARGET_JOURNAL, journal_socket);
	init_outlet(w, &w->syslog, &wish, TARGET_SYSLOG, syslog_socket);
	choose_order(w, &wish);
	w->opened = true;
}

void ways_client(struct ways *w, int client)
{
	w->client = client;
	w->stderr_known = false;
}

void ways_close(struct ways *w)
{
	if (w->opened) {
		outlet_close(&w->journal);
		outlet_close(&w->syslog);
	}
}

/*
 * Found out once after each ways_open: who opens the log knows the client's
 * descriptors by then, and from there on they stay what they are. That it could
 * not be looked at holds for one line only.
 */
static bool stderr_usable(struct ways *w)
{
	struct stat st;

	if (w->stderr_known)
		return w->stderr_good;
	if (fstat(STDERR, &st) < 0)
		return false;
	w->stderr_good = !stream_reaches(STDERR, STDIN_FILENO, w->by_hand) &&
			 !stream_reaches(STDERR, STDOUT_FILENO, w->by_hand) &&
			 !stream_reaches(STDERR, w->client, w->by_hand);
	w->stderr_type = w->stderr_good ? st.st_mode : 0;
	w->stderr_known = true;
	return w->stderr_good;
}

static bool connect_target(struct ways *w, enum target_kind target)
{
	switch (target) {
	case TARGET_JOURNAL:
		return outlet_open(&w->journal) == 0;
	case TARGET_SYSLOG:
		tzset(); /* reads a file, which a sandbox may forbid too */
		return outlet_open(&w->syslog) == 0;
	case TARGET_STDERR:
		return stderr_usable(w);
	case TARGETS:
		break;
	}
	return false;
}

void ways_connect(struct ways *w)
{
	for (int i = 0; i < TARGETS; i++) {
		if (connect_target(w, w->order[w->at]))
			break;
		w->at = (w->at + 1) % TARGETS;
	}
}

/* ---- one line ----------------------------------------------------------- */

static enum outlet_result to_journal(struct ways *w, const struct entry *entry,
				     const struct entry_source *from,
				     char *memory)
{
	struct sbuf to = sbuf_in(memory, ENTRY_MEMORY);

	entry_for_journal(entry, from, &to);
	return outlet_send(&w->journal, sbuf_span(&to), &w->patience);
}

static enum outlet_result to_syslog(struct ways *w, const struct entry *entry,
				    const struct entry_source *from,
				    char *memory)
{
	struct sbuf to = sbuf_in(memory, ENTRY_MEMORY);

	entry_for_syslog(entry, from, &to);
	return outlet_send(&w->syslog, sbuf_span(&to), &w->patience);
}

static enum outlet_result to_stderr(struct ways *w, const struct entry *entry,
				    const struct entry_source *from,
				    char *memory)
{
	struct sbuf to = sbuf_in(memory, PIPE_BUF);
	struct span line;

	if (!stderr_usable(w))
		return OUTLET_AWAY;
	entry_for_stderr(entry, from, &to);
	line = sbuf_span(&to);
	return outlet_write(STDERR, w->stderr_type, &line, &w->torn,
			    &w->patience);
}

static enum outlet_result to_target(struct ways *w, enum target_kind target,
				    const struct entry *entry,
				    const struct entry_source *from,
				    char *memory)
{
	switch (target) {
	case TARGET_JOURNAL:
		return to_journal(w, entry, from, memory);
	case TARGET_SYSLOG:
		return to_syslog(w, entry, from, memory);
	case TARGET_STDERR:
		return to_stderr(w, entry, from, memory);
	case TARGETS:
		break;
	}
	return OUTLET_AWAY;
}

/*
 * A target that is there but full loses the line: its daemon is stopped, and
 * the next target is most often the same daemon.
 */
bool ways_send(struct ways *w, const struct entry *entry,
	       const struct entry_source *from, char *memory)
{
	for (int i = 0; i < TARGETS; i++) {
		enum outlet_result r =
			to_target(w, w->order[w->at], entry, from, memory);

		if (r != OUTLET_AWAY)
			return r == OUTLET_SENT;
		w->at = (w->at + 1) % TARGETS;
	}
	return false;
}

/* ---- lines together ----------------------------------------------------- */

static enum outlet_result all_to_stderr(struct ways *w,
					const struct span *lines,
					unsigned count, unsigned *ret_sent)
{
	enum outlet_result result = OUTLET_SENT;
	unsigned sent = 0;

	if (!stderr_usable(w))
		return OUTLET_AWAY;
	while (sent < count && result == OUTLET_SENT) {
		struct span piece = { lines[sent].p, 0 };

		/* as many as a pipe takes in one */
		for (unsigned i = sent;
		     i < count && piece.len + lines[i].len <= PIPE_BUF; i++)
			piece.len += lines[i].len;
		result = outlet_write(STDERR, w->stderr_type, &piece, &w->torn,
				      &w->patience);
		while (sent < count &&
		       lines[sent].p + lines[sent].len <= piece.p)
			sent++;
	}
	*ret_sent = sent;
	return result;
}

/* *RET_SENT entries were sent; the result is that of the one behind these, if
 * there was one to be tried. */
static enum outlet_result all_to_target(struct ways *w, enum target_kind target,
					const struct entry *entries,
					unsigned count,
					const struct entry_source *from,
					unsigned *ret_sent)
{
	struct sbuf to = SBUF(together);
	struct span pieces[HELD_LINES];

	*ret_sent = 0;
	switch (target) {
	case TARGET_JOURNAL:
		count = held_format(entries, count, entry_for_journal, from,
				    &to, pieces);
		return outlet_send_all(&w->journal, pieces, count, &w->patience,
				       ret_sent);
	case TARGET_SYSLOG:
		count = held_format(entries, count, entry_for_syslog, from, &to,
				    pieces);
		return outlet_send_all(&w->syslog, pieces, count, &w->patience,
				       ret_sent);
	case TARGET_STDERR:
		count = held_format(entries, count, entry_for_stderr, from, &to,
				    pieces);
		return all_to_stderr(w, pieces, count, ret_sent);
	case TARGETS:
		break;
	}
	return OUTLET_AWAY;
}

unsigned ways_send_all(struct ways *w, const struct entry *entries,
		       unsigned count, const struct entry_source *from)
{
	unsigned lost = 0, sent;

	while (count > 0) {
		enum outlet_result r = all_to_target(
			w, w->order[w->at], entries, count, from, &sent);

		entries += sent;
		count -= sent;
		if (r == OUTLET_SENT)
			continue;
		/* what cannot go with the others goes alone, or is lost alone
		 */
		lost += !ways_send(w, entries, from, together);
		entries++;
		count--;
	}
	return lost;
}
