#include "api/authzen.h"

#include "api/asked.h"
#include "api/reply.h"
#include "evidence/record.h"

#define NS_PER_MS 1000000
/* Answers of one batch; REPLY_BYTES_MAX is for what surrounds them too. */
#define ANSWERS_BYTES_MAX (REPLY_BYTES_MAX - 8192u)

/* One item: its answer is written before its record is durable, and withdrawn where that fails for a permit. */
struct item {
	struct batch *batch;
	struct ulid id;
	size_t start; /* of its answer in the text of the batch */
	size_t length;
	bool permits;
	bool withdrawn; /* it permits, and its record is not durable: denied */
};

/* Lives in the exchange's arena until all records have been told durable or not. */
struct batch {
	struct services *services;
	struct http_exchange *exchange;
	struct authzen_request request;
	struct item *items;
	struct buffer text; /* the answers, one behind the other */
	size_t count;
	size_t waiting;
	bool told_all; /* the operator asks: grounds are told */
	slice asker;   /* for records */
	struct fault fault; /* why there is no answer at all */
};

/* The item's text is what was added to that of the batch. */
static enum error keep(struct item *item, struct json_writer *writer, size_t start, struct fault *why)
{
	TRY(json_writer_end(writer, why));
	item->start = start;
	item->length = writer->buffer->len - start;
	return E_OK;
}

static enum error write_item(struct item *item, const struct evaluated *evaluated, struct fault *why)
{
	struct batch *batch = item->batch;
	struct json_writer writer;
	size_t start = batch->text.len;
	json_writer_init(&writer, &batch->text, JSON_COMPACT);
	asked_write_decision(&writer, evaluated, ulid_slice(&item->id), batch->told_all);
	return keep(item, &writer, start, why);
}

/* An item that cannot be decided is denied and says so; it is no decision, so it has no id. */
static enum error write_fault(struct item *item, const struct fault *fault, struct fault *why)
{
	struct batch *batch = item->batch;
	struct json_writer writer;
	size_t start = batch->text.len;
	json_writer_init(&writer, &batch->text, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_bool(&writer, "decision", false);
	json_put_object(&writer, "context");
	json_put_object(&writer, "error");
	json_put_i64(&writer, "status", fault->code == E_INVALID ? 400 : error_http_status(fault->code));
	json_put_text(&writer, "message", fault_sentence(fault));
	json_end_object(&writer);
	json_end_object(&writer);
	json_end_object(&writer);
	return keep(item, &writer, start, why);
}

static slice text_of(const struct item *item)
{
	if (item->withdrawn)
		return SLICE("{\"decision\":false,\"context\":{\"reason_user\":{\"code\":\"evidence.unavailable\",\"en\":"
			     "\"denied: no action can be permitted at the moment; try again later\"}}}");
	return slice_from(item->batch->text.ptr + item->start, item->length);
}

static void answer_all(struct batch *batch)
{
	struct buffer body;
	buffer_init(&body, REPLY_BYTES_MAX);
	buffer_add_text(&body, "{\"evaluations\":[");
	for (size_t i = 0; i < batch->count; i++) {
		buffer_add_text(&body, i ? "," : "");
		buffer_add(&body, text_of(&batch->items[i]));
	}
	buffer_add_text(&body, "]}");
	reply_buffer(batch->exchange, 200, &body);
}

static void answer(struct batch *batch)
{
	if (batch->fault.code != E_OK)
		reply_problem(batch->exchange, batch->fault.code, &batch->fault);
	else if (batch->request.is_batch)
		answer_all(batch);
	else
		reply_json(batch->exchange, 200, text_of(&batch->items[0]));
}

static void settle(struct batch *batch)
{
	if (--batch->waiting)
		return;
	/* The exchange ends with its answer, and the batch with the exchange. */
	struct buffer text = batch->text;
	answer(batch);
	buffer_free(&text);
}

static void on_durable(void *context, enum error code, uint64_t index)
{
	struct item *item = context;
	(void)index;
	if (code != E_OK) {
		metrics_add(item->batch->services->metrics, METRIC_APPEND_FAILED);
		item->withdrawn = item->permits;
	}
	settle(item->batch);
}

static enum error record_item(struct item *item, const struct evaluated *evaluated, struct fault *why)
{
	struct batch *batch = item->batch;
	struct buffer record;
	buffer_init(&record, RECORD_BYTES_MAX);
	enum error code = asked_record(batch->services, batch->exchange, evaluated, &item->id, SLICE("authzen"), &record,
				       why);
	if (code == E_OK) {
		batch->waiting++;
		recorder_append(batch->services->recorder, buffer_slice(&record), on_durable, item);
	}
	buffer_free(&record);
	return code;
}

/* `*ret_stop`: the semantic of the batch wants no further items. */
static enum error take_item(struct batch *batch, const struct evaluate_setting *setting, bool *ret_stop,
			    struct fault *why)
{
	struct item *item = &batch->items[batch->count];
	const struct authzen_evaluation *asked = &batch->request.evaluations[batch->count];
	struct evaluated *evaluated = ARENA_NEW(&batch->exchange->arena, struct evaluated);
	struct fault fault = asked->fault;
	if (!evaluated)
		return FAIL(why, E_MEMORY, "no memory for a decision");
	item->batch = batch;
	enum error code = fault.code;
	if (code == E_OK)
		code = evaluate_asked(setting, &batch->request.doc, asked, &batch->exchange->arena, evaluated, &fault);
	if (code != E_OK && (!batch->request.is_batch || code == E_MEMORY || code == E_FORBIDDEN)) {
		*why = fault;
		return code;
	}
	if (code == E_OK) {
		evaluated->asker = batch->asker;
		item->id = asked_name(batch->services);
		item->permits = evaluated->decision.verdict == PERMIT;
		asked_count(batch->services, &evaluated->decision);
		TRY(write_item(item, evaluated, why));
		TRY(record_item(item, evaluated, why));
	} else {
		TRY(write_fault(item, &fault, why));
	}
	batch->count++;
	*ret_stop = authzen_stops(batch->request.semantic, item->permits);
	return E_OK;
}

static enum error take_items(struct batch *batch, const struct asker *asker, struct fault *why)
{
	struct services *services = batch->services;
	struct evaluate_setting setting = {
		.snapshot = services_snapshot(services),
		.asker = *asker,
		.evidence_ready = recorder_health(services->recorder, NULL) == E_OK,
		.now_ms = services_now_ns(services) / NS_PER_MS,
	};
	bool stop = false;
	batch->asker = asker_name(asker, &batch->exchange->arena);
	batch->items = ARENA_ARRAY(&batch->exchange->arena, batch->request.count, struct item);
	if (!batch->items)
		return FAIL(why, E_MEMORY, "no memory for answers");
	while (!stop && batch->count < batch->request.count)
		TRY(take_item(batch, &setting, &stop, why));
	return E_OK;
}

static enum error read_request(struct batch *batch, bool several, struct fault *why)
{
	struct http_exchange *exchange = batch->exchange;
	if (exchange->request->method != HTTP1_POST)
		return FAIL(why, E_METHOD, "POST only");
	if (!slice_equal_fold(http1_media_type(&exchange->request->headers), SLICE("application/json")))
		return FAIL(why, E_REQUEST, "the body must be application/json");
	return several ? authzen_evaluations_read(&batch->request, exchange->body, &exchange->arena, why)
		       : authzen_evaluation_read(&batch->request, exchange->body, &exchange->arena, why);
}

static void handle(struct services *services, struct http_exchange *exchange, bool several)
{
	struct fault why = {.code = E_OK};
	struct asker asker;
	if (authzen_asker(services, exchange->request, &asker, &why) != E_OK) {
		reply_unauthenticated(exchange, services->config->issuer, fault_sentence(&why));
		return;
	}
	struct batch *batch = ARENA_NEW(&exchange->arena, struct batch);
	if (!batch) {
		reply_problem(exchange, E_MEMORY, NULL);
		return;
	}
	*batch = (struct batch){.services = services, .exchange = exchange, .waiting = 1,
				.told_all = asker.kind == ASKER_OPERATOR};
	buffer_init(&batch->text, ANSWERS_BYTES_MAX);
	enum error code = read_request(batch, several, &why);
	if (code == E_OK)
		code = take_items(batch, &asker, &why);
	if (code != E_OK) {
		batch->fault = why;
		/* The specification knows 400 for whatever is wrong with a request. */
		batch->fault.code = code == E_INVALID ? E_REQUEST : code;
	}
	/* Records may be on their way already: the answer waits for them, whatever it is. */
	settle(batch);
}

void authzen_evaluation_handle(struct services *services, struct http_exchange *exchange)
{
	handle(services, exchange, false);
}

void authzen_evaluations_handle(struct services *services, struct http_exchange *exchange)
{
	handle(services, exchange, true);
}
