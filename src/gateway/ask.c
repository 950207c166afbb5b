#include "gateway/ask.h"

#include "base/memory.h"
#include "gateway/call.h"

#define ASK_ARENA_BYTES_MAX (1u << 20)
#define ASK_ANSWER_BYTES_MAX (4u << 20) /* a list of tools with long schemas */

struct asking {
	struct services *services;
	struct arena arena;
	struct target target;
	struct ask ask;
	ask_done *done;
	void *context;
	struct upstream_call *upstream;
	struct loop_task task;      /* tells a failure later, never from inside */
	struct fault why;
	enum error failure;
	bool opened;                /* the credential was asked for */
	int status;
	slice session;
	bool events;
	struct buffer received;
	struct sse_reader reader;
	struct buffer message;
};

static void finish(struct asking *asking, enum error outcome)
{
	struct ask_answer answer = {outcome, asking->status, asking->session, buffer_slice(&asking->message), &asking->why};
	if (asking->done)
		asking->done(asking->context, &answer);
	buffer_free(&asking->received);
	buffer_free(&asking->message);
	sse_reader_free(&asking->reader);
	loop_arena_give(asking->services->loop, &asking->arena);
	memory_free(asking);
}

static void finish_failed(void *context)
{
	struct asking *asking = context;
	finish(asking, asking->failure);
}

static void fail_later(struct asking *asking, enum error code)
{
	asking->failure = code;
	asking->task = (struct loop_task){.run = finish_failed, .context = asking};
	loop_post(asking->services->loop, &asking->task);
}

/* The first answer is the answer; requests and notifications of the target are not for us. */
static bool is_answer(struct asking *asking, slice text)
{
	struct json_doc doc;
	struct jsonrpc_message message;
	struct arena scratch;
	loop_arena_take(asking->services->loop, &scratch, ASK_ANSWER_BYTES_MAX * 8);
	bool answer = json_parse(&doc, text, NULL, &scratch, NULL) == E_OK &&
		      jsonrpc_read(&doc, &message, NULL) == E_OK &&
		      (message.kind == JSONRPC_RESULT || message.kind == JSONRPC_ERROR);
	loop_arena_give(asking->services->loop, &scratch);
	return answer;
}

static void end_early(struct asking *asking)
{
	upstream_cancel(asking->upstream);
	finish(asking, E_OK);
}

static void on_head(struct upstream_call *upstream, const struct http1_response *response, void *context)
{
	struct asking *asking = context;
	(void)upstream;
	asking->status = response->status;
	asking->session = arena_copy(&asking->arena, http1_header(&response->headers, HTTP1_NAME_MCP_SESSION_ID));
	asking->events = slice_equal_fold(http1_media_type(&response->headers), SLICE("text/event-stream"));
}

static void on_body(struct upstream_call *upstream, slice piece, void *context)
{
	struct asking *asking = context;
	struct sse_event event;
	(void)upstream;
	if (!asking->ask.answered)
		return;
	if (!asking->events) {
		buffer_add(&asking->received, piece);
		return;
	}
	while (sse_reader_next(&asking->reader, &piece, &event, NULL) == E_OK) {
		if (event.kind != SSE_EVENT || event.data.len == 0 || !is_answer(asking, event.data))
			continue;
		buffer_add(&asking->message, event.data);
		end_early(asking);
		return;
	}
}

static void on_end(struct upstream_call *upstream, enum error outcome, const struct fault *why, void *context)
{
	struct asking *asking = context;
	(void)upstream;
	if (outcome != E_OK) {
		asking->why = *why;
		finish(asking, outcome);
		return;
	}
	if (asking->ask.answered && !asking->events && !asking->received.failed &&
	    is_answer(asking, buffer_slice(&asking->received)))
		buffer_add(&asking->message, buffer_slice(&asking->received));
	if (asking->ask.answered && asking->message.len == 0) {
		finish(asking, FAIL(&asking->why, E_UPSTREAM, "the target answered HTTP %d without a JSON-RPC answer",
				    asking->status));
		return;
	}
	finish(asking, E_OK);
}

static const struct upstream_handler handler_template = {.on_head = on_head, .on_body = on_body, .on_end = on_end};

static void add_fields(struct asking *asking, struct target_fields *fields, slice authorization)
{
	const struct ask *ask = &asking->ask;
	target_field(fields, SLICE("Accept"), SLICE("application/json, text/event-stream"));
	if (ask->body.len > 0)
		target_field(fields, SLICE("Content-Type"), SLICE("application/json"));
	target_field(fields, SLICE("User-Agent"), SLICE("tipstaff"));
	target_field(fields, SLICE("Authorization"), authorization);
	target_field(fields, SLICE("Mcp-Session-Id"), ask->session);
	if (ask->revision != MCP_REVISION_NONE)
		target_field(fields, SLICE("MCP-Protocol-Version"), mcp_revision_name(ask->revision));
	if (mcp_revision_era(ask->revision) == MCP_ERA_MODERN)
		target_field(fields, SLICE("Mcp-Method"), ask->method);
}

static void send_it(struct asking *asking);

static void credential_opened(void *context, enum error code)
{
	struct asking *asking = context;
	if (code == E_OK)
		send_it(asking);
	else
		finish(asking, FAIL(&asking->why, code, "the credential of the target could not be opened"));
}

static void send_it(struct asking *asking)
{
	struct target_fields fields = {.count = 0};
	struct upstream_handler handler = handler_template;
	slice authorization;
	if (!credentials_get(asking->services->gateway->credentials, &asking->target, &authorization)) {
		if (asking->opened) {
			fail_later(asking, FAIL(&asking->why, E_UNAVAILABLE, "the credential of the target changed"));
			return;
		}
		asking->opened = true;
		credentials_open(asking->services->gateway->credentials, asking->services, &asking->target,
				 credential_opened, asking);
		return;
	}
	add_fields(asking, &fields, authorization);
	struct upstream_request request = {
		.host = asking->target.host,
		.port = asking->target.port,
		.secure = asking->target.secure,
		.method = http1_method_text(asking->ask.http),
		.target = asking->target.path,
		.fields = fields.items,
		.field_count = fields.count,
		.body = asking->ask.body,
		.has_body = asking->ask.http == HTTP1_POST,
		.first_ms = ASK_DEADLINE_MS,
		.total_ms = ASK_DEADLINE_MS,
	};
	handler.context = asking;
	enum error error = upstream_start(asking->services->upstreams, &request, &handler, &asking->upstream, &asking->why);
	if (error != E_OK)
		fail_later(asking, error);
}

static bool copy_target(struct arena *arena, const struct target *from, struct target *to)
{
	*to = *from;
	to->server = arena_copy(arena, from->server);
	to->host = arena_copy(arena, from->host);
	to->path = arena_copy(arena, from->path);
	to->sealed = arena_copy(arena, from->sealed);
	return to->server.ptr && to->host.ptr && to->path.ptr;
}

static bool copy_ask(struct asking *asking, const struct ask *ask)
{
	asking->ask = *ask;
	asking->ask.target = NULL;
	asking->ask.session = arena_copy(&asking->arena, ask->session);
	asking->ask.method = arena_copy(&asking->arena, ask->method);
	asking->ask.body = arena_copy(&asking->arena, ask->body);
	return copy_target(&asking->arena, ask->target, &asking->target) && (ask->body.len == 0 || asking->ask.body.ptr);
}

void ask_start(struct services *services, const struct ask *ask, ask_done *done, void *context)
{
	struct asking *asking = memory_alloc(sizeof(*asking));
	if (!asking) {
		struct ask_answer answer = {.outcome = E_MEMORY};
		if (done)
			done(context, &answer);
		return;
	}
	asking->services = services;
	asking->done = done;
	asking->context = context;
	loop_arena_take(services->loop, &asking->arena, ASK_ARENA_BYTES_MAX);
	buffer_init(&asking->received, ASK_ANSWER_BYTES_MAX);
	buffer_init(&asking->message, ASK_ANSWER_BYTES_MAX);
	sse_reader_init(&asking->reader, ASK_ANSWER_BYTES_MAX);
	if (copy_ask(asking, ask))
		send_it(asking);
	else
		fail_later(asking, FAIL(&asking->why, E_MEMORY, "no memory for a message"));
}
