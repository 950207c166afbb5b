/* The shared part of the benchmark programs: see bench.h. */
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LATENCIES_MAX 4000000u

bool bench_is_quick(int count, char **arguments)
{
	for (int i = 1; i < count; i++)
		if (strcmp(arguments[i], "--quick") == 0)
			return true;
	return false;
}

const char *bench_argument(int count, char **arguments, const char *name)
{
	for (int i = 1; i + 1 < count; i++)
		if (strcmp(arguments[i], name) == 0)
			return arguments[i + 1];
	return NULL;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t bench_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t bench_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static double microseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

struct bench_cpu bench_cpu_of_thread(void)
{
	struct rusage usage;
	getrusage(RUSAGE_THREAD, &usage);
	return (struct bench_cpu){microseconds(usage.ru_utime), microseconds(usage.ru_stime)};
}

static void print_line(const char *name, double value, const char *unit, double floor, double bar)
{
	printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"", name, value, unit);
	if (floor > 0)
		printf(",\"floor\":%.3f,\"ratio\":%.3f", floor, value / floor);
	else
		printf(",\"floor\":null,\"ratio\":null");
	if (bar > 0)
		printf(",\"bar\":%.3f,\"of_bar\":%.3f", bar, value / bar);
	printf("}\n");
	fflush(stdout);
}

void bench_print(const char *name, double value, const char *unit, double floor)
{
	print_line(name, value, unit, floor, 0);
}

void bench_print_bar(const char *name, double value, const char *unit, double floor, double bar)
{
	print_line(name, value, unit, floor, bar);
}

struct client {
	int fd;
	uint64_t sent_ns;
	size_t length;
	char answer[16384];
};

static int client_connect(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static bool client_send(struct client *client, slice request)
{
	client->sent_ns = bench_now_ns();
	client->length = 0;
	return send(client->fd, request.ptr, request.len, MSG_NOSIGNAL) == (ssize_t)request.len;
}

/* True once an answer is complete. */
static bool client_read(struct client *client, struct bench_load *load)
{
	ssize_t got = recv(client->fd, client->answer + client->length, sizeof(client->answer) - client->length, 0);
	if (got <= 0) {
		load->failed = load->failed || got == 0 || errno != EAGAIN;
		return false;
	}
	client->length += (size_t)got;
	return slice_ends_with(slice_from(client->answer, client->length), load->answer_end);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void client_turn(struct client *client, struct bench_load *load)
{
	if (!client_read(client, load))
		return;
	load->answers++;
	if (load->latency_count < LATENCIES_MAX)
		load->latency_ns[load->latency_count++] = (uint32_t)(bench_now_ns() - client->sent_ns);
	load->failed = load->failed || !client_send(client, load->request);
}

void bench_load_run(struct bench_load *load)
{
	struct client *clients = calloc(load->connections, sizeof(*clients));
	int watch = epoll_create1(EPOLL_CLOEXEC);
	load->latency_ns = calloc(LATENCIES_MAX, sizeof(*load->latency_ns));
	load->answers = load->latency_count = 0;
	for (unsigned i = 0; i < load->connections; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
		clients[i].fd = client_connect(load->port);
		load->failed = load->failed || clients[i].fd < 0 ||
			       epoll_ctl(watch, EPOLL_CTL_ADD, clients[i].fd, &event) != 0 ||
			       !client_send(&clients[i], load->request);
	}
	while (!load->failed && bench_now_ns() < load->until_ns) {
		struct epoll_event events[64];
		int count = epoll_wait(watch, events, 64, 100);
		for (int i = 0; i < count; i++)
			client_turn(events[i].data.ptr, load);
	}
	for (unsigned i = 0; i < load->connections; i++)
		close(clients[i].fd);
	close(watch);
	free(clients);
	qsort(load->latency_ns, load->latency_count, sizeof(*load->latency_ns), by_value);
}

double bench_load_percentile_us(const struct bench_load *load, double share)
{
	if (load->latency_count == 0)
		return 0;
	size_t at = (size_t)((double)load->latency_count * share);
	return load->latency_ns[at < load->latency_count ? at : load->latency_count - 1] / 1000.0;
}
