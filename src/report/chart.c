#include "report/chart.h"

#include "report/html.h"

#include <inttypes.h>

/* In pixels. */
#define HEIGHT 200
#define BELOW  24

/* Lines across, at most, and labels that a narrow and a wide screen have room
 * for. */
#define LINES	      5
#define NARROW_LABELS 8
#define WIDE_LABELS   18

static uint64_t sum(const struct chart_column *c)
{
	uint64_t all = 0;

	for (int o = 0; o < OUTCOMES; o++)
		all += c->count[o];
	return all;
}

/* The distance of lines: 1, 2 or 5, and noughts. */
static uint64_t step_for(uint64_t most)
{
	uint64_t step = 1;

	for (;; step *= 10)
		for (unsigned by = 1; by <= 5; by += by == 1 ? 1 : 3)
			if (most / (step * by) < LINES)
				return step * by;
}

static void short_count(FILE *to, uint64_t n)
{
	if (n >= 10000000)
		fprintf(to, "%" PRIu64 "M", n / 1000000);
	else if (n >= 1000000)
		fprintf(to, "%.1fM", (double)n / 1e6);
	else if (n >= 10000)
		fprintf(to, "%" PRIu64 "k", n / 1000);
	else
		html_count(to, n);
}

static double height_of(uint64_t count, uint64_t top)
{
	return HEIGHT * (double)count / (double)top;
}

static void lines(FILE *to, uint64_t step, uint64_t top)
{
	for (uint64_t n = 0; n <= top; n += step) {
		double y = HEIGHT - height_of(n, top);

		fprintf(to,
			"<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" "
			"y2=\"%.1f\"/><text class=\"y\" x=\"-8\" y=\"%.1f\">",
			n == 0 ? "zero" : "line", y, y, y + 4);
		short_count(to, n);
		fputs("</text>\n", to);
	}
}

static void draw(FILE *to, const struct chart_column *c, double left,
		 double width, uint64_t top)
{
	uint64_t below = 0;

	fputs("<g><title>", to);
	html_text(to, c->name);
	for (enum outcome o = 0; o < OUTCOMES; o++) {
		fprintf(to, "%s %s ", o == 0 ? ":" : ",",
			figures_outcome_name(o));
		html_count(to, c->count[o]);
	}
	/* all of the column can be pointed at */
	fprintf(to,
		"</title><rect class=\"none\" x=\"%.3f%%\" y=\"0\" "
		"width=\"%.3f%%\" height=\"%d\"/>",
		left, width, HEIGHT);
	for (enum outcome o = 0; o < OUTCOMES; o++) {
		if (c->count[o] == 0)
			continue;
		below += c->count[o];
		fprintf(to,
			"<rect class=\"o%d\" x=\"%.3f%%\" y=\"%.2f\" "
			"width=\"%.3f%%\" height=\"%.2f\"/>",
			(int)o, left + width * 0.12,
			HEIGHT - height_of(below, top), width * 0.76,
			height_of(c->count[o], top));
	}
	fputs("</g>\n", to);
}

static void label(FILE *to, const struct chart_column *c, int i, int columns,
		  double middle)
{
	int narrow = (columns + NARROW_LABELS - 1) / NARROW_LABELS;
	int wide = (columns + WIDE_LABELS - 1) / WIDE_LABELS;

	/* those of a narrow screen are some of those of a wide one */
	narrow = (narrow + wide - 1) / wide * wide;
	if (i % wide != 0)
		return;
	fprintf(to, "<text class=\"x%s\" x=\"%.3f%%\" y=\"%d\">",
		i % narrow == 0 ? "" : " wide", middle, HEIGHT + 17);
	html_text(to, c->brief);
	fputs("</text>\n", to);
}

static void table(FILE *to, const char *title, const char *what,
		  const struct chart_column *column, int columns)
{
	fputs("<details><summary>The figures</summary>\n", to);
	html_table(to, "plain", title, " |passed|later|refused|other");
	for (int i = 0; i < columns; i++) {
		html_row(to, column[i].name);
		for (enum outcome o = 0; o < OUTCOMES; o++)
			html_cell_count(to, figures_outcome_name(o),
					column[i].count[o]);
		html_row_end(to);
	}
	html_table_end(to);
	fprintf(to, "<p>Connections %s.</p></details>\n", what);
}

void chart_write(FILE *to, const char *id, const char *title, const char *what,
		 const struct chart_column *column, int columns)
{
	double width = 100.0 / columns;
	uint64_t most = 1, step, top;

	for (int i = 0; i < columns; i++)
		if (sum(&column[i]) > most)
			most = sum(&column[i]);
	step = step_for(most);
	top = (most + step - 1) / step * step;
	html_legend(to);
	fprintf(to,
		"<div class=\"chart\"><svg height=\"%d\" role=\"img\" "
		"aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title>"
		"<desc id=\"%s-d\">Stacked columns: connections %s, by what "
		"became of them. The figures are in the table "
		"below.</desc>\n",
		HEIGHT + BELOW, id, id, id, title, id, what);
	lines(to, step, top);
	for (int i = 0; i < columns; i++)
		draw(to, &column[i], i * width, width, top);
	for (int i = 0; i < columns; i++)
		label(to, &column[i], i, columns, (i + 0.5) * width);
	fputs("</svg></div>\n", to);
	table(to, title, what, column, columns);
}
