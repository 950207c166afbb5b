#include "net/tls.h"

#include "base/memory.h"
#include "bench.h"
#include "net/upstream.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* A self-signed certificate for `names` ("DNS:localhost") and its key, as PEM text. */
struct papers {
	struct buffer certificate;
	struct buffer key;
};

static void bio_move(BIO *from, struct buffer *to)
{
	char *text;
	long length = BIO_get_mem_data(from, &text);
	buffer_init(to, 10000);
	buffer_add(to, slice_from(text, (size_t)length));
	BIO_free(from);
}

static void papers_make(struct papers *papers, const char *names)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_NAME *name = X509_get_subject_name(certificate);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	X509_add_ext(certificate, san, -1);
	X509_EXTENSION_free(san);
	X509_sign(certificate, key, EVP_sha256());
	BIO *pem = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(pem, certificate);
	bio_move(pem, &papers->certificate);
	pem = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
	bio_move(pem, &papers->key);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void papers_free(struct papers *papers)
{
	buffer_free(&papers->certificate);
	buffer_free(&papers->key);
}

struct heard {
	int ends;
	enum error outcome;
	bool was_sent;
	int status;
	struct buffer body;
	char sentence[224];
};

static void heard_head(struct upstream_call *call, const struct http1_response *response, void *context)
{
	(void)call;
	((struct heard *)context)->status = response->status;
}

static void heard_body(struct upstream_call *call, slice piece, void *context)
{
	(void)call;
	buffer_add(&((struct heard *)context)->body, piece);
}

static void heard_end(struct upstream_call *call, enum error outcome, const struct fault *why, void *context)
{
	struct heard *heard = context;
	heard->ends++;
	heard->outcome = outcome;
	heard->was_sent = upstream_was_sent(call);
	memcpy(heard->sentence, why->sentence, sizeof(heard->sentence));
}

static void echo(struct http_exchange *exchange, void *context)
{
	(void)context;
	CHECK(exchange->secure);
	http_respond(exchange, 200, NULL, 0, exchange->body);
}

/* One exchange over TLS with a body of `body_bytes`; the client trusts `trusted` and asks `host`. */
static enum error exchange_over_tls(const struct papers *papers, const struct papers *trusted, slice host,
				    size_t body_bytes, int times, bool *ret_sent)
{
	struct http_server_config config;
	struct upstream_config client;
	struct upstream_pool *pool;
	struct heard heard = {0};
	struct fault why = {0};
	uint16_t port;
	char *body = memory_alloc(body_bytes);
	memset(body, 'x', body_bytes);
	http_server_config_default(&config);
	upstream_config_default(&client);
	config.handler = echo;
	CHECK_OK(tls_server_make(buffer_slice(&papers->certificate), buffer_slice(&papers->key), &config.tls, &why),
		 why);
	CHECK_OK(tls_client_make(buffer_slice(&trusted->certificate), &client.tls, &why), why);
	struct loop *loop = bench_loop();
	struct http_server *server = bench_server(loop, &config, &port);
	CHECK_OK(upstream_pool_make(loop, &client, &pool, &why), why);
	struct upstream_request request = {.host = host,
					   .port = port,
					   .secure = true,
					   .method = SLICE("POST"),
					   .target = SLICE("/"),
					   .body = {body, body_bytes},
					   .has_body = true};
	struct upstream_handler handler = {heard_head, heard_body, heard_end, &heard};
	for (int i = 0; i < times; i++) {
		struct upstream_call *call;
		buffer_init(&heard.body, 10000000);
		heard.ends = 0;
		CHECK_OK(upstream_start(pool, &request, &handler, &call, &why), why);
		for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !heard.ends && bench_now_ms() < until;)
			loop_turn(loop, false);
		CHECK_INT(heard.ends, 1);
		if (heard.outcome == E_OK) {
			CHECK_INT(heard.status, 200);
			CHECK(slice_equal(buffer_slice(&heard.body), request.body));
		} else {
			print_message("# %s\n", heard.sentence);
		}
		buffer_free(&heard.body);
	}
	if (heard.outcome == E_OK)
		CHECK_INT(http_server_counters(server)->connections, 1);
	upstream_pool_free(pool);
	bench_end(loop, server);
	tls_free(config.tls);
	tls_free(client.tls);
	memory_free(body);
	*ret_sent = heard.was_sent;
	return heard.outcome;
}

TEST(a_trusted_target_is_spoken_to)
{
	struct papers papers;
	bool sent;
	papers_make(&papers, "DNS:localhost,IP:127.0.0.1");
	CHECK_ERROR(exchange_over_tls(&papers, &papers, SLICE("localhost"), 100, 3, &sent), E_OK);
	CHECK(sent);
	CHECK_ERROR(exchange_over_tls(&papers, &papers, SLICE("127.0.0.1"), 0, 1, &sent), E_OK);
	CHECK_ERROR(exchange_over_tls(&papers, &papers, SLICE("localhost"), 3000000, 2, &sent), E_OK);
	papers_free(&papers);
}

TEST(a_certificate_that_is_not_trusted_or_for_another_name_sends_nothing)
{
	struct papers papers, others, elsewhere;
	bool sent;
	papers_make(&papers, "DNS:localhost");
	papers_make(&others, "DNS:localhost");
	papers_make(&elsewhere, "DNS:elsewhere.example");
	CHECK_ERROR(exchange_over_tls(&papers, &others, SLICE("localhost"), 10, 1, &sent), E_CRYPTO);
	CHECK(!sent);
	CHECK_ERROR(exchange_over_tls(&elsewhere, &elsewhere, SLICE("localhost"), 10, 1, &sent), E_CRYPTO);
	CHECK(!sent);
	CHECK_ERROR(exchange_over_tls(&papers, &papers, SLICE("127.0.0.1"), 10, 1, &sent), E_CRYPTO);
	CHECK(!sent);
	papers_free(&papers);
	papers_free(&others);
	papers_free(&elsewhere);
}

TEST(a_client_without_tls_is_not_answered)
{
	struct papers papers;
	struct http_server_config config;
	struct fault why = {0};
	uint16_t port;
	papers_make(&papers, "DNS:localhost");
	http_server_config_default(&config);
	config.handler = echo;
	CHECK_OK(tls_server_make(buffer_slice(&papers.certificate), buffer_slice(&papers.key), &config.tls, &why), why);
	struct loop *loop = bench_loop();
	struct http_server *server = bench_server(loop, &config, &port);
	int fd = bench_connect(port);
	bench_send(loop, fd, SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	CHECK(bench_is_closed(loop, fd));
	CHECK_INT(http_server_counters(server)->requests, 0);
	close(fd);
	bench_end(loop, server);
	tls_free(config.tls);
	papers_free(&papers);
}

TEST(papers_that_are_not_right_are_refused)
{
	struct papers papers, others;
	struct tls_context *context;
	papers_make(&papers, "DNS:localhost");
	papers_make(&others, "DNS:localhost");
	slice certificate = buffer_slice(&papers.certificate), key = buffer_slice(&papers.key);
	CHECK_ERROR(tls_server_make(SLICE("no PEM"), key, &context, NULL), E_INVALID);
	CHECK_ERROR(tls_server_make(certificate, SLICE("no PEM"), &context, NULL), E_INVALID);
	CHECK_ERROR(tls_server_make(certificate, buffer_slice(&others.key), &context, NULL), E_INVALID);
	CHECK_ERROR(tls_server_make(slice_sub(certificate, 0, certificate.len / 2), key, &context, NULL), E_INVALID);
	CHECK_ERROR(tls_client_make(key, &context, NULL), E_INVALID);
	memory_fail_at(1);
	CHECK_ERROR(tls_client_make(certificate, &context, NULL), E_MEMORY);
	struct fault why = {0};
	CHECK_OK(tls_client_make(SLICE(""), &context, &why), why);
	tls_free(context);
	tls_free(NULL);
	papers_free(&papers);
	papers_free(&others);
}
