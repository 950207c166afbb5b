/*
 * Keeps a server busy over a fixed number of keep-alive connections, one request in flight on each, and tells how many
 * answers came, by status, and how long they took.
 * usage: load --port PORT --requests FILE [--connections N] [--ms MILLISECONDS] [--once]; prints one JSON object
 *   FILE holds requests as sent, each behind a line with its length. They are sent in turn; with --once each of them
 *   once. "@@@@@@@@" in a request becomes a number that no other request has.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024u
#define LATENCIES_MAX   4000000u
#define ANSWER_BYTES    65536u
#define STATUS_MAX      600u
#define PLACE           SLICE("@@@@@@@@")

struct client {
	int fd;
	uint64_t sent_ns;
	size_t length;
	char *request; /* of this client, with its number filled in */
	char answer[ANSWER_BYTES];
};

struct load {
	slice *requests;
	size_t request_count;
	size_t request_bytes_max;
	bool once;
	uint16_t port;
	uint64_t until_ns;
	uint64_t sent;
	uint64_t answers;
	uint64_t by_status[STATUS_MAX];
	uint32_t *latency_ns;
	unsigned busy; /* clients that wait for an answer */
	int watch;
};

static void stop(const char *why)
{
	fprintf(stderr, "load: %s\n", why);
	exit(1);
}

static slice file_read(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file || fseek(file, 0, SEEK_END) != 0)
		stop("cannot read the requests");
	long bytes = ftell(file);
	char *text = malloc((size_t)bytes + 1);
	rewind(file);
	if (!text || fread(text, 1, (size_t)bytes, file) != (size_t)bytes)
		stop("cannot read the requests");
	fclose(file);
	return slice_from(text, (size_t)bytes);
}

static void requests_read(struct load *load, slice text)
{
	size_t room = 0;
	while (text.len > 0) {
		uint64_t length;
		if (!slice_to_u64(slice_cut(&text, '\n'), &length) || length > text.len)
			stop("the requests are not as they should be");
		if (load->request_count == room) {
			room = room ? 2 * room : 16;
			load->requests = realloc(load->requests, room * sizeof(slice));
		}
		load->requests[load->request_count++] = slice_sub(text, 0, length);
		if (length > load->request_bytes_max)
			load->request_bytes_max = length;
		text = slice_from_offset(text, length);
	}
	if (load->request_count == 0)
		stop("no requests");
}

static int client_connect(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		stop("cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* False: nothing is left to be sent. */
static bool client_send(struct load *load, struct client *client)
{
	if (load->once && load->sent == load->request_count)
		return false;
	slice request = load->requests[load->sent % load->request_count];
	memcpy(client->request, request.ptr, request.len);
	size_t at = slice_find(request, PLACE);
	if (at != SIZE_MAX) {
		char number[16];
		snprintf(number, sizeof(number), "%08u", (unsigned)(10000000u + load->sent % 90000000u));
		memcpy(client->request + at, number, PLACE.len);
	}
	load->sent++;
	client->length = 0;
	client->sent_ns = bench_now_ns();
	if (send(client->fd, client->request, request.len, MSG_NOSIGNAL) != (ssize_t)request.len)
		stop("a request could not be sent");
	return true;
}

/* The status of a complete answer, or 0. */
static unsigned client_status(const struct client *client)
{
	slice answer = slice_from(client->answer, client->length);
	size_t head = slice_find(answer, SLICE("\r\n\r\n"));
	if (head == SIZE_MAX || head < 12)
		return 0;
	slice fields = slice_sub(answer, 0, head);
	uint64_t status, length = 0;
	if (!slice_to_u64(slice_sub(fields, 9, 12), &status) || status >= STATUS_MAX)
		stop("not an HTTP answer");
	while (fields.len > 0) {
		slice line = slice_cut(&fields, '\n');
		slice field = slice_cut(&line, '\r');
		slice name = slice_cut(&field, ':');
		if (slice_equal_fold(name, SLICE("Content-Length")) && !slice_to_u64(slice_trim(field), &length))
			stop("not a length");
	}
	return answer.len >= head + 4 + length ? (unsigned)status : 0;
}

static void client_read(struct load *load, struct client *client)
{
	ssize_t got = recv(client->fd, client->answer + client->length, ANSWER_BYTES - client->length, MSG_DONTWAIT);
	if (got <= 0)
		stop("the server closed a connection");
	client->length += (size_t)got;
	unsigned status = client_status(client);
	if (status == 0)
		return;
	if (load->answers < LATENCIES_MAX)
		load->latency_ns[load->answers] = (uint32_t)(bench_now_ns() - client->sent_ns);
	load->answers++;
	load->by_status[status]++;
	if (!client_send(load, client))
		load->busy--;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static double percentile_us(const struct load *load, double share)
{
	size_t count = load->answers < LATENCIES_MAX ? load->answers : LATENCIES_MAX;
	size_t at = (size_t)((double)count * share);
	return count ? load->latency_ns[at < count ? at : count - 1] / 1000.0 : 0;
}

static void report(struct load *load, double seconds)
{
	bool first = true;
	qsort(load->latency_ns, load->answers < LATENCIES_MAX ? load->answers : LATENCIES_MAX, sizeof(uint32_t), by_value);
	printf("{\"answers\":%llu,\"seconds\":%.6f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"status\":{",
	       (unsigned long long)load->answers, seconds, percentile_us(load, 0.5), percentile_us(load, 0.99),
	       percentile_us(load, 0.999));
	for (unsigned i = 0; i < STATUS_MAX; i++) {
		if (load->by_status[i] == 0)
			continue;
		printf("%s\"%u\":%llu", first ? "" : ",", i, (unsigned long long)load->by_status[i]);
		first = false;
	}
	printf("}}\n");
}

static void clients_begin(struct load *load, struct client *clients, unsigned count)
{
	load->watch = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
		clients[i].fd = client_connect(load->port);
		clients[i].request = malloc(load->request_bytes_max);
		epoll_ctl(load->watch, EPOLL_CTL_ADD, clients[i].fd, &event);
	}
	for (unsigned i = 0; i < count; i++)
		load->busy += client_send(load, &clients[i]);
}

static uint64_t number_of(int count, char **arguments, const char *name, uint64_t otherwise, uint64_t most)
{
	const char *text = bench_argument(count, arguments, name);
	uint64_t number = otherwise;
	if (text && (!slice_to_u64(slice_of(text), &number) || number == 0 || number > most))
		stop("not a number that can be used");
	return number;
}

static bool is_once(int count, char **arguments)
{
	for (int i = 1; i < count; i++)
		if (strcmp(arguments[i], "--once") == 0)
			return true;
	return false;
}

int main(int count, char **arguments)
{
	static struct load load;
	const char *path = bench_argument(count, arguments, "--requests");
	unsigned connections = (unsigned)number_of(count, arguments, "--connections", 1, CONNECTIONS_MAX);
	uint64_t ms = number_of(count, arguments, "--ms", 3000, 600000);
	load.port = (uint16_t)number_of(count, arguments, "--port", 0, 65535);
	load.once = is_once(count, arguments);
	if (!path || load.port == 0)
		stop("usage: load --port PORT --requests FILE [--connections N] [--ms MILLISECONDS] [--once]");
	requests_read(&load, file_read(path));
	load.latency_ns = calloc(LATENCIES_MAX, sizeof(*load.latency_ns));
	struct client *clients = calloc(connections, sizeof(*clients));
	uint64_t begun_ns = bench_now_ns();
	load.until_ns = begun_ns + ms * 1000000;
	clients_begin(&load, clients, connections);
	while (load.busy > 0 && (load.once || bench_now_ns() < load.until_ns)) {
		struct epoll_event events[64];
		int ready = epoll_wait(load.watch, events, 64, 1000);
		for (int i = 0; i < ready; i++)
			client_read(&load, events[i].data.ptr);
	}
	report(&load, (double)(bench_now_ns() - begun_ns) / 1e9);
	return 0;
}
