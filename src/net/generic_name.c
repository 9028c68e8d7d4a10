#include "net/generic_name.h"

#include "base/number.h"
#include "net/hostname.h"

#include <inttypes.h>

/* Parts of a host name are no more than its bytes. */
#define NAME_MOST 255

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool contains(struct span text, struct span part)
{
	for (; part.len > 0 && text.len >= part.len; text = span_skip(text, 1))
		if (span_equal_nocase((struct span){ text.p, part.len }, part))
			return true;
	return false;
}

/* ---- decimal ----------------------------------------------------- */

/* Take the next run of digits off *REST. */
static bool next_digits(struct span *rest, struct span *ret)
{
	size_t n = 0;

	while (rest->len > 0 && !is_digit(rest->p[0]))
		*rest = span_skip(*rest, 1);
	while (n < rest->len && is_digit(rest->p[n]))
		n++;
	*ret = (struct span){ rest->p, n };
	*rest = span_skip(*rest, n);
	return n > 0;
}

/* Where in BYTES, counting from FROM in steps of STEP, do numbers go on? How
 * many in a row are found is kept in *RUN. */
static void follow(const unsigned char bytes[4], int step, uint64_t number,
		   unsigned *run, int *at)
{
	int next = *at + step;

	if (*run > 0 && next >= 0 && next < 4 && bytes[next] == number) {
		(*run)++;
		*at = next;
		return;
	}
	*run = 0;
	for (int i = 0; i < 4; i++)
		/* the end that leaves most to come */
		if (bytes[step > 0 ? i : 3 - i] == number) {
			*at = step > 0 ? i : 3 - i;
			*run = 1;
			return;
		}
}

static uint64_t whole(const unsigned char bytes[4])
{
	return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 |
	       (uint64_t)bytes[2] << 8 | bytes[3];
}

/* "192168001002": three digits for each byte. */
static bool is_padded(struct span digits, const unsigned char bytes[4])
{
	char memory[16];
	struct sbuf text = SBUF(memory);

	for (int i = 0; i < 4; i++)
		sbuf_addf(&text, "%03u", bytes[i]);
	return contains(digits, sbuf_span(&text));
}

static bool has_decimal(struct span name, const unsigned char bytes[4])
{
	unsigned forwards = 0, backwards = 0;
	int f = 0, b = 0;
	struct span digits;
	uint64_t number;

	while (next_digits(&name, &digits)) {
		if (is_padded(digits, bytes))
			return true;
		if (!number_parse(digits, UINT32_MAX, &number)) {
			forwards = backwards = 0;
			continue;
		}
		if (number > 255 && number == whole(bytes))
			return true;
		follow(bytes, 1, number, &forwards, &f);
		follow(bytes, -1, number, &backwards, &b);
		if (forwards >= 3 || backwards >= 3)
			return true;
	}
	return false;
}

static bool has_ipv4(struct span name, const struct address *who)
{
	const unsigned char *b = who->bytes;
	char there[16], back[16];
	struct sbuf hex = SBUF(there), xeh = SBUF(back);

	for (int i = 0; i < 4; i++) {
		sbuf_addf(&hex, "%02x", b[i]);
		sbuf_addf(&xeh, "%02x", b[3 - i]);
	}
	return has_decimal(name, b) || contains(name, sbuf_span(&hex)) ||
	       contains(name, sbuf_span(&xeh));
}

/* ---- IPv6 -------------------------------------------------------- */

/* The name without what stands between digits. */
static void squeeze(struct span name, struct sbuf *to)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] != '.' && name.p[i] != '-')
			sbuf_add_char(to, name.p[i]);
}

/* "2001-db8-0-5--1" */
static bool has_written(struct span name, const struct address *who)
{
	char memory[ADDRESS_TEXT + 1];
	struct sbuf text = SBUF(memory);

	address_format(who, &text);
	for (size_t i = 0; i < text.len; i++)
		if (text.text[i] == ':')
			text.text[i] = '-';
	return contains(name, sbuf_span(&text));
}

static bool has_ipv6(struct span name, const struct address *who)
{
	char memory[NAME_MOST + 1], there[24], back[24];
	struct sbuf dense = SBUF(memory), hex = SBUF(there), xeh = SBUF(back);

	squeeze(name, &dense);
	for (int i = 8; i < 16; i++)
		sbuf_addf(&hex, "%02x", who->bytes[i]);
	for (int i = 15; i >= 0; i--)
		sbuf_add_char(&xeh, hex.text[i]);
	return contains(sbuf_span(&dense), sbuf_span(&hex)) ||
	       contains(sbuf_span(&dense), sbuf_span(&xeh)) ||
	       has_written(name, who);
}

/* ---- words ------------------------------------------------------- */

static const char *const words[] = {
	"adsl",	       "broadband", "cable", "catv",	"cpe",	  "cust",
	"customer",    "customers", "dhcp",  "dial",	"dialin", "dialup",
	"dip",	       "dsl",	    "dyn",   "dynamic", "dynip",  "fttb",
	"ftth",	       "fttx",	    "gprs",  "pool",	"ppp",	  "pppoe",
	"residential", "sdsl",	    "vdsl",  "xdsl",
};

static bool is_word(struct span text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_equal_nocase(text, span_of(words[i])))
			return true;
	return false;
}

/* All but the last two labels, which are whose it is. */
static struct span customer_part(struct span name)
{
	int dots = 0;

	while (name.len > 0 && dots < 2)
		if (name.p[--name.len] == '.')
			dots++;
	return name;
}

static bool has_word(struct span name)
{
	while (name.len > 0) {
		size_t n = 0;

		while (n < name.len && is_letter(name.p[n]))
			n++;
		if (is_word((struct span){ name.p, n }))
			return true;
		name = span_skip(name, n > 0 ? n : 1);
	}
	return false;
}

bool generic_name(struct span name, const struct address *who)
{
	if (!hostname_valid(name) || span_equal_nocase(name, SPAN("unknown")))
		return true;
	if (who->family == ADDRESS_IPV4 && has_ipv4(name, who))
		return true;
	if (who->family == ADDRESS_IPV6 && has_ipv6(name, who))
		return true;
	return has_word(customer_part(name));
}
