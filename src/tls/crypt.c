#include "tls/crypt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Either way on the wire: a record of the largest size and some more. */
#define WIRE_SIZE ((size_t)32 * 1024)

/* ---- keys and certificates ----------------------------------------------- */

/* A key with a pass phrase must not make us ask a terminal for it. */
static int no_pass_phrase(char *buf, int size, int rwflag, void *context)
{
	(void)buf, (void)size, (void)rwflag, (void)context;
	return -1;
}

void crypt_problem(struct sbuf *to)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (reason)
		sbuf_add_text(to, reason);
	else if (code)
		sbuf_addf(to, "error %lx", code);
	ERR_clear_error();
}

/* The parameters that name a pair's files, as nearly everybody writes them. */
struct parameters {
	const char *certificate, *key;
};

static struct parameters parameters_of(const struct policy_pair *pair)
{
	static const struct {
		const char *parameter;
		struct parameters usual;
	} names[] = {
		{ "postscreen_tls_cert_file",
		  { "smtpd_tls_cert_file", "smtpd_tls_key_file" } },
		{ "postscreen_tls_eccert_file",
		  { "smtpd_tls_eccert_file", "smtpd_tls_eckey_file" } },
		{ "postscreen_tls_dcert_file",
		  { "smtpd_tls_dcert_file", "smtpd_tls_dkey_file" } },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(pair->parameter, names[i].parameter) == 0)
			return names[i].usual;
	return (struct parameters){ "smtpd_tls_chain_files",
				    "smtpd_tls_chain_files" };
}

/* Why FILE cannot be read, in fewer words than the library has. */
static bool is_readable(const char *parameter, const char *file,
			struct sbuf *why)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *trouble = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		trouble = strerror(errno);
	else if (!S_ISREG(st.st_mode)) /* a pipe could keep us for ever */
		trouble = "not a regular file";
	if (trouble)
		sbuf_addf(why, "%s: %s: %s", parameter, file, trouble);
	if (fd >= 0)
		close(fd);
	return !trouble;
}

static bool blame(const char *parameter, const char *file, const char *what,
		  struct sbuf *why)
{
	sbuf_addf(why, "%s: %s: %s: ", parameter, file, what);
	crypt_problem(why);
	return false;
}

static bool load_pair(SSL_CTX *context, const struct policy_pair *pair,
		      struct sbuf *why)
{
	struct parameters name = parameters_of(pair);

	if (!is_readable(name.certificate, pair->certificates, why) ||
	    !is_readable(name.key, pair->key, why))
		return false;
	if (SSL_CTX_use_certificate_chain_file(context, pair->certificates) !=
	    1)
		return blame(name.certificate, pair->certificates,
			     "no certificate in PEM", why);
	if (SSL_CTX_use_PrivateKey_file(context, pair->key, SSL_FILETYPE_PEM) !=
	    1)
		return blame(name.key, pair->key,
			     "no private key in PEM, without a pass phrase, "
			     "that belongs to the certificate",
			     why);
	if (SSL_CTX_check_private_key(context) != 1)
		return blame(name.key, pair->key,
			     "does not belong to the certificate", why);
	return true;
}

static unsigned count_keys(const char *file)
{
	BIO *in = BIO_new_file(file, "r");
	char *name, *header;
	unsigned keys = 0;
	uint8_t *data;
	long len;

	while (in && PEM_read_bio(in, &name, &header, &data, &len) == 1) {
		keys += strstr(name, "PRIVATE KEY") != NULL;
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t)len);
	}
	BIO_free(in);
	ERR_clear_error();
	return keys;
}

static void doubt(const struct policy_pair *pair, const char *what,
		  struct sbuf *why)
{
	sbuf_addf(why, "%s%s: %s: %s", why->len > 0 ? "; " : "",
		  parameters_of(pair).certificate, pair->certificates, what);
}

/* Of the pair that was loaded last. */
static void doubt_pair(SSL_CTX *context, const struct policy_pair *pair,
		       struct sbuf *why)
{
	const X509 *x = SSL_CTX_get0_certificate(context);

	if (x && X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
		doubt(pair, "this certificate has expired", why);
	else if (x && X509_cmp_current_time(X509_get0_notBefore(x)) > 0)
		doubt(pair, "this certificate is not valid yet", why);
	/* Postfix would use them all */
	if (pair->key == pair->certificates && count_keys(pair->key) > 1)
		doubt(pair,
		      "only the first of its keys is used; write each to a "
		      "file of its own",
		      why);
}

/* ---- what is allowed ------------------------------------------------------
 */

static const struct {
	int number;
	uint64_t never;
} versions[TLS_VERSIONS] = {
	[TLS_1_0] = { TLS1_VERSION, SSL_OP_NO_TLSv1 },
	[TLS_1_1] = { TLS1_1_VERSION, SSL_OP_NO_TLSv1_1 },
	[TLS_1_2] = { TLS1_2_VERSION, SSL_OP_NO_TLSv1_2 },
	[TLS_1_3] = { TLS1_3_VERSION, SSL_OP_NO_TLSv1_3 },
};

/* The bounds are the policy's, whatever the system's openssl.cnf says. */
static bool set_versions(SSL_CTX *context, const struct policy *policy)
{
	int lowest = 0, highest = 0;

	for (int v = 0; v < TLS_VERSIONS; v++) {
		if (!policy->version[v]) {
			SSL_CTX_set_options(context, versions[v].never);
			continue;
		}
		lowest = lowest ? lowest : versions[v].number;
		highest = versions[v].number;
	}
	return SSL_CTX_set_min_proto_version(context, lowest) == 1 &&
	       SSL_CTX_set_max_proto_version(context, highest) == 1;
}

/*
 * No session is resumed: each has a process of its own, which forgets all.
 * Renegotiation, compression and early data have nothing to offer here but
 * risks.
 */
static void set_manners(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_NO_SSLv3 | SSL_OP_NO_COMPRESSION |
					     SSL_OP_NO_RENEGOTIATION |
					     SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_max_early_data(context, 0);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_dh_auto(context, 1);
	SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
}

static bool set_policy(SSL_CTX *context, const struct policy *policy,
		       struct sbuf *why)
{
	char memory[512], curves[sizeof(policy->curves)];
	struct sbuf doubts = SBUF(memory);

	/* OpenSSL wants it writable */
	memcpy(curves, policy->curves, sizeof(curves));
	set_manners(context);
	if (!set_versions(context, policy)) {
		sbuf_add_text(why,
			      "smtpd_tls_protocols: not with this OpenSSL");
		return false;
	}
	if (SSL_CTX_set_cipher_list(context, policy->ciphers) != 1) {
		sbuf_addf(why, "smtpd_tls_ciphers: no cipher is left of %s",
			  policy->ciphers);
		return false;
	}
	if (SSL_CTX_set1_groups_list(context, curves) != 1) {
		sbuf_addf(why,
			  "smtpd_tls_eecdh_grade: OpenSSL does not know "
			  "all of %s",
			  policy->curves);
		return false;
	}
	for (size_t i = 0; i < policy->pairs; i++) {
		if (!load_pair(context, &policy->pair[i], why))
			return false;
		doubt_pair(context, &policy->pair[i], &doubts);
	}
	sbuf_add(why, sbuf_span(&doubts));
	return true;
}

bool crypt_open(struct crypt *c, const struct policy *policy, struct sbuf *why)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	BIO *inside = NULL, *wire = NULL;
	SSL *session = NULL;

	*c = (struct crypt){ 0 };
	if (!context) {
		sbuf_add_text(why, "OpenSSL does not start: ");
		crypt_problem(why);
		return false;
	}
	if (set_policy(context, policy, why)) {
		session = SSL_new(context);
		if (!session ||
		    BIO_new_bio_pair(&inside, WIRE_SIZE, &wire, WIRE_SIZE) != 1)
			sbuf_add_text(why, "no memory for a TLS session");
	}
	if (!wire) {
		SSL_free(session);
		SSL_CTX_free(context);
		ERR_clear_error();
		return false;
	}
	SSL_set_bio(session, inside, inside);
	SSL_set_accept_state(session);
	*c = (struct crypt){ context, session, inside, wire };
	return true;
}

void crypt_close(struct crypt *c)
{
	SSL_free(c->session);
	BIO_free(c->wire);
	SSL_CTX_free(c->context);
	*c = (struct crypt){ 0 };
}

/* ---- steps ----------------------------------------------------------------
 */

static enum crypt_step step_of(const struct crypt *c, int r)
{
	if (r > 0)
		return CRYPT_DONE;
	switch (SSL_get_error(c->session, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return CRYPT_WAIT;
	case SSL_ERROR_ZERO_RETURN:
		return CRYPT_CLOSED;
	default:
		return CRYPT_FAILED;
	}
}

enum crypt_step crypt_handshake(struct crypt *c)
{
	ERR_clear_error();
	return step_of(c, SSL_accept(c->session));
}

enum crypt_step crypt_read(struct crypt *c, char *to, size_t size,
			   size_t *ret_len)
{
	assert(size > 0);
	ERR_clear_error();
	return step_of(c, SSL_read_ex(c->session, to, size, ret_len));
}

enum crypt_step crypt_write(struct crypt *c, struct span text, size_t *ret_len)
{
	assert(text.len > 0);
	ERR_clear_error();
	return step_of(c, SSL_write_ex(c->session, text.p, text.len, ret_len));
}

void crypt_finish(struct crypt *c)
{
	ERR_clear_error();
	SSL_shutdown(c->session);
	ERR_clear_error();
}

/* ---- the wire --------------------------------------------------------------
 */

char *crypt_room(struct crypt *c, size_t *ret_size)
{
	char *p;
	int n = BIO_nwrite0(c->wire, &p);

	*ret_size = n > 0 ? (size_t)n : 0;
	return p;
}

void crypt_filled(struct crypt *c, size_t n)
{
	char *p;
	int moved = BIO_nwrite(c->wire, &p, (int)n);

	assert(moved == (int)n);
}

struct span crypt_output(struct crypt *c)
{
	char *p;
	int n = BIO_nread0(c->wire, &p);

	return n > 0 ? (struct span){ p, (size_t)n } : SPAN("");
}

void crypt_sent(struct crypt *c, size_t n)
{
	char *p;
	int moved = BIO_nread(c->wire, &p, (int)n);

	assert(moved == (int)n);
}

/* ---- words -----------------------------------------------------------------
 */

static void describe_exchange(SSL *s, struct sbuf *to)
{
	int nid = (int)SSL_get_negotiated_group(s);
	const char *group = nid > 0 ? OBJ_nid2sn(nid) : NULL;

	if (!group)
		return;
	if (nid == NID_X25519 || nid == NID_X448)
		sbuf_addf(to, " key-exchange %s", group);
	else
		sbuf_addf(to, " key-exchange ECDHE (%s)", group);
}

static const char *signature_name(int nid)
{
	switch (nid) {
	case EVP_PKEY_RSA:
		return "RSA";
	case EVP_PKEY_RSA_PSS:
		return "RSA-PSS";
	case EVP_PKEY_EC:
		return "ECDSA";
	default:
		return OBJ_nid2sn(nid);
	}
}

/* A curve has a name, other keys have a number of bits. */
static void describe_key(const EVP_PKEY *key, struct sbuf *to)
{
	char curve[64];
	size_t len;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_group_name(key, curve, sizeof(curve), &len) == 1)
		sbuf_addf(to, " (%s)", curve);
	else
		sbuf_addf(to, " (%d bits)", EVP_PKEY_get_bits(key));
}

static void describe_signature(SSL *s, struct sbuf *to)
{
	const EVP_PKEY *key = SSL_get_privatekey(s);
	int signature, digest;

	if (!key || SSL_get_signature_type_nid(s, &signature) != 1)
		return;
	sbuf_addf(to, " server-signature %s", signature_name(signature));
	describe_key(key, to);
	if (SSL_get_signature_nid(s, &digest) == 1 && digest != NID_undef)
		sbuf_addf(to, " server-digest %s", OBJ_nid2sn(digest));
}

void crypt_describe(const struct crypt *c, struct sbuf *to)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(c->session);
	int most, used = SSL_CIPHER_get_bits(cipher, &most);

	sbuf_addf(to, "%s with cipher %s (%d/%d bits)",
		  SSL_get_version(c->session), SSL_CIPHER_get_name(cipher),
		  used, most);
	describe_exchange(c->session, to);
	describe_signature(c->session, to);
}
