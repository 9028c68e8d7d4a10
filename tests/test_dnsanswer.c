#include "dns/dnsanswer.h"
#include "unit.h"

#include <stdio.h>

#define NAME "2.0.0.127.bl.example"

/* Where in the packet "bl.example" and the end of the name are. */
#define ZONE_AT	     22
#define ROOT_AT	     33
#define QUESTION_END 38 /* of the question section */
#define ID	     0x1234

struct packet {
	unsigned char bytes[DNSWIRE_PACKET + 1000];
	size_t len;
};

static void add(struct packet *p, const void *bytes, size_t len)
{
	ck_assert_uint_le(p->len + len, sizeof(p->bytes));
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

static void add16(struct packet *p, unsigned value)
{
	unsigned char b[2] = { (unsigned char)(value >> 8),
			       (unsigned char)value };

	add(p, b, 2);
}

static void add32(struct packet *p, uint32_t value)
{
	add16(p, value >> 16);
	add16(p, value & 0xffff);
}

static void add_name(struct packet *p, const char *name)
{
	struct span rest = span_of(name), label;

	while (span_next_item(&rest, ".", &label)) {
		unsigned char len = (unsigned char)label.len;

		add(p, &len, 1);
		add(p, label.p, label.len);
	}
	add(p, "", 1);
}

enum section { AN = 6, NS = 8, AR = 10 };

static void count_one(struct packet *p, enum section s)
{
	if (++p->bytes[s + 1] == 0)
		p->bytes[s]++;
}

/* Owner NULL: a pointer to the question. */
static void add_rr(struct packet *p, enum section s, const char *owner,
		   unsigned type, uint32_t ttl, const void *data, size_t len)
{
	count_one(p, s);
	if (owner)
		add_name(p, owner);
	else
		add16(p, 0xc00c);
	add16(p, type);
	add16(p, 1);
	add32(p, ttl);
	add16(p, (unsigned)len);
	add(p, data, len);
}

static void add_a(struct packet *p, const char *owner, uint32_t ttl,
		  unsigned last)
{
	unsigned char a[4] = { 127, 0, 0, (unsigned char)last };

	add_rr(p, AN, owner, 1, ttl, a, 4);
}

static void add_cname(struct packet *p, const char *owner, uint32_t ttl,
		      const char *target)
{
	struct packet data = { .len = 0 };

	add_name(&data, target);
	add_rr(p, AN, owner, 5, ttl, data.bytes, data.len);
}

static void add_soa(struct packet *p, uint32_t ttl, uint32_t minimum)
{
	struct packet data = { .len = 0 };

	add_name(&data, "ns.example");
	add_name(&data, "root.example");
	for (int i = 0; i < 4; i++)
		add32(&data, 1);
	add32(&data, minimum);
	add_rr(p, NS, "bl.example", 6, ttl, data.bytes, data.len);
}

/* An answer without records: QR RD RA, and RCODE. */
static void begin(struct packet *p, unsigned rcode)
{
	struct dnswire_query q;

	p->len = 0;
	ck_assert(dnswire_build(NAME, DNS_TYPE_A, ID, false, &q));
	add(p, q.bytes, q.len);
	p->bytes[2] = 0x81;
	p->bytes[3] = (unsigned char)(0x80 | rcode);
}

static struct packet packet;
static struct dns_answer got;
static const char *got_why;

static enum dnsanswer_result parse_as(bool edns)
{
	struct dnswire_query q;
	unsigned char *exact = malloc(packet.len > 0 ? packet.len : 1);
	enum dnsanswer_result r;

	/* memory of the very size, for what watches its limits */
	memcpy(exact, packet.bytes, packet.len);
	got = (struct dns_answer){ .ttl = 77 };
	got_why = NULL;
	ck_assert(dnswire_build(NAME, DNS_TYPE_A, ID, edns, &q));
	r = dnsanswer_parse(&q, exact, packet.len, &got, &got_why);
	free(exact);
	if (r != DNSANSWER_GOOD) {
		ck_assert_int_eq(got.status, DNS_PENDING);
		ck_assert_int_eq(got.ttl, 77);
	}
	ck_assert((got_why != NULL) == (r == DNSANSWER_FAILED));
	return r;
}

static enum dnsanswer_result parse(void)
{
	return parse_as(false);
}

static void assert_found(size_t count, int64_t ttl)
{
	ck_assert_int_eq(parse(), DNSANSWER_GOOD);
	ck_assert_int_eq(got.status, DNS_FOUND);
	ck_assert_uint_eq(got.count, count);
	ck_assert_int_eq(got.ttl, ttl);
}

static void assert_absent(int64_t ttl)
{
	ck_assert_int_eq(parse(), DNSANSWER_GOOD);
	ck_assert_int_eq(got.status, DNS_ABSENT);
	ck_assert_uint_eq(got.count, 0);
	ck_assert_int_eq(got.ttl, ttl);
}

static void assert_failed(const char *why)
{
	ck_assert_int_eq(parse(), DNSANSWER_FAILED);
	ck_assert_str_eq(got_why, why);
}

START_TEST(parse_finds_addresses)
{
	begin(&packet, 0);
	add_a(&packet, NULL, 300, 2);
	add_a(&packet, NAME, 60, 4);
	add_a(&packet, "other.example", 1, 9);
	add_a(&packet, "2.0.0.127.BL.Example", 70, 10);
	assert_found(3, 60);
	ck_assert_mem_eq(got.address[0], "\177\0\0\2", 4);
	ck_assert_mem_eq(got.address[1], "\177\0\0\4", 4);
	ck_assert_mem_eq(got.address[2], "\177\0\0\12", 4);
}
END_TEST

START_TEST(parse_minds_the_highest_ttl)
{
	begin(&packet, 0);
	add_a(&packet, NULL, 0x7fffffff, 2);
	assert_found(1, 0x7fffffff);
	add_a(&packet, NULL, 0x80000000, 2);
	assert_found(2, 0);
}
END_TEST

START_TEST(parse_keeps_what_there_is_room_for)
{
	begin(&packet, 0);
	for (unsigned i = 0; i < DNS_ADDRESSES + 5; i++)
		add_a(&packet, NULL, 300 - i, i);
	assert_found(DNS_ADDRESSES, 300 - DNS_ADDRESSES - 4);
}
END_TEST

START_TEST(parse_bounds_its_work)
{
	begin(&packet, 0);
	while (packet.len + 16 <= DNSWIRE_PACKET)
		add_a(&packet, NULL, 300, 2);
	assert_found(DNS_ADDRESSES, 300);

	/* nobody looks behind a thousand records of something else */
	begin(&packet, 0);
	for (int i = 0; i < 1000; i++)
		add_rr(&packet, AN, NULL, 16, 5, "\1x", 2);
	add_a(&packet, NULL, 300, 2);
	add_soa(&packet, 60, 60);
	assert_absent(-1);

	/* more than a packet can hold is none */
	packet.len = DNSWIRE_PACKET + 1;
	ck_assert_int_eq(parse(), DNSANSWER_FOREIGN);
}
END_TEST

START_TEST(parse_reads_absence)
{
	begin(&packet, 3);
	assert_absent(-1);
	begin(&packet, 3);
	add_soa(&packet, 3600, 60);
	assert_absent(3600); /* not the MINIMUM: as postscreen */
	begin(&packet, 0);
	add_soa(&packet, 120, 900);
	assert_absent(120);
	begin(&packet, 0);
	assert_absent(-1);
	/* records of other kinds, names or classes are no listing */
	begin(&packet, 0);
	add_rr(&packet, AN, NULL, 16, 5, "\1x", 2);
	add_a(&packet, "other.example", 5, 2);
	add_a(&packet, NULL, 5, 2);
	packet.bytes[packet.len - 11] = 3; /* class CH */
	assert_absent(-1);
	/* "no such name" and an address: the name does not exist */
	begin(&packet, 3);
	add_a(&packet, NULL, 5, 2);
	assert_absent(-1);
}
END_TEST

START_TEST(parse_mistrusts_the_lame)
{
	/* neither AA nor RA, and nothing said */
	begin(&packet, 0);
	packet.bytes[3] = 0;
	assert_failed("the server does not look up names of others");
	/* authoritative: it knows */
	packet.bytes[2] |= 0x04;
	assert_absent(-1);
	/* or it says for how long */
	begin(&packet, 0);
	packet.bytes[3] = 0;
	add_soa(&packet, 9, 9);
	assert_absent(9);
	/* an address is an answer */
	begin(&packet, 0);
	packet.bytes[3] = 0;
	add_a(&packet, NULL, 5, 2);
	assert_found(1, 5);
}
END_TEST

/* c1 ... cN, then an address unless LOOP closes the chain. */
static void add_chain(int hops, bool loop)
{
	begin(&packet, 0);
	for (int i = hops; i > 0; i--) {
		char from[16], to[16];

		snprintf(from, sizeof(from), "c%d", i - 1);
		snprintf(to, sizeof(to), "c%d", loop && i == hops ? 0 : i);
		add_cname(&packet, i == 1 ? NAME : from, 5, to);
		if (i == hops && !loop)
			add_a(&packet, to, 60, 2);
	}
}

START_TEST(parse_follows_aliases)
{
	add_chain(1, false);
	assert_found(1, 60); /* the TTL of the CNAME is none of ours */
	add_chain(10, false);
	assert_found(1, 60);
	add_chain(11, false);
	assert_failed("too many CNAME records in a row");
	add_chain(4, true); /* ends at c0, which nobody is */
	assert_absent(-1);
	begin(&packet, 0);
	add_cname(&packet, NULL, 5, NAME);
	assert_failed("too many CNAME records in a row");
	begin(&packet, 0);
	add_cname(&packet, NULL, 5, "x");
	add_cname(&packet, "x", 5, "y");
	add_cname(&packet, "y", 5, "x");
	add_a(&packet, "z", 5, 2);
	assert_failed("too many CNAME records in a row");
	/* only what stands at the chain's end counts */
	begin(&packet, 0);
	add_a(&packet, "other", 5, 9);
	add_cname(&packet, NULL, 5, "x");
	add_a(&packet, "X", 60, 2);
	assert_found(1, 60);
	ck_assert_uint_eq(got.address[0][3], 2);
	/* a chain that leads nowhere */
	begin(&packet, 0);
	add_cname(&packet, NULL, 5, "x");
	add_soa(&packet, 30, 30);
	assert_absent(30);
}
END_TEST

static const struct {
	unsigned rcode;
	const char *why;
	enum dnsanswer_result with_edns;
} refusals[] = {
	{ 1, "the server does not understand the question (FORMERR)",
	  DNSANSWER_NO_EDNS },
	{ 2, "the server failed (SERVFAIL)", DNSANSWER_FAILED },
	{ 4, "the server cannot answer such questions (NOTIMP)",
	  DNSANSWER_NO_EDNS },
	{ 5, "the server refused (REFUSED)", DNSANSWER_FAILED },
	{ 9, "the server answered with an unexpected error", DNSANSWER_FAILED },
	{ 15, "the server answered with an unexpected error",
	  DNSANSWER_FAILED },
};

START_TEST(parse_tells_refusals)
{
	begin(&packet, refusals[_i].rcode);
	assert_failed(refusals[_i].why);
	ck_assert_int_eq(parse_as(true), refusals[_i].with_edns);
	/* an address beside it is no listing */
	add_a(&packet, NULL, 5, 2);
	assert_failed(refusals[_i].why);
	/* nor does the TC bit make it worth a TCP connection */
	packet.bytes[2] |= 0x02;
	assert_failed(refusals[_i].why);
	/* some leave the question out */
	begin(&packet, refusals[_i].rcode);
	packet.len = 12;
	packet.bytes[5] = 0;
	assert_failed(refusals[_i].why);
}
END_TEST

static const struct {
	const char *why;
	size_t at;
	unsigned char value;
} foreign[] = {
	{ "another id", 0, 0x13 },	   { "another id, low byte", 1, 0x35 },
	{ "a question", 2, 0x01 },	   { "opcode NOTIFY", 2, 0xa1 },
	{ "no question", 5, 0 },	   { "two questions", 5, 2 },
	{ "257 questions", 4, 1 },	   { "another name", 13, '3' },
	{ "another label length", 12, 2 }, { "a compressed name", 12, 0xc0 },
	{ "type AAAA", 35, 28 },	   { "class CH", 37, 3 },
};

START_TEST(parse_ignores_what_is_not_ours)
{
	begin(&packet, 0);
	add_a(&packet, NULL, 60, 2);
	assert_found(1, 60);
	packet.bytes[foreign[_i].at] = foreign[_i].value;
	ck_assert_msg(parse() == DNSANSWER_FOREIGN, "%s", foreign[_i].why);
}
END_TEST

START_TEST(parse_takes_either_case)
{
	begin(&packet, 0);
	memcpy(packet.bytes + 23, "BL\7EXaMPLE", 10);
	add_a(&packet, NULL, 60, 2);
	assert_found(1, 60);
}
END_TEST

START_TEST(parse_asks_for_tcp)
{
	begin(&packet, 0);
	packet.bytes[2] |= 0x02;
	add_a(&packet, NULL, 60, 2);
	ck_assert_int_eq(parse(), DNSANSWER_TRUNCATED);
	packet.len -= 5; /* wherever it was cut */
	ck_assert_int_eq(parse(), DNSANSWER_TRUNCATED);
}
END_TEST

/* ---- hostile ------------------------------------------------------------ */

START_TEST(parse_survives_every_cut)
{
	static struct packet whole;
	size_t end;

	begin(&whole, 0);
	add_cname(&whole, NULL, 5, "x.example");
	add_a(&whole, "x.example", 60, 2);
	end = whole.len;
	add_soa(&whole, 60, 60);
	for (size_t len = 0; len < end; len++) {
		packet = whole;
		packet.len = len;
		if (len < QUESTION_END)
			ck_assert_int_eq(parse(), DNSANSWER_FOREIGN);
		else
			assert_failed("malformed answer");
	}
	/* cut in the SOA of an answer that needs it */
	begin(&whole, 3);
	end = whole.len;
	add_soa(&whole, 60, 60);
	for (size_t len = end; len < whole.len; len++) {
		packet = whole;
		packet.len = len;
		assert_failed("malformed answer");
	}
}
END_TEST

static const struct {
	const char *why;
	size_t len;
	const char *record; /* behind the question, as one answer */
} hostile[] = {
	{ "a name that points to itself", 16,
	  "\300\46\0\1\0\1\0\0\0\1\0\4\177\0\0\2" },
	{ "two that point to each other", 18,
	  "\300\50\300\46\0\1\0\1\0\0\0\1\0\4\177\0\0\2" },
	{ "a label, then a pointer back to it", 18,
	  "\1x\300\46\0\1\0\1\0\0\0\1\0\4\177\0\0\2" },
	{ "a pointer into the header", 16,
	  "\300\0\0\1\0\1\0\0\0\1\0\4\177\0\0\2" },
	{ "a pointer into a label of the question", 16,
	  "\300\15\0\1\0\1\0\0\0\1\0\4\177\0\0\2" },
	{ "a pointer behind the packet", 16,
	  "\377\377\0\1\0\1\0\0\0\1\0\4\177\0\0\2" },
	{ "a label type nobody uses", 16,
	  "\100\14\0\1\0\1\0\0\0\1\0\4\177\0\0\2" },
	{ "a label beyond the end", 3, "\77xy" },
	{ "half a pointer", 1, "\300" },
	{ "data beyond the end", 16,
	  "\300\14\0\1\0\1\0\0\0\1\377\377\177\0\0\2" },
	{ "an address of 3 bytes", 15, "\300\14\0\1\0\1\0\0\0\1\0\3\177\0\0" },
	{ "an address of no bytes", 12, "\300\14\0\1\0\1\0\0\0\1\0\0" },
	{ "an address of 5 bytes", 17,
	  "\300\14\0\1\0\1\0\0\0\1\0\5\177\0\0\2\2" },
	{ "an alias without a target", 12, "\300\14\0\5\0\1\0\0\0\1\0\0" },
	{ "an alias shorter than it says", 16,
	  "\300\14\0\5\0\1\0\0\0\1\0\4\1x\0y" },
	{ "an alias whose target loops", 14,
	  "\300\14\0\5\0\1\0\0\0\1\0\2\300\62" },
	{ "an alias whose target is cut", 14,
	  "\300\14\0\5\0\1\0\0\0\1\0\2\77x" },
	{ "an alias longer than it says", 16,
	  "\300\14\0\5\0\1\0\0\0\1\0\1\2xy\0" },
	{ "nothing at all", 0, "" },
};

START_TEST(parse_survives_hostile_records)
{
	begin(&packet, 0);
	count_one(&packet, AN);
	add(&packet, hostile[_i].record, hostile[_i].len);
	ck_assert_msg(parse() == DNSANSWER_FAILED, "%s", hostile[_i].why);
	ck_assert_str_eq(got_why, "malformed answer");
}
END_TEST

/* Names that point at a part of the question: its zone, and its root. */
START_TEST(parse_follows_pointers_into_the_question)
{
	struct packet zone = { .len = 0 }, target = { .len = 0 };

	/* of the zone, which is another name */
	begin(&packet, 0);
	add_a(&packet, NULL, 5, 2);
	packet.bytes[packet.len - 15] = ZONE_AT;
	assert_absent(-1);
	packet.bytes[packet.len - 15] = ROOT_AT;
	assert_absent(-1);
	/* an alias of it, and its address by either name */
	begin(&packet, 0);
	add16(&zone, 0xc000 | ZONE_AT);
	add_rr(&packet, AN, NULL, 5, 9, zone.bytes, zone.len);
	add_a(&packet, "bl.example", 7, 2);
	assert_found(1, 7);
	begin(&packet, 0);
	add_name(&target, "bl.example");
	add_rr(&packet, AN, NULL, 5, 9, target.bytes, target.len);
	add_a(&packet, NULL, 7, 3);
	packet.bytes[packet.len - 15] = ZONE_AT;
	assert_found(1, 7);
	ck_assert_int_eq(got.address[0][3], 3);
}
END_TEST

/* What is none of our business may be as odd as it likes. */
START_TEST(parse_passes_over_other_records)
{
	begin(&packet, 0);
	add_rr(&packet, AN, NULL, 65280, 5, "anything", 8);
	add_rr(&packet, AN, NULL, 28, 5, "short", 5);
	add_rr(&packet, AN, "other", 5, 5, "\77short", 6);
	add_rr(&packet, AN, "other", 1, 5, "", 0);
	add_rr(&packet, NS, NULL, 250, 5, "", 0);
	assert_absent(-1);
	add_soa(&packet, 9, 9);
	add_rr(&packet, NS, NULL, 250, 5, "", 0);
	assert_absent(9);
}
END_TEST

START_TEST(parse_believes_no_count)
{
	begin(&packet, 0);
	add_a(&packet, NULL, 60, 2);
	packet.bytes[AN] = packet.bytes[AN + 1] = 255;
	assert_failed("malformed answer");
	/* fewer than there are: the rest is not looked at */
	packet.bytes[AN] = packet.bytes[AN + 1] = 0;
	assert_absent(-1);
	packet.bytes[NS] = packet.bytes[NS + 1] = 255;
	assert_failed("malformed answer");
	/* additional records do not interest us, so nor does their count */
	begin(&packet, 0);
	add_a(&packet, NULL, 60, 2);
	packet.bytes[AR] = packet.bytes[AR + 1] = 255;
	assert_found(1, 60);
}
END_TEST

/* Every single byte of an answer set to something else. */
START_TEST(parse_survives_every_byte)
{
	static struct packet whole;

	begin(&whole, 0);
	add_cname(&whole, NULL, 5, "x.example");
	add_a(&whole, "x.example", 60, 2);
	add_soa(&whole, 60, 60);
	for (size_t i = 0; i < whole.len; i++) {
		for (unsigned value = 0; value < 256; value++) {
			packet = whole;
			packet.bytes[i] = (unsigned char)value;
			parse();
		}
	}
}
END_TEST

/* ---- records of other types --------------------------------------------- */

static struct dns_records records;

/* As the answer to a question for TYPE. */
static enum dnsanswer_result parse_records(enum dns_type type)
{
	struct dnswire_query q;
	unsigned char *exact = malloc(packet.len);
	enum dnsanswer_result r;

	memcpy(exact, packet.bytes, packet.len);
	/* the question is the only part that says what was asked for */
	exact[QUESTION_END - 3] = (unsigned char)type;
	records.count = 77;
	got = (struct dns_answer){ .ttl = 77, .records = &records };
	got_why = NULL;
	ck_assert(dnswire_build(NAME, type, ID, false, &q));
	r = dnsanswer_parse(&q, exact, packet.len, &got, &got_why);
	free(exact);
	return r;
}

static void assert_records(enum dns_type type, size_t count)
{
	ck_assert_int_eq(parse_records(type), DNSANSWER_GOOD);
	ck_assert_int_eq(got.status, count > 0 ? DNS_FOUND : DNS_ABSENT);
	ck_assert_uint_eq(records.count, count);
}

static void assert_record(size_t i, const char *text, size_t len)
{
	ck_assert_uint_lt(i, records.count);
	ck_assert_uint_eq(records.at[i].len, len);
	ck_assert_mem_eq(records.bytes + records.at[i].from, text, len);
}

static const struct {
	const char *why;
	enum dns_type type;
	size_t len;
	const char *data; /* of the record */
	size_t want_len;
	const char *want; /* NULL: malformed */
} data[] = {
	{ "a text", DNS_TYPE_TXT, 6, "\5v=spf", 5, "v=spf" },
	{ "strings are joined", DNS_TYPE_TXT, 9, "\2v=\0\4spf1", 6, "v=spf1" },
	{ "a text of no strings", DNS_TYPE_TXT, 0, "", 0, "" },
	{ "a text with any bytes", DNS_TYPE_TXT, 5, "\4\0\n\377\\", 4,
	  "\0\n\377\\" },
	{ "a string beyond the end", DNS_TYPE_TXT, 4, "\4abc", 0, NULL },
	{ "the second string beyond the end", DNS_TYPE_TXT, 4, "\1a\2b", 0,
	  NULL },
	{ "a mail server", DNS_TYPE_MX, 12, "\0\12\1m\4mail\1x\0", 8,
	  "m.mail.x" },
	{ "a mail server by a pointer", DNS_TYPE_MX, 6, "\0\12\1m\300\14", 22,
	  "m.2.0.0.127.bl.example" },
	{ "the root, for no mail server", DNS_TYPE_MX, 3, "\0\0\0", 0, "" },
	{ "a mail server without a name", DNS_TYPE_MX, 2, "\0\12", 0, NULL },
	{ "half a preference", DNS_TYPE_MX, 1, "\0", 0, NULL },
	{ "a name beyond the end", DNS_TYPE_MX, 4, "\0\12\77m", 0, NULL },
	{ "a name that points to itself", DNS_TYPE_MX, 4, "\0\12\300\64", 0,
	  NULL },
	{ "a name that ends too early", DNS_TYPE_MX, 6, "\0\12\1m\0x", 0,
	  NULL },
	{ "an IPv6 address", DNS_TYPE_AAAA, 16,
	  "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\7", 16,
	  "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\7" },
	{ "an IPv6 address of 15 bytes", DNS_TYPE_AAAA, 15, "123456789012345",
	  0, NULL },
	{ "an IPv6 address of 4 bytes", DNS_TYPE_AAAA, 4, "1234", 0, NULL },
	{ "an IPv4 address as a record", DNS_TYPE_A, 4, "1234", 4, "1234" },
};

START_TEST(parse_reads_records)
{
	begin(&packet, 0);
	add_rr(&packet, AN, NULL, data[_i].type, 60, data[_i].data,
	       data[_i].len);
	if (!data[_i].want) {
		ck_assert_msg(parse_records(data[_i].type) == DNSANSWER_FAILED,
			      "%s", data[_i].why);
		return;
	}
	assert_records(data[_i].type, 1);
	assert_record(0, data[_i].want, data[_i].want_len);
	ck_assert_int_eq(got.ttl, 60);
}
END_TEST

START_TEST(parse_keeps_records_apart)
{
	begin(&packet, 0);
	add_rr(&packet, AN, NULL, 16, 60, "\3one", 4);
	add_rr(&packet, AN, NULL, 1, 60, "1234", 4);
	add_rr(&packet, AN, "other", 16, 60, "\5other", 6);
	add_rr(&packet, AN, NULL, 16, 30, "\3two", 4);
	assert_records(DNS_TYPE_TXT, 2);
	assert_record(0, "one", 3);
	assert_record(1, "two", 3);
	ck_assert_int_eq(got.ttl, 30);
	ck_assert(!records.cut);
	begin(&packet, 0);
	add_soa(&packet, 9, 9);
	assert_records(DNS_TYPE_TXT, 0);
	begin(&packet, 3);
	add_rr(&packet, AN, NULL, 16, 60, "\3one", 4);
	add_soa(&packet, 9, 9);
	assert_records(DNS_TYPE_TXT, 0);
}
END_TEST

/* Whoever asks must know that there is more than can be kept. */
START_TEST(parse_tells_what_is_cut)
{
	static char full[256 * 4];

	begin(&packet, 0);
	for (int i = 0; i < DNS_RECORDS + 1; i++)
		add_rr(&packet, AN, NULL, 16, 60, "\1x", 2);
	assert_records(DNS_TYPE_TXT, DNS_RECORDS);
	ck_assert(records.cut);
	begin(&packet, 0);
	memset(full, 255, sizeof(full)); /* lengths, and bytes */
	for (int i = 0; i < 10; i++)
		add_rr(&packet, AN, NULL, 16, 60, full, sizeof(full));
	assert_records(DNS_TYPE_TXT, 10);
	ck_assert(records.cut);
	ck_assert_uint_le(records.used, DNS_RECORD_BYTES);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("dnsanswer");

	tcase_add_test(tc, parse_finds_addresses);
	tcase_add_test(tc, parse_minds_the_highest_ttl);
	tcase_add_test(tc, parse_keeps_what_there_is_room_for);
	tcase_add_test(tc, parse_bounds_its_work);
	tcase_add_test(tc, parse_reads_absence);
	tcase_add_test(tc, parse_mistrusts_the_lame);
	tcase_add_test(tc, parse_follows_aliases);
	tcase_add_loop_test(tc, parse_tells_refusals, 0, ROWS(refusals));
	tcase_add_loop_test(tc, parse_ignores_what_is_not_ours, 0,
			    ROWS(foreign));
	tcase_add_test(tc, parse_takes_either_case);
	tcase_add_test(tc, parse_asks_for_tcp);
	tcase_add_test(tc, parse_survives_every_cut);
	tcase_add_test(tc, parse_follows_pointers_into_the_question);
	tcase_add_loop_test(tc, parse_survives_hostile_records, 0,
			    ROWS(hostile));
	tcase_add_test(tc, parse_passes_over_other_records);
	tcase_add_test(tc, parse_believes_no_count);
	tcase_add_test(tc, parse_survives_every_byte);
	tcase_add_loop_test(tc, parse_reads_records, 0, ROWS(data));
	tcase_add_test(tc, parse_keeps_records_apart);
	tcase_add_test(tc, parse_tells_what_is_cut);
	return unit_run();
}
