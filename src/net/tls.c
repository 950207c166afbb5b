#include "net/tls.h"

#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#define HOST_BYTES_MAX 253u

struct tls_context {
	SSL_CTX *ssl;
	bool is_server;
};

static const unsigned char alpn_protocols[] = "\x08http/1.1";

enum error tls_fault(enum error code, const char *doing, struct ssl_st *ssl, struct fault *why)
{
	unsigned long last = ERR_peek_last_error();
	const char *reason = last ? ERR_reason_error_string(last) : NULL;
	long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	ERR_clear_error();
	if (verified != X509_V_OK)
		return FAIL(why, code, "%s: %s", doing, X509_verify_cert_error_string(verified));
	return FAIL(why, code, "%s: %s", doing, reason ? reason : "no reason given");
}

static enum error context_new(const SSL_METHOD *method, struct tls_context **ret_context, struct fault *why)
{
	struct tls_context *context = memory_alloc(sizeof(*context));
	if (!context)
		return FAIL(why, E_MEMORY, "no memory for TLS");
	context->ssl = SSL_CTX_new(method);
	if (!context->ssl || SSL_CTX_set_min_proto_version(context->ssl, TLS1_2_VERSION) != 1) {
		tls_free(context);
		return tls_fault(E_CRYPTO, "TLS set-up", NULL, why);
	}
	SSL_CTX_set_options(context->ssl,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(context->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				       SSL_MODE_RELEASE_BUFFERS);
	*ret_context = context;
	return E_OK;
}

static BIO *pem_open(slice pem)
{
	return pem.len <= TLS_PEM_BYTES_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
}

/* A key that asks for a pass phrase is refused, not asked about on a terminal. */
static int no_pass_phrase(char *to, int size, int writing, void *context)
{
	(void)to, (void)size, (void)writing, (void)context;
	return -1;
}

/* All certificates of the text, in order; `take` owns each. At least one is needed. */
static enum error certificates_each(slice pem, int (*take)(SSL_CTX *ssl, X509 *certificate, int index), SSL_CTX *ssl,
				    struct fault *why)
{
	BIO *text = pem_open(pem);
	int count = 0;
	bool taken = true;
	ERR_clear_error();
	while (text && taken) {
		X509 *certificate = PEM_read_bio_X509(text, NULL, no_pass_phrase, NULL);
		if (!certificate)
			break;
		taken = take(ssl, certificate, count++) == 1;
	}
	BIO_free(text);
	/* The reader ends with "no start line", which is how a bundle ends. */
	unsigned long last = ERR_peek_last_error();
	bool ended = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
	if (count == 0 || !taken || !ended)
		return tls_fault(E_INVALID, "certificates are not valid PEM", NULL, why);
	ERR_clear_error();
	return E_OK;
}

static int chain_take(SSL_CTX *ssl, X509 *certificate, int index)
{
	if (index > 0) {
		int added = SSL_CTX_add0_chain_cert(ssl, certificate) == 1;
		if (!added)
			X509_free(certificate);
		return added;
	}
	int used = SSL_CTX_use_certificate(ssl, certificate);
	X509_free(certificate);
	return used;
}

static int trust_take(SSL_CTX *ssl, X509 *certificate, int index)
{
	(void)index;
	int added = X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl), certificate);
	X509_free(certificate);
	return added;
}

static enum error key_use(SSL_CTX *ssl, slice pem, struct fault *why)
{
	BIO *text = pem_open(pem);
	EVP_PKEY *key = text ? PEM_read_bio_PrivateKey(text, NULL, no_pass_phrase, NULL) : NULL;
	BIO_free(text);
	bool fits = key && SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;
	EVP_PKEY_free(key);
	return fits ? E_OK : tls_fault(E_INVALID, "the key is not that of the certificate", NULL, why);
}

/* RFC 7301: a client that names protocols must name ours. */
static int alpn_choose(SSL *ssl, const unsigned char **ret_protocol, unsigned char *ret_length,
		       const unsigned char *offered, unsigned offered_length, void *context)
{
	(void)ssl, (void)context;
	unsigned char *chosen;
	if (SSL_select_next_proto(&chosen, ret_length, alpn_protocols, sizeof(alpn_protocols) - 1, offered,
				  offered_length) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_protocol = chosen;
	return SSL_TLSEXT_ERR_OK;
}

enum error tls_server_make(slice certificate_pem, slice key_pem, struct tls_context **ret_context, struct fault *why)
{
	struct tls_context *context;
	TRY(context_new(TLS_server_method(), &context, why));
	context->is_server = true;
	enum error code = certificates_each(certificate_pem, chain_take, context->ssl, why);
	if (code == E_OK)
		code = key_use(context->ssl, key_pem, why);
	if (code != E_OK) {
		tls_free(context);
		return code;
	}
	SSL_CTX_set_alpn_select_cb(context->ssl, alpn_choose, NULL);
	*ret_context = context;
	return E_OK;
}

enum error tls_client_make(slice ca_pem, struct tls_context **ret_context, struct fault *why)
{
	struct tls_context *context;
	TRY(context_new(TLS_client_method(), &context, why));
	enum error code = E_OK;
	if (ca_pem.len > 0)
		code = certificates_each(ca_pem, trust_take, context->ssl, why);
	else if (SSL_CTX_load_verify_file(context->ssl, "/etc/ssl/certs/ca-certificates.crt") != 1)
		code = tls_fault(E_IO, "the system's certificates", NULL, why);
	if (code != E_OK) {
		tls_free(context);
		return code;
	}
	SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_alpn_protos(context->ssl, alpn_protocols, sizeof(alpn_protocols) - 1);
	*ret_context = context;
	return E_OK;
}

void tls_free(struct tls_context *context)
{
	if (!context)
		return;
	SSL_CTX_free(context->ssl);
	memory_free(context);
}

/* The name or address that the certificate must be for; also sent as SNI where it is a name. */
static bool expect_host(SSL *ssl, slice host)
{
	char name[HOST_BYTES_MAX + 1];
	if (host.len == 0 || host.len > HOST_BYTES_MAX || slice_find_byte(host, '\0', 0) != SIZE_MAX)
		return false;
	memcpy(name, host.ptr, host.len);
	name[host.len] = '\0';
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1)
		return true;
	ERR_clear_error();
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

enum error tls_attach(struct tls_context *context, int fd, slice host, struct ssl_st **ret_ssl, struct fault *why)
{
	ERR_clear_error();
	SSL *ssl = SSL_new(context->ssl);
	if (!ssl || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return tls_fault(E_CRYPTO, "TLS connection", NULL, why);
	}
	if (context->is_server) {
		SSL_set_accept_state(ssl);
	} else if (expect_host(ssl, host)) {
		SSL_set_connect_state(ssl);
	} else {
		SSL_free(ssl);
		return tls_fault(E_CRYPTO, "the name to check the certificate against", NULL, why);
	}
	*ret_ssl = ssl;
	return E_OK;
}
