/* What the tests of net share: a loop, a server on a free port, and clients that speak raw bytes to it. */
#ifndef TIPSTAFF_TESTS_NET_BENCH_H
#define TIPSTAFF_TESTS_NET_BENCH_H

#include "net/http_server.h"
#include "net/listener.h"
#include "net/loop.h"

#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BENCH_PATIENCE_MS 5000u

static inline uint64_t bench_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static inline struct loop *bench_loop(void)
{
	struct loop *loop;
	struct fault why = {0};
	CHECK_OK(loop_make(&loop, &why), why);
	return loop;
}

static inline struct http_server *bench_server(struct loop *loop, const struct http_server_config *config,
					       uint16_t *ret_port)
{
	struct http_server *server;
	struct fault why = {0};
	int fd;
	CHECK_OK(listener_open(SLICE("127.0.0.1"), 0, false, &fd, &why), why);
	*ret_port = listener_port(fd);
	CHECK_OK(http_server_start(loop, fd, config, &server, &why), why);
	return server;
}

static inline void bench_stop_done(void *context)
{
	*(bool *)context = true;
}

/* Stops the server, waits for it, frees the loop. */
static inline void bench_end(struct loop *loop, struct http_server *server)
{
	bool stopped = false;
	uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS;
	http_server_stop(server, 0, bench_stop_done, &stopped);
	while (!stopped && bench_now_ms() < until)
		loop_turn(loop, false);
	CHECK(stopped);
	loop_free(loop);
}

static inline int bench_connect(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static inline void bench_send(struct loop *loop, int fd, slice bytes)
{
	uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS;
	while (bytes.len > 0 && bench_now_ms() < until) {
		ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (sent > 0)
			bytes = slice_from_offset(bytes, (size_t)sent);
		else if (errno != EAGAIN)
			return;
		loop_turn(loop, false);
	}
	CHECK_INT(bytes.len, 0);
}

/* All that comes until `end` stands at its end, or (ptr NULL) until the connection ends. Free `ptr`. */
static inline slice bench_read(struct loop *loop, int fd, slice end)
{
	size_t room = 1 << 22, length = 0;
	char *bytes = malloc(room);
	uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS;
	while (bench_now_ms() < until && length < room) {
		loop_turn(loop, false);
		ssize_t got = recv(fd, bytes + length, room - length, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return slice_from(bytes, length);
		length += got > 0 ? (size_t)got : 0;
		if (end.ptr && slice_ends_with(slice_from(bytes, length), end))
			return slice_from(bytes, length);
	}
	print_error("only %zu bytes came: %.*s\n", length, (int)(length < 300 ? length : 300), bytes);
	_fail(__FILE__, __LINE__);
	return (slice){NULL, 0};
}

/* Sends, reads until the end of the connection or `end`, and compares with a text or, from '^' on, its start. */
static inline bool bench_exchange(struct loop *loop, int fd, slice request, slice end, slice expected_start)
{
	bench_send(loop, fd, request);
	slice answer = bench_read(loop, fd, end);
	bool right = slice_starts_with(answer, expected_start);
	if (!right)
		print_error("got %.*s\n", SLICE_ARG(answer));
	free((void *)(uintptr_t)answer.ptr);
	return right;
}

/* Is the connection ended by the other side? Reads away what is still there. */
static inline bool bench_is_closed(struct loop *loop, int fd)
{
	char some[4096];
	uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS;
	while (bench_now_ms() < until) {
		loop_turn(loop, false);
		ssize_t got = recv(fd, some, sizeof(some), 0);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return true;
	}
	return false;
}

#endif
