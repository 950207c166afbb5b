#include "net/socket.h"

#include "base/memory.h"
#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PARTS_MAX       4u
#define TLS_RECORD_BYTES 16384u

static void poll_run(uv_poll_t *poll, int status, int events);

static void poll_free(uv_handle_t *handle)
{
	memory_free(handle);
}

static void poll_ask(struct socket *socket)
{
	int events = socket->patient && !socket->reads ? 0 : UV_DISCONNECT;
	if (socket->reads || socket->write_needs_read)
		events |= UV_READABLE;
	if (socket->connects || socket->read_needs_write || socket_queued(socket) > 0)
		events |= UV_WRITABLE;
	if (events == socket->asked || socket->fd < 0)
		return;
	socket->asked = events;
	if (events)
		uv_poll_start(socket->poll, events, poll_run);
	else
		uv_poll_stop(socket->poll);
}

enum error socket_open(struct socket *socket, struct loop *loop, int fd, size_t queue_bytes_max, bool connects,
		       struct fault *why)
{
	uv_poll_t *poll = memory_alloc(sizeof(*poll));
	int failed = poll ? uv_poll_init(loop_uv(loop), poll, fd) : 0;
	if (!poll || failed) {
		memory_free(poll);
		close(fd);
		return poll ? FAIL(why, E_IO, "cannot watch a socket: %s", uv_strerror(failed))
			    : FAIL(why, E_MEMORY, "no memory for a socket");
	}
	socket->loop = loop;
	socket->fd = fd;
	socket->ssl = NULL;
	socket->poll = poll;
	socket->asked = 0;
	socket->reads = !connects;
	socket->connects = connects;
	socket->patient = false;
	socket->why_gone = NULL;
	socket->read_needs_write = socket->write_needs_read = false;
	socket->queue_start = 0;
	socket->queue_bytes_max = queue_bytes_max;
	socket->bytes_in = socket->bytes_out = 0;
	/* Twice, because what has left stays in front until it is worth moving. */
	buffer_init(&socket->queue, queue_bytes_max * 2);
	poll->data = socket;
	poll_ask(socket);
	return E_OK;
}

enum error socket_secure(struct socket *socket, struct tls_context *context, slice host, struct fault *why)
{
	return tls_attach(context, socket->fd, host, &socket->ssl, why);
}

enum error socket_connected(struct socket *socket, struct fault *why)
{
	int failed = 0;
	socklen_t length = sizeof(failed);
	if (getsockopt(socket->fd, SOL_SOCKET, SO_ERROR, &failed, &length) != 0)
		failed = errno;
	if (failed)
		return FAIL(why, E_IO, "cannot connect: %s", uv_strerror(-failed));
	socket->connects = false;
	poll_ask(socket);
	return E_OK;
}

void socket_watch(struct socket *socket, bool reads)
{
	socket->reads = reads;
	poll_ask(socket);
}

bool socket_has_pending(const struct socket *socket)
{
	return socket->ssl && SSL_pending(socket->ssl) > 0;
}

size_t socket_queued(const struct socket *socket)
{
	return socket->queue.len - socket->queue_start;
}

static void poll_run(uv_poll_t *poll, int status, int events)
{
	struct socket *socket = poll->data;
	if (status < 0 && !socket->connects) {
		/* Let the owner read what is left: the read tells what happened. */
		socket->asked = 0;
		socket->on_event(socket, socket->reads ? SOCKET_READABLE : SOCKET_GONE);
		return;
	}
	bool writes = status < 0 || (events & UV_WRITABLE) || (socket->write_needs_read && (events & UV_READABLE));
	if (writes && socket->read_needs_write)
		events |= UV_READABLE;
	if (writes && (socket->connects || socket_queued(socket) > 0)) {
		bool broken = !socket->connects && socket_flush(socket, socket->why_gone) != E_OK;
		socket->on_event(socket, broken ? SOCKET_GONE : SOCKET_WRITABLE);
		if (poll->data == NULL || broken)
			return;
	}
	if (socket->reads && (events & (UV_READABLE | UV_DISCONNECT)))
		socket->on_event(socket, SOCKET_READABLE);
	else if (events & UV_DISCONNECT)
		socket->on_event(socket, SOCKET_GONE);
}

/* What an SSL call of `result` <= 0 means; the poll then waits for what TLS needs. */
static enum error tls_result(struct socket *socket, int result, bool writes, struct fault *why)
{
	switch (SSL_get_error(socket->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		socket->write_needs_read = writes;
		poll_ask(socket);
		return E_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		socket->read_needs_write = !writes;
		poll_ask(socket);
		return E_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return FAIL(why, E_CLOSED, "closed by the other side");
	case SSL_ERROR_SYSCALL:
		return FAIL(why, E_IO, "the connection broke");
	default:
		return tls_fault(E_CRYPTO, writes ? "TLS write" : "TLS read", socket->ssl, why);
	}
}

static enum error tls_read(struct socket *socket, void *to, size_t room, size_t *ret_count, struct fault *why)
{
	ERR_clear_error();
	int got = SSL_read(socket->ssl, to, room > INT32_MAX ? INT32_MAX : (int)room);
	if (got <= 0)
		return tls_result(socket, got, false, why);
	if (socket->read_needs_write) {
		socket->read_needs_write = false;
		poll_ask(socket);
	}
	*ret_count = (size_t)got;
	return E_OK;
}

enum error socket_read(struct socket *socket, void *to, size_t room, size_t *ret_count, struct fault *why)
{
	if (socket->ssl) {
		TRY(tls_read(socket, to, room, ret_count, why));
	} else {
		ssize_t got;
		do
			got = recv(socket->fd, to, room, 0);
		while (got < 0 && errno == EINTR);
		if (got == 0)
			return FAIL(why, E_CLOSED, "closed by the other side");
		if (got < 0 && errno == EAGAIN)
			return E_AGAIN;
		if (got < 0)
			return FAIL(why, E_IO, "the connection broke: %s", uv_strerror(-errno));
		*ret_count = (size_t)got;
	}
	socket->bytes_in += *ret_count;
	return E_OK;
}

static enum error tls_send(struct socket *socket, slice bytes, size_t *ret_count, struct fault *why)
{
	ERR_clear_error();
	slice record = slice_sub(bytes, 0, TLS_RECORD_BYTES);
	int sent = SSL_write(socket->ssl, record.ptr, (int)record.len);
	if (sent <= 0)
		return tls_result(socket, sent, true, why);
	socket->write_needs_read = false;
	*ret_count = (size_t)sent;
	return E_OK;
}

static enum error plain_send(struct socket *socket, const slice *parts, size_t count, size_t *ret_count,
			     struct fault *why)
{
	struct iovec vector[PARTS_MAX];
	size_t used = 0;
	for (size_t i = 0; i < count; i++)
		if (parts[i].len)
			vector[used++] = (struct iovec){(void *)(uintptr_t)parts[i].ptr, parts[i].len};
	struct msghdr message = {.msg_iov = vector, .msg_iovlen = used};
	ssize_t sent;
	do
		sent = sendmsg(socket->fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno == EAGAIN)
		return E_AGAIN;
	if (sent < 0)
		return FAIL(why, E_IO, "the connection broke: %s", uv_strerror(-errno));
	*ret_count = (size_t)sent;
	return E_OK;
}

/* Drops what has left where that is at least half of the queue, so that moving costs little per byte. */
static void queue_tidy(struct socket *socket)
{
	if (socket->queue_start == socket->queue.len) {
		socket->queue_start = 0;
		if (socket->queue.size > SOCKET_QUEUE_KEEP_BYTES)
			buffer_free(&socket->queue);
		else
			buffer_clear(&socket->queue);
	} else if (socket->queue_start * 2 >= socket->queue.len) {
		buffer_drop(&socket->queue, socket->queue_start);
		socket->queue_start = 0;
	}
}

enum error socket_flush(struct socket *socket, struct fault *why)
{
	while (socket_queued(socket) > 0) {
		slice left = slice_from_offset(buffer_slice(&socket->queue), socket->queue_start);
		size_t sent = 0;
		enum error code = socket->ssl ? tls_send(socket, left, &sent, why)
					      : plain_send(socket, &left, 1, &sent, why);
		if (code == E_AGAIN)
			break;
		TRY(code);
		socket->bytes_out += sent;
		socket->queue_start += sent;
	}
	queue_tidy(socket);
	poll_ask(socket);
	return E_OK;
}

static enum error queue_add(struct socket *socket, const slice *parts, size_t count, size_t skip, struct fault *why)
{
	size_t more = 0;
	for (size_t i = 0; i < count; i++)
		more += parts[i].len;
	more -= skip;
	if (more > socket->queue_bytes_max || socket_queued(socket) > socket->queue_bytes_max - more)
		return FAIL(why, E_LIMIT, "more than %zu bytes wait to be sent", socket->queue_bytes_max);
	queue_tidy(socket);
	TRY(buffer_reserve(&socket->queue, more, why));
	for (size_t i = 0; i < count; i++) {
		slice rest = slice_from_offset(parts[i], skip);
		skip -= skip < parts[i].len ? skip : parts[i].len;
		buffer_add(&socket->queue, rest);
	}
	return E_OK;
}

enum error socket_write(struct socket *socket, const slice *parts, size_t count, bool hold, struct fault *why)
{
	size_t total = 0, sent = 0;
	for (size_t i = 0; i < count; i++)
		total += parts[i].len;
	if (total == 0)
		return E_OK;
	/* TLS makes one record of what is joined in the queue; several small records would cost more than the copy. */
	bool join = hold || socket->ssl || socket_queued(socket) > 0 || count > PARTS_MAX;
	if (!join) {
		enum error code = plain_send(socket, parts, count, &sent, why);
		if (code != E_OK && code != E_AGAIN)
			return code;
		socket->bytes_out += sent;
		if (sent == total)
			return E_OK;
	}
	TRY(queue_add(socket, parts, count, sent, why));
	if (join && !hold)
		return socket_flush(socket, why);
	poll_ask(socket);
	return E_OK;
}

void socket_finish_writing(struct socket *socket)
{
	if (socket->ssl) {
		ERR_clear_error();
		SSL_shutdown(socket->ssl);
		ERR_clear_error();
	}
	shutdown(socket->fd, SHUT_WR);
}

void socket_close(struct socket *socket)
{
	if (socket->fd < 0)
		return;
	if (socket->ssl)
		SSL_free(socket->ssl);
	socket->poll->data = NULL;
	uv_close((uv_handle_t *)socket->poll, poll_free);
	close(socket->fd);
	socket->fd = -1;
	socket->ssl = NULL;
	buffer_free(&socket->queue);
	socket->queue_start = 0;
}
