#include "cli/wire.h"

#include "base/memory.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct wire {
	int fd;
	int timeout_s;
	SSL_CTX *context;
	SSL *ssl;
};

static enum error connect_to(const struct addrinfo *at, int *ret_fd)
{
	int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
	if (fd < 0)
		return E_IO;
	int result;
	do {
		result = connect(fd, at->ai_addr, at->ai_addrlen);
	} while (result != 0 && errno == EINTR);
	if (result != 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return E_IO;
	}
	*ret_fd = fd;
	return E_OK;
}

static enum error connect_any(const char *host, const char *port, int *ret_fd, struct fault *why)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int result = getaddrinfo(host, port, &hints, &list);
	if (result != 0)
		return FAIL(why, E_UPSTREAM, "%s: %s", host, gai_strerror(result));
	enum error code = E_IO;
	int problem = 0;
	for (const struct addrinfo *at = list; at && code != E_OK; at = at->ai_next) {
		code = connect_to(at, ret_fd);
		problem = errno;
	}
	freeaddrinfo(list);
	return code == E_OK ? E_OK : FAIL(why, E_UPSTREAM, "%s port %s: %s", host, port, strerror(problem));
}

static enum error start_tls(struct wire *wire, const char *host, struct fault *why)
{
	wire->context = SSL_CTX_new(TLS_client_method());
	if (!wire->context)
		return FAIL(why, E_MEMORY, "no memory for TLS");
	SSL_CTX_set_min_proto_version(wire->context, TLS1_2_VERSION);
	SSL_CTX_set_verify(wire->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_default_verify_paths(wire->context);
	wire->ssl = SSL_new(wire->context);
	if (!wire->ssl || SSL_set1_host(wire->ssl, host) != 1 || SSL_set_tlsext_host_name(wire->ssl, host) != 1 ||
	    SSL_set_fd(wire->ssl, wire->fd) != 1)
		return FAIL(why, E_MEMORY, "no memory for TLS");
	if (SSL_connect(wire->ssl) == 1)
		return E_OK;
	long verified = SSL_get_verify_result(wire->ssl);
	if (verified != X509_V_OK)
		return FAIL(why, E_UPSTREAM, "%s: certificate refused: %s", host, X509_verify_cert_error_string(verified));
	return FAIL(why, E_UPSTREAM, "%s does not speak TLS as expected", host);
}

void wire_set_timeout(struct wire *wire, int timeout_s)
{
	struct timeval limit = {.tv_sec = timeout_s};
	wire->timeout_s = timeout_s;
	setsockopt(wire->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(wire->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

enum error wire_connect(const char *host, const char *port, bool tls, int timeout_s, struct wire **ret_wire,
			struct fault *why)
{
	struct wire *wire = memory_alloc(sizeof(*wire));
	if (!wire)
		return FAIL(why, E_MEMORY, "no memory for a connection");
	wire->fd = -1;
	enum error code = connect_any(host, port, &wire->fd, why);
	if (code == E_OK) {
		wire_set_timeout(wire, timeout_s);
		if (tls)
			code = start_tls(wire, host, why);
	}
	if (code != E_OK) {
		wire_free(wire);
		return code;
	}
	*ret_wire = wire;
	return E_OK;
}

/* What a failed read or write means. */
static enum error fail_io(const struct wire *wire, int problem, struct fault *why)
{
	if (problem == EAGAIN)
		return FAIL(why, E_TIMEOUT, "no answer within %d s", wire->timeout_s);
	return FAIL(why, E_CLOSED, "the connection broke: %s", problem ? strerror(problem) : "closed");
}

enum error wire_send(struct wire *wire, slice bytes, struct fault *why)
{
	while (bytes.len > 0) {
		size_t sent = 0;
		errno = 0;
		if (wire->ssl) {
			ERR_clear_error();
			if (SSL_write_ex(wire->ssl, bytes.ptr, bytes.len, &sent) != 1)
				return fail_io(wire, errno, why);
		} else {
			ssize_t count = send(wire->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
			if (count < 0 && errno == EINTR)
				continue;
			if (count < 0)
				return fail_io(wire, errno, why);
			sent = (size_t)count;
		}
		bytes = slice_from_offset(bytes, sent);
	}
	return E_OK;
}

enum error wire_receive(struct wire *wire, char *at, size_t room, size_t *ret_count, struct fault *why)
{
	for (;;) {
		errno = 0;
		if (wire->ssl) {
			ERR_clear_error();
			if (SSL_read_ex(wire->ssl, at, room, ret_count) == 1)
				return E_OK;
			if (SSL_get_error(wire->ssl, 0) == SSL_ERROR_ZERO_RETURN)
				errno = 0;
			return fail_io(wire, errno, why);
		}
		ssize_t count = recv(wire->fd, at, room, 0);
		if (count > 0) {
			*ret_count = (size_t)count;
			return E_OK;
		}
		if (count == 0 || errno != EINTR)
			return fail_io(wire, count == 0 ? 0 : errno, why);
	}
}

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	SSL_free(wire->ssl);
	SSL_CTX_free(wire->context);
	if (wire->fd >= 0)
		close(wire->fd);
	memory_free(wire);
}
