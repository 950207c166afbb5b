/*
 * One connected socket on a loop, plain or TLS: bytes in, bytes out, and a queue for what the other side does not
 * take yet. Below the server and the upstream client, which are the only users.
 */
#ifndef TIPSTAFF_NET_SOCKET_H
#define TIPSTAFF_NET_SOCKET_H

#include "base/buffer.h"
#include "net/loop.h"

#include <uv.h>

struct tls_context;
struct ssl_st;

#define SOCKET_QUEUE_KEEP_BYTES 65536u /* a queue that grew beyond gives its memory back when it is empty */

enum socket_event {
	SOCKET_READABLE,
	SOCKET_WRITABLE, /* connected, or some of the queue has left (maybe all) */
	SOCKET_GONE,     /* the other side closed while nobody reads, or the socket is broken */
};

struct socket {
	struct loop *loop;
	int fd; /* -1: closed */
	struct ssl_st *ssl;
	uv_poll_t *poll; /* on its own, because libuv keeps it a little longer than the socket lives */
	int asked;      /* events asked of the poll */
	bool reads;     /* the owner wants SOCKET_READABLE */
	bool connects;  /* waits for its connection */
	bool patient;   /* while it does not read, it does not care whether the other side leaves */
	bool read_needs_write; /* TLS handshake: the next read waits until bytes can leave */
	bool write_needs_read;
	struct buffer queue;
	size_t queue_start;
	size_t queue_bytes_max;
	uint64_t bytes_in;
	uint64_t bytes_out;
	struct fault *why_gone; /* where the reason of SOCKET_GONE is told; NULL: nowhere */
	/* May close the socket. */
	void (*on_event)(struct socket *socket, enum socket_event event);
};

/*
 * Takes over `fd`, also on failure. With `connects`, SOCKET_WRITABLE tells that it is connected or not: ask
 * socket_connected. E_MEMORY, E_IO.
 */
MUST_USE enum error socket_open(struct socket *socket, struct loop *loop, int fd, size_t queue_bytes_max, bool connects,
				struct fault *why);
/* All bytes from now on go through TLS. `host` as in tls_attach. */
MUST_USE enum error socket_secure(struct socket *socket, struct tls_context *context, slice host, struct fault *why);
/* After the first SOCKET_WRITABLE of a socket that connects. E_IO: the sentence says what the system said. */
MUST_USE enum error socket_connected(struct socket *socket, struct fault *why);
/* Starts or stops SOCKET_READABLE. While stopped, SOCKET_GONE tells when the other side leaves. */
void socket_watch(struct socket *socket, bool reads);
/* Bytes that TLS has decrypted and nobody has read: no event comes for them. */
bool socket_has_pending(const struct socket *socket);
/*
 * E_OK: `*ret_count` > 0.  E_AGAIN: nothing now.  E_CLOSED: orderly end.  E_IO, E_CRYPTO: broken.
 */
MUST_USE enum error socket_read(struct socket *socket, void *to, size_t room, size_t *ret_count, struct fault *why);
/*
 * Sends the parts or queues what does not leave now; with `hold`, queues all of it until socket_flush.
 * E_LIMIT: the queue would grow beyond its maximum (nothing more is sent then).  E_IO, E_CRYPTO: broken.
 */
MUST_USE enum error socket_write(struct socket *socket, const slice *parts, size_t count, bool hold,
				 struct fault *why);
MUST_USE enum error socket_flush(struct socket *socket, struct fault *why);
size_t socket_queued(const struct socket *socket);
/* No more bytes will be sent; the other side sees the end. */
void socket_finish_writing(struct socket *socket);
/* Frees everything; no event comes any more. A closed socket is fine. */
void socket_close(struct socket *socket);

#endif
