#include "net/http_server.h"

#include "base/memory.h"
#include "bench.h"

/* What the handler of these tests saw and keeps. */
struct seen {
	struct http_exchange *held;
	int requests;
	int closed;
	struct buffer said; /* "METHOD path body;" of each request */
};

static void client_left(struct http_exchange *exchange)
{
	((struct seen *)exchange->user)->closed++;
}

/* "/hold" is answered later by the test; "/bad" with a header that cannot be written; all else is echoed. */
static void answer(struct http_exchange *exchange, void *context)
{
	static const struct http1_field plain[] = {{SLICE_INIT("Content-Type"), SLICE_INIT("text/plain")}};
	static const struct http1_field bent[] = {{SLICE_INIT("X"), SLICE_INIT("a\r\nSet-Cookie: b")}};
	struct seen *seen = context;
	seen->requests++;
	buffer_print(&seen->said, "%.*s %.*s %.*s;", SLICE_ARG(http1_method_text(exchange->request->method)),
		     SLICE_ARG(exchange->request->path), SLICE_ARG(slice_sub(exchange->body, 0, 32)));
	if (slice_equal(exchange->request->path, SLICE("/hold"))) {
		exchange->user = seen;
		exchange->on_close = client_left;
		seen->held = exchange;
	} else if (slice_equal(exchange->request->path, SLICE("/bad"))) {
		http_respond(exchange, 200, bent, 1, SLICE("x"));
	} else if (slice_equal(exchange->request->path, SLICE("/none"))) {
		http_respond(exchange, 204, NULL, 0, SLICE(""));
	} else if (slice_equal(exchange->request->path, SLICE("/peer"))) {
		http_respond(exchange, 200, NULL, 0, http_peer(exchange));
	} else if (slice_equal(exchange->request->path, SLICE("/abort"))) {
		http_abort(exchange);
	} else {
		http_respond(exchange, 200, plain, 1, exchange->body);
	}
}

static size_t small_on_tiny(const struct http1_request *request, void *context)
{
	(void)context;
	return slice_equal(request->path, SLICE("/tiny")) ? 8 : 1000000;
}

struct stand {
	struct loop *loop;
	struct http_server *server;
	uint16_t port;
	struct seen seen;
	struct http_server_config config;
};

static void stand_default(struct stand *stand)
{
	memset(stand, 0, sizeof(*stand));
	http_server_config_default(&stand->config);
	stand->config.handler = answer;
	stand->config.context = &stand->seen;
	stand->config.body_limit = small_on_tiny;
	buffer_init(&stand->seen.said, 1000000);
	stand->loop = bench_loop();
}

static void stand_start(struct stand *stand)
{
	stand->server = bench_server(stand->loop, &stand->config, &stand->port);
}

static void stand_end(struct stand *stand)
{
	bench_end(stand->loop, stand->server);
	buffer_free(&stand->seen.said);
}

static void turn(struct stand *stand, int times)
{
	for (int i = 0; i < times; i++)
		loop_turn(stand->loop, false);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

TEST(a_request_is_answered_and_the_connection_kept)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	slice request = SLICE("POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
	for (int i = 0; i < 3; i++) {
		bench_send(stand.loop, fd, request);
		slice got = bench_read(stand.loop, fd, SLICE("hello"));
		CHECK(slice_starts_with(got, SLICE("HTTP/1.1 200 OK\r\nDate: ")));
		CHECK(slice_find(got, SLICE("\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello")) !=
		      SIZE_MAX);
		free((void *)(uintptr_t)got.ptr);
	}
	CHECK_INT(http_server_counters(stand.server)->connections, 1);
	CHECK_INT(http_server_counters(stand.server)->requests, 3);
	close(fd);
	stand_end(&stand);
}

TEST(a_request_may_come_byte_by_byte)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	slice request = SLICE("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
			      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n");
	for (size_t i = 0; i < request.len; i++) {
		bench_send(stand.loop, fd, slice_sub(request, i, i + 1));
		turn(&stand, 2);
	}
	CHECK(bench_exchange(stand.loop, fd, SLICE(""), SLICE("abcde"), SLICE("HTTP/1.1 200 OK")));
	CHECK_SLICE(buffer_slice(&stand.seen.said), SLICE("POST /a abcde;"));
	close(fd);
	stand_end(&stand);
}

TEST(pipelined_requests_are_answered_in_order)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	bench_send(stand.loop, fd,
		   SLICE(GET("/1") "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo" GET("/hold")
				 GET("/4") "GET /5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	turn(&stand, 20);
	CHECK_SLICE(buffer_slice(&stand.seen.said), SLICE("GET /1 ;POST /2 two;GET /hold ;"));
	http_respond(stand.seen.held, 200, NULL, 0, SLICE("three"));
	slice got = bench_read(stand.loop, fd, (slice){NULL, 0});
	CHECK_SLICE(buffer_slice(&stand.seen.said), SLICE("GET /1 ;POST /2 two;GET /hold ;GET /4 ;GET /5 ;"));
	size_t two = slice_find(got, SLICE("\r\n\r\ntwo")), three = slice_find(got, SLICE("\r\n\r\nthree"));
	CHECK(two != SIZE_MAX && three != SIZE_MAX && two < three);
	CHECK(slice_find(got, SLICE("Connection: close")) > three);
	free((void *)(uintptr_t)got.ptr);
	close(fd);
	stand_end(&stand);
}

TEST(many_pipelined_requests_pass_through_one_slab)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	struct buffer all;
	buffer_init(&all, 10000000);
	for (int i = 0; i < 3000; i++) {
		if (i % 3 == 0)
			buffer_add(&all, SLICE("POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
					       "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
		else
			buffer_add(&all, SLICE("POST /l HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"));
	}
	buffer_add(&all, SLICE("GET /z HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	/* Reads go on while it sends, so that neither side waits for the other for ever. */
	slice left = buffer_slice(&all);
	size_t bytes = 0;
	char some[65536];
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; bench_now_ms() < until;) {
		ssize_t sent = left.len ? send(fd, left.ptr, left.len < 7001 ? left.len : 7001, MSG_NOSIGNAL) : 0;
		if (sent > 0)
			left = slice_from_offset(left, (size_t)sent);
		loop_turn(stand.loop, false);
		ssize_t got = recv(fd, some, sizeof(some), 0);
		if (got == 0)
			break;
		bytes += got > 0 ? (size_t)got : 0;
	}
	CHECK_INT(stand.seen.requests, 3001);
	CHECK(bytes > 3000 * 100);
	buffer_free(&all);
	close(fd);
	stand_end(&stand);
}

TEST(a_large_body_is_whole_and_a_larger_one_refused)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	struct buffer request;
	buffer_init(&request, 4000000);
	buffer_print(&request, "POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
	for (int i = 0; i < 100000; i++)
		buffer_print(&request, "%09d,", i);
	buffer_add(&request, SLICE(GET("/after")));
	int fd = bench_connect(stand.port);
	bench_send(stand.loop, fd, buffer_slice(&request));
	slice got = bench_read(stand.loop, fd, SLICE("\r\n\r\n"));
	CHECK(slice_find(got, SLICE("\r\n\r\n000000000,000000001,")) != SIZE_MAX);
	CHECK(slice_find(got, SLICE("000099999,HTTP/1.1 200 OK")) != SIZE_MAX);
	CHECK_INT(stand.seen.requests, 2);
	free((void *)(uintptr_t)got.ptr);
	close(fd);
	fd = bench_connect(stand.port);
	CHECK(bench_exchange(stand.loop, fd, SLICE("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n"),
			     (slice){NULL, 0}, SLICE("HTTP/1.1 413 Content Too Large")));
	close(fd);
	fd = bench_connect(stand.port);
	CHECK(bench_exchange(stand.loop, fd,
			     SLICE("POST /tiny HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
				   "5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n"),
			     (slice){NULL, 0}, SLICE("HTTP/1.1 413 ")));
	close(fd);
	CHECK_INT(stand.seen.requests, 2);
	buffer_free(&request);
	stand_end(&stand);
}

TEST(the_memory_of_all_bodies_together_is_limited)
{
	struct stand stand;
	stand_default(&stand);
	stand.config.bodies_bytes_max = 100000;
	stand_start(&stand);
	int first = bench_connect(stand.port), second = bench_connect(stand.port);
	slice head = SLICE("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\nabc");
	static char part[70000];
	bench_send(stand.loop, first, head);
	bench_send(stand.loop, first, slice_from(part, sizeof(part)));
	turn(&stand, 10);
	bench_send(stand.loop, second, head);
	CHECK(bench_exchange(stand.loop, second, slice_from(part, sizeof(part)), (slice){NULL, 0},
			     SLICE("HTTP/1.1 503 ")));
	close(second);
	close(first);
	stand_end(&stand);
}

TEST(what_the_reader_refuses_is_answered_and_ends_the_connection)
{
	static const struct {
		slice request;
		slice start;
	} rows[] = {
		{SLICE_INIT("GET / HTTP/1.1\nHost: a\n\n"), SLICE_INIT("HTTP/1.1 400 Bad Request\r\n")},
		{SLICE_INIT("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), SLICE_INIT("HTTP/1.1 400 ")},
		{SLICE_INIT("GET / HTTP/3.0\r\n\r\n"), SLICE_INIT("HTTP/1.1 505 ")},
		{SLICE_INIT("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), SLICE_INIT("HTTP/1.1 501 ")},
		{SLICE_INIT("\x16\x03\x01"), SLICE_INIT("HTTP/1.1 400 ")},
		{SLICE_INIT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n"),
		 SLICE_INIT("HTTP/1.1 400 ")},
		{SLICE_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: x\r\n\r\n"),
		 SLICE_INIT("HTTP/1.1 417 ")},
	};
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = bench_connect(stand.port);
		bench_send(stand.loop, fd, rows[i].request);
		slice got = bench_read(stand.loop, fd, (slice){NULL, 0});
		CHECK(slice_starts_with(got, rows[i].start));
		CHECK(slice_find(got, SLICE("Connection: close\r\n")) != SIZE_MAX);
		CHECK(slice_find(got, SLICE("Content-Type: application/problem+json\r\n")) != SIZE_MAX);
		CHECK(slice_ends_with(got, SLICE("\"}\n")));
		free((void *)(uintptr_t)got.ptr);
		close(fd);
	}
	CHECK_INT(stand.seen.requests, 0);
	CHECK_INT(http_server_counters(stand.server)->refused, sizeof(rows) / sizeof(rows[0]));
	stand_end(&stand);
}

TEST(a_refused_client_that_goes_on_sending_still_sees_the_answer)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	static char filler[300000];
	memset(filler, 'x', sizeof(filler));
	bench_send(stand.loop, fd, SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n"));
	bench_send(stand.loop, fd, slice_from(filler, sizeof(filler)));
	CHECK(bench_exchange(stand.loop, fd, slice_from(filler, sizeof(filler)), (slice){NULL, 0},
			     SLICE("HTTP/1.1 413 ")));
	close(fd);
	stand_end(&stand);
}

TEST(heads_of_special_answers_are_right)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	bench_send(stand.loop, fd, SLICE("HEAD /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"));
	slice got = bench_read(stand.loop, fd, SLICE("\r\n\r\n"));
	CHECK(slice_find(got, SLICE("Content-Length: 3\r\n")) != SIZE_MAX);
	free((void *)(uintptr_t)got.ptr);
	bench_send(stand.loop, fd, SLICE(GET("/none")));
	got = bench_read(stand.loop, fd, SLICE("\r\n\r\n"));
	CHECK(slice_starts_with(got, SLICE("HTTP/1.1 204 No Content\r\n")));
	CHECK(slice_find(got, SLICE("Content-Length")) == SIZE_MAX);
	free((void *)(uintptr_t)got.ptr);
	CHECK(bench_exchange(stand.loop, fd, SLICE(GET("/bad")), SLICE("\r\n\r\n"), SLICE("HTTP/1.1 500 ")));
	bench_send(stand.loop, fd, SLICE(GET("/peer")));
	got = bench_read(stand.loop, fd, SLICE(""));
	CHECK(slice_find(got, SLICE("\r\n\r\n127.0.0.1:")) != SIZE_MAX);
	free((void *)(uintptr_t)got.ptr);
	bench_send(stand.loop, fd, SLICE(GET("/abort")));
	CHECK(bench_is_closed(stand.loop, fd));
	close(fd);
	stand_end(&stand);
}

TEST(http_1_0_is_answered_and_closed)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	CHECK(bench_exchange(stand.loop, fd, SLICE("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"),
			     (slice){NULL, 0}, SLICE("HTTP/1.1 200 OK\r\n")));
	close(fd);
	stand_end(&stand);
}

TEST(a_client_that_asks_first_is_told_to_go_on)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	CHECK(bench_exchange(stand.loop, fd,
			     SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
			     SLICE("\r\n\r\n"), SLICE("HTTP/1.1 100 Continue\r\n\r\n")));
	CHECK(bench_exchange(stand.loop, fd, SLICE("abc"), SLICE("\r\n\r\nabc"), SLICE("HTTP/1.1 200 OK")));
	close(fd);
	stand_end(&stand);
}

TEST(a_client_that_leaves_is_told_of_and_the_exchange_stays)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	bench_send(stand.loop, fd,
		   SLICE("POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-A: kept\r\n\r\nhello"));
	turn(&stand, 10);
	CHECK(stand.seen.held != NULL && stand.seen.closed == 0);
	close(fd);
	turn(&stand, 10);
	CHECK_INT(stand.seen.closed, 1);
	CHECK(http_client_is_gone(stand.seen.held));
	CHECK_SLICE(stand.seen.held->body, SLICE("hello"));
	CHECK_SLICE(http1_header_named(&stand.seen.held->request->headers, SLICE("x-a")), SLICE("kept"));
	CHECK_INT(http_peer(stand.seen.held).len, 0);
	http_respond(stand.seen.held, 200, NULL, 0, SLICE("nobody hears"));
	stand_end(&stand);
}

TEST(an_exchange_outlives_its_server)
{
	struct stand stand;
	bool stopped = false;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	bench_send(stand.loop, fd, SLICE(GET("/hold")));
	turn(&stand, 10);
	http_server_stop(stand.server, 0, bench_stop_done, &stopped);
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !stopped && bench_now_ms() < until;)
		loop_turn(stand.loop, false);
	CHECK(stopped);
	CHECK_INT(stand.seen.closed, 1);
	CHECK_SLICE(stand.seen.held->request->path, SLICE("/hold"));
	http_respond(stand.seen.held, 200, NULL, 0, SLICE(""));
	close(fd);
	loop_free(stand.loop);
	buffer_free(&stand.seen.said);
}

TEST(a_graceful_stop_finishes_what_is_in_flight)
{
	struct stand stand;
	bool stopped = false;
	stand_default(&stand);
	stand_start(&stand);
	int busy = bench_connect(stand.port), idle = bench_connect(stand.port);
	bench_send(stand.loop, busy, SLICE(GET("/hold")));
	turn(&stand, 10);
	http_server_stop(stand.server, 5000, bench_stop_done, &stopped);
	CHECK(bench_is_closed(stand.loop, idle));
	CHECK(!stopped);
	http_respond(stand.seen.held, 200, NULL, 0, SLICE("done"));
	slice got = bench_read(stand.loop, busy, (slice){NULL, 0});
	CHECK(slice_find(got, SLICE("Connection: close\r\n")) != SIZE_MAX);
	CHECK(slice_ends_with(got, SLICE("done")));
	free((void *)(uintptr_t)got.ptr);
	close(busy);
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !stopped && bench_now_ms() < until;)
		loop_turn(stand.loop, false);
	CHECK(stopped);
	close(idle);
	loop_free(stand.loop);
	buffer_free(&stand.seen.said);
}

TEST(every_deadline_bites)
{
	struct stand stand;
	stand_default(&stand);
	stand.config.idle_ms = 500;
	stand.config.head_ms = 200;
	stand.config.body_ms = 200;
	stand_start(&stand);
	int idle = bench_connect(stand.port), head = bench_connect(stand.port), body = bench_connect(stand.port);
	bench_send(stand.loop, head, SLICE("GET / HTTP/1.1\r\nHo"));
	bench_send(stand.loop, body, SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na"));
	CHECK(bench_exchange(stand.loop, head, SLICE(""), (slice){NULL, 0}, SLICE("HTTP/1.1 408 Request Timeout\r\n")));
	CHECK(bench_exchange(stand.loop, body, SLICE(""), (slice){NULL, 0}, SLICE("HTTP/1.1 408 ")));
	CHECK(bench_is_closed(stand.loop, idle));
	CHECK_INT(http_server_counters(stand.server)->timeouts, 2);
	close(idle);
	close(head);
	close(body);
	stand_end(&stand);
}

TEST(connections_beyond_the_maximum_wait_until_one_goes)
{
	struct stand stand;
	stand_default(&stand);
	stand.config.connections_max = 1;
	stand_start(&stand);
	int first = bench_connect(stand.port), second = bench_connect(stand.port);
	turn(&stand, 10);
	CHECK_INT(http_server_counters(stand.server)->connections_open, 1);
	bench_send(stand.loop, second, SLICE(GET("/2")));
	turn(&stand, 10);
	CHECK_INT(stand.seen.requests, 0);
	close(first);
	CHECK(bench_exchange(stand.loop, second, SLICE(""), SLICE("\r\n\r\n"), SLICE("HTTP/1.1 200 OK")));
	close(second);
	stand_end(&stand);
}

TEST(a_usual_request_takes_no_memory_from_the_heap)
{
	struct stand stand;
	stand_default(&stand);
	stand_start(&stand);
	int fd = bench_connect(stand.port);
	slice request = SLICE("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
	CHECK(bench_exchange(stand.loop, fd, request, SLICE("hello"), SLICE("HTTP/1.1 200 OK")));
	uint64_t before = memory_count();
	for (int i = 0; i < 5; i++)
		CHECK(bench_exchange(stand.loop, fd, request, SLICE("hello"), SLICE("HTTP/1.1 200 OK")));
	CHECK_INT(memory_count(), before);
	close(fd);
	stand_end(&stand);
}

TEST(a_server_without_handler_is_refused)
{
	struct http_server_config config;
	struct http_server *server;
	struct loop *loop = bench_loop();
	http_server_config_default(&config);
	CHECK_ERROR(http_server_start(loop, 0, &config, &server, NULL), E_INVALID);
	config.handler = answer;
	memory_fail_at(1);
	CHECK_ERROR(http_server_start(loop, 0, &config, &server, NULL), E_MEMORY);
	CHECK_ERROR(http_server_start(loop, -1, &config, &server, NULL), E_IO);
	loop_free(loop);
}
