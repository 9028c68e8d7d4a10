#include "greylist/organisation.h"
#include "unit.h"

static const struct {
	const char *why, *name, *domain; /* empty: none */
} rows[] = {
	{ "a mail server", "mx1.example.com", "example.com" },
	{ "the domain itself", "example.com", "example.com" },
	{ "deep below", "a.b.c.d.example.com", "example.com" },
	{ "in capitals", "MX.Example.COM", "example.com" },
	{ "two labels are nobody's", "mail.example.co.uk", "example.co.uk" },
	{ "a public suffix", "co.uk", "" },
	{ "a top-level domain", "com", "" },
	{ "customers of a host", "x.y.blogspot.com", "y.blogspot.com" },
	{ "such a host itself", "blogspot.com", "" },
	{ "a machine for rent is its own", "x.ec2.compute-1.amazonaws.com",
	  "x.ec2.compute-1.amazonaws.com" },
	{ "no name", "unknown", "" },
	{ "an address", "192.0.2.1", "" },
	{ "nothing", "", "" },
	{ "a dot before", ".example.com", "" },
	{ "bytes over 127", "mx.ex\xc3\xa4mple.com", "" },
	{ "a slash, which would be another key", "a/b.example.com", "" },
};

START_TEST(names_belong_to_somebody)
{
	char memory[300];
	struct sbuf domain = SBUF(memory);
	bool found = organisation_of(span_of(rows[_i].name), &domain);

	ck_assert_msg(found == (rows[_i].domain[0] != '\0'), "%s",
		      rows[_i].why);
	ck_assert_str_eq(memory, rows[_i].domain);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("organisation");

	tcase_add_loop_test(tc, names_belong_to_somebody, 0, ROWS(rows));
	return unit_run();
}
