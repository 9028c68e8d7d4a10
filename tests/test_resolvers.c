#include "base/clock.h"
#include "dns/resolvers.h"
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

static struct arena arena;
static struct report report;
static char dir[64], file[96];

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	report_init(&report, &arena);
	strcpy(dir, "/tmp/test_resolvers.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/resolv.conf", dir);
}

static void teardown(void)
{
	unlink(file);
	rmdir(dir);
	arena_close(&arena);
}

/* All servers as one text, to compare. */
static const char *servers(const struct resolvers *r)
{
	static char text[1024];
	struct sbuf b = SBUF(text);

	for (size_t i = 0; i < r->count; i++) {
		if (i > 0)
			sbuf_add_char(&b, ' ');
		endpoint_format(&r->server[i], &b);
	}
	return text;
}

static const struct {
	const char *why, *text, *servers;
} good[] = {
	{ "port 53 unless written", "192.0.2.53", "[192.0.2.53]:53" },
	{ "a port", "192.0.2.53:5353", "[192.0.2.53]:5353" },
	{ "IPv6 with a port", "[2001:db8::53]:5353", "[2001:db8::53]:5353" },
	{ "IPv6 alone", "2001:db8::53", "[2001:db8::53]:53" },
	{ "in the order written", "192.0.2.2,192.0.2.1 , 192.0.2.3",
	  "[192.0.2.2]:53 [192.0.2.1]:53 [192.0.2.3]:53" },
	{ "as many as there is room for",
	  "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 "
	  "10.0.0.8",
	  "[10.0.0.1]:53 [10.0.0.2]:53 [10.0.0.3]:53 [10.0.0.4]:53 "
	  "[10.0.0.5]:53 [10.0.0.6]:53 [10.0.0.7]:53 [10.0.0.8]:53" },
};

START_TEST(parse_takes_lists)
{
	struct resolvers r = { 0 };

	ck_assert_msg(resolvers_parse(good[_i].text, &report, NULL, &r), "%s",
		      good[_i].why);
	ck_assert_str_eq(servers(&r), good[_i].servers);
	ck_assert_uint_eq(report.errors, 0);
	ck_assert_int_eq(r.retry, CLOCK_SECOND * 3 / 2);
	ck_assert_uint_ge(r.rounds, 2);
	ck_assert_int_ge((int64_t)r.rounds * (int64_t)r.count * r.retry,
			 10 * CLOCK_SECOND);
}
END_TEST

START_TEST(parse_leaves_empty_alone)
{
	struct resolvers r = { .count = 7 };

	ck_assert(resolvers_parse("", &report, NULL, &r));
	ck_assert(resolvers_parse(" , \t", &report, NULL, &r));
	ck_assert_uint_eq(r.count, 7);
}
END_TEST

static const struct {
	const char *why, *text, *error;
	unsigned errors;
} bad[] = {
	{ "a name", "ns.example",
	  "dns_servers: bad DNS server \"ns.example\": need an address such "
	  "as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353",
	  1 },
	{ "port 0 cannot be asked", "192.0.2.1:0", NULL, 1 },
	{ "port too large", "192.0.2.1:65536", NULL, 1 },
	{ "a zone", "fe80::1%eth0", NULL, 1 },
	{ "both are named", "x 192.0.2.1 y", NULL, 2 },
	{ "one too many",
	  "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 "
	  "10.0.0.8 10.0.0.9 10.0.0.10",
	  "dns_servers: too many DNS servers: \"10.0.0.9\" is one more than 8",
	  1 },
};

START_TEST(parse_names_mistakes)
{
	struct origin where = { .parameter = "dns_servers" };
	struct resolvers r = { .count = 7 };

	ck_assert_msg(!resolvers_parse(bad[_i].text, &report, &where, &r), "%s",
		      bad[_i].why);
	ck_assert_uint_eq(r.count, 7);
	ck_assert_uint_eq(report.errors, bad[_i].errors);
	if (bad[_i].error)
		ck_assert_str_eq(report_first_error(&report), bad[_i].error);
}
END_TEST

static const struct {
	const char *why, *text, *servers;
	int64_t retry_ms;
	unsigned rounds;
} files[] = {
	{ "an empty file: this host, as libc does", "", "[127.0.0.1]:53", 1500,
	  7 },
	{ "one server", "nameserver 192.0.2.1\n", "[192.0.2.1]:53", 1500, 7 },
	{ "no newline at the end", "nameserver 192.0.2.1", "[192.0.2.1]:53",
	  1500, 7 },
	{ "two share the patience", "nameserver 192.0.2.1\nnameserver\t::1\n",
	  "[192.0.2.1]:53 [::1]:53", 1500, 4 },
	{ "three at most",
	  "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n"
	  "nameserver 10.0.0.4\n",
	  "[10.0.0.1]:53 [10.0.0.2]:53 [10.0.0.3]:53", 1500, 3 },
	{ "comments, and a zone is passed over",
	  "# nameserver 10.0.0.1\n;nameserver 10.0.0.2\n"
	  "nameserver fe80::1%eth0\nnameserver 10.0.0.3 # ours\n",
	  "[10.0.0.3]:53", 1500, 7 },
	{ "CRLF", "nameserver 10.0.0.1\r\noptions timeout:1\r\n",
	  "[10.0.0.1]:53", 1000, 2 },
	{ "a keyword stands in the first column", " nameserver 10.0.0.1\n",
	  "[127.0.0.1]:53", 1500, 7 },
	{ "a longer keyword is another one", "nameservers 10.0.0.1\n",
	  "[127.0.0.1]:53", 1500, 7 },
	{ "options", "options rotate timeout:3 attempts:3\n", "[127.0.0.1]:53",
	  1500, 6 },
	{ "the last one wins", "options timeout:3\noptions timeout:1\n",
	  "[127.0.0.1]:53", 1000, 2 },
	{ "limits as in libc", "options timeout:99999999999999 attempts:99\n",
	  "[127.0.0.1]:53", 1500, 100 },
	{ "zero counts as one", "options timeout:0 attempts:0\n",
	  "[127.0.0.1]:53", 1000, 1 },
	{ "nonsense is passed over",
	  "options timeout: attempts:x timeout:-1\nnameserver\nnameserver x\n",
	  "[127.0.0.1]:53", 1500, 7 },
};

START_TEST(read_understands_resolv_conf)
{
	FILE *f = fopen(file, "we");
	struct resolvers r;

	ck_assert_ptr_nonnull(f);
	fputs(files[_i].text, f);
	fclose(f);
	resolvers_read(file, &r);
	ck_assert_msg(strcmp(servers(&r), files[_i].servers) == 0, "%s: %s",
		      files[_i].why, servers(&r));
	ck_assert_int_eq(r.retry, files[_i].retry_ms * CLOCK_MS);
	ck_assert_uint_eq(r.rounds, files[_i].rounds);
}
END_TEST

START_TEST(read_cannot_fail)
{
	struct resolvers r = { 0 };

	resolvers_read(file, &r);
	ck_assert_str_eq(servers(&r), "[127.0.0.1]:53");
	resolvers_read(dir, &r);
	ck_assert_str_eq(servers(&r), "[127.0.0.1]:53");
	resolvers_read("/dev/zero", &r);
	ck_assert_str_eq(servers(&r), "[127.0.0.1]:53");
}
END_TEST

START_TEST(read_survives_bytes)
{
	static const char text[] = "nameserver 10.0.0.1\0nameserver\n\377\n\0\n"
				   "nameserver 10.0.0.2\n";
	FILE *f = fopen(file, "we");
	struct resolvers r;

	ck_assert_ptr_nonnull(f);
	fwrite(text, 1, sizeof(text) - 1, f);
	fclose(f);
	resolvers_read(file, &r);
	ck_assert_str_eq(servers(&r), "[10.0.0.2]:53");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("resolvers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, parse_takes_lists, 0, ROWS(good));
	tcase_add_test(tc, parse_leaves_empty_alone);
	tcase_add_loop_test(tc, parse_names_mistakes, 0, ROWS(bad));
	tcase_add_loop_test(tc, read_understands_resolv_conf, 0, ROWS(files));
	tcase_add_test(tc, read_cannot_fail);
	tcase_add_test(tc, read_survives_bytes);
	return unit_run();
}
