/* GET /v1/watch: each record as it becomes durable, as Server-Sent Events; goes on after Last-Event-ID. */
#include "api/call.h"

#include "protocol/sse.h"

#include <stdio.h>

#define WATCH_TICK_MS 100u
#define WATCH_BATCH 100u
/* Proxies close what is silent; half a minute is what most of them wait. */
#define WATCH_COMMENT_MS 15000u
#define WATCH_EVENT_BYTES_MAX (1024u * 1024u)

/* Lives in the exchange's arena. */
struct watch {
	struct api_call *call;
	struct loop_timer timer;
	uint64_t next;     /* index of the next record to show */
	uint64_t shown_ms; /* when something was sent last */
	bool asking;       /* the recorder has been asked and has not answered */
	bool over;
};

static void finish(struct watch *watch)
{
	watch->over = true;
	loop_timer_stop(watch->call->services->loop, &watch->timer);
	/* The answer to come still needs the exchange. */
	if (!watch->asking)
		http_stream_end(watch->call->exchange);
}

static void client_went(struct http_exchange *exchange)
{
	finish(exchange->user);
}

static void wait_for_more(struct watch *watch)
{
	struct services *services = watch->call->services;
	bool behind = recorder_durable_count(services->recorder) > watch->next;
	bool slow = http_stream_queued_bytes(watch->call->exchange) > HTTP_QUEUE_LOW_BYTES;
	loop_timer_start(services->loop, &watch->timer, behind && !slow ? 1 : WATCH_TICK_MS);
}

static bool transmit(struct watch *watch, const struct sse_event *event)
{
	struct buffer out;
	buffer_init(&out, WATCH_EVENT_BYTES_MAX);
	bool sent = sse_write(&out, event, NULL) == E_OK &&
		    http_stream_write(watch->call->exchange, buffer_slice(&out), NULL) == E_OK;
	buffer_free(&out);
	if (sent)
		watch->shown_ms = loop_now_ms(watch->call->services->loop);
	return sent;
}

static bool show_record(struct watch *watch, const struct json_doc *doc, const struct json_node *item)
{
	char id[24];
	int64_t index;
	slice kind = SLICE("record");
	if (!json_i64(json_get(doc, item, SLICE("index")), &index) || index < 0)
		return true;
	(void)json_string(json_get(doc, item, SLICE("kind")), &kind);
	int length = snprintf(id, sizeof(id), "%llu", (unsigned long long)index);
	struct sse_event event = {.type = kind, .id = slice_from(id, (size_t)length), .data = json_span(doc, item)};
	return transmit(watch, &event);
}

static bool show_reply(struct watch *watch, slice reply)
{
	struct arena arena;
	struct json_doc doc;
	int64_t next;
	bool going = true;
	arena_init(&arena, 16u << 20);
	if (json_parse(&doc, reply, NULL, &arena, NULL) == E_OK) {
		const struct json_node *items = json_get(&doc, json_root(&doc), SLICE("items"));
		for (const struct json_node *item = json_first(items); item && going; item = json_next(item))
			going = show_record(watch, &doc, item);
		if (json_i64(json_get(&doc, json_root(&doc), SLICE("next")), &next) && next >= 0)
			watch->next = (uint64_t)next;
	}
	arena_free(&arena);
	return going;
}

static void tail_came(void *context, int status, slice reply)
{
	struct watch *watch = context;
	watch->asking = false;
	if (watch->over || (status == 200 && !show_reply(watch, reply)))
		finish(watch);
	else
		wait_for_more(watch);
}

static void look(void *context)
{
	struct watch *watch = context;
	struct services *services = watch->call->services;
	bool behind = recorder_durable_count(services->recorder) > watch->next;
	/* Whoever reads slowly is waited for, and misses nothing: the log keeps it. */
	bool slow = http_stream_queued_bytes(watch->call->exchange) > HTTP_QUEUE_LOW_BYTES;
	if (behind && !slow) {
		char request[96];
		int length = snprintf(request, sizeof(request), "{\"op\":\"tail\",\"from\":%llu,\"max\":%u}",
				      (unsigned long long)watch->next, WATCH_BATCH);
		watch->asking = true;
		recorder_call(services->recorder, RECORDER_QUERY, slice_from(request, (size_t)length), tail_came, watch);
		return;
	}
	struct sse_event comment = {.kind = SSE_COMMENT, .data = SLICE("still here")};
	if (loop_now_ms(services->loop) - watch->shown_ms >= WATCH_COMMENT_MS && !transmit(watch, &comment))
		finish(watch);
	else
		wait_for_more(watch);
}

static enum error read_start(struct api_call *call, uint64_t *ret_next, struct fault *why)
{
	slice last = http1_header(&call->exchange->request->headers, HTTP1_NAME_LAST_EVENT_ID);
	TRY(api_call_check_query(call, NULL, 0, why));
	*ret_next = recorder_durable_count(call->services->recorder);
	if (!last.len)
		return E_OK;
	uint64_t index;
	if (!slice_to_u64(last, &index) || index >= INT64_MAX)
		return FAIL_FIELD(why, E_INVALID, "Last-Event-ID", "Last-Event-ID must be the index of a record");
	if (index + 1 < *ret_next)
		*ret_next = index + 1;
	return E_OK;
}

void watch_handle(struct api_call *call)
{
	static const struct http1_field fields[] = {
		{SLICE_INIT("Content-Type"), SLICE_INIT("text/event-stream")},
		{SLICE_INIT("Cache-Control"), SLICE_INIT("no-store")},
		{SLICE_INIT("X-Accel-Buffering"), SLICE_INIT("no")},
	};
	struct fault why = {0};
	struct watch *watch = ARENA_NEW(&call->exchange->arena, struct watch);
	uint64_t next = 0;
	enum error code = watch ? read_start(call, &next, &why) : E_MEMORY;
	if (code != E_OK) {
		api_call_refuse(call, code, &why);
		return;
	}
	*watch = (struct watch){.call = call, .next = next, .timer = {.run = look, .context = watch}};
	call->exchange->user = watch;
	call->exchange->on_close = client_went;
	struct sse_event hello = {.kind = SSE_COMMENT, .data = SLICE("watching")};
	if (http_stream_begin(call->exchange, 200, fields, sizeof(fields) / sizeof(fields[0]), NULL) != E_OK)
		http_abort(call->exchange);
	else if (!transmit(watch, &hello))
		finish(watch);
	else
		wait_for_more(watch);
}
