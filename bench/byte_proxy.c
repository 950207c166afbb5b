/*
 * The floor of every gateway: one thread that copies bytes between each client connection and one connection to the
 * target, and parses nothing.
 * usage: byte_proxy --target PORT [--port PORT]; prints its URL
 */
#include "bench.h"

#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* One direction's source; `other` is where its bytes go. */
struct side {
	int fd;
	struct side *other;
};

struct pair {
	struct side client;
	struct side target;
	bool closed;
	struct pair *next_closed;
};

static int target_connect(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("byte_proxy: target");
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void watch_side(int watch, struct side *side)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = side};
	epoll_ctl(watch, EPOLL_CTL_ADD, side->fd, &event);
}

static void pair_open(int watch, int client, uint16_t port)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	pair->client = (struct side){client, &pair->target};
	pair->target = (struct side){target_connect(port), &pair->client};
	watch_side(watch, &pair->client);
	watch_side(watch, &pair->target);
}

/* False: one side has ended. The writes block, which is fine for the small messages of a benchmark. */
static bool copy(struct side *side)
{
	static char bytes[65536]; /* not on the stack: there every call would pay for zeroing it */
	ssize_t got = recv(side->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return true;
	return got > 0 && send(side->other->fd, bytes, (size_t)got, MSG_NOSIGNAL) == got;
}

static uint16_t port_of(const char *text)
{
	uint64_t number;
	if (!text || !slice_to_u64(slice_of(text), &number) || number > 65535)
		return 0;
	return (uint16_t)number;
}

static struct pair *pair_close(struct side *side, struct pair *closed)
{
	struct pair *pair = (struct pair *)(void *)(side < side->other ? side : side->other);
	if (pair->closed)
		return closed;
	pair->closed = true;
	close(pair->client.fd);
	close(pair->target.fd);
	pair->client.fd = pair->target.fd = -1;
	pair->next_closed = closed;
	return pair;
}

static void serve(int listening, uint16_t target)
{
	int watch = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	epoll_ctl(watch, EPOLL_CTL_ADD, listening, &event);
	for (;;) {
		struct epoll_event events[64];
		struct pair *closed = NULL;
		int count = epoll_wait(watch, events, 64, -1);
		for (int i = 0; i < count; i++) {
			struct side *side = events[i].data.ptr;
			if (!side)
				pair_open(watch, accept4(listening, NULL, NULL, SOCK_CLOEXEC), target);
			else if (!copy(side))
				closed = pair_close(side, closed);
		}
		/* Later events of the round may still name a pair that has closed. */
		while (closed) {
			struct pair *next = closed->next_closed;
			free(closed);
			closed = next;
		}
	}
}

int main(int count, char **arguments)
{
	uint16_t target = port_of(bench_argument(count, arguments, "--target"));
	struct fault why = {0};
	int fd;
	if (target == 0) {
		fprintf(stderr, "usage: byte_proxy --target PORT [--port PORT]\n");
		return 64;
	}
	if (listener_open(SLICE("127.0.0.1"), port_of(bench_argument(count, arguments, "--port")), false, &fd, &why) !=
	    E_OK) {
		fprintf(stderr, "byte_proxy: %s\n", fault_sentence(&why));
		return 1;
	}
	printf("http://127.0.0.1:%u\n", listener_port(fd));
	fflush(stdout);
	serve(fd, target);
	return 0;
}
