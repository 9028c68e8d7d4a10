#include "triplet/triplet.h"
#include "unit.h"

#include <stdio.h>

static char memory[TRIPLET_TEXT];

/* Postgrey's own, as it stored them. */
static const struct {
	const char *in, *out;
} senders[] = {
	{ "", "" },
	{ "a@example.com", "a@example.com" },
	{ "bounce-123-foo-456@l.com", "bounce-#-foo-#@l.com" },
	{ "prvs=abcd123456=joe@x.com", "joe@x.com" },
	{ "prvs=joe=abcd123456@x.com", "joe@x.com" },
	{ "list-bounces+joe=x.org@l.com", "list-bounces@l.com" },
	{ "12.34@x.com", "#.#@x.com" },
	{ "msg.2024-01-02T3@x.com", "msg.#-#-02t3@x.com" },
	{ "prvs=abcd123456=johnsmith01@x.com", "johnsmith01@x.com" },
	{ "prvs=short=joe@x.com", "joe@x.com" },
	{ "PRVS=abcd123456=joe@x.com", "prvs=abcd123456=joe@x.com" },
	{ "prvs=abcd123456=joe=sub@x.com", "prvs=abcd123456=joe=sub@x.com" },
	{ "a1b2@x.com", "a1b2@x.com" },
	{ "x_123@x.com", "x_123@x.com" },
	{ "noatsign", "noatsign" },
	{ "a@b@c", "a@b@c" },
	{ "s-1@x.com", "s-#@x.com" },
	{ "1@x.com", "#@x.com" },
	{ "a+1@x.com", "a@x.com" },
	{ "1+2@Example.COM", "#@example.com" },
	{ "+@x.com", "@x.com" },
};

START_TEST(senders_of_one_list_are_one)
{
	static const struct triplet_rules rules = { .ipv4_prefix = 24,
						    .ipv6_prefix = 64 };
	char want[200];
	struct address who;
	struct sbuf to = SBUF(memory);

	ck_assert(address_parse(SPAN("10.9.8.7"), &who));
	triplet_name(&rules, &who, span_of(senders[_i].in), SPAN("b@Y.org"),
		     &to);
	snprintf(want, sizeof(want), "10.9.8.0/%s/b@y.org", senders[_i].out);
	ck_assert_str_eq(memory, want);
}
END_TEST

static const struct {
	const char *who;
	unsigned ipv4, ipv6;
	bool whole;
	const char *net, *client;
} networks[] = {
	{ "10.9.8.7", 24, 64, false, "10.9.8.0", "10.9.8.7" },
	{ "10.9.8.7", 32, 64, false, "10.9.8.7", "10.9.8.7" },
	{ "10.9.8.7", 8, 64, false, "10.0.0.0", "10.9.8.7" },
	{ "10.9.8.7", 24, 64, true, "10.9.8.7/32", "10.9.8.7" },
	{ "2001:DB8:1:2::5", 24, 64, false,
	  "2001:db8:1:2::", "2001:db8:1:2::5" },
	{ "2001:db8:1:2:ffff::9", 24, 64, false,
	  "2001:db8:1:2::", "2001:db8:1:2:ffff::9" },
	{ "2001:db8:1:2::5", 24, 48, true, "2001:db8:1:2::5/128",
	  "2001:db8:1:2::5" },
};

START_TEST(clients_of_one_network_are_one)
{
	struct triplet_rules rules = {
		.ipv4_prefix = networks[_i].ipv4,
		.ipv6_prefix = networks[_i].ipv6,
		.whole_address = networks[_i].whole,
	};
	char want[200];
	struct address who;
	struct sbuf to = SBUF(memory);

	ck_assert(address_parse(span_of(networks[_i].who), &who));
	triplet_name(&rules, &who, SPAN("a@x"), SPAN("b@y"), &to);
	snprintf(want, sizeof(want), "%s/a@x/b@y", networks[_i].net);
	ck_assert_str_eq(memory, want);
	triplet_client_name(&rules, &who, &to);
	ck_assert_str_eq(memory, networks[_i].client);
}
END_TEST

START_TEST(the_longest_fits)
{
	static const struct triplet_rules rules = { .whole_address = true };
	static char text[TRIPLET_MAILBOXES];
	struct address who;
	struct sbuf to = SBUF(memory);

	memset(text, 'x', sizeof(text));
	ck_assert(address_parse(SPAN("1111:2222:3333:4444:5555:6666:7777:8888"),
				&who));
	triplet_name(&rules, &who, (struct span){ text, sizeof(text) / 2 },
		     (struct span){ text, sizeof(text) / 2 }, &to);
	ck_assert(sbuf_fitted(&to));
}
END_TEST

START_TEST(privacy_hides_names)
{
	struct triplet_rules rules = { .privacy = true, .ipv4_prefix = 24 };
	char first[64], other[64];
	struct address who;
	struct sbuf a = SBUF(first), b = SBUF(other);

	ck_assert(address_parse(SPAN("10.9.8.7"), &who));
	triplet_name(&rules, &who, SPAN("A@x"), SPAN("b@y"), &a);
	ck_assert_uint_eq(a.len, 34);
	ck_assert(strncmp(first, "t:", 2) == 0);
	ck_assert_ptr_null(strstr(first, "10."));
	/* the same triplet, and others */
	triplet_name(&rules, &who, SPAN("a@X"), SPAN("B@y"), &b);
	ck_assert_str_eq(first, other);
	triplet_name(&rules, &who, SPAN("a@x"), SPAN("c@y"), &b);
	ck_assert_str_ne(first, other);
	triplet_client_name(&rules, &who, &b);
	ck_assert(strncmp(other, "c:", 2) == 0);
	/* another key, in either half */
	for (int i = 0; i < PSEUDONYM_SECRET; i += SIPHASH_KEY) {
		rules.secret[i] ^= 1;
		triplet_name(&rules, &who, SPAN("a@x"), SPAN("b@y"), &b);
		ck_assert_str_ne(first, other);
		rules.secret[i] ^= 1;
	}
}
END_TEST

/* The first letters count, too, and an import finds the same name. */
START_TEST(all_of_a_name_is_hidden)
{
	struct triplet_rules rules = { .privacy = true, .ipv4_prefix = 24 };
	char first[64], other[64];
	struct address who, far;
	struct sbuf a = SBUF(first), b = SBUF(other);

	ck_assert(address_parse(SPAN("10.9.8.7"), &who));
	ck_assert(address_parse(SPAN("34.9.8.7"), &far));
	triplet_name(&rules, &who, SPAN("a@x"), SPAN("b@y"), &a);
	triplet_hide(&rules, false, SPAN("10.9.8.0/a@x/b@y"), &b);
	ck_assert_str_eq(first, other);
	triplet_name(&rules, &far, SPAN("a@x"), SPAN("b@y"), &b);
	ck_assert_str_ne(first, other);
	triplet_client_name(&rules, &who, &a);
	triplet_hide(&rules, true, SPAN("10.9.8.7"), &b);
	ck_assert_str_eq(first, other);
	triplet_client_name(&rules, &far, &b);
	ck_assert_str_ne(first, other);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("triplet");

	tcase_add_loop_test(tc, senders_of_one_list_are_one, 0, ROWS(senders));
	tcase_add_loop_test(tc, clients_of_one_network_are_one, 0,
			    ROWS(networks));
	tcase_add_test(tc, the_longest_fits);
	tcase_add_test(tc, privacy_hides_names);
	tcase_add_test(tc, all_of_a_name_is_hidden);
	return unit_run();
}
