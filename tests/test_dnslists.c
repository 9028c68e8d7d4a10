#include "dns/dnslists.h"
#include "tables.h"

#define K "abcdefghijklmnopqrst012345"

static const char *const sample =
	"# what a test needs to know\n"
	"format 1\n"
	"list .example.org error=127.255.255.254:public-resolver\n"
	"  url=https://www.example.org/\n"
	"list zen.example.org codes=127.0.0.[2..11]\n"
	"  positive=127.0.0.2=127.0.0.2,127.0.0.4 terms=limits\n"
	"list KEY.zen.dq.example.net codes=127.0.0.2 refused=key-disabled\n"
	"  error=127.255.255.250:key-disabled show=zen.example.org\n"
	"list spam.rats.example codes=127.0.0.38\n"
	"list KEY.spam.rats.example codes=127.0.0.38 terms=key\n"
	"list karma.example kind=mixed permit=127.0.0.1 negative=none\n"
	"list allow.example kind=allow error=127.0.0.255:over-limit\n"
	"  error=127.0.10.[1..3]:poisoned\n"
	"list drone.example codes=127.0.0.[2..19],127.0.0.255\n"
	"list six.example positive=::ffff:7f00:2 negative=none\n"
	"closed .old.example since=2024-06-05 left=world use=zen.example.org\n"
	"list alive.old.example codes=127.0.0.2\n"
	"closed swl.example.org since=2016\n"
	"unfit dbl.example.org why=domain\n"
	"within xbl.example.org zen.example.org\n"
	"resolver 8.8.8.8 name=Google class=public\n"
	"resolver 192.168.0.0/16 name=your-router class=stub\n"
	"list twice.example terms=free\n"
	"list twice.example terms=paid\n";

static const struct dnslists *known(void)
{
	return dnslists_open(file_with("lists", span_of(sample)), NULL, &arena,
			     &report);
}

static const struct {
	const char *why, *domain, *name;
	enum dnslist_state state;
	bool keyed, placeholder, lacks_key;
} found[] = {
	{ "an exact name", "zen.example.org", "zen.example.org", DNSLIST_USABLE,
	  false, false, false },
	{ "in capitals", "ZEN.example.ORG", "ZEN.example.ORG", DNSLIST_USABLE,
	  false, false, false },
	{ "a key", K ".zen.dq.example.net", "zen.example.org", DNSLIST_USABLE,
	  true, false, false },
	{ "a short key", "a1.zen.dq.example.net", "zen.example.org",
	  DNSLIST_USABLE, true, false, false },
	{ "two labels in front are none", "a.b.zen.dq.example.net",
	  "a.b.zen.dq.example.net", DNSLIST_UNKNOWN, false, false, false },
	{ "a placeholder", "your_DQS_key.zen.dq.example.net", "zen.example.org",
	  DNSLIST_USABLE, true, true, false },
	{ "no key", "zen.dq.example.net", "zen.dq.example.net", DNSLIST_USABLE,
	  false, false, true },
	{ "with and without a key: without", "spam.rats.example",
	  "spam.rats.example", DNSLIST_USABLE, false, false, false },
	{ "with and without a key: with", "a1.spam.rats.example",
	  "spam.rats.example", DNSLIST_USABLE, true, false, false },
	{ "not known", "bl.example", "bl.example", DNSLIST_UNKNOWN, false,
	  false, false },
	{ "not known, but with what looks like a key", K ".bl.example",
	  "bl.example", DNSLIST_UNKNOWN, true, false, false },
	{ "the same behind another label", "_x." K ".bl.example", "bl.example",
	  DNSLIST_UNKNOWN, true, false, false },
	{ "a domain of that length is no key", "bl." K ".example",
	  "bl." K ".example", DNSLIST_UNKNOWN, false, false, false },
	{ "only its neighbours are known", "foo.example.org", "foo.example.org",
	  DNSLIST_UNKNOWN, false, false, false },
	{ "not a neighbour", "fooexample.org", "fooexample.org",
	  DNSLIST_UNKNOWN, false, false, false },
	{ "closed with all below", "bl.old.example", "bl.old.example",
	  DNSLIST_CLOSED, false, false, false },
	{ "closed itself", "old.example", "old.example", DNSLIST_CLOSED, false,
	  false, false },
	{ "all are closed but one", "alive.old.example", "alive.old.example",
	  DNSLIST_USABLE, false, false, false },
	{ "one is closed of many", "swl.example.org", "swl.example.org",
	  DNSLIST_CLOSED, false, false, false },
	{ "not for us", "dbl.example.org", "dbl.example.org", DNSLIST_UNFIT,
	  false, false, false },
};

START_TEST(find_tells_lists_apart)
{
	struct dnslist list;

	dnslists_find(known(), span_of(found[_i].domain), &list);
	ck_assert_msg(strcmp(list.name, found[_i].name) == 0, "%s: %s",
		      found[_i].why, list.name);
	ck_assert_msg(list.state == found[_i].state, "%s: state %d",
		      found[_i].why, (int)list.state);
	ck_assert_msg(list.keyed == found[_i].keyed, "%s", found[_i].why);
	ck_assert_msg(list.placeholder == found[_i].placeholder, "%s",
		      found[_i].why);
	ck_assert_msg(list.lacks_key == found[_i].lacks_key, "%s",
		      found[_i].why);
}
END_TEST

static void same_text(const char *a, const char *b, const char *domain)
{
	ck_assert_msg((!a && !b) || (a && b && strcmp(a, b) == 0), "%s: %s, %s",
		      domain, a ? a : "none", b ? b : "none");
}

/* A connection reads only what it needs: of that it must know as much. */
START_TEST(what_is_asked_is_known_as_well)
{
	const char *domain = found[_i].domain;
	char memory[512];
	struct sbuf sites = SBUF(memory);
	struct dnslist all, some;
	struct dnslists *few;

	sbuf_addf(&sites, "x.example*2, %s=127.0.0.[2..9]*3 y.example", domain);
	few = dnslists_open(file_with("lists", span_of(sample)), memory, &arena,
			    &report);
	dnslists_find(known(), span_of(domain), &all);
	dnslists_find(few, span_of(domain), &some);
	ck_assert_str_eq(all.name, some.name);
	ck_assert(all.state == some.state && all.kind == some.kind &&
		  all.keyed == some.keyed && all.refused == some.refused &&
		  all.lacks_key == some.lacks_key &&
		  all.placeholder == some.placeholder);
	ck_assert(all.positive.exists == some.positive.exists &&
		  all.negative.exists == some.negative.exists);
	ck_assert_uint_eq(all.errors, some.errors);
	same_text(all.codes.text, some.codes.text, domain);
	same_text(all.permit.text, some.permit.text, domain);
	same_text(all.positive.answers.text, some.positive.answers.text,
		  domain);
	same_text(all.terms, some.terms, domain);
	same_text(all.url, some.url, domain);
	same_text(all.use, some.use, domain);
	same_text(all.why, some.why, domain);
}
END_TEST

START_TEST(of_others_only_the_keys_are_known)
{
	static const char text[] = "format 1\n"
				   "list x.example odd=1\n"
				   "list KEY.y.example odd=1\n"
				   "resolver odd\nwithin odd\n"
				   "list bl.example terms=free\n";
	char memory[128];
	struct sbuf shown = SBUF(memory);
	struct dnslists *few = dnslists_open(file_with("lists", SPAN(text)),
					     "bl.example*2", &arena, &report);

	ck_assert_warned(NULL, "lists that nobody asks");
	dnslists_mask(few, SPAN("a1.y.example"), &shown);
	ck_assert_str_eq(memory, "KEY.y.example");
	few = dnslists_open(file_with("lists", SPAN(text)), "x.example bl",
			    &arena, &report);
	ck_assert_warned("no key \"odd\"", "one that is asked");
}
END_TEST

static const struct {
	const char *why, *domain;
	unsigned char answer[4];
	const char *tag; /* NULL: a listing */
} answers[] = {
	{ "the usual", "bl.example", { 127, 0, 0, 2 }, NULL },
	{ "the last that counts", "bl.example", { 127, 254, 255, 255 }, NULL },
	{ "127.0.0.1", "bl.example", { 127, 0, 0, 1 }, "loopback" },
	{ "127.0.0.0", "bl.example", { 127, 0, 0, 0 }, "loopback" },
	{ "unless permitted", "karma.example", { 127, 0, 0, 1 }, NULL },
	{ "permitted is only that",
	  "karma.example",
	  { 192, 0, 2, 1 },
	  "foreign" },
	{ "a block page", "bl.example", { 192, 0, 2, 1 }, "foreign" },
	{ "126", "bl.example", { 126, 255, 255, 255 }, "foreign" },
	{ "128", "bl.example", { 128, 0, 0, 2 }, "foreign" },
	{ "no tag of its own",
	  "bl.example",
	  { 127, 255, 255, 254 },
	  "blocked" },
	{ "behind what counts", "bl.example", { 127, 255, 0, 0 }, "blocked" },
	{ "a tag of its family",
	  "zen.example.org",
	  { 127, 255, 255, 254 },
	  "public-resolver" },
	{ "the rest of them",
	  "zen.example.org",
	  { 127, 255, 255, 1 },
	  "blocked" },
	{ "a code it never gave is a listing",
	  "zen.example.org",
	  { 127, 0, 0, 99 },
	  NULL },
	{ "over the limit", "allow.example", { 127, 0, 0, 255 }, "over-limit" },
	{ "the same code of another list",
	  "drone.example",
	  { 127, 0, 0, 255 },
	  NULL },
	{ "the first poison", "allow.example", { 127, 0, 10, 1 }, "poisoned" },
	{ "the last poison", "allow.example", { 127, 0, 10, 3 }, "poisoned" },
	{ "what the test point says",
	  "allow.example",
	  { 127, 0, 10, 0 },
	  NULL },
	{ "a key's trouble",
	  K ".zen.dq.example.net",
	  { 127, 255, 255, 250 },
	  "key-disabled" },
};

START_TEST(answers_are_listings_or_errors)
{
	enum answer_tag tag = TAG_REFUSED;
	struct dnslist list;
	bool error;

	dnslists_find(known(), span_of(answers[_i].domain), &list);
	error = dnslist_is_error(&list, answers[_i].answer, &tag);
	ck_assert_msg(error == !!answers[_i].tag, "%s", answers[_i].why);
	if (error)
		ck_assert_msg(strcmp(answer_tag_name(tag), answers[_i].tag) ==
				      0,
			      "%s: %s", answers[_i].why, answer_tag_name(tag));
}
END_TEST

START_TEST(a_list_has_what_its_records_say)
{
	const struct dnslists *d = known();
	struct dnslist list;

	dnslists_find(d, SPAN("zen.example.org"), &list);
	ck_assert_str_eq(list.terms, "limits");
	ck_assert_str_eq(list.url, "https://www.example.org/");
	ck_assert(answer_set_has(&list.codes,
				 (unsigned char[]){ 127, 0, 0, 11 }));
	ck_assert(!answer_set_has(&list.codes,
				  (unsigned char[]){ 127, 0, 0, 12 }));
	ck_assert(list.positive.exists && list.negative.exists);
	ck_assert(answer_set_has(&list.positive.answers,
				 (unsigned char[]){ 127, 0, 0, 4 }));
	ck_assert_int_eq(list.negative.address.bytes[3], 1);

	dnslists_find(d, SPAN(K ".zen.dq.example.net"), &list);
	ck_assert_int_eq(list.refused, TAG_KEY_DISABLED);

	dnslists_find(d, SPAN("karma.example"), &list);
	ck_assert_int_eq(list.kind, DNSLIST_MIXED);
	ck_assert(list.positive.exists && !list.negative.exists);

	dnslists_find(d, SPAN("six.example"), &list);
	ck_assert_int_eq(list.positive.address.family, ADDRESS_IPV6);

	dnslists_find(d, SPAN("bl.old.example"), &list);
	ck_assert_str_eq(list.since, "2024-06-05");
	ck_assert_str_eq(list.left, "world");
	ck_assert_str_eq(list.use, "zen.example.org");

	dnslists_find(d, SPAN("dbl.example.org"), &list);
	ck_assert_str_eq(list.why, "domain");

	dnslists_find(d, SPAN("twice.example"), &list);
	ck_assert_str_eq(list.terms, "paid");
}
END_TEST

START_TEST(nothing_known_leaves_the_rfc)
{
	struct dnslist list;
	enum answer_tag tag;

	dnslists_find(NULL, SPAN("zen.example.org"), &list);
	ck_assert_int_eq(list.state, DNSLIST_UNKNOWN);
	ck_assert(list.positive.exists && list.negative.exists);
	ck_assert_int_eq(list.positive.address.bytes[3], 2);
	ck_assert_uint_eq(list.codes.count, 0);
	ck_assert(dnslist_is_error(&list, (unsigned char[]){ 127, 0, 0, 1 },
				   &tag));
	ck_assert_ptr_null(dnslists_resolver(NULL, &list.positive.address));
	ck_assert(!dnslists_within(NULL, "a", "a"));
}
END_TEST

START_TEST(resolvers_and_parts)
{
	const struct dnslists *d = known();
	const struct known_resolver *r;
	struct address who;

	ck_assert(address_parse(SPAN("8.8.8.8"), &who));
	r = dnslists_resolver(d, &who);
	ck_assert_ptr_nonnull(r);
	ck_assert_str_eq(r->name, "Google");
	ck_assert_int_eq(r->class, RESOLVER_PUBLIC);
	ck_assert(address_parse(SPAN("192.168.1.1"), &who));
	ck_assert_int_eq(dnslists_resolver(d, &who)->class, RESOLVER_STUB);
	ck_assert(address_parse(SPAN("8.8.8.9"), &who));
	ck_assert_ptr_null(dnslists_resolver(d, &who));
	ck_assert(dnslists_within(d, "XBL.example.org", "zen.example.org"));
	ck_assert(!dnslists_within(d, "zen.example.org", "xbl.example.org"));
}
END_TEST

/* Each costs its own record and nothing else. */
static const struct {
	const char *line, *warning;
} mistakes[] = {
	{ "lost x.example", "line 2: unknown kind of record \"lost\"" },
	{ "list", "line 2: expected the name of a list" },
	{ "list x..example", "expected a domain, .domain or KEY.domain" },
	{ "list x.example colour=red", "has no key \"colour\"" },
	{ "list x.example since=2024", "has no key \"since\"" },
	{ "list x.example codes", "expected key=value, not \"codes\"" },
	{ "list x.example codes=", "expected key=value" },
	{ "list x.example codes=127.0.0", "expected answers such as" },
	{ "list x.example codes=,", "expected answers" },
	{ "list x.example kind=white", "expected block, allow or mixed" },
	{ "list x.example error=127.0.0.2", "expected ANSWERS:TAG" },
	{ "list x.example error=127.0.0.2:odd", "expected ANSWERS:TAG" },
	{ "list x.example refused=odd", "unknown tag \"odd\"" },
	{ "list x.example positive=localhost", "expected none or an address" },
	{ "list x.example positive=127.0.0.2=x", "expected answers" },
	{ "list x.example show=y.example", "only a list with KEY" },
	{ "list x.example terms=odd", "not one of the words" },
	{ "closed x.example since=yesterday", "expected a date" },
	{ "closed x.example left=odd", "not one of the words" },
	{ "closed x.example use=?", "expected a domain" },
	{ "unfit x.example why=odd", "not one of the words" },
	{ "within x.example", "expected two lists" },
	{ "within x.example y.example z.example", "expected two lists" },
	{ "resolver", "expected an address or network" },
	{ "resolver 192.0.2.1/24 name=x", "expected an address or network" },
	{ "resolver 192.0.2.1", "no name=OPERATOR" },
	{ "resolver 192.0.2.1 name=x class=odd", "expected public, hosting" },
	{ "resolver 192.0.2.1 name=x owner=y", "has no key \"owner\"" },
};

START_TEST(mistakes_cost_one_record)
{
	char memory[512];
	struct sbuf text = SBUF(memory);
	struct dnslists *d;
	struct dnslist list;

	sbuf_addf(&text, "format 1\n%s\nlist y.example terms=free\n",
		  mistakes[_i].line);
	d = dnslists_open(file_with("lists", sbuf_span(&text)), NULL, &arena,
			  &report);
	ck_assert_ptr_nonnull(d);
	ck_assert_warned(mistakes[_i].warning, mistakes[_i].line);
	ck_assert_uint_eq(report.errors, 0);
	dnslists_find(d, SPAN("x.example"), &list);
	ck_assert_int_eq(list.state, DNSLIST_UNKNOWN);
	dnslists_find(d, SPAN("y.example"), &list);
	ck_assert_int_eq(list.state, DNSLIST_USABLE);
}
END_TEST

/* Without a file: what would betray a key, or let everybody in. */
static void knows_the_least(const struct dnslists *d)
{
	struct dnslist list;
	enum answer_tag tag;

	dnslists_find(d, SPAN("a1.zen.dq.spamhaus.net"), &list);
	ck_assert_str_eq(list.name, "zen.spamhaus.org");
	dnslists_find(d, SPAN("list.dnswl.org"), &list);
	ck_assert(dnslist_is_error(&list, (unsigned char[]){ 127, 0, 10, 3 },
				   &tag));
	dnslists_find(d, SPAN("zen.example.org"), &list);
	ck_assert_int_eq(list.state, DNSLIST_UNKNOWN);
}

START_TEST(the_first_file_that_is_there_counts)
{
	struct dnslist list;
	const struct dnslists *d;

	file_with("a", SPAN("format 1\nlist x.example terms=free\n"));
	file_with("b", SPAN("format 1\nlist x.example terms=paid\n"));
	d = dnslists_open(in_dir("DIR/none DIR/b, DIR/a"), NULL, &arena,
			  &report);
	dnslists_find(d, SPAN("x.example"), &list);
	ck_assert_str_eq(list.terms, "paid");
	ck_assert_warned(NULL, "the first");
}
END_TEST

static const struct {
	const char *why;
	struct span text;
	const char *warning;
} useless[] = {
	{ "empty", { "", 0 }, "expected \"format 1\"" },
	{ "no format", { "list x.example\n", 15 }, "expected \"format 1\"" },
	{ "a later format", { "format 2\n", 9 }, "expected \"format 1\"" },
	{ "two formats", { "format 1 2\n", 11 }, "expected \"format 1\"" },
	{ "no text", { "format\0 1\n", 10 }, "expected \"format 1\"" },
};

START_TEST(a_file_of_no_use_is_left_alone)
{
	knows_the_least(dnslists_open(file_with("lists", useless[_i].text),
				      NULL, &arena, &report));
	ck_assert_warned(useless[_i].warning, useless[_i].why);
	ck_assert_uint_eq(report.errors, 0);
}
END_TEST

START_TEST(no_file_is_no_mistake)
{
	knows_the_least(
		dnslists_open(in_dir("DIR/not-there"), NULL, &arena, &report));
	knows_the_least(dnslists_open("", NULL, &arena, &report));
	ck_assert_warned(NULL, "absent");
	knows_the_least(dnslists_open(dir, NULL, &arena, &report));
	ck_assert_warned("directory", "a directory");
}
END_TEST

/* Whoever fills the file must not empty the memory of the settings. */
START_TEST(a_monster_is_cut)
{
	static char text[3 << 20];
	struct sbuf b = SBUF(text);
	size_t before = arena.used;

	sbuf_add_text(&b, "format 1\nlist first.example terms=free\n");
	while (b.len < 100000)
		sbuf_add_text(&b, "list a.example codes=127.0.0.2\n");
	ck_assert_ptr_nonnull(dnslists_open(file_with("lists", sbuf_span(&b)),
					    NULL, &arena, &report));
	ck_assert_warned("too long", "more than fits");
	while (b.len < 2 << 20)
		sbuf_add_text(&b, "list a.example\n");
	knows_the_least(dnslists_open(file_with("lists", sbuf_span(&b)), NULL,
				      &arena, &report));
	ck_assert_warned("larger than 1 MB", "more than can be read");
	ck_assert_uint_lt(arena.used - before, 4 << 20);
}
END_TEST

static const struct {
	const char *why, *text, *shown;
} masked[] = {
	{ "a key that is known", "a1.zen.dq.example.net*3x",
	  "KEY.zen.dq.example.net*3x" },
	{ "two sites run together", "x.example*2;a1.ZEN.dq.example.net",
	  "x.example*2;KEY.ZEN.dq.example.net" },
	{ "a dot at the end", "a1.zen.dq.example.net.",
	  "KEY.zen.dq.example.net." },
	{ "what looks like one", K "..zen.example", "KEY..zen.example" },
	{ "none", "zen.dq.example.net=127.0.0.2",
	  "zen.dq.example.net=127.0.0.2" },
};

START_TEST(mask_hides_keys)
{
	char memory[200];
	struct sbuf b = SBUF(memory);

	dnslists_mask(known(), span_of(masked[_i].text), &b);
	ck_assert_msg(strcmp(memory, masked[_i].shown) == 0, "%s: %s",
		      masked[_i].why, memory);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("dnslists");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_loop_test(tc, find_tells_lists_apart, 0, ROWS(found));
	tcase_add_loop_test(tc, what_is_asked_is_known_as_well, 0, ROWS(found));
	tcase_add_test(tc, of_others_only_the_keys_are_known);
	tcase_add_loop_test(tc, answers_are_listings_or_errors, 0,
			    ROWS(answers));
	tcase_add_test(tc, a_list_has_what_its_records_say);
	tcase_add_test(tc, nothing_known_leaves_the_rfc);
	tcase_add_test(tc, resolvers_and_parts);
	tcase_add_loop_test(tc, mistakes_cost_one_record, 0, ROWS(mistakes));
	tcase_add_loop_test(tc, a_file_of_no_use_is_left_alone, 0,
			    ROWS(useless));
	tcase_add_test(tc, the_first_file_that_is_there_counts);
	tcase_add_test(tc, no_file_is_no_mistake);
	tcase_add_test(tc, a_monster_is_cut);
	tcase_add_loop_test(tc, mask_hides_keys, 0, ROWS(masked));
	return unit_run();
}
