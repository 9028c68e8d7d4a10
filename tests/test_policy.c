#include "tls/policy.h"
#include "unit.h"

static struct arena arena;
static struct report report;
static struct conf conf;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
}

static void teardown(void)
{
	arena_close(&arena);
}

/* Settings as a file has them. */
static void load(const char *text)
{
	struct conf_input input = { .file = "x.conf", .stress = "" };

	report_init(&report, &arena);
	conf_load_text(&input, span_of(text), &arena, &report, &conf);
	conf_load_tls(&conf, &arena, &report);
	ck_assert_uint_eq(report.errors, 0);
}

static const struct {
	const char *why, *list, *versions; /* of 1.0 1.1 1.2 1.3: y or n */
} lists[] = {
	{ "nothing said: all", "", "yyyy" },
	{ "Postfix's of old", "!SSLv2, !SSLv3", "yyyy" },
	{ "some left out", "!SSLv2 !SSLv3:!TLSv1,!TLSv1.1", "nnyy" },
	{ "some named", "TLSv1.2 TLSv1.3", "nnyy" },
	{ "one named, letters of either case", "tlsV1.1", "nynn" },
	{ "named and left out", "TLSv1.2, TLSv1.3, !TLSv1.3", "nnyn" },
	{ "from", ">=TLSv1.2", "nnyy" },
	{ "up to", "<=TLSv1.2", "yyyn" },
	{ "from and up to", ">=TLSv1.1 <=TLSv1.2", "nyyn" },
	{ "with a hole", ">=TLSv1.1 !TLSv1.2", "nyny" },
	{ "SSL is never spoken", ">=SSLv3", "yyyy" },
	{ "SSL alone leaves nothing", "SSLv2 SSLv3", "nnnn" },
};

START_TEST(protocols_are_listed)
{
	bool version[TLS_VERSIONS];
	struct span bad;

	ck_assert(policy_protocols(span_of(lists[_i].list), version, &bad));
	for (int v = 0; v < TLS_VERSIONS; v++)
		ck_assert_msg(version[v] == (lists[_i].versions[v] == 'y'),
			      "%s: %d", lists[_i].why, v);
}
END_TEST

START_TEST(a_bad_protocol_is_named)
{
	bool version[TLS_VERSIONS];
	struct span bad;

	ck_assert(!policy_protocols(SPAN("TLSv1.2 !TLSv9 x"), version, &bad));
	ck_assert_uint_eq(bad.len, 6);
	ck_assert_int_eq(strncmp(bad.p, "!TLSv9", 6), 0);
	ck_assert(!policy_protocols(SPAN(">="), version, &bad));
}
END_TEST

#define MEDIUM "aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH"
#define HIGH   "aNULL:-aNULL:HIGH:@STRENGTH"
#define AUTO   "X25519:X448:prime256v1:secp521r1:secp384r1"
#define CERT   "smtpd_tls_cert_file = /c\n"

static const struct {
	const char *why, *text;
	bool mandatory;
	const char *ciphers, *curves, *versions;
} policies[] = {
	{ "defaults", CERT, false, MEDIUM, AUTO, "nnyy" },
	{ "defaults, mandatory", CERT, true, MEDIUM, AUTO, "nnyy" },
	{ "other ciphers", CERT "smtpd_tls_ciphers = HIGH", false, HIGH, AUTO,
	  "nnyy" },
	{ "those are for the offer", CERT "smtpd_tls_ciphers = high", true,
	  MEDIUM, AUTO, "nnyy" },
	{ "and these when it is mandatory",
	  CERT "smtpd_tls_mandatory_ciphers = high\n"
	       "smtpd_tls_mandatory_protocols = TLSv1.3",
	  true, HIGH, AUTO, "nnny" },
	{ "old words", CERT "tls_ciphers = export", false, MEDIUM, AUTO,
	  "nnyy" },
	{ "null", CERT "tls_ciphers = null", false, "eNULL:!aNULL", AUTO,
	  "nnyy" },
	{ "some excluded", CERT "smtpd_tls_exclude_ciphers = RC4, MD5:kRSA",
	  false, MEDIUM ":!RC4:!MD5:!kRSA", AUTO, "nnyy" },
	{ "more excluded",
	  CERT "tls_exclude_ciphers = RC4\n"
	       "tls_mandatory_exclude_ciphers = SHA1",
	  true, MEDIUM ":!RC4:!SHA1", AUTO, "nnyy" },
	{ "strong", CERT "smtpd_tls_eecdh_grade = strong", false, MEDIUM,
	  "prime256v1", "nnyy" },
	{ "ultra", CERT "smtpd_tls_eecdh_grade = ultra", false, MEDIUM,
	  "secp384r1", "nnyy" },
	{ "none", CERT "smtpd_tls_eecdh_grade = none", false, MEDIUM ":!kEECDH",
	  AUTO, "nnyy" },
	{ "another list of curves", CERT "tls_eecdh_auto_curves = X448,P-256",
	  false, MEDIUM, "X448:P-256", "nnyy" },
};

START_TEST(settings_make_a_policy)
{
	struct policy policy;

	load(policies[_i].text);
	ck_assert(policy_make(&conf, policies[_i].mandatory, &report, &policy));
	ck_assert_str_eq(policy.ciphers, policies[_i].ciphers);
	ck_assert_str_eq(policy.curves, policies[_i].curves);
	for (int v = 0; v < TLS_VERSIONS; v++)
		ck_assert_msg(policy.version[v] ==
				      (policies[_i].versions[v] == 'y'),
			      "%s: %d", policies[_i].why, v);
	ck_assert_uint_eq(policy.pairs, 1);
}
END_TEST

static const struct {
	const char *why, *text;
	const char *pairs; /* certificates=key, a space behind each */
} files[] = {
	{ "one file", "smtpd_tls_cert_file = /c", "/c=/c " },
	{ "two files", "smtpd_tls_cert_file = /c\nsmtpd_tls_key_file = /k",
	  "/c=/k " },
	{ "postscreen's own",
	  "smtpd_tls_cert_file = /c\ntls_cert_file = /own\ntls_key_file = /k",
	  "/own=/k " },
	{ "kinds of keys",
	  "smtpd_tls_cert_file = /c\nsmtpd_tls_eccert_file = /e\n"
	  "smtpd_tls_eckey_file = /f\nsmtpd_tls_dcert_file = /d",
	  "/c=/c /e=/f /d=/d " },
	{ "chains win",
	  "smtpd_tls_cert_file = /c\n"
	  "smtpd_tls_chain_files = /rsa.pem, /ec.pem",
	  "/rsa.pem=/rsa.pem /ec.pem=/ec.pem " },
	{ "none is none",
	  "smtpd_tls_cert_file = none\n"
	  "smtpd_tls_eccert_file = /e",
	  "/e=/e " },
};

START_TEST(files_go_together)
{
	struct policy policy;
	char memory[256];
	struct sbuf pairs = SBUF(memory);

	load(files[_i].text);
	ck_assert(policy_make(&conf, false, &report, &policy));
	for (size_t i = 0; i < policy.pairs; i++)
		sbuf_addf(&pairs, "%s=%s ", policy.pair[i].certificates,
			  policy.pair[i].key);
	ck_assert_msg(strcmp(pairs.text, files[_i].pairs) == 0, "%s: %s",
		      files[_i].why, pairs.text);
}
END_TEST

static const struct {
	const char *why, *text, *message;
} mistakes[] = {
	{ "no certificate is no mistake", "", NULL },
	{ "protocols", CERT "smtpd_tls_protocols = TLSv1.2 TLSv1.5",
	  "x.conf, line 2: smtpd_tls_protocols: bad value \"TLSv1.5\": "
	  "expected names such as TLSv1.2, with !, >= or <= before them" },
	{ "no protocol", CERT "tls_protocols = SSLv3",
	  "x.conf, line 2: tls_protocols: bad value \"SSLv3\": expected a list "
	  "that leaves some TLS" },
	{ "ciphers", CERT "smtpd_tls_ciphers = best",
	  "x.conf, line 2: smtpd_tls_ciphers: bad value \"best\": expected "
	  "medium, high or null" },
	{ "curves", CERT "smtpd_tls_eecdh_grade = x",
	  "x.conf, line 2: smtpd_tls_eecdh_grade: bad value \"x\": expected "
	  "auto, strong, ultra or none" },
	{ "too many files", "smtpd_tls_chain_files = 1 2 3 4 5 6 7 8 9",
	  "x.conf, line 1: smtpd_tls_chain_files: bad value \"9\": expected "
	  "fewer files" },
};

START_TEST(mistakes_are_explained)
{
	struct policy policy;
	const char *have;

	load(mistakes[_i].text);
	ck_assert(!policy_make(&conf, false, &report, &policy));
	have = report_first_error(&report);
	if (!mistakes[_i].message)
		ck_assert_ptr_null(have);
	else
		ck_assert_str_eq(have, mistakes[_i].message);
}
END_TEST

START_TEST(long_lists_are_mistakes)
{
	static char text[8192];
	struct sbuf b = SBUF(text);
	struct policy policy;

	sbuf_add_text(&b, CERT "smtpd_tls_exclude_ciphers =");
	for (int i = 0; i < 500; i++)
		sbuf_addf(&b, " C%04d", i);
	load(text);
	ck_assert(!policy_make(&conf, false, &report, &policy));
	ck_assert_uint_eq(report.errors, 1);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("policy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, protocols_are_listed, 0, ROWS(lists));
	tcase_add_test(tc, a_bad_protocol_is_named);
	tcase_add_loop_test(tc, settings_make_a_policy, 0, ROWS(policies));
	tcase_add_loop_test(tc, files_go_together, 0, ROWS(files));
	tcase_add_loop_test(tc, mistakes_are_explained, 0, ROWS(mistakes));
	tcase_add_test(tc, long_lists_are_mistakes);
	return unit_run();
}
