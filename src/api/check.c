#include "api/check.h"

#include "api/asked.h"
#include "api/reply.h"
#include "evidence/record.h"

#define NS_PER_MS 1000000

/* One question; lives in the exchange's arena until its record is durable. */
struct checking {
	struct services *services;
	struct http_exchange *exchange;
	struct json_doc doc;
	struct evaluated evaluated;
	struct ulid id;
	slice answer;
};

static enum error read_question(struct checking *checking, struct evaluate_question *question,
				struct decision_input *input, struct fault *why)
{
	struct http_exchange *exchange = checking->exchange;
	struct json_doc *doc = &checking->doc;
	if (exchange->request->method != HTTP1_POST)
		return FAIL(why, E_METHOD, "POST only");
	if (!slice_equal_fold(http1_media_type(&exchange->request->headers), SLICE("application/json")))
		return FAIL(why, E_MEDIA_TYPE, "the body must be application/json");
	TRY(json_parse(doc, exchange->body, NULL, &exchange->arena, why));
	const struct json_node *root = json_root(doc);
	if (!json_is(root, JSON_OBJECT))
		return FAIL(why, E_INVALID, "the body must be an object");
	TRY(json_need_string(doc, root, "agent", &question->agent, why));
	TRY(json_need_string(doc, root, "tool", &input->tool, why));
	TRY(json_opt_string(doc, root, "purpose", &question->purpose, why));
	TRY(json_opt_string(doc, root, "task", &question->task, why));
	TRY(json_opt_string(doc, root, "on_behalf_of", &question->on_behalf_of, why));
	TRY(json_opt_node(doc, root, "arguments", JSON_OBJECT, &input->arguments, why));
	input->doc = doc;
	return E_OK;
}

static void put(struct json_writer *writer, const char *key, slice text)
{
	if (text.len)
		json_put_string(writer, key, text);
}

static void write_decision(struct json_writer *writer, const struct checking *checking)
{
	const struct decision *decision = &checking->evaluated.decision;
	json_begin_object(writer);
	json_put_string(writer, "id", ulid_slice(&checking->id));
	json_put_string(writer, "decision", verdict_name(decision->verdict));
	json_put_string(writer, "reason", decision->reason_text);
	put(writer, "missing", decision->missing);
	put(writer, "detail", decision->detail);
	json_put_text(writer, "enforcement",
		      decision->agent && decision->agent->observed_only ? "observed" : "enforced");
	put(writer, "agent", checking->evaluated.input.caller->agent);
	put(writer, "purpose", checking->evaluated.input.caller->purpose);
	put(writer, "task", checking->evaluated.input.caller->task);
	put(writer, "server", decision->server_id);
	put(writer, "tool", decision->tool_id);
	put(writer, "target", decision->target);
	put(writer, "effect", decision->effect);
	asked_write_grounds(writer, decision);
	json_put_u64(writer, "registry_revision", decision->revision);
	json_end_object(writer);
}

static enum error keep_answer(struct checking *checking, struct fault *why)
{
	struct json_writer writer;
	struct buffer text;
	buffer_init(&text, REPLY_BYTES_MAX);
	json_writer_init(&writer, &text, JSON_COMPACT);
	write_decision(&writer, checking);
	enum error code = json_writer_end(&writer, why);
	if (code == E_OK)
		checking->answer = arena_copy(&checking->exchange->arena, buffer_slice(&text));
	buffer_free(&text);
	return code == E_OK && !checking->answer.ptr ? FAIL(why, E_MEMORY, "no memory for an answer") : code;
}

static void on_durable(void *context, enum error code, uint64_t index)
{
	struct checking *checking = context;
	struct fault why = {.code = E_OK};
	(void)index;
	if (code == E_OK) {
		reply_json(checking->exchange, 200, checking->answer);
		return;
	}
	metrics_add(checking->services->metrics, METRIC_APPEND_FAILED);
	code = FAIL(&why, E_UNAVAILABLE, "evidence.unavailable: the decision could not be recorded");
	reply_problem(checking->exchange, code, &why);
}

static enum error check(struct checking *checking, struct fault *why)
{
	struct services *services = checking->services;
	struct evaluate_question question = {.agent = {NULL, 0}};
	struct evaluated *evaluated = &checking->evaluated;
	struct buffer record;
	evaluated->input = (struct decision_input){
		.call = CALL_TOOL,
		.snapshot = services_snapshot(services),
		.caller = &evaluated->caller,
		.method = SLICE("check"),
		.now_ms = services_now_ns(services) / NS_PER_MS,
		.evidence_ready = recorder_health(services->recorder, NULL) == E_OK,
	};
	TRY(read_question(checking, &question, &evaluated->input, why));
	evaluate_caller(evaluated->input.snapshot, &question, &evaluated->caller);
	decide(&evaluated->input, &evaluated->decision, &checking->exchange->arena);
	checking->id = asked_name(services);
	asked_count(services, &evaluated->decision);
	TRY(keep_answer(checking, why));
	buffer_init(&record, RECORD_BYTES_MAX);
	enum error code = asked_record(services, checking->exchange, evaluated, &checking->id, SLICE("check"), &record, why);
	if (code == E_OK)
		recorder_append(services->recorder, buffer_slice(&record), on_durable, checking);
	buffer_free(&record);
	return code;
}

void check_handle(struct services *services, struct http_exchange *exchange)
{
	struct fault why = {.code = E_OK};
	struct checking *checking = ARENA_NEW(&exchange->arena, struct checking);
	enum error code = E_MEMORY;
	if (checking) {
		checking->services = services;
		checking->exchange = exchange;
		code = check(checking, &why);
	}
	if (code != E_OK)
		reply_problem(exchange, code, &why);
}
