/* Server and client of net/ back to back, as the gateway uses them: client -> front -> back, all on one loop. */
#include "base/memory.h"
#include "bench.h"
#include "net/upstream.h"

struct chain {
	struct loop *loop;
	struct upstream_pool *pool;
	struct http_server *front;
	struct http_server *back;
	uint16_t front_port;
	uint16_t back_port;
	struct http_exchange *held; /* "/hold" at the back */
	int back_left;
};

/* In the exchange's arena. */
struct hop {
	struct chain *chain;
	struct http_exchange *exchange;
	struct upstream_call *call;
	bool begun;
};

static void back_left(struct http_exchange *exchange)
{
	struct chain *chain = exchange->user;
	chain->back_left++;
	chain->held = NULL;
	http_abort(exchange);
}

static void back_answers(struct http_exchange *exchange, void *context)
{
	struct chain *chain = context;
	if (slice_equal(exchange->request->path, SLICE("/hold"))) {
		exchange->user = chain;
		exchange->on_close = back_left;
		chain->held = exchange;
		return;
	}
	http_respond(exchange, 200, NULL, 0, exchange->body);
}

static void got_head(struct upstream_call *call, const struct http1_response *response, void *context)
{
	struct hop *hop = context;
	(void)call;
	hop->begun = http_stream_begin(hop->exchange, response->status, NULL, 0, NULL) == E_OK;
}

static void got_body(struct upstream_call *call, slice piece, void *context)
{
	struct hop *hop = context;
	if (hop->begun && http_stream_write(hop->exchange, piece, NULL) == E_OK &&
	    http_stream_queued_bytes(hop->exchange) > HTTP_QUEUE_LOW_BYTES)
		upstream_pause(call);
}

static void got_end(struct upstream_call *call, enum error outcome, const struct fault *why, void *context)
{
	struct hop *hop = context;
	(void)call, (void)why;
	if (!hop->begun)
		http_respond(hop->exchange, 502, NULL, 0, SLICE("no answer"));
	else if (outcome == E_OK)
		http_stream_end(hop->exchange);
	else
		http_abort(hop->exchange);
}

static void front_left(struct http_exchange *exchange)
{
	upstream_cancel(((struct hop *)exchange->user)->call);
	http_abort(exchange);
}

static void front_drained(struct http_exchange *exchange)
{
	upstream_resume(((struct hop *)exchange->user)->call);
}

static void front_forwards(struct http_exchange *exchange, void *context)
{
	struct chain *chain = context;
	struct hop *hop = ARENA_NEW(&exchange->arena, struct hop);
	struct upstream_handler handler = {got_head, got_body, got_end, hop};
	struct upstream_request request = {.host = SLICE("127.0.0.1"),
					   .port = chain->back_port,
					   .method = SLICE("POST"),
					   .target = exchange->request->path,
					   .body = exchange->body,
					   .has_body = true};
	if (!hop) {
		http_respond(exchange, 503, NULL, 0, SLICE("no memory"));
		return;
	}
	*hop = (struct hop){.chain = chain, .exchange = exchange};
	if (upstream_start(chain->pool, &request, &handler, &hop->call, NULL) != E_OK) {
		http_respond(exchange, 503, NULL, 0, SLICE("not started"));
		return;
	}
	exchange->user = hop;
	exchange->on_close = front_left;
	exchange->on_drain = front_drained;
}

static void chain_begin(struct chain *chain)
{
	struct http_server_config config;
	struct upstream_config upstream;
	struct fault why = {0};
	memset(chain, 0, sizeof(*chain));
	chain->loop = bench_loop();
	http_server_config_default(&config);
	upstream_config_default(&upstream);
	config.body_bytes_max = 50000000;
	config.context = chain;
	config.handler = back_answers;
	chain->back = bench_server(chain->loop, &config, &chain->back_port);
	config.handler = front_forwards;
	chain->front = bench_server(chain->loop, &config, &chain->front_port);
	CHECK_OK(upstream_pool_make(chain->loop, &upstream, &chain->pool, &why), why);
}

static void chain_end(struct chain *chain)
{
	bool stopped = false;
	http_server_stop(chain->front, 0, bench_stop_done, &stopped);
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !stopped && bench_now_ms() < until;)
		loop_turn(chain->loop, false);
	CHECK(stopped);
	upstream_pool_free(chain->pool);
	bench_end(chain->loop, chain->back);
}

#define REQUEST "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"

TEST(a_client_that_leaves_takes_the_call_to_the_target_with_it)
{
	struct chain chain;
	chain_begin(&chain);
	int fd = bench_connect(chain.front_port);
	bench_send(chain.loop, fd, SLICE("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !chain.held && bench_now_ms() < until;)
		loop_turn(chain.loop, false);
	CHECK(chain.held != NULL);
	close(fd);
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !chain.back_left && bench_now_ms() < until;)
		loop_turn(chain.loop, false);
	CHECK_INT(chain.back_left, 1);
	chain_end(&chain);
}

TEST(a_slow_client_slows_the_target_down_and_loses_nothing)
{
	struct chain chain;
	chain_begin(&chain);
	struct buffer request;
	buffer_init(&request, 40000000);
	buffer_add_text(&request,
			"POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 30000000\r\n\r\n");
	for (int i = 0; i < 3000000; i++)
		buffer_add(&request, SLICE("0123456789"));
	int fd = bench_connect(chain.front_port);
	bench_send(chain.loop, fd, buffer_slice(&request));
	for (int i = 0; i < 300; i++)
		loop_turn(chain.loop, false);
	size_t bytes = 0;
	char some[50000];
	for (uint64_t until = bench_now_ms() + 4 * BENCH_PATIENCE_MS; bench_now_ms() < until;) {
		loop_turn(chain.loop, false);
		ssize_t got = recv(fd, some, sizeof(some), 0);
		if (got == 0)
			break;
		bytes += got > 0 ? (size_t)got : 0;
	}
	CHECK(bytes > 30000000);
	buffer_free(&request);
	close(fd);
	chain_end(&chain);
}

/* With one allocation failing, the client is answered or cut off; the next client is served as if nothing was. */
static void check_without_memory(struct chain *chain, uint64_t nth)
{
	int fd = bench_connect(chain->front_port);
	memory_fail_at(nth);
	bench_send(chain->loop, fd, SLICE(REQUEST));
	char some[4096];
	bool over = false;
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !over && bench_now_ms() < until;) {
		loop_turn(chain->loop, false);
		ssize_t got = recv(fd, some, sizeof(some), 0);
		over = got >= 0 || errno != EAGAIN;
	}
	memory_fail_at(0);
	CHECK(over);
	close(fd);
	fd = bench_connect(chain->front_port);
	CHECK(bench_exchange(chain->loop, fd, SLICE(REQUEST), SLICE("0\r\n\r\n"), SLICE("HTTP/1.1 200 OK")));
	close(fd);
}

TEST(any_allocation_may_fail)
{
	for (uint64_t nth = 1; nth <= 40; nth++) {
		struct chain chain;
		chain_begin(&chain);
		check_without_memory(&chain, nth);
		chain_end(&chain);
	}
}
