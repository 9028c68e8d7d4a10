#include "tls/policy.h"

#include <string.h>

#define SEPARATORS SPAN_LIST_SEPARATORS ":"

/* ---- protocols ----------------------------------------------------------- */

/* By number, older ones below 0. Postfix reads 0x0303 as well; nobody writes
 * it. */
static const struct {
	const char *name;
	int version;
} protocols[] = {
	{ "SSLv2", -2 },	{ "SSLv3", -1 },	{ "TLSv1", TLS_1_0 },
	{ "TLSv1.1", TLS_1_1 }, { "TLSv1.2", TLS_1_2 }, { "TLSv1.3", TLS_1_3 },
};

static bool find_protocol(struct span name, int *ret)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (span_equal_nocase(name, span_of(protocols[i].name))) {
			*ret = protocols[i].version;
			return true;
		}
	return false;
}

/* What a list has said so far. */
struct wish {
	int lowest, highest;
	unsigned named, excluded; /* bits: version + 2 */
};

static bool add_protocol(struct wish *w, struct span word)
{
	bool at_least = span_starts_with(word, SPAN(">="));
	bool at_most = span_starts_with(word, SPAN("<="));
	bool not = span_starts_with(word, SPAN("!"));
	int v;

	word = span_skip(word, at_least || at_most ? 2 : not ? 1 : 0);
	if (!find_protocol(word, &v))
		return false;
	if (at_least)
		w->lowest = v;
	else if (at_most)
		w->highest = v;
	else if (not )
		w->excluded |= 1u << (v + 2);
	else
		w->named |= 1u << (v + 2);
	return true;
}

bool policy_protocols(struct span list, bool version[TLS_VERSIONS],
		      struct span *ret_bad)
{
	struct wish w = { .lowest = TLS_1_0, .highest = TLS_1_3 };
	struct span word;

	while (span_next_item(&list, SEPARATORS, &word))
		if (!add_protocol(&w, word)) {
			*ret_bad = word;
			return false;
		}
	for (int v = 0; v < TLS_VERSIONS; v++) {
		unsigned bit = 1u << (v + 2);

		version[v] = v >= w.lowest && v <= w.highest &&
			     (w.named == 0 || (w.named & bit)) &&
			     !(w.excluded & bit);
	}
	return true;
}

/* ---- one setting after the other ----------------------------------------- */

struct maker {
	const struct conf *conf;
	struct report *report;
	struct policy *policy;
	bool good;
};

/* Postfix's name is one of two that may have been set. */
static struct origin where_is(const struct maker *m, const char *parameter)
{
	return conf_origin(m->conf, parameter);
}

static void blame(struct maker *m, const char *parameter, struct span value,
		  const char *expected)
{
	struct origin where = where_is(m, parameter);

	m->good = false;
	report_add(m->report, REPORT_ERROR, &where,
		   "bad value \"%.*s\": expected %s",
		   value.len < 60 ? (int)value.len : 60, value.p, expected);
}

static void make_protocols(struct maker *m, const char *parameter,
			   const char *text)
{
	bool *version = m->policy->version;
	struct span bad;

	if (!policy_protocols(span_of(text), version, &bad)) {
		blame(m, parameter, bad,
		      "names such as TLSv1.2, with !, >= or <= before them");
		return;
	}
	for (int v = 0; v < TLS_VERSIONS; v++)
		if (version[v])
			return;
	blame(m, parameter, span_of(text), "a list that leaves some TLS");
}

/* The cipher list that GRADE stands for, or NULL. */
static const char *cipher_list(const struct conf *conf, struct span grade)
{
	if (span_equal_nocase(grade, SPAN("high")))
		return conf->tls.high_cipherlist;
	if (span_equal_nocase(grade, SPAN("null")))
		return conf->tls.null_cipherlist;
	/* the two lowest mean medium since Postfix 3.8 */
	if (span_equal_nocase(grade, SPAN("medium")) ||
	    span_equal_nocase(grade, SPAN("low")) ||
	    span_equal_nocase(grade, SPAN("export")))
		return conf->tls.medium_cipherlist;
	return NULL;
}

static void exclude(const char *list, struct sbuf *ciphers)
{
	struct span rest = span_of(list), name;

	while (span_next_item(&rest, SEPARATORS, &name)) {
		sbuf_add_text(ciphers, ":!");
		sbuf_add(ciphers, name);
	}
}

static void make_ciphers(struct maker *m, bool mandatory)
{
	const struct tls_settings *tls = &m->conf->tls;
	const char *parameter = mandatory ? "postscreen_tls_mandatory_ciphers"
					  : "postscreen_tls_ciphers";
	const char *grade = mandatory ? tls->mandatory_ciphers : tls->ciphers;
	const char *list = cipher_list(m->conf, span_of(grade));
	struct sbuf ciphers = SBUF(m->policy->ciphers);

	if (!list) {
		blame(m, parameter, span_of(grade), "medium, high or null");
		return;
	}
	sbuf_add_text(&ciphers, list);
	exclude(tls->exclude_ciphers, &ciphers);
	if (mandatory)
		exclude(tls->mandatory_exclude_ciphers, &ciphers);
	if (span_equal_nocase(span_of(tls->eecdh_grade), SPAN("none")))
		exclude("kEECDH", &ciphers);
	if (!sbuf_fitted(&ciphers))
		blame(m, parameter, span_of(grade),
		      "fewer ciphers in its list and in those to exclude");
}

static void make_curves(struct maker *m)
{
	const struct tls_settings *tls = &m->conf->tls;
	struct span grade = span_of(tls->eecdh_grade), rest, name;
	struct sbuf curves = SBUF(m->policy->curves);

	if (span_equal_nocase(grade, SPAN("auto")) ||
	    span_equal_nocase(grade, SPAN("none"))) {
		rest = span_of(tls->eecdh_auto_curves);
	} else if (span_equal_nocase(grade, SPAN("strong"))) {
		rest = span_of(tls->eecdh_strong_curve);
	} else if (span_equal_nocase(grade, SPAN("ultra"))) {
		rest = span_of(tls->eecdh_ultra_curve);
	} else {
		blame(m, "postscreen_tls_eecdh_grade", grade,
		      "auto, strong, ultra or none");
		return;
	}
	while (span_next_item(&rest, SEPARATORS, &name)) {
		if (curves.len > 0)
			sbuf_add_char(&curves, ':');
		sbuf_add(&curves, name);
	}
	if (!sbuf_fitted(&curves))
		blame(m, "tls_eecdh_auto_curves", rest, "fewer curves");
}

/* ---- certificates -------------------------------------------------------- */

static void add_pair(struct maker *m, const char *certificates, const char *key,
		     const char *parameter)
{
	struct policy *p = m->policy;

	if (p->pairs == POLICY_FILES) {
		blame(m, parameter, span_of(certificates), "fewer files");
		return;
	}
	p->pair[p->pairs++] =
		(struct policy_pair){ certificates, key, parameter };
}

/* Postfix says "none" where it means that there is no certificate. */
static bool is_none(const char *text)
{
	return text[0] == '\0' ||
	       span_equal_nocase(span_of(text), SPAN("none"));
}

/* Files of the list, each a key and its certificates. */
static void add_chains(struct maker *m, const char *list)
{
	struct span rest = span_of(list), name;

	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &name)) {
		const char *file = arena_text(m->report->arena, name);

		if (!file)
			blame(m, "postscreen_tls_chain_files", name,
			      "fewer files: there is no memory left");
		else
			add_pair(m, file, file, "postscreen_tls_chain_files");
	}
}

static void make_pairs(struct maker *m)
{
	const struct tls_settings *tls = &m->conf->tls;

	if (!is_none(tls->chain_files)) {
		add_chains(m, tls->chain_files);
		return;
	}
	if (!is_none(tls->cert_file))
		add_pair(m, tls->cert_file, tls->key_file,
			 "postscreen_tls_cert_file");
	if (!is_none(tls->eccert_file))
		add_pair(m, tls->eccert_file, tls->eckey_file,
			 "postscreen_tls_eccert_file");
	if (!is_none(tls->dcert_file))
		add_pair(m, tls->dcert_file, tls->dkey_file,
			 "postscreen_tls_dcert_file");
}

bool policy_make(const struct conf *conf, bool mandatory, struct report *report,
		 struct policy *ret)
{
	struct maker m = { conf, report, ret, true };
	const struct tls_settings *tls = &conf->tls;

	*ret = (struct policy){ 0 };
	if (mandatory)
		make_protocols(&m, "postscreen_tls_mandatory_protocols",
			       tls->mandatory_protocols);
	else
		make_protocols(&m, "postscreen_tls_protocols", tls->protocols);
	make_ciphers(&m, mandatory);
	make_curves(&m);
	make_pairs(&m);
	return m.good && ret->pairs > 0;
}
