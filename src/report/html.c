#include "report/html.h"

#include "report/wording.h"

#include <string.h>

void html_text(FILE *to, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\'':
			fputs("&#39;", to);
			break;
		default:
			putc(*text >= ' ' && *text <= '~' ? *text : '?', to);
			break;
		}
	}
}

/* ---- figures ---------------------------------------------------------------
 */

void html_count(FILE *to, uint64_t count)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	wording_count(count, &b);
	fputs(memory, to);
}

void html_share(FILE *to, uint64_t part, uint64_t whole)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	wording_share(part, whole, &b);
	fputs(memory, to);
}

void html_period(FILE *to, int64_t microseconds)
{
	char memory[64];
	struct sbuf b = SBUF(memory);

	wording_period(microseconds, &b);
	fputs(memory, to);
}

/* ---- bars ------------------------------------------------------------------
 */

static double percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

void html_bar(FILE *to, uint64_t part, uint64_t whole)
{
	double width = percent(part, whole);

	if (part > 0 && width < 0.5)
		width = 0.5;
	fprintf(to,
		"<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"track\" "
		"width=\"100%%\" height=\"10\" rx=\"2\"/><rect class=\"fill\" "
		"width=\"%.2f%%\" height=\"10\" rx=\"2\"/></svg>",
		width);
}

void html_stack(FILE *to, const uint64_t count[OUTCOMES])
{
	uint64_t all = 0, before = 0;

	for (enum outcome o = 0; o < OUTCOMES; o++)
		all += count[o];
	fputs("<svg class=\"stack\" aria-hidden=\"true\">", to);
	for (enum outcome o = 0; o < OUTCOMES; o++) {
		fprintf(to,
			"<rect class=\"o%d\" x=\"%.2f%%\" width=\"%.2f%%\" "
			"height=\"18\"/>",
			(int)o, percent(before, all), percent(count[o], all));
		before += count[o];
	}
	fputs("</svg>\n", to);
}

void html_legend(FILE *to)
{
	fputs("<ul class=\"legend\">", to);
	for (enum outcome o = 0; o < OUTCOMES; o++)
		fprintf(to,
			"<li><svg width=\"12\" height=\"12\" "
			"aria-hidden=\"true\"><rect class=\"o%d\" width=\"12\" "
			"height=\"12\" rx=\"2\"/></svg>%s</li>",
			(int)o, figures_outcome_name(o));
	fputs("</ul>\n", to);
}

/* ---- tables ----------------------------------------------------------------
 */

/* A narrow screen shows rows as blocks, and a table whose rows are none must
 * say itself that it is one. */
void html_table(FILE *to, const char *class, const char *caption,
		const char *headings)
{
	fprintf(to,
		"<table class=\"%s\" role=\"table\"><caption>%s</caption>\n"
		"<thead role=\"rowgroup\"><tr role=\"row\">",
		class, caption);
	for (;;) {
		int length = (int)strcspn(headings, "|");

		fprintf(to, "<th role=\"columnheader\" scope=\"col\">%.*s</th>",
			length, headings);
		if (headings[length] == '\0')
			break;
		headings += length + 1;
	}
	fputs("</tr></thead>\n<tbody role=\"rowgroup\">\n", to);
}

void html_table_end(FILE *to)
{
	fputs("</tbody></table>\n", to);
}

void html_row(FILE *to, const char *name)
{
	fputs("<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">", to);
	html_text(to, name);
	fputs("</th>", to);
}

void html_row_end(FILE *to)
{
	fputs("</tr>\n", to);
}

void html_cell(FILE *to, const char *heading)
{
	fprintf(to, "<td role=\"cell\" data-of=\"%s\">", heading);
}

void html_cell_end(FILE *to)
{
	fputs("</td>", to);
}

void html_cell_count(FILE *to, const char *heading, uint64_t count)
{
	html_cell(to, heading);
	html_count(to, count);
	html_cell_end(to);
}
