/*
 * What reading and writing HTTP on both sides costs, without any decision: the server of net/ hands each request to
 * the client of net/ and the answer back. Stands between byte_proxy (the floor) and the gateway.
 * usage: http_proxy --target PORT [--port PORT]; prints its URL
 */
#include "bench.h"

#include "net/http_server.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/upstream.h"

#include <stdio.h>
#include <string.h>

static struct upstream_pool *pool;
static uint16_t target_port;

/* In the exchange's arena. */
struct hop {
	struct http_exchange *exchange;
	struct upstream_call *call;
	int status;
	struct http1_field type;
	struct buffer body;
};

static void got_head(struct upstream_call *call, const struct http1_response *response, void *context)
{
	struct hop *hop = context;
	(void)call;
	hop->status = response->status;
	hop->type =
		(struct http1_field){SLICE("Content-Type"), http1_header(&response->headers, HTTP1_NAME_CONTENT_TYPE)};
}

static void got_body(struct upstream_call *call, slice piece, void *context)
{
	(void)call;
	buffer_add(&((struct hop *)context)->body, piece);
}

static void got_end(struct upstream_call *call, enum error outcome, const struct fault *why, void *context)
{
	struct hop *hop = context;
	struct buffer body = hop->body;
	(void)call;
	if (outcome == E_OK && !body.failed)
		http_respond(hop->exchange, hop->status, &hop->type, 1, buffer_slice(&body));
	else
		http_respond(hop->exchange, 502, NULL, 0, slice_of(fault_sentence(why)));
	buffer_free(&body);
}

static void client_left(struct http_exchange *exchange)
{
	struct hop *hop = exchange->user;
	upstream_cancel(hop->call);
	buffer_free(&hop->body);
	http_abort(exchange);
}

static void forward(struct http_exchange *exchange, void *context)
{
	struct hop *hop = ARENA_NEW(&exchange->arena, struct hop);
	struct http1_field type = {SLICE("Content-Type"),
				   http1_header(&exchange->request->headers, HTTP1_NAME_CONTENT_TYPE)};
	struct upstream_handler handler = {got_head, got_body, got_end, hop};
	struct upstream_request request = {
		.host = SLICE("127.0.0.1"),
		.port = target_port,
		.method = http1_method_text(exchange->request->method),
		.target = exchange->request->path,
		.fields = &type,
		.field_count = type.value.ptr ? 1 : 0,
		.body = exchange->body,
		.has_body = true,
	};
	(void)context;
	if (!hop) {
		http_abort(exchange);
		return;
	}
	hop->exchange = exchange;
	buffer_init(&hop->body, 1 << 24);
	exchange->user = hop;
	if (upstream_start(pool, &request, &handler, &hop->call, NULL) != E_OK) {
		http_respond(exchange, 502, NULL, 0, SLICE("cannot forward"));
		return;
	}
	exchange->on_close = client_left;
}

static uint16_t port_of(const char *text)
{
	uint64_t number;
	return text && slice_to_u64(slice_of(text), &number) && number <= 65535 ? (uint16_t)number : 0;
}

int main(int count, char **arguments)
{
	struct http_server_config config;
	struct upstream_config upstream;
	struct http_server *server;
	struct loop *loop;
	struct fault why = {0};
	int fd;
	target_port = port_of(bench_argument(count, arguments, "--target"));
	if (target_port == 0) {
		fprintf(stderr, "usage: http_proxy --target PORT [--port PORT]\n");
		return 64;
	}
	http_server_config_default(&config);
	upstream_config_default(&upstream);
	config.handler = forward;
	if (listener_open(SLICE("127.0.0.1"), port_of(bench_argument(count, arguments, "--port")), false, &fd, &why) !=
		    E_OK ||
	    loop_make(&loop, &why) != E_OK || upstream_pool_make(loop, &upstream, &pool, &why) != E_OK ||
	    http_server_start(loop, fd, &config, &server, &why) != E_OK) {
		fprintf(stderr, "http_proxy: %s\n", fault_sentence(&why));
		return 1;
	}
	printf("http://127.0.0.1:%u\n", listener_port(fd));
	fflush(stdout);
	loop_run(loop);
	return 0;
}
