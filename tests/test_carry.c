#include "tls/carry.h"

#include "base/clock.h"
#include "unit.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * It runs in a child; this process is the client, with OpenSSL, and
 * the engine, with plain text.
 */
static char dir[64], pem[96];
static SSL_CTX *context;
static SSL *tls;
static int client = -1, engine = -1;
static pid_t child;

/* ---- a certificate ---------------------------------------------------------
 */

static void write_certificate(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	FILE *f = fopen(pem, "w");

	ck_assert(key && x && f);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	ck_assert(X509_sign(x, key, EVP_sha256()) > 0);
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_X509(f, x);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* ---- both sides ------------------------------------------------------------
 */

static const struct policy *policy(void)
{
	static struct policy p = {
		.version = { [TLS_1_2] = true, [TLS_1_3] = true },
		.ciphers = "HIGH",
		.curves = "X25519:prime256v1",
		.pair = { { pem, pem, "postscreen_tls_chain_files" } },
		.pairs = 1,
	};

	return &p;
}

/* What the child makes of it is its exit status. */
static void carry_in_child(int wire, int plain, int64_t shake, int64_t run)
{
	struct stream s = { .kind = STREAM_LOCAL, .in = wire, .out = wire };
	char memory[512];
	struct sbuf why = SBUF(memory);
	struct crypt crypt;
	enum carry_end end;

	signal(SIGPIPE, SIG_IGN);
	if (!crypt_open(&crypt, policy(), &why))
		_exit(99);
	end = carry_handshake(&crypt, &s, plain, clock_mono() + shake);
	if (end != CARRY_DONE)
		_exit(50 + (int)end);
	end = carry_run(&crypt, &s, plain, clock_mono() + run);
	crypt_close(&crypt);
	_exit((int)end);
}

static void start(int64_t shake, int64_t run)
{
	struct timeval patience = { .tv_sec = 10 };
	int wire[2], plain[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, wire), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, plain), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(wire[0]);
		close(plain[0]);
		carry_in_child(wire[1], plain[1], shake, run);
	}
	close(wire[1]);
	close(plain[1]);
	client = wire[0];
	engine = plain[0];
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	setsockopt(engine, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
}

static void shake_hands(void)
{
	tls = SSL_new(context);
	SSL_set_fd(tls, client);
	ck_assert_int_eq(SSL_connect(tls), 1);
}

static int result(void)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void setup(void)
{
	strcpy(dir, "/tmp/carry.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(pem, sizeof(pem), "%s/pem", dir);
	write_certificate();
	context = SSL_CTX_new(TLS_client_method());
	signal(SIGPIPE, SIG_IGN);
}

static void teardown(void)
{
	SSL_free(tls);
	SSL_CTX_free(context);
	close(client);
	close(engine);
	unlink(pem);
	rmdir(dir);
}

/* ---- talking
 * ----------------------------------------------------------------- */

static void hear_engine(const char *want)
{
	char heard[256];
	size_t n = 0, len = strlen(want);

	while (n < len) {
		ssize_t r = recv(engine, heard + n, len - n, 0);

		ck_assert_int_gt(r, 0);
		n += (size_t)r;
	}
	ck_assert_int_eq(memcmp(heard, want, len), 0);
}

static void hear_client(const char *want)
{
	char heard[256];
	int n = SSL_read(tls, heard, sizeof(heard));

	ck_assert_int_eq(n, strlen(want));
	ck_assert_int_eq(memcmp(heard, want, (size_t)n), 0);
}

/* The engine never speaks first: then there is somebody to hear it. */
static void start_talking(void)
{
	start(10 * CLOCK_SECOND, 20 * CLOCK_SECOND);
	shake_hands();
	ck_assert_int_eq(SSL_write(tls, "EHLO x\r\n", 8), 8);
	hear_engine("EHLO x\r\n");
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

START_TEST(text_goes_both_ways)
{
	SSL_CTX_set_max_proto_version(context, versions[_i]);
	start_talking();
	ck_assert_int_eq(SSL_version(tls), versions[_i]);
	ck_assert_int_eq(SSL_write(tls, "NOOP\r\n", 6), 6);
	hear_engine("NOOP\r\n");
	ck_assert_int_eq(send(engine, "250 Ok\r\n", 8, 0), 8);
	hear_client("250 Ok\r\n");
	/* the engine ends it: the client is told, not cut off */
	shutdown(engine, SHUT_WR);
	ck_assert_int_eq(SSL_read(tls, (char[8]){ 0 }, 8), 0);
	ck_assert_int_eq(SSL_get_shutdown(tls), SSL_RECEIVED_SHUTDOWN);
	ck_assert_int_eq(result(), CARRY_DONE);
}
END_TEST

/* What arrived in one piece is handed on in one piece. */
START_TEST(records_together_stay_together)
{
	char heard[64];

	start_talking();
	/* a signal is only on its way when kill() returns */
	kill(child, SIGSTOP);
	ck_assert_int_eq(waitpid(child, NULL, WUNTRACED), child);
	ck_assert_int_eq(SSL_write(tls, "NOOP\r\n", 6), 6);
	ck_assert_int_eq(SSL_write(tls, "RSET\r\n", 6), 6);
	kill(child, SIGCONT);
	ck_assert_int_eq(recv(engine, heard, sizeof(heard), 0), 12);
	close(engine);
	ck_assert_int_eq(result(), CARRY_DONE);
}
END_TEST

static const bool politely[] = { true, false };

/* The client is done, with a word or without, and hears the rest. */
START_TEST(a_client_may_end_its_half)
{
	start_talking();
	ck_assert_int_eq(SSL_write(tls, "QUIT\r\n", 6), 6);
	if (politely[_i])
		SSL_shutdown(tls);
	else
		shutdown(client, SHUT_WR);
	hear_engine("QUIT\r\n");
	ck_assert_int_eq(recv(engine, (char[8]){ 0 }, 8, 0), 0);
	ck_assert_int_eq(send(engine, "221 Bye\r\n", 9, 0), 9);
	hear_client("221 Bye\r\n");
	close(engine);
	ck_assert_int_eq(result(), CARRY_DONE);
}
END_TEST

START_TEST(a_client_that_resets_is_gone)
{
	start_talking();
	close(client);
	ck_assert_int_eq(recv(engine, (char[8]){ 0 }, 8, 0), 0);
	close(engine);
	ck_assert_int_eq(result(), CARRY_DONE);
}
END_TEST

/* How many bytes until it would take no more for half a second. */
static size_t fill(int fd)
{
	static const char bytes[4096];
	struct timeval patience = { .tv_usec = 500000 };
	size_t sent = 0;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while ((n = send(fd, bytes, sizeof(bytes), 0)) > 0)
		sent += (size_t)n;
	return sent;
}

START_TEST(who_does_not_read_is_not_read_from)
{
	size_t sent, heard = 0;
	char waste[16384];
	int n;

	start_talking();
	sent = fill(engine);
	/* two sockets' buffers, and what is ours */
	ck_assert_uint_lt(sent, 4 << 20);
	ck_assert_uint_gt(sent, 16384);
	shutdown(engine, SHUT_WR);
	/* not a byte of it is lost when it reads at last */
	while ((n = SSL_read(tls, waste, sizeof(waste))) > 0)
		heard += (size_t)n;
	ck_assert_uint_eq(heard, sent);
	ck_assert_int_eq(result(), CARRY_DONE);
}
END_TEST

START_TEST(nor_is_a_client)
{
	struct timeval patience = { .tv_usec = 500000 };
	static char bytes[16384];
	size_t sent = 0;

	start_talking();
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience,
		   sizeof(patience));
	while (SSL_write(tls, bytes, sizeof(bytes)) > 0)
		ck_assert_uint_lt(sent += sizeof(bytes), 4 << 20);
	close(engine);
	close(client);
	ck_assert_int_ne(result(), 99);
}
END_TEST

/* ---- what must end
 * ------------------------------------------------------------ */

START_TEST(a_conversation_ends_in_time)
{
	start(10 * CLOCK_SECOND, 200 * CLOCK_MS);
	shake_hands();
	ck_assert_int_eq(result(), CARRY_TIMEOUT);
}
END_TEST

START_TEST(a_handshake_ends_in_time)
{
	start(200 * CLOCK_MS, CLOCK_SECOND);
	ck_assert_int_eq(send(client, "\026\003\001", 3, 0), 3);
	ck_assert_int_eq(result(), 50 + CARRY_TIMEOUT);
}
END_TEST

START_TEST(a_handshake_ends_with_the_engine)
{
	start(20 * CLOCK_SECOND, CLOCK_SECOND);
	ck_assert_int_eq(send(engine, "421 time\r\n", 10, 0), 10);
	ck_assert_int_eq(result(), 50 + CARRY_TIMEOUT);
}
END_TEST

START_TEST(a_client_may_leave_in_the_handshake)
{
	start(20 * CLOCK_SECOND, CLOCK_SECOND);
	close(client);
	ck_assert_int_eq(result(), 50 + CARRY_LEFT);
}
END_TEST

START_TEST(garbage_is_no_handshake)
{
	start(20 * CLOCK_SECOND, CLOCK_SECOND);
	ck_assert_int_eq(send(client, "EHLO x\r\n", 8, 0), 8);
	ck_assert_int_eq(result(), 50 + CARRY_FAILED);
}
END_TEST

START_TEST(garbage_ends_a_conversation)
{
	char record[5 + 64] = { 0x17, 3, 3, 0, 64 };

	start_talking();
	ck_assert_int_eq(send(client, record, sizeof(record), 0),
			 sizeof(record));
	ck_assert_int_eq(result(), CARRY_FAILED);
}
END_TEST

/* Valid, and endless: records that say nothing. */
START_TEST(a_flood_of_key_updates_ends)
{
	int end;

	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	start_talking();
	for (int i = 0; i < 100000; i++) {
		if (SSL_key_update(tls, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		    SSL_do_handshake(tls) != 1)
			break;
	}
	end = result();
	ck_assert(end == CARRY_TALKATIVE || end == CARRY_FAILED);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("carry");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, text_goes_both_ways, 0, ROWS(versions));
	tcase_add_test(tc, records_together_stay_together);
	tcase_add_loop_test(tc, a_client_may_end_its_half, 0, ROWS(politely));
	tcase_add_test(tc, a_client_that_resets_is_gone);
	tcase_add_test(tc, who_does_not_read_is_not_read_from);
	tcase_add_test(tc, nor_is_a_client);
	tcase_add_test(tc, a_conversation_ends_in_time);
	tcase_add_test(tc, a_handshake_ends_in_time);
	tcase_add_test(tc, a_handshake_ends_with_the_engine);
	tcase_add_test(tc, a_client_may_leave_in_the_handshake);
	tcase_add_test(tc, garbage_is_no_handshake);
	tcase_add_test(tc, garbage_ends_a_conversation);
	tcase_add_test(tc, a_flood_of_key_updates_ends);
	return unit_run();
}
