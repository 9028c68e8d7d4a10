#include "migrate/postfix_tables.h"

#include "conf/table.h"

#include <string.h>

/* Where what Postfix has to convert goes. */
#define CONVERTED_DIR "/etc/smtp-screen/"

bool postfix_tables_in(const char *name)
{
	static const char *const names[] = {
		"mynetworks",
		"postscreen_access_list",
		"postscreen_allowlist_interfaces",
		"postscreen_command_filter",
		"postscreen_discard_ehlo_keyword_address_maps",
		"postscreen_dnsbl_reply_map",
		"postscreen_forbidden_commands",
		"postscreen_reject_footer_maps",
		"postscreen_whitelist_interfaces",
		"smtpd_discard_ehlo_keyword_address_maps",
		"smtpd_forbidden_commands",
		"smtpd_reject_footer_maps",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_type_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') ||
	       (!first && ((c >= '0' && c <= '9') || c == '_' || c == '-'));
}

/* "type:name"; an IPv6 address stands in brackets, a file begins with "/". */
static bool is_table(struct span item, struct span *ret_type,
		     struct span *ret_name)
{
	if (!span_cut(item, ':', ret_type, ret_name) || ret_type->len == 0)
		return false;
	for (size_t i = 0; i < ret_type->len; i++)
		if (!is_type_char(ret_type->p[i], i == 0))
			return false;
	return true;
}

static bool is_one_of(struct span text, const char *words)
{
	struct span rest = span_of(words), word;

	while (span_next_item(&rest, " ", &word))
		if (span_equal(word, text))
			return true;
	return false;
}

/* What a warning of table_open says, or NULL when it can be read. */
static const char *trouble_of(struct postfix_host *h, struct span item)
{
	const struct origin where = { NULL, 0, NULL };
	const struct report_line *line;
	struct report report;

	report_init(&report, h->arena);
	if (!table_open(item, h->arena, &report, &where))
		return "no memory for it";
	for (line = report.first; line; line = line->next)
		if (line->level == REPORT_WARNING)
			return line->text;
	return NULL;
}

/* A file of ours, named after Postfix's, whatever characters that has. */
static void add_converted(struct sbuf *to, struct span name)
{
	size_t start = name.len;

	while (start > 0 && name.p[start - 1] != '/')
		start--;
	sbuf_add_text(to, CONVERTED_DIR);
	for (size_t i = start; i < name.len; i++) {
		char c = name.p[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '_' || c == '-' ||
			    (c == '.' && i > start);

		sbuf_add_char(to, good ? c : '_');
	}
}

/* Its text is gone, but Postfix can list what it made of it. */
static void convert(struct postfix_host *h, struct span item, struct span name,
		    struct draft *d, struct sbuf *to)
{
	char from_memory[1024], to_memory[512], dir_memory[512];
	struct sbuf from = SBUF(from_memory), file = SBUF(to_memory);
	struct sbuf dir = SBUF(dir_memory);

	add_converted(&file, name);
	draft_quote(&from, item);
	draft_quote(&dir, span_of(h->dir));
	draft_note(d, DRAFT_TODO,
		   "%.*s: smtp-screen reads text, not what postmap makes of "
		   "it, and finds none. Convert it, now and after each change:",
		   (int)item.len, item.p);
	draft_command(d, "postmap -c %s -s %s >%s", dir.text, from.text,
		      file.text);
	sbuf_addf(to, "texthash:%s", file.text);
}

/* One item, which is a table, into TO. True when it is not as it was. */
static bool rewrite(struct postfix_host *h, struct span item, struct draft *d,
		    struct sbuf *to)
{
	struct span inner = item, type, name;
	const char *trouble;
	bool proxied = false;

	while (span_starts_with(inner, SPAN("proxy:"))) {
		inner = span_skip(inner, sizeof("proxy:") - 1);
		proxied = true;
	}
	if (!is_table(inner, &type, &name)) {
		sbuf_add(to, item);
		return false;
	}
	trouble = trouble_of(h, inner);
	if (trouble && is_one_of(type, "hash btree lmdb cdb dbm sdbm")) {
		convert(h, inner, name, d, to);
		return true;
	}
	if (trouble &&
	    !is_one_of(type, "cidr static inline texthash regexp pcre")) {
		draft_note(d, DRAFT_TODO,
			   "left out: %.*s. smtp-screen asks no such service: "
			   "it would have to wait for it. Put what matters for "
			   "the screen into a text file, as cidr:/FILE for "
			   "addresses or texthash:/FILE, and write that here.",
			   (int)item.len, item.p);
		return true;
	}
	if (trouble)
		draft_note(d, DRAFT_TODO, "%s", trouble);
	if (proxied)
		draft_note(d, DRAFT_CHANGED,
			   "read without proxymap, so smtp-screen's user must "
			   "be able to read it: %.*s",
			   (int)inner.len, inner.p);
	sbuf_add(to, inner);
	return proxied;
}

bool postfix_tables_rewrite(struct postfix_host *h, struct span value,
			    struct draft *d, struct sbuf *to)
{
	struct span item;
	bool changed = false;

	while (span_next_item(&value, SPAN_LIST_SEPARATORS, &item)) {
		size_t before = to->len, marks;

		if (before > 0)
			sbuf_add_char(to, ' ');
		while (item.len > 0 && item.p[0] == '!') {
			sbuf_add_char(to, '!');
			item = span_skip(item, 1);
		}
		marks = to->len;
		changed = rewrite(h, item, d, to) || changed;
		if (to->len == marks) /* left out */
			to->text[to->len = before] = '\0';
	}
	return changed;
}
