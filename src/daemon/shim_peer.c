/* One stdio server process: which request each of its messages belongs to, and who is told when it ends. */
#include "daemon/shim.h"

#include "base/memory.h"
#include "net/clock.h"
#include "net/journal.h"
#include "protocol/sse.h"
#include "text/base64.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES_MAX CHILD_LINE_BYTES_USUAL
#define SCRATCH_BYTES_MAX (64u << 20)
#define KILL_MS 2000u

static void unlink_wait(struct shim_wait *wait)
{
	struct shim_wait **place = &wait->peer->waits;
	while (*place && *place != wait)
		place = &(*place)->next;
	if (*place)
		*place = wait->next;
	wait->peer->wait_count--;
}

static struct shim_wait *wait_of(struct shim_peer *peer, const struct json_node *number)
{
	int64_t value;
	if (!json_i64(number, &value))
		return NULL;
	for (struct shim_wait *wait = peer->waits; wait; wait = wait->next)
		if ((int64_t)wait->number == value)
			return wait;
	return NULL;
}

/* --- towards the client --- */

static enum error begin_events(struct http_exchange *exchange)
{
	static const struct http1_field fields[] = {
		{SLICE_INIT("Content-Type"), SLICE_INIT("text/event-stream")},
		{SLICE_INIT("Cache-Control"), SLICE_INIT("no-cache")},
	};
	return http_stream_begin(exchange, 200, fields, 2, NULL);
}

static void send_event(struct http_exchange *exchange, slice data)
{
	struct buffer event;
	struct sse_event message = {.kind = SSE_EVENT, .type = SLICE("message"), .data = data};
	buffer_init(&event, LINE_BYTES_MAX + 4096);
	if (sse_write(&event, &message, NULL) == E_OK)
		(void)!http_stream_write(exchange, buffer_slice(&event), NULL);
	buffer_free(&event);
}

/* 2026-07-28 basic/transports/streamable-http: errors of the protocol have a status of their own. */
static int status_of(const struct shim_wait *wait, const struct jsonrpc_message *message)
{
	if (!wait->modern || message->kind != JSONRPC_ERROR)
		return 200;
	if (message->error_code == -32601)
		return 404;
	return message->error_code <= -32020 && message->error_code >= -32099 ? 400 : 200;
}

static void answer(struct shim_wait *wait, int status, slice text)
{
	struct http_exchange *exchange = wait->exchange;
	struct http1_field fields[2] = {{SLICE("Content-Type"), SLICE("application/json")}};
	size_t count = 1;
	if (wait->opens)
		fields[count++] = (struct http1_field){SLICE("Mcp-Session-Id"),
						       slice_from(wait->peer->id, sizeof(wait->peer->id))};
	unlink_wait(wait);
	if (!wait->streaming) {
		http_respond(exchange, status, fields, count, text);
		return;
	}
	send_event(exchange, text);
	http_stream_end(exchange);
}

static void fail_wait(struct shim_wait *wait, const char *sentence)
{
	struct buffer text;
	buffer_init(&text, 4096);
	jsonrpc_write_error(&text, wait->id, 502, slice_of(sentence), SLICE(""));
	wait->opens = false;
	answer(wait, 502, buffer_slice(&text));
	buffer_free(&text);
}

/* Whom a message that belongs to no request is told. False: nobody listens. */
static bool tell_anyone(struct shim_peer *peer, slice text)
{
	struct shim_wait *wait = peer->waits;
	if (peer->stream) {
		send_event(peer->stream, text);
		return true;
	}
	/* Where several clients share the process, nobody knows whose it is. */
	if (!wait || wait->opens || (peer->stateless && wait->next))
		return false;
	if (!wait->streaming && begin_events(wait->exchange) != E_OK)
		return false;
	wait->streaming = true;
	send_event(wait->exchange, text);
	return true;
}

/* --- from the process --- */

static void take_answer(struct shim_peer *peer, const struct json_doc *doc, const struct jsonrpc_message *message,
			struct buffer *text)
{
	struct shim_wait *wait = wait_of(peer, message->id);
	if (!wait)
		return;
	struct shim_rewrite rewrite = {.id = wait->id};
	if (shim_write(doc, &rewrite, text, NULL) != E_OK)
		fail_wait(wait, "the server's answer is too long");
	else
		answer(wait, status_of(wait, message), buffer_slice(text));
}

static void take_notification(struct shim_peer *peer, const struct json_doc *doc, struct buffer *text)
{
	struct shim_wait *wait = wait_of(peer, shim_param(doc, SLICE("progressToken")));
	if (!wait)
		wait = wait_of(peer, shim_meta(doc, SHIM_SUBSCRIPTION));
	struct shim_rewrite rewrite = {0};
	if (wait) {
		rewrite.progress = wait->progress;
		rewrite.subscription = wait->id;
	}
	if (shim_write(doc, &rewrite, text, NULL) != E_OK)
		return;
	if (!wait) {
		(void)tell_anyone(peer, buffer_slice(text));
		return;
	}
	if (!wait->streaming && (wait->opens || begin_events(wait->exchange) != E_OK))
		return;
	wait->streaming = true;
	send_event(wait->exchange, buffer_slice(text));
}

static void take_request(struct shim_peer *peer, const struct json_doc *doc, const struct jsonrpc_message *message,
			 struct buffer *text)
{
	struct shim_rewrite rewrite = {0};
	if (shim_write(doc, &rewrite, text, NULL) == E_OK && tell_anyone(peer, buffer_slice(text)))
		return;
	buffer_clear(text);
	jsonrpc_write_error(text, jsonrpc_id_text(doc, message), -32601, SLICE("no client is listening"), SLICE(""));
	(void)!child_write_line(peer->child, buffer_slice(text), NULL);
}

static void on_line(struct child *child, slice line, void *context)
{
	struct shim_peer *peer = context;
	struct json_doc doc;
	struct jsonrpc_message message;
	struct arena scratch;
	struct buffer text;
	struct json_limits limits = {LINE_BYTES_MAX, 0, 0};
	(void)child;
	loop_arena_take(peer->shim->loop, &scratch, SCRATCH_BYTES_MAX);
	buffer_init(&text, LINE_BYTES_MAX + 4096);
	if (json_parse(&doc, line, &limits, &scratch, NULL) != E_OK || jsonrpc_read(&doc, &message, NULL) != E_OK)
		journal_event("shim_line_dropped", "why", "not a JSON-RPC message", NULL);
	else if (message.kind == JSONRPC_NOTIFICATION)
		take_notification(peer, &doc, &text);
	else if (message.kind == JSONRPC_REQUEST)
		take_request(peer, &doc, &message, &text);
	else
		take_answer(peer, &doc, &message, &text);
	buffer_free(&text);
	loop_arena_give(peer->shim->loop, &scratch);
}

static void on_error_line(struct child *child, slice line, void *context)
{
	(void)child;
	(void)context;
	fprintf(stderr, "%.*s\n", SLICE_ARG(line));
}

static void unlink_peer(struct shim_peer *peer)
{
	struct shim_peer **place = &peer->shim->peers;
	if (peer->shim->stateless == peer)
		peer->shim->stateless = NULL;
	while (*place && *place != peer)
		place = &(*place)->next;
	if (*place)
		*place = peer->next;
	peer->shim->peer_count--;
}

static void on_exit_of_child(struct child *child, int status, int signal, enum error why, void *context)
{
	struct shim_peer *peer = context;
	(void)child;
	(void)signal;
	(void)status;
	(void)why;
	while (peer->waits)
		fail_wait(peer->waits, "the server ended before it answered");
	if (peer->stream)
		http_stream_end(peer->stream);
	unlink_peer(peer);
	memory_free(peer);
}

/* --- towards the process --- */

enum error shim_peer_start(struct shim *shim, bool stateless, struct shim_peer **ret_peer, struct fault *why)
{
	char random[SHIM_ID_BYTES / 2];
	if (shim->peer_count == SHIM_PEERS_MAX)
		return FAIL(why, E_RATE, "%u processes are running already", SHIM_PEERS_MAX);
	struct shim_peer *peer = memory_alloc(sizeof(*peer));
	if (!peer)
		return FAIL(why, E_MEMORY, "no memory for a session");
	peer->shim = shim;
	peer->stateless = stateless;
	peer->used_ms = loop_now_ms(shim->loop);
	clock_entropy(random, sizeof(random));
	hex_write(peer->id, slice_from(random, sizeof(random)));
	struct child_config config = {
		.arguments = shim->command,
		.line_bytes_max = LINE_BYTES_MAX,
		.on_line = on_line,
		.on_error_line = on_error_line,
		.on_exit = on_exit_of_child,
		.context = peer,
	};
	enum error error = child_start(shim->loop, &config, &peer->child, why);
	if (error != E_OK) {
		memory_free(peer);
		return error;
	}
	shim->peer_count++;
	if (stateless) {
		shim->stateless = peer;
	} else {
		peer->next = shim->peers;
		shim->peers = peer;
	}
	*ret_peer = peer;
	return E_OK;
}

struct shim_peer *shim_peer_find(struct shim *shim, slice id)
{
	for (struct shim_peer *peer = shim->peers; peer; peer = peer->next)
		if (slice_equal_constant_time(slice_from(peer->id, sizeof(peer->id)), id)) {
			peer->used_ms = loop_now_ms(shim->loop);
			return peer;
		}
	return NULL;
}

void shim_peer_end(struct shim_peer *peer)
{
	child_close_input(peer->child);
	child_kill(peer->child, KILL_MS);
}

static void cancel(struct shim_wait *wait)
{
	char line[160];
	int length = snprintf(line, sizeof(line),
			      "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%" PRIu64
			      "}}",
			      wait->number);
	(void)!child_write_line(wait->peer->child, slice_from(line, (size_t)length), NULL);
}

/* A client of the stateless era cancels by going; in a session it only went away. */
static void client_closed(struct http_exchange *exchange)
{
	struct shim_wait *wait = exchange->user;
	if (!wait->modern)
		return;
	cancel(wait);
	unlink_wait(wait);
	http_abort(exchange);
}

static slice written(struct arena *arena, const struct json_doc *doc, const struct json_node *node)
{
	return node ? arena_copy(arena, json_span(doc, node)) : SLICE("");
}

void shim_peer_ask(struct shim_peer *peer, struct http_exchange *exchange, const struct json_doc *doc,
		   const struct mcp_request *request)
{
	struct buffer line;
	struct fault why = {0};
	struct shim_wait *wait = ARENA_NEW(&exchange->arena, struct shim_wait);
	slice id = jsonrpc_id_text(doc, &request->message);
	if (!wait || peer->wait_count == SHIM_WAITS_MAX) {
		shim_refuse(exchange, 503, id, 503, "too many requests are under way");
		return;
	}
	*wait = (struct shim_wait){.peer = peer, .exchange = exchange, .number = ++peer->numbers, .id = id,
				   .modern = request->era == MCP_ERA_MODERN, .next = peer->waits};
	wait->opens = !wait->modern && request->method && request->method->id == MCP_INITIALIZE;
	wait->progress = written(&exchange->arena, doc, shim_meta(doc, SLICE("progressToken")));
	slice number = arena_print(&exchange->arena, "%" PRIu64, wait->number);
	struct shim_rewrite rewrite = {.id = number, .progress = wait->progress.len > 0 ? number : SLICE("")};
	buffer_init(&line, LINE_BYTES_MAX);
	enum error error = shim_write(doc, &rewrite, &line, &why);
	if (error == E_OK)
		error = child_write_line(peer->child, buffer_slice(&line), &why);
	buffer_free(&line);
	if (error != E_OK) {
		shim_refuse(exchange, 502, id, 502, "the server takes no requests");
		return;
	}
	peer->waits = wait;
	peer->wait_count++;
	exchange->user = wait;
	exchange->on_close = client_closed;
}

/* The number under which the process knows the request that the client cancels. */
static slice cancelled_number(struct shim_peer *peer, const struct json_doc *doc, char number[24])
{
	const struct json_node *id = shim_param(doc, SLICE("requestId"));
	for (struct shim_wait *wait = peer->waits; id && wait; wait = wait->next)
		if (slice_equal(wait->id, json_span(doc, id)))
			return slice_from(number, (size_t)snprintf(number, 24, "%" PRIu64, wait->number));
	return SLICE("");
}

enum error shim_peer_tell(struct shim_peer *peer, const struct json_doc *doc, const struct mcp_request *request,
			  struct fault *why)
{
	struct buffer line;
	char number[24];
	struct shim_rewrite rewrite = {0};
	if (request->method && request->method->id == MCP_CANCELLED)
		rewrite.request = cancelled_number(peer, doc, number);
	buffer_init(&line, LINE_BYTES_MAX);
	enum error error = shim_write(doc, &rewrite, &line, why);
	if (error == E_OK)
		error = child_write_line(peer->child, buffer_slice(&line), why);
	buffer_free(&line);
	return error;
}

static void stream_closed(struct http_exchange *exchange)
{
	struct shim_peer *peer = exchange->user;
	peer->stream = NULL;
	http_abort(exchange);
}

void shim_peer_listen(struct shim_peer *peer, struct http_exchange *exchange)
{
	if (peer->stream)
		http_stream_end(peer->stream);
	peer->stream = NULL;
	if (begin_events(exchange) != E_OK) {
		http_abort(exchange);
		return;
	}
	exchange->user = peer;
	exchange->on_close = stream_closed;
	peer->stream = exchange;
}
