/*
 * How much the HTTP server itself costs: the same small POST is answered by a bare epoll loop that parses nothing (the
 * floor) and by the server of net/, one thread each, 32 connections.
 * usage: echo [--quick] [--serve PORT]   --serve runs the server alone, for wrk and perf
 */
#include "bench.h"

#include "net/http_server.h"
#include "net/listener.h"
#include "net/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 32u
#define BEARER      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BODY                                                \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/" \
	"call\",\"params\":{\"name\":\"read_file\",\"arguments\":{\"path\":\"/a/b\"}}}"
#define REQUEST_HEAD                                                                                    \
	"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:7475\r\nUser-Agent: bench\r\nAccept: application/json, " \
	"text/event-stream\r\n"                                                                         \
	"Content-Type: application/json\r\nAuthorization: Bearer " BEARER "\r\nMcp-Protocol-Version: 2025-11-25\r\n"

static char request_text[1024];

static slice request_make(void)
{
	int length = snprintf(request_text, sizeof(request_text), REQUEST_HEAD "Content-Length: %zu\r\n\r\n" BODY,
			      strlen(BODY));
	return slice_from(request_text, (size_t)length);
}

struct run {
	int fd;
	struct loop *loop;
	struct http_server *server;
	struct loop_task stop;
	struct bench_cpu cpu; /* result */
};

static void answer(struct http_exchange *exchange, void *context)
{
	static const struct http1_field fields[] = {{SLICE_INIT("Content-Type"), SLICE_INIT("application/json")}};
	(void)context;
	http_respond(exchange, 200, fields, 1, exchange->body);
}

static void stopped(void *context)
{
	loop_stop(((struct run *)context)->loop);
}

static void stop_now(void *context)
{
	struct run *run = context;
	http_server_stop(run->server, 0, stopped, run);
}

static void *serve(void *context)
{
	struct run *run = context;
	struct http_server_config config;
	struct fault why = {0};
	http_server_config_default(&config);
	config.handler = answer;
	if (http_server_start(run->loop, run->fd, &config, &run->server, &why) != E_OK) {
		fprintf(stderr, "%s\n", fault_sentence(&why));
		exit(1);
	}
	struct bench_cpu before = bench_cpu_of_thread();
	loop_run(run->loop);
	struct bench_cpu after = bench_cpu_of_thread();
	run->cpu = (struct bench_cpu){after.user_us - before.user_us, after.system_us - before.system_us};
	return NULL;
}

/* The floor: whatever comes is answered by fixed bytes of the same length. */
static void *serve_bare(void *context)
{
	static const char body[] = BODY;
	struct run *run = context;
	char answer_text[1024], request[4096];
	int length = snprintf(answer_text, sizeof(answer_text),
			      "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: %zu\r\n"
			      "Content-Type: application/json\r\n\r\n%s",
			      strlen(body), body);
	int watch = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = run->fd};
	epoll_ctl(watch, EPOLL_CTL_ADD, run->fd, &event);
	struct bench_cpu before = bench_cpu_of_thread();
	for (unsigned open = 0, ended = 0; !open || ended < open;) {
		struct epoll_event events[64];
		int count = epoll_wait(watch, events, 64, -1);
		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;
			if (fd == run->fd) {
				event.data.fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
				open += epoll_ctl(watch, EPOLL_CTL_ADD, event.data.fd, &event) == 0;
			} else if (recv(fd, request, sizeof(request), 0) <= 0) {
				close(fd);
				ended++;
			} else if (send(fd, answer_text, (size_t)length, MSG_NOSIGNAL) < 0) {
				continue;
			}
		}
	}
	struct bench_cpu after = bench_cpu_of_thread();
	run->cpu = (struct bench_cpu){after.user_us - before.user_us, after.system_us - before.system_us};
	close(watch);
	listener_close(run->fd);
	return NULL;
}

static struct bench_load measure(void *(*server)(void *), struct run *run, double seconds)
{
	struct bench_load load = {.connections = CONNECTIONS, .request = request_make(), .answer_end = SLICE("}}}")};
	struct fault why = {0};
	pthread_t thread;
	if (listener_open(SLICE("127.0.0.1"), 0, false, &run->fd, &why) != E_OK) {
		fprintf(stderr, "%s\n", fault_sentence(&why));
		exit(1);
	}
	load.port = listener_port(run->fd);
	pthread_create(&thread, NULL, server, run);
	load.until_ns = bench_now_ns() + (uint64_t)(seconds * 1e9);
	bench_load_run(&load);
	if (run->loop) {
		run->stop = (struct loop_task){.run = stop_now, .context = run};
		loop_post(run->loop, &run->stop);
	}
	pthread_join(thread, NULL);
	if (load.failed) {
		fprintf(stderr, "the load failed\n");
		exit(1);
	}
	return load;
}

static int serve_alone(const char *port)
{
	struct run run = {0};
	struct fault why = {0};
	uint64_t number;
	if (!slice_to_u64(slice_of(port), &number) ||
	    listener_open(SLICE("127.0.0.1"), (uint16_t)number, false, &run.fd, &why) != E_OK ||
	    loop_make(&run.loop, &why) != E_OK) {
		fprintf(stderr, "%s\n", fault_sentence(&why));
		return 1;
	}
	printf("http://127.0.0.1:%u\n", listener_port(run.fd));
	fflush(stdout);
	serve(&run);
	return 0;
}

int main(int count, char **arguments)
{
	double seconds = bench_is_quick(count, arguments) ? 0.5 : 3;
	const char *port = bench_argument(count, arguments, "--serve");
	if (port)
		return serve_alone(port);
	struct run bare = {0}, ours = {0};
	struct fault why = {0};
	if (loop_make(&ours.loop, &why) != E_OK)
		return 1;
	struct bench_load floor = measure(serve_bare, &bare, seconds);
	struct bench_load load = measure(serve, &ours, seconds);
	double n = (double)load.answers, m = (double)floor.answers;
	bench_print("echo requests", n / seconds, "1/s", m / seconds);
	bench_print("echo CPU per request", (ours.cpu.user_us + ours.cpu.system_us) / n, "us",
		    (bare.cpu.user_us + bare.cpu.system_us) / m);
	bench_print("echo user CPU per request", ours.cpu.user_us / n, "us", bare.cpu.user_us / m);
	bench_print("echo latency p50", bench_load_percentile_us(&load, 0.5), "us",
		    bench_load_percentile_us(&floor, 0.5));
	bench_print("echo latency p99", bench_load_percentile_us(&load, 0.99), "us",
		    bench_load_percentile_us(&floor, 0.99));
	free(load.latency_ns);
	free(floor.latency_ns);
	loop_free(ours.loop);
	return 0;
}
