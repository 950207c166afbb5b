#include "net/upstream.h"

#include "base/memory.h"
#include "bench.h"
#include "net/tls.h"

#include <stdio.h>

/*
 * The target is played by hand: a listening socket whose connections the test accepts and answers itself, so that it
 * can misbehave in every way.
 */
struct play {
	struct loop *loop;
	struct upstream_pool *pool;
	int listening;
	uint16_t port;
	struct upstream_config config;
};

struct heard {
	struct upstream_call *call;
	int heads;
	int ends;
	int status;
	enum error outcome;
	bool was_sent;
	bool pauses;
	bool cancels;
	char sentence[224];
	struct buffer body;
};

static void heard_head(struct upstream_call *call, const struct http1_response *response, void *context)
{
	struct heard *heard = context;
	heard->heads++;
	heard->status = response->status;
	if (heard->pauses)
		upstream_pause(call);
	if (heard->cancels)
		upstream_cancel(call);
}

static void heard_body(struct upstream_call *call, slice piece, void *context)
{
	struct heard *heard = context;
	(void)call;
	buffer_add(&heard->body, piece);
}

static void heard_end(struct upstream_call *call, enum error outcome, const struct fault *why, void *context)
{
	struct heard *heard = context;
	heard->ends++;
	heard->outcome = outcome;
	heard->was_sent = upstream_was_sent(call);
	memcpy(heard->sentence, why->sentence, sizeof(heard->sentence));
}

static void play_begin(struct play *play)
{
	struct fault why = {0};
	memset(play, 0, sizeof(*play));
	play->loop = bench_loop();
	CHECK_OK(listener_open(SLICE("127.0.0.1"), 0, false, &play->listening, &why), why);
	play->port = listener_port(play->listening);
	upstream_config_default(&play->config);
}

static void play_pool(struct play *play)
{
	struct fault why = {0};
	CHECK_OK(upstream_pool_make(play->loop, &play->config, &play->pool, &why), why);
}

static void play_end(struct play *play)
{
	upstream_pool_free(play->pool);
	listener_close(play->listening);
	loop_free(play->loop);
}

static struct upstream_request request_to(const struct play *play)
{
	return (struct upstream_request){
		.host = SLICE("127.0.0.1"),
		.port = play->port,
		.method = SLICE("POST"),
		.target = SLICE("/mcp"),
		.body = SLICE("hello"),
		.has_body = true,
	};
}

static void heard_begin(struct heard *heard)
{
	memset(heard, 0, sizeof(*heard));
	buffer_init(&heard->body, 100000000);
}

static void start(struct play *play, const struct upstream_request *request, struct heard *heard)
{
	struct upstream_handler handler = {heard_head, heard_body, heard_end, heard};
	struct fault why = {0};
	CHECK_OK(upstream_start(play->pool, request, &handler, &heard->call, &why), why);
	CHECK_INT(heard->ends, 0);
}

static int accept_one(struct play *play)
{
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; bench_now_ms() < until;) {
		loop_turn(play->loop, false);
		int fd = accept4(play->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	_fail(__FILE__, __LINE__);
	return -1;
}

static void wait_end(struct play *play, struct heard *heard)
{
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !heard->ends && bench_now_ms() < until;)
		loop_turn(play->loop, false);
	CHECK_INT(heard->ends, 1);
}

static void check_end(struct play *play, struct heard *heard, enum error outcome)
{
	wait_end(play, heard);
	if (heard->outcome != outcome)
		print_error("%s: %s\n", error_name(heard->outcome), heard->sentence);
	CHECK_INT(heard->outcome, outcome);
	buffer_free(&heard->body);
}

/* Reads one request and compares it with what was to be sent. */
static void expect_request(struct play *play, int fd)
{
	char host[96];
	slice got = bench_read(play->loop, fd, SLICE("hello"));
	snprintf(host, sizeof(host), "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Length: 5\r\n\r\nhello",
		 play->port);
	CHECK_SLICE(got, slice_of(host));
	free((void *)(uintptr_t)got.ptr);
}

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"

TEST(a_call_is_answered_and_the_connection_used_again)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	int fd = -1;
	for (int i = 0; i < 3; i++) {
		heard_begin(&heard);
		start(&play, &request, &heard);
		if (fd < 0)
			fd = accept_one(&play);
		expect_request(&play, fd);
		bench_send(play.loop, fd, SLICE(ANSWER));
		wait_end(&play, &heard);
		CHECK_SLICE(buffer_slice(&heard.body), SLICE("abc"));
		CHECK(heard.heads == 1 && heard.status == 200 && heard.was_sent);
		check_end(&play, &heard, E_OK);
	}
	close(fd);
	play_end(&play);
}

TEST(a_chunked_answer_arrives_byte_by_byte)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	heard_begin(&heard);
	struct upstream_request request = request_to(&play);
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	slice answer = SLICE("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
			     "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
	for (size_t i = 0; i < answer.len; i++) {
		bench_send(play.loop, fd, slice_sub(answer, i, i + 1));
		loop_turn(play.loop, false);
	}
	wait_end(&play, &heard);
	CHECK_INT(heard.status, 201);
	CHECK_SLICE(buffer_slice(&heard.body), SLICE("abcdefg"));
	check_end(&play, &heard, E_OK);
	close(fd);
	play_end(&play);
}

/* One call that is answered with `answer` and then with the end of the connection. */
static void check_answer(slice answer, enum error outcome)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	heard_begin(&heard);
	struct upstream_request request = request_to(&play);
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	expect_request(&play, fd);
	bench_send(play.loop, fd, answer);
	close(fd);
	wait_end(&play, &heard);
	CHECK(heard.was_sent);
	check_end(&play, &heard, outcome);
	play_end(&play);
}

TEST(answers_that_are_not_clear_end_the_call)
{
	check_answer(SLICE("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end"), E_OK);
	check_answer(SLICE("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), E_UPSTREAM);
	check_answer(SLICE("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), E_UPSTREAM);
	check_answer(SLICE("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), E_UPSTREAM);
	check_answer(SLICE("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), E_UPSTREAM);
	check_answer(SLICE("HTTP/1.1 200 OK\r\n\r\nabc"), E_UPSTREAM);
	check_answer(SLICE("HTTP/1.1 101 Switching\r\n\r\n"), E_UPSTREAM);
	check_answer(SLICE("SSH-2.0-x\r\n"), E_UPSTREAM);
	check_answer(SLICE(""), E_UPSTREAM);
	check_answer(SLICE("HTTP/1.1 200 OK\r\nContent-Le"), E_UPSTREAM);
}

TEST(a_head_beyond_the_limit_ends_the_call)
{
	static char wide[HTTP1_HEAD_BYTES_MAX + 100];
	memset(wide, 'x', sizeof(wide));
	memcpy(wide, "HTTP/1.1 200 OK\r\nX: ", 20);
	check_answer(slice_from(wide, sizeof(wide)), E_LIMIT);
}

TEST(bytes_behind_an_answer_end_the_connection)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	heard_begin(&heard);
	struct upstream_request request = request_to(&play);
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	expect_request(&play, fd);
	bench_send(play.loop, fd, SLICE(ANSWER "HTTP/1.1 200 OK\r\n"));
	check_end(&play, &heard, E_OK);
	CHECK(bench_is_closed(play.loop, fd));
	close(fd);
	play_end(&play);
}

TEST(nobody_listening_is_told_and_nothing_was_sent)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	listener_close(play.listening);
	heard_begin(&heard);
	start(&play, &request, &heard);
	wait_end(&play, &heard);
	CHECK(!heard.was_sent);
	check_end(&play, &heard, E_UNAVAILABLE);
	request.host = SLICE("no-such-host.invalid");
	heard_begin(&heard);
	start(&play, &request, &heard);
	check_end(&play, &heard, E_UNAVAILABLE);
	play.listening = -1;
	play_end(&play);
}

TEST(localhost_tries_every_address)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	struct fault why = {0};
	listener_close(play.listening);
	CHECK_OK(listener_open(SLICE("::1"), 0, false, &play.listening, &why), why);
	struct upstream_request request = request_to(&play);
	request.port = listener_port(play.listening);
	request.host = SLICE("localhost");
	heard_begin(&heard);
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	bench_send(play.loop, fd, SLICE(ANSWER));
	check_end(&play, &heard, E_OK);
	close(fd);
	play_end(&play);
}

static bool nothing_allowed(const struct sockaddr *address, void *context)
{
	(void)address;
	(*(int *)context)++;
	return false;
}

TEST(addresses_may_be_forbidden)
{
	struct play play;
	struct heard heard;
	int asked = 0;
	play_begin(&play);
	play.config.address_allowed = nothing_allowed;
	play.config.context = &asked;
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	heard_begin(&heard);
	start(&play, &request, &heard);
	check_end(&play, &heard, E_FORBIDDEN);
	CHECK_INT(asked, 1);
	play_end(&play);
}

TEST(a_kept_connection_that_was_closed_is_replaced)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	heard_begin(&heard);
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	expect_request(&play, fd);
	bench_send(play.loop, fd, SLICE(ANSWER));
	check_end(&play, &heard, E_OK);
	/* Without a turn of the loop between, so that nobody has noticed when the next call starts. */
	usleep(20000);
	loop_turn(play.loop, false);
	close(fd);
	usleep(1000);
	heard_begin(&heard);
	start(&play, &request, &heard);
	fd = accept_one(&play);
	expect_request(&play, fd);
	bench_send(play.loop, fd, SLICE(ANSWER));
	check_end(&play, &heard, E_OK);
	close(fd);
	play_end(&play);
}

/* A kept connection takes the request and is closed without an answer. */
static void check_silence_after_request(bool may_repeat, enum error outcome)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	request.may_repeat = may_repeat;
	heard_begin(&heard);
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	expect_request(&play, fd);
	bench_send(play.loop, fd, SLICE(ANSWER));
	check_end(&play, &heard, E_OK);
	heard_begin(&heard);
	start(&play, &request, &heard);
	expect_request(&play, fd);
	close(fd);
	if (may_repeat) {
		fd = accept_one(&play);
		expect_request(&play, fd);
		bench_send(play.loop, fd, SLICE(ANSWER));
	}
	wait_end(&play, &heard);
	CHECK(heard.was_sent);
	check_end(&play, &heard, outcome);
	if (may_repeat)
		close(fd);
	play_end(&play);
}

TEST(a_request_that_may_have_been_acted_on_is_not_sent_twice)
{
	check_silence_after_request(false, E_UPSTREAM);
	check_silence_after_request(true, E_OK);
}

TEST(every_deadline_bites)
{
	struct play play;
	struct heard first, idle, total;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	heard_begin(&first);
	heard_begin(&idle);
	heard_begin(&total);
	request.first_ms = 30;
	start(&play, &request, &first);
	int first_fd = accept_one(&play);
	request.first_ms = 0;
	request.idle_ms = 30;
	start(&play, &request, &idle);
	int idle_fd = accept_one(&play);
	request.idle_ms = 0;
	request.total_ms = 50;
	start(&play, &request, &total);
	int total_fd = accept_one(&play);
	bench_send(play.loop, idle_fd, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"));
	bench_send(play.loop, total_fd, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"));
	check_end(&play, &first, E_TIMEOUT);
	CHECK(first.was_sent);
	check_end(&play, &idle, E_TIMEOUT);
	check_end(&play, &total, E_TIMEOUT);
	CHECK(bench_is_closed(play.loop, first_fd));
	close(first_fd);
	close(idle_fd);
	close(total_fd);
	play_end(&play);
}

TEST(calls_beyond_the_connections_wait_their_turn)
{
	struct play play;
	struct heard one, two, three;
	play_begin(&play);
	play.config.connections_max = 1;
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	heard_begin(&one);
	heard_begin(&two);
	heard_begin(&three);
	start(&play, &request, &one);
	start(&play, &request, &two);
	request.connect_ms = 40;
	start(&play, &request, &three);
	int fd = accept_one(&play);
	expect_request(&play, fd);
	check_end(&play, &three, E_TIMEOUT);
	CHECK(!three.was_sent);
	bench_send(play.loop, fd, SLICE(ANSWER));
	check_end(&play, &one, E_OK);
	expect_request(&play, fd);
	bench_send(play.loop, fd, SLICE(ANSWER));
	check_end(&play, &two, E_OK);
	close(fd);
	play_end(&play);
}

TEST(a_cancelled_call_closes_its_connection_and_is_silent)
{
	struct play play;
	struct heard heard, in_head;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	heard_begin(&heard);
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	expect_request(&play, fd);
	upstream_cancel(heard.call);
	CHECK(bench_is_closed(play.loop, fd));
	close(fd);
	heard_begin(&in_head);
	in_head.cancels = true;
	start(&play, &request, &in_head);
	fd = accept_one(&play);
	bench_send(play.loop, fd, SLICE(ANSWER));
	CHECK(bench_is_closed(play.loop, fd));
	CHECK(in_head.heads == 1 && in_head.body.len == 0 && in_head.ends == 0 && heard.ends == 0);
	close(fd);
	heard_begin(&heard);
	start(&play, &request, &heard);
	upstream_cancel(heard.call);
	CHECK_INT(heard.ends, 0);
	play_end(&play);
}

TEST(a_paused_answer_waits_and_pushes_back)
{
	static char piece[1000000];
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	heard_begin(&heard);
	heard.pauses = true;
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	expect_request(&play, fd);
	bench_send(play.loop, fd, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\nabc"));
	size_t sent_bytes = 3;
	for (int i = 0; i < 1000 && sent_bytes < 20000000; i++) {
		size_t left = 20000000 - sent_bytes;
		ssize_t sent = send(fd, piece, left < sizeof(piece) ? left : sizeof(piece), MSG_NOSIGNAL);
		sent_bytes += sent > 0 ? (size_t)sent : 0;
		loop_turn(play.loop, false);
	}
	CHECK(sent_bytes < 20000000);
	CHECK(heard.heads == 1 && heard.body.len == 0);
	upstream_resume(heard.call);
	CHECK_INT(heard.body.len, 0);
	while (sent_bytes < 20000000) {
		size_t left = 20000000 - sent_bytes;
		ssize_t sent = send(fd, piece, left < sizeof(piece) ? left : sizeof(piece), MSG_NOSIGNAL);
		sent_bytes += sent > 0 ? (size_t)sent : 0;
		loop_turn(play.loop, false);
	}
	wait_end(&play, &heard);
	CHECK_INT(heard.body.len, 20000000);
	check_end(&play, &heard, E_OK);
	close(fd);
	play_end(&play);
}

TEST(a_target_that_leaves_while_paused_is_still_read_to_its_end)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	heard_begin(&heard);
	heard.pauses = true;
	start(&play, &request, &heard);
	int fd = accept_one(&play);
	expect_request(&play, fd);
	bench_send(play.loop, fd, SLICE("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"));
	close(fd);
	for (int i = 0; i < 50; i++)
		loop_turn(play.loop, false);
	CHECK_INT(heard.ends, 0);
	upstream_resume(heard.call);
	wait_end(&play, &heard);
	CHECK_SLICE(buffer_slice(&heard.body), SLICE("abc"));
	check_end(&play, &heard, E_OK);
	play_end(&play);
}

TEST(local_sockets_are_targets_too)
{
	struct play play;
	struct heard heard;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	request.host = SLICE("unix:/nonexistent/socket");
	heard_begin(&heard);
	start(&play, &request, &heard);
	check_end(&play, &heard, E_UNAVAILABLE);
	play_end(&play);
}

TEST(what_cannot_be_sent_is_refused_at_once)
{
	static const struct http1_field bent[] = {{SLICE_INIT("X"), SLICE_INIT("a\r\nb")}};
	struct upstream_handler handler = {.on_end = heard_end};
	struct upstream_call *call;
	struct play play;
	play_begin(&play);
	play_pool(&play);
	struct upstream_request request = request_to(&play);
	request.secure = true;
	CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_UNSUPPORTED);
	request = request_to(&play);
	request.fields = bent;
	request.field_count = 1;
	CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_INVALID);
	request = request_to(&play);
	request.host = SLICE("a\0b");
	CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_INVALID);
	request.host = SLICE("a b");
	CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_INVALID);
	request = request_to(&play);
	request.target = SLICE("/a b");
	CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_INVALID);
	/* Targets that nobody uses make room for others. */
	request = request_to(&play);
	request.target = SLICE("bad");
	for (unsigned i = 0; i < UPSTREAM_TARGETS_MAX + 10; i++) {
		request.port = (uint16_t)(i + 1);
		CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_INVALID);
	}
	play_end(&play);
	struct upstream_pool *pool;
	memory_fail_at(1);
	CHECK_ERROR(upstream_pool_make(NULL, &play.config, &pool, NULL), E_MEMORY);
	upstream_pool_free(NULL);
}

TEST(targets_and_waiting_calls_are_limited)
{
	struct play play;
	struct heard heard;
	struct upstream_handler handler = {NULL, NULL, heard_end, &heard};
	struct upstream_call *call;
	play_begin(&play);
	play.config.connections_max = 0;
	play_pool(&play);
	heard_begin(&heard);
	struct upstream_request request = request_to(&play);
	for (unsigned i = 0; i < UPSTREAM_TARGETS_MAX; i++) {
		request.port = (uint16_t)(i + 1);
		CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_OK);
	}
	request.port = UPSTREAM_TARGETS_MAX + 1;
	CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_LIMIT);
	request.port = 1;
	for (unsigned i = 1; i < UPSTREAM_WAITING_MAX; i++)
		CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_OK);
	loop_turn(play.loop, false);
	CHECK_INT(heard.ends, 0);
	CHECK_ERROR(upstream_start(play.pool, &request, &handler, &call, NULL), E_OK);
	check_end(&play, &heard, E_UNAVAILABLE);
	play_end(&play);
}
