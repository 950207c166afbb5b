#include "net/http_server.h"

#include "bench.h"

struct stage {
	struct loop *loop;
	struct http_server *server;
	uint16_t port;
	struct http_exchange *held;
	int drained;
	int closed;
	struct http_server_config config;
};

static void told_close(struct http_exchange *exchange)
{
	((struct stage *)exchange->user)->closed++;
}

static void told_drain(struct http_exchange *exchange)
{
	((struct stage *)exchange->user)->drained++;
}

static void hold(struct http_exchange *exchange, void *context)
{
	struct stage *stage = context;
	exchange->user = stage;
	exchange->on_close = told_close;
	exchange->on_drain = told_drain;
	stage->held = exchange;
}

static int stage_begin_with(struct stage *stage, slice request, unsigned write_ms)
{
	memset(stage, 0, sizeof(*stage));
	http_server_config_default(&stage->config);
	stage->config.handler = hold;
	stage->config.context = stage;
	stage->config.write_ms = write_ms;
	stage->loop = bench_loop();
	stage->server = bench_server(stage->loop, &stage->config, &stage->port);
	int fd = bench_connect(stage->port);
	bench_send(stage->loop, fd, request);
	for (int i = 0; i < 20 && !stage->held; i++)
		loop_turn(stage->loop, false);
	CHECK(stage->held != NULL);
	return fd;
}

static int stage_begin(struct stage *stage, slice request)
{
	return stage_begin_with(stage, request, HTTP_WRITE_MS_USUAL);
}

#define GET "GET /s HTTP/1.1\r\nHost: a\r\n\r\n"
static const struct http1_field event_stream[] = {{SLICE_INIT("Content-Type"), SLICE_INIT("text/event-stream")}};

TEST(a_stream_arrives_piece_by_piece_and_the_connection_is_kept)
{
	struct stage stage;
	struct fault why = {0};
	int fd = stage_begin(&stage, SLICE(GET));
	CHECK_OK(http_stream_begin(stage.held, 200, event_stream, 1, &why), why);
	slice head = bench_read(stage.loop, fd, SLICE("\r\n\r\n"));
	CHECK(slice_find(head, SLICE("Transfer-Encoding: chunked\r\n")) != SIZE_MAX);
	free((void *)(uintptr_t)head.ptr);
	CHECK_OK(http_stream_write(stage.held, SLICE("data: 1\n\n"), &why), why);
	CHECK(bench_exchange(stage.loop, fd, SLICE(""), SLICE("\r\n"), SLICE("9\r\ndata: 1\n\n\r\n")));
	CHECK_OK(http_stream_write(stage.held, SLICE(""), &why), why);
	CHECK_INT(http_stream_queued_bytes(stage.held), 0);
	http_stream_end(stage.held);
	CHECK(bench_exchange(stage.loop, fd, SLICE(""), SLICE("0\r\n\r\n"), SLICE("0\r\n\r\n")));
	stage.held = NULL;
	bench_send(stage.loop, fd, SLICE(GET));
	for (int i = 0; i < 20 && !stage.held; i++)
		loop_turn(stage.loop, false);
	http_respond(stage.held, 200, NULL, 0, SLICE("x"));
	close(fd);
	bench_end(stage.loop, stage.server);
}

TEST(a_stream_for_http_1_0_ends_with_its_connection)
{
	struct stage stage;
	struct fault why = {0};
	int fd = stage_begin(&stage, SLICE("GET /s HTTP/1.0\r\nHost: a\r\n\r\n"));
	CHECK_OK(http_stream_begin(stage.held, 200, NULL, 0, &why), why);
	CHECK_OK(http_stream_write(stage.held, SLICE("plain"), &why), why);
	http_stream_end(stage.held);
	slice got = bench_read(stage.loop, fd, (slice){NULL, 0});
	CHECK(slice_ends_with(got, SLICE("Connection: close\r\n\r\nplain")));
	free((void *)(uintptr_t)got.ptr);
	close(fd);
	bench_end(stage.loop, stage.server);
}

TEST(a_stream_for_head_has_no_body)
{
	struct stage stage;
	struct fault why = {0};
	int fd = stage_begin(&stage, SLICE("HEAD /s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	CHECK_OK(http_stream_begin(stage.held, 200, NULL, 0, &why), why);
	CHECK_OK(http_stream_write(stage.held, SLICE("plain"), &why), why);
	http_stream_end(stage.held);
	slice got = bench_read(stage.loop, fd, (slice){NULL, 0});
	CHECK(slice_ends_with(got, SLICE("\r\n\r\n")));
	free((void *)(uintptr_t)got.ptr);
	close(fd);
	bench_end(stage.loop, stage.server);
}

TEST(an_aborted_stream_is_seen_to_be_cut)
{
	struct stage stage;
	struct fault why = {0};
	int fd = stage_begin(&stage, SLICE(GET));
	CHECK_OK(http_stream_begin(stage.held, 200, NULL, 0, &why), why);
	CHECK_OK(http_stream_write(stage.held, SLICE("abc"), &why), why);
	http_abort(stage.held);
	slice got = bench_read(stage.loop, fd, (slice){NULL, 0});
	CHECK(slice_ends_with(got, SLICE("3\r\nabc\r\n")));
	free((void *)(uintptr_t)got.ptr);
	CHECK_INT(stage.closed, 0);
	close(fd);
	bench_end(stage.loop, stage.server);
}

TEST(a_bad_head_leaves_every_answer_open)
{
	static const struct http1_field bent[] = {{SLICE_INIT("X"), SLICE_INIT("a\nb")}};
	struct stage stage;
	int fd = stage_begin(&stage, SLICE(GET));
	CHECK_ERROR(http_stream_begin(stage.held, 200, bent, 1, NULL), E_INVALID);
	CHECK_ERROR(http_stream_begin(stage.held, 204, NULL, 0, NULL), E_INVALID);
	CHECK_ERROR(http_stream_begin(stage.held, 99, NULL, 0, NULL), E_INVALID);
	http_respond(stage.held, 503, NULL, 0, SLICE("no"));
	CHECK(bench_exchange(stage.loop, fd, SLICE(""), SLICE("no"), SLICE("HTTP/1.1 503 ")));
	close(fd);
	bench_end(stage.loop, stage.server);
}

TEST(a_reader_that_is_slow_makes_the_writer_wait)
{
	static char piece[200000];
	struct stage stage;
	struct fault why = {0};
	int fd = stage_begin(&stage, SLICE(GET));
	size_t written = 0;
	CHECK_OK(http_stream_begin(stage.held, 200, NULL, 0, &why), why);
	while (http_stream_queued_bytes(stage.held) <= HTTP_QUEUE_LOW_BYTES) {
		CHECK_OK(http_stream_write(stage.held, slice_from(piece, sizeof(piece)), &why), why);
		written += sizeof(piece);
	}
	CHECK_INT(stage.drained, 0);
	size_t got_bytes = 0;
	char some[65536];
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !stage.drained && bench_now_ms() < until;) {
		ssize_t got = recv(fd, some, sizeof(some), 0);
		got_bytes += got > 0 ? (size_t)got : 0;
		loop_turn(stage.loop, false);
	}
	CHECK_INT(stage.drained, 1);
	CHECK(http_stream_queued_bytes(stage.held) <= HTTP_QUEUE_LOW_BYTES);
	http_stream_end(stage.held);
	slice rest = bench_read(stage.loop, fd, SLICE("0\r\n\r\n"));
	CHECK(got_bytes + rest.len > written);
	free((void *)(uintptr_t)rest.ptr);
	close(fd);
	bench_end(stage.loop, stage.server);
}

TEST(a_reader_that_never_reads_is_cut_by_deadline)
{
	static char piece[200000];
	struct stage stage;
	struct fault why = {0};
	int fd = stage_begin_with(&stage, SLICE(GET), 100);
	CHECK_OK(http_stream_begin(stage.held, 200, NULL, 0, &why), why);
	while (http_stream_queued_bytes(stage.held) == 0)
		CHECK_OK(http_stream_write(stage.held, slice_from(piece, sizeof(piece)), &why), why);
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !stage.closed && bench_now_ms() < until;)
		loop_turn(stage.loop, false);
	CHECK_INT(stage.closed, 1);
	CHECK_ERROR(http_stream_write(stage.held, SLICE("x"), NULL), E_CLOSED);
	http_stream_end(stage.held);
	close(fd);
	bench_end(stage.loop, stage.server);
}

TEST(a_queue_has_a_maximum)
{
	static char piece[1000000];
	struct stage stage;
	struct fault why = {0};
	int fd = stage_begin(&stage, SLICE(GET));
	CHECK_OK(http_stream_begin(stage.held, 200, NULL, 0, &why), why);
	enum error code = E_OK;
	for (int i = 0; i < 100 && code == E_OK; i++)
		code = http_stream_write(stage.held, slice_from(piece, sizeof(piece)), &why);
	CHECK_INT(code, E_LIMIT);
	CHECK_INT(stage.closed, 0);
	CHECK(http_client_is_gone(stage.held));
	CHECK_INT(http_stream_queued_bytes(stage.held), 0);
	http_stream_end(stage.held);
	close(fd);
	bench_end(stage.loop, stage.server);
}

TEST(a_client_that_leaves_a_stream_is_told_of)
{
	struct stage stage;
	struct fault why = {0};
	int fd = stage_begin(&stage, SLICE(GET));
	CHECK_OK(http_stream_begin(stage.held, 200, NULL, 0, &why), why);
	close(fd);
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !stage.closed && bench_now_ms() < until;)
		loop_turn(stage.loop, false);
	CHECK_INT(stage.closed, 1);
	CHECK_ERROR(http_stream_write(stage.held, SLICE("x"), NULL), E_CLOSED);
	CHECK_ERROR(http_stream_begin(stage.held, 200, NULL, 0, NULL), E_CLOSED);
	http_stream_end(stage.held);
	bench_end(stage.loop, stage.server);
}
