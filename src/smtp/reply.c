#include "smtp/reply.h"

#include "smtp/footer.h"

/* One line of a reply can hold no control byte, wherever it came from. */
static void add_clean(struct sbuf *to, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		sbuf_add_char(to, (c < ' ' && c != '\t') || c == 0x7f
					  ? '?'
					  : text.p[i]);
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of "5.7.1" at the start of S, or 0 (RFC 3463, section 2). */
static size_t enhanced_length(struct span s)
{
	size_t at = 1;

	if (s.len < 5 || (s.p[0] != '2' && s.p[0] != '4' && s.p[0] != '5'))
		return 0;
	for (int part = 0; part < 2; part++) {
		size_t digits = 0;

		if (at >= s.len || s.p[at++] != '.')
			return 0;
		while (at < s.len && digits < 4 && is_digit(s.p[at])) {
			digits++;
			at++;
		}
		if (digits < 1 || digits > 3)
			return 0;
	}
	return at == s.len || s.p[at] == ' ' ? at : 0;
}

void reply_soften(const struct conf *conf, struct span text, struct sbuf *to)
{
	if (!conf->soft_bounce || text.len < 4 || text.p[0] != '5') {
		sbuf_add(to, text);
		return;
	}
	sbuf_add_char(to, '4');
	sbuf_add(to, (struct span){ text.p + 1, 3 });
	text = span_skip(text, 4);
	if (enhanced_length(text) > 0 && text.p[0] == '5') {
		sbuf_add_char(to, '4');
		text = span_skip(text, 1);
	}
	sbuf_add(to, text);
}

/* A footer falls into pieces at each "\n" (two bytes); one may be empty. */
struct pieces {
	struct span rest;
	bool more;
};

static struct span take_piece(struct pieces *p)
{
	struct span piece = p->rest;

	for (size_t i = 0; i + 1 < piece.len; i++) {
		if (piece.p[i] == '\\' && piece.p[i + 1] == 'n') {
			p->rest = span_skip(piece, i + 2);
			piece.len = i;
			return piece;
		}
	}
	p->more = false;
	return piece;
}

/*
 * Every line bears the code, and those of the footer the enhanced code too,
 * for a client that shows its user only one of them. FOOTER may be NULL.
 */
static void add_lines(struct sbuf *to, struct span text,
		      const struct sbuf *footer)
{
	struct span code = { text.p, text.len < 3 ? text.len : 3 };
	struct span words = span_skip(text, 4);
	struct span enhanced = { words.p, enhanced_length(words) };
	struct span piece = SPAN("");
	struct pieces left = { .rest = footer ? sbuf_span(footer) : piece,
			       .more = footer != NULL };

	if (span_starts_with(left.rest, SPAN("\\c"))) {
		left.rest = span_skip(left.rest, 2);
		piece = take_piece(&left);
	}
	add_clean(to, code);
	sbuf_add_char(to, left.more ? '-' : ' ');
	add_clean(to, words);
	add_clean(to, piece);
	sbuf_add_text(to, "\r\n");
	while (left.more) {
		piece = take_piece(&left);
		add_clean(to, code);
		sbuf_add_char(to, left.more ? '-' : ' ');
		sbuf_add(to, enhanced);
		if (enhanced.len > 0)
			sbuf_add_char(to, ' ');
		add_clean(to, piece);
		sbuf_add_text(to, "\r\n");
	}
}

/* The template for TEXT; false when there is none. MEMORY is for its text. */
static bool find_footer(const struct reply_form *form, struct span text,
			struct sbuf *memory, struct sbuf *warning,
			struct span *ret)
{
	if (text.len == 0 || (text.p[0] != '4' && text.p[0] != '5'))
		return false;
	if (form->footer_maps &&
	    maps_find(form->footer_maps, text, memory, warning) == 1) {
		*ret = sbuf_span(memory);
		return true;
	}
	*ret = span_of(form->conf->reject_footer);
	return ret->len > 0;
}

/*
 * LINES with the footer of TEXT, if it has one. On its own: most replies have
 * none, and each page of a frame is fresh memory for a process of one client.
 */
__attribute__((noinline)) static void
add_with_footer(const struct reply_form *form, struct span text,
		struct span lines, int64_t now, struct sbuf *to,
		struct sbuf *warning)
{
	char map_memory[FOOTER_SIZE], footer_memory[FOOTER_SIZE];
	struct sbuf map = SBUF(map_memory), footer = SBUF(footer_memory);
	struct span template;

	if (find_footer(form, text, &map, warning, &template) &&
	    footer_expand(form, template, now, &footer, warning))
		add_lines(to, lines, &footer);
}

void reply_add(const struct reply_form *form, struct span text, int64_t now,
	       struct sbuf *reply, struct sbuf *warning)
{
	char soft_memory[2048];
	struct sbuf soft = SBUF(soft_memory);
	struct sbuf whole =
		sbuf_in(reply->text + reply->len, reply->size - reply->len);

	reply_soften(form->conf, text, &soft);
	if (form->footer_maps || form->conf->reject_footer[0] != '\0')
		add_with_footer(form, text, sbuf_span(&soft), now, &whole,
				warning);
	if (!sbuf_fitted(&whole))
		sbuf_add_text(warning, "reject footer left out: too long for "
				       "a reply");
	if (whole.len == 0 || !sbuf_fitted(&whole)) {
		struct span line = sbuf_span(&soft);
		size_t room = whole.size - 1;

		if (line.len + 2 > room)
			line.len = room < 2 ? 0 : room - 2;
		sbuf_clear(&whole);
		add_lines(&whole, line, NULL);
	}
	reply->len += whole.len;
}
