#include "migrate/bdb_dump.h"

#include "base/escape.h"

void bdb_dump_start(struct bdb_dump *d)
{
	d->place = BDB_BEFORE;
	d->whole = 0;
}

bool bdb_dump_is_whole(const struct bdb_dump *d)
{
	return d->place == BDB_BEFORE && d->whole > 0;
}

static enum bdb_line wrong(struct sbuf *why, const char *wanted,
			   struct span line)
{
	if (line.len > 60)
		line.len = 60;
	sbuf_addf(why, "expected %s, not \"", wanted);
	escape_printable(why, line, false);
	sbuf_add_char(why, '"');
	return BDB_WRONG;
}

/* ---- data -------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Two digits at the start of S. */
static bool take_hex(struct span *s, struct sbuf *to)
{
	int high, low;

	if (s->len < 2)
		return false;
	high = hex_digit(s->p[0]);
	low = hex_digit(s->p[1]);
	if (high < 0 || low < 0)
		return false;
	sbuf_add_char(to, (char)(high * 16 + low));
	*s = span_skip(*s, 2);
	return true;
}

static bool take_text(struct span *s, struct sbuf *to)
{
	char c = s->p[0];

	*s = span_skip(*s, 1);
	if (c != '\\') {
		sbuf_add_char(to, c);
		return true;
	}
	if (!span_starts_with(*s, SPAN("\\")))
		return take_hex(s, to);
	*s = span_skip(*s, 1);
	sbuf_add_char(to, '\\');
	return true;
}

static bool decode(const struct bdb_dump *d, struct span line, char *memory,
		   size_t *ret_len)
{
	struct sbuf to = sbuf_in(memory, BDB_DATUM + 1);

	while (line.len > 0)
		if (!(d->text ? take_text(&line, &to) : take_hex(&line, &to)))
			return false;
	*ret_len = to.len;
	return true;
}

/* ---- lines ------------------------------------------------------- */

static enum bdb_line take_first(struct bdb_dump *d, struct span line,
				struct sbuf *why)
{
	if (!span_equal(line, SPAN("VERSION=3")))
		return wrong(why, "what db_dump writes, first VERSION=3", line);
	d->place = BDB_HEADER;
	d->text = false;
	return BDB_NOTHING;
}

static enum bdb_line take_header(struct bdb_dump *d, struct span line,
				 struct sbuf *why)
{
	struct span name, value;

	if (!span_cut(line, '=', &name, &value))
		return wrong(why, "a line such as type=btree", line);
	if (span_equal(line, SPAN("HEADER=END")))
		d->place = BDB_KEY;
	else if (span_equal(name, SPAN("format")))
		d->text = span_equal(value, SPAN("print"));
	else if ((span_equal(name, SPAN("type")) &&
		  !span_equal(value, SPAN("btree")) &&
		  !span_equal(value, SPAN("hash"))) ||
		 span_equal(line, SPAN("keys=0")))
		return wrong(why, "a database with keys", line);
	return BDB_NOTHING;
}

static enum bdb_line take_datum(struct bdb_dump *d, struct span line,
				struct sbuf *why)
{
	bool is_key = d->place == BDB_KEY;

	if (is_key && span_equal(line, SPAN("DATA=END"))) {
		d->place = BDB_BEFORE;
		d->whole++;
		return BDB_NOTHING;
	}
	if (!span_starts_with(line, SPAN(" ")) ||
	    !decode(d, span_skip(line, 1), is_key ? d->key : d->value,
		    is_key ? &d->key_len : &d->value_len))
		return wrong(why, is_key ? "a key, or DATA=END" : "a value",
			     line);
	d->place = is_key ? BDB_VALUE : BDB_KEY;
	return is_key ? BDB_NOTHING : BDB_RECORD;
}

enum bdb_line bdb_dump_take(struct bdb_dump *d, struct span line,
			    struct sbuf *why)
{
	switch (d->place) {
	case BDB_BEFORE:
		return take_first(d, line, why);
	case BDB_HEADER:
		return take_header(d, line, why);
	case BDB_KEY:
	case BDB_VALUE:
		return take_datum(d, line, why);
	}
	return BDB_WRONG;
}
