#include "registry/policy_history.h"

#include "text/time.h"

enum error policy_time_read(slice text, int64_t *ret_ms, struct fault *why)
{
	int64_t seconds;
	if (slice_to_i64(text, &seconds) && !__builtin_mul_overflow(seconds, 1000, ret_ms))
		return E_OK;
	if (time_parse_ms(ret_ms, text, NULL) == E_OK)
		return E_OK;
	return FAIL_FIELD(why, E_INVALID, "time", "a time is in seconds, or such as 2026-11-22T10:00:00Z");
}

static enum error read_time(const struct json_doc *doc, const struct json_node *node, int64_t *ret_ms, struct fault *why)
{
	const struct json_node *time = json_get(doc, node, SLICE("time"));
	slice text;
	if (!time)
		return FAIL_FIELD(why, E_INVALID, "time", "an event needs a `time`");
	return policy_time_read(json_string(time, &text) ? text : json_span(doc, time), ret_ms, why);
}

static enum error read_text(const struct json_doc *doc, const struct json_node *node, const char *name, bool needed,
			    slice *ret_text, struct fault *why)
{
	const struct json_node *member = json_get(doc, node, slice_of(name));
	*ret_text = (slice){NULL, 0};
	if (!member && !needed)
		return E_OK;
	if (!member || !json_string(member, ret_text))
		return FAIL_FIELD(why, E_INVALID, name, "this event needs the text `%s`", name);
	return E_OK;
}

static enum error check_members(const struct json_node *node, bool is_response, struct fault *why)
{
	static const slice known[2][8] = {
		{SLICE_INIT("kind"), SLICE_INIT("time"), SLICE_INIT("id"), SLICE_INIT("principal"), SLICE_INIT("action"),
		 SLICE_INIT("resource"), SLICE_INIT("context"), SLICE_INIT("decision")},
		{SLICE_INIT("kind"), SLICE_INIT("time"), SLICE_INIT("id"), SLICE_INIT("outcome"), SLICE_INIT("output")},
	};
	for (const struct json_node *member = json_first(node); member; member = json_next(member)) {
		size_t i = 0;
		while (i < 8 && known[is_response][i].len && !slice_equal(known[is_response][i], json_key(member)))
			i++;
		if (i == 8 || !known[is_response][i].len)
			return FAIL(why, E_INVALID, "a %s has no `%.*s`", is_response ? "response" : "request",
				    SLICE_ARG(json_key(member)));
	}
	return E_OK;
}

/* One of two words, or nothing. */
static enum error check_word(const char *name, slice word, slice a, slice b, struct fault *why)
{
	if (!word.ptr || slice_equal(word, a) || slice_equal(word, b))
		return E_OK;
	return FAIL_FIELD(why, E_INVALID, name, "`%s` is %.*s or %.*s", name, SLICE_ARG(a), SLICE_ARG(b));
}

static enum error read_response(const struct policy_ground *ground, const struct json_doc *doc,
				const struct json_node *node, struct arena *arena, struct policy_event *event,
				struct fault *why)
{
	const struct json_node *output = json_get(doc, node, SLICE("output"));
	TRY(read_text(doc, node, "id", true, &event->id, why));
	TRY(read_text(doc, node, "outcome", false, &event->outcome, why));
	if (!event->outcome.ptr)
		event->outcome = SLICE("ok");
	return output ? cedar_value_from_json(arena, ground->key, doc, output, &event->output, why) : E_OK;
}

static enum error read_request(const struct json_doc *doc, const struct json_node *node, struct policy_event *event,
			       struct fault *why)
{
	const struct json_node *context = json_get(doc, node, SLICE("context"));
	TRY(read_text(doc, node, "id", false, &event->id, why));
	TRY(read_text(doc, node, "principal", true, &event->question.principal, why));
	TRY(read_text(doc, node, "action", true, &event->question.action, why));
	TRY(read_text(doc, node, "resource", true, &event->question.resource, why));
	TRY(read_text(doc, node, "decision", false, &event->decision, why));
	TRY(check_word("decision", event->decision, SLICE("permit"), SLICE("deny"), why));
	if (context)
		event->question.context = json_span(doc, context);
	return E_OK;
}

enum error policy_event_read(const struct policy_ground *ground, const struct json_doc *doc,
			     const struct json_node *node, struct arena *arena, struct policy_event *ret_event,
			     struct fault *why)
{
	slice kind;
	*ret_event = (struct policy_event){.time_ms = 0};
	if (!json_is(node, JSON_OBJECT))
		return FAIL(why, E_INVALID, "an event is an object");
	TRY(read_text(doc, node, "kind", false, &kind, why));
	TRY(check_word("kind", kind, SLICE("request"), SLICE("response"), why));
	ret_event->is_response = slice_equal(kind, SLICE("response"));
	TRY(check_members(node, ret_event->is_response, why));
	TRY(read_time(doc, node, &ret_event->time_ms, why));
	ret_event->question.now_ms = ret_event->time_ms;
	return ret_event->is_response ? read_response(ground, doc, node, arena, ret_event, why)
				      : read_request(doc, node, ret_event, why);
}

enum error policy_event_add(const struct policy_ground *ground, struct policy_event *event,
			    struct cedar_history *history, struct arena *arena, struct cedar_result *ret_result,
			    struct fault *why)
{
	struct cedar_request request;
	struct cedar_event taken = {.time_ms = event->time_ms, .request_id = event->id, .outcome = event->outcome,
				    .output = event->output};
	*ret_result = (struct cedar_result){.failure_sentence = ""};
	if (event->is_response)
		return cedar_history_finish(history, &taken, ground->set, why);
	event->question.history = history;
	event->question.request_id = event->id;
	if (!event->decision.len) {
		TRY(policy_question_decide(ground, &event->question, arena, ret_result, why));
		event->decision = ret_result->decision == CEDAR_ALLOW ? SLICE("permit") : SLICE("deny");
	}
	TRY(policy_question_read(ground, &event->question, arena, &request, why));
	const struct cedar_value *input = NULL;
	if (request.context.kind == CEDAR_RECORD)
		input = cedar_record_get(request.context, SLICE("input"));
	taken.principal = request.principal;
	taken.action = request.action;
	taken.resource = request.resource;
	taken.decision = event->decision;
	taken.input = input ? *input : (struct cedar_value){0};
	return cedar_history_add(history, &taken, ground->set, why);
}

static enum error add_events(const struct policy_ground *ground, slice json, struct cedar_history *history,
			     struct arena *arena, struct fault *why)
{
	struct json_doc doc;
	struct fault inner = {0};
	size_t number = 0;
	if (json_parse(&doc, json, NULL, arena, &inner) != E_OK)
		return FAIL_FIELD(why, E_SYNTAX, "history", "the history: %s", fault_sentence(&inner));
	if (!json_is(json_root(&doc), JSON_ARRAY))
		return FAIL_FIELD(why, E_INVALID, "history", "the history must be a list of events");
	if (json_root(&doc)->count > POLICY_HISTORY_EVENTS_MAX)
		return FAIL_FIELD(why, E_LIMIT, "history", "a history has at most %u events", POLICY_HISTORY_EVENTS_MAX);
	for (const struct json_node *node = json_first(json_root(&doc)); node; node = json_next(node), number++) {
		struct policy_event event;
		struct cedar_result result;
		enum error error = policy_event_read(ground, &doc, node, arena, &event, &inner);
		if (error == E_OK)
			error = policy_event_add(ground, &event, history, arena, &result, &inner);
		if (error != E_OK)
			return FAIL_FIELD(why, error, "history", "event %zu: %s", number + 1, fault_sentence(&inner));
	}
	return E_OK;
}

enum error policy_history_read(const struct policy_ground *ground, slice json, struct arena *arena,
			       struct cedar_history **ret_history, struct fault *why)
{
	struct cedar_history *history = cedar_history_new(ground->key, CEDAR_HISTORY_WHOLE);
	*ret_history = NULL;
	if (!history)
		return FAIL(why, E_MEMORY, "no memory for a history");
	enum error error = json.len ? add_events(ground, json, history, arena, why) : E_OK;
	if (error == E_OK)
		*ret_history = history;
	else
		cedar_history_free(history);
	return error;
}
