#include "report/bars.h"

void bars_paint(const struct report_look *look, FILE *to, const char *code)
{
	if (look->colour)
		fprintf(to, "\033[%sm", code);
}

static void repeat(FILE *to, const char *piece, uint64_t times)
{
	while (times-- > 0)
		fputs(piece, to);
}

void bars_one(const struct report_look *look, FILE *to, uint64_t value,
	      uint64_t most, int width)
{
	static const char *const part[8] = { "",  "▏", "▎", "▍",
					     "▌", "▋", "▊", "▉" };
	double columns = most > 0 ? (double)value * width / (double)most : 0;
	uint64_t eighths = (uint64_t)(columns * 8 + 0.5);

	if (value == 0)
		return;
	if (eighths == 0)
		eighths = 1;
	bars_paint(look, to, "36");
	if (look->utf8) {
		repeat(to, "█", eighths / 8);
		fputs(part[eighths % 8], to);
	} else {
		repeat(to, "#", (eighths + 7) / 8);
	}
	bars_paint(look, to, "0");
}

/* How an outcome looks in a bar of several. */
static const struct {
	const char *block, *ascii, *colour;
} looks[OUTCOMES] = {
	[OUTCOME_PASSED] = { "█", "#", "32" },
	[OUTCOME_LATER] = { "▓", "+", "33" },
	[OUTCOME_REFUSED] = { "▒", "x", "31" },
	[OUTCOME_OTHER] = { "░", ".", "90" },
};

static void pieces(const struct report_look *look, FILE *to,
		   enum outcome outcome, uint64_t times)
{
	if (times == 0)
		return;
	bars_paint(look, to, looks[outcome].colour);
	repeat(to, look->utf8 ? looks[outcome].block : looks[outcome].ascii,
	       times);
	bars_paint(look, to, "0");
}

/* The ends of the pieces are rounded, not their lengths, so that the whole has
 * its length. */
void bars_stack(const struct report_look *look, FILE *to,
		const uint64_t value[OUTCOMES], uint64_t most, int width)
{
	uint64_t sum = 0, drawn = 0;

	for (enum outcome o = 0; o < OUTCOMES && most > 0; o++) {
		uint64_t end;

		sum += value[o];
		end = (uint64_t)((double)sum * width / (double)most + 0.5);
		pieces(look, to, o, end - drawn);
		drawn = end;
	}
	putc('\n', to);
}

void bars_legend(const struct report_look *look, FILE *to)
{
	fputs("  ", to);
	for (enum outcome o = 0; o < OUTCOMES; o++) {
		pieces(look, to, o, 1);
		fprintf(to, " %s%s", figures_outcome_name(o),
			o < OUTCOMES - 1 ? "   " : "\n");
	}
}
