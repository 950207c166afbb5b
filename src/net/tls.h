/* TLS for both directions (OpenSSL): TLS 1.2 and 1.3, ALPN http/1.1, certificates always checked on the way out. */
#ifndef TIPSTAFF_NET_TLS_H
#define TIPSTAFF_NET_TLS_H

#include "base/error.h"
#include "base/slice.h"

struct tls_context;
struct ssl_st;

#define TLS_PEM_BYTES_MAX 4194304u /* a bundle of CAs takes 220 KB */

/*
 * A server's certificate chain (leaf first) and its key, as PEM text. The key is copied.
 * E_INVALID: not PEM, or the key is not that of the certificate.  E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error tls_server_make(slice certificate_pem, slice key_pem, struct tls_context **ret_context,
				    struct fault *why);
/*
 * For connections to targets. `ca_pem`: trusted certificates; empty: those of the system, read now (the caller may
 * lose its files afterwards). E_INVALID: not PEM.  E_IO: the system has none.  E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error tls_client_make(slice ca_pem, struct tls_context **ret_context, struct fault *why);
void tls_free(struct tls_context *context);

/* For net/: one connection's state over `fd`. `host`: whom to expect (client side), empty on the server's side. */
MUST_USE enum error tls_attach(struct tls_context *context, int fd, slice host, struct ssl_st **ret_ssl,
			       struct fault *why);
/* What OpenSSL said last, as a fault of `code`; its queue is emptied. */
MUST_USE enum error tls_fault(enum error code, const char *doing, struct ssl_st *ssl, struct fault *why);

#endif
