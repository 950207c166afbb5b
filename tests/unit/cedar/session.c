#include "unit/cedar/session.h"

#include "cedar/evaluate.h"
#include "text/cbor.h"

struct cedar_history *session_new(void)
{
	struct cedar_history *history = cedar_history_new(&world_key, CEDAR_HISTORY_WHOLE);
	CHECK(history);
	return history;
}

static struct cedar_value input_of(const struct moment *step, struct arena *arena)
{
	struct cedar_fields fields;
	struct cedar_value input;
	struct fault why = {0};
	cedar_fields_init(&fields, arena);
	if (step->has_amount)
		cedar_fields_add(&fields, SLICE("amount"), cedar_long(step->amount));
	if (step->server)
		cedar_fields_add(&fields, SLICE("server"), cedar_string(slice_of(step->server)));
	if (step->user)
		cedar_fields_add(&fields, SLICE("user"), cedar_string(slice_of(step->user)));
	CHECK_OK(cedar_fields_finish(&fields, &input, &why), why);
	return input;
}

struct cedar_request session_request(const struct moment *step, struct cedar_history *history, struct arena *arena)
{
	struct cedar_field field = {.key = SLICE("input"), .value = input_of(step, arena)};
	struct fault why = {0};
	struct cedar_request request = {.history = history, .now_ms = step->at_s * 1000};
	request.request_id = arena_print(arena, "d%zu", history ? cedar_history_count(history) : 0);
	request.principal = cedar_uid_new(arena, &world_key, SLICE("Agent"), SLICE("a"));
	request.action = cedar_uid_new(arena, &world_key, SLICE("Action"), slice_of(step->action));
	request.resource = cedar_uid_new(arena, &world_key, SLICE("Tool"), slice_of(step->action));
	CHECK_OK(cedar_record(arena, &field, 1, &request.context, &why), why);
	return request;
}

struct cedar_result session_decide(const struct cedar_policyset *set, struct cedar_history *history,
				   const struct moment *step, struct arena *arena)
{
	struct cedar_request request = session_request(step, history, arena);
	struct cedar_world world = {.sets = &set, .set_count = 1};
	struct cedar_result result;
	request.with_facts = true;
	(void)!cedar_authorize(&request, &world, arena, &result);
	return result;
}

void session_add(struct cedar_history *history, const struct moment *step, const struct cedar_policyset *set)
{
	struct arena arena;
	struct fault why = {0};
	arena_init(&arena, 1u << 20);
	struct cedar_request request = session_request(step, history, &arena);
	struct cedar_event event = {.time_ms = request.now_ms, .principal = request.principal, .action = request.action,
				    .resource = request.resource, .request_id = request.request_id,
				    .decision = step->is_denied ? SLICE("deny") : SLICE("permit"),
				    .input = *cedar_record_get(request.context, SLICE("input"))};
	if (step->is_response) {
		event.kind = CEDAR_EVENT_RESPONSE;
		event.outcome = SLICE("ok");
		event.output = event.input;
	}
	CHECK_OK(cedar_history_add(history, &event, set, &why), why);
	arena_free(&arena);
}

slice session_write(const struct cedar_history *history, struct buffer *bytes)
{
	struct cbor_writer writer;
	struct fault why = {0};
	buffer_init(bytes, 1u << 22);
	cbor_writer_init(&writer, bytes);
	cedar_history_write(history, &writer);
	CHECK_OK(cbor_writer_end(&writer, &why), why);
	return buffer_slice(bytes);
}

struct cedar_history *session_reread(const struct cedar_history *history, const struct hash_key *key)
{
	struct buffer bytes, again;
	struct cbor_reader reader;
	struct arena scratch;
	struct cedar_history *read;
	struct fault why = {0};
	session_write(history, &bytes);
	arena_init(&scratch, 1u << 20);
	cbor_reader_init(&reader, buffer_slice(&bytes));
	CHECK_OK(cedar_history_read(&reader, key, &scratch, &read, &why), why);
	CHECK_OK(cbor_end(&reader, &why), why);
	arena_free(&scratch);
	session_write(read, &again);
	CHECK_SLICE(buffer_slice(&again), buffer_slice(&bytes));
	buffer_free(&bytes);
	buffer_free(&again);
	return read;
}

slice session_outcome(const char *policy, const struct moment *steps, size_t count)
{
	struct cedar_policyset *set = world_policies(slice_of(policy));
	struct cedar_history *history = session_new();
	struct arena arena;
	arena_init(&arena, 1u << 22);
	for (size_t i = 0; i + 1 < count; i++)
		session_add(history, &steps[i], set);
	struct cedar_result result = session_decide(set, history, &steps[count - 1], &arena);
	slice outcome = result.failure	  ? SLICE("unknown")
			: result.error_count ? SLICE("error")
			: result.decision == CEDAR_ALLOW ? SLICE("allow")
							 : SLICE("deny");
	arena_free(&arena);
	cedar_history_free(history);
	cedar_policyset_free(set);
	return outcome;
}

const struct temporal *session_condition(const struct cedar_policyset *set, size_t policy)
{
	const struct node *code = set->policies[policy]->clauses[0].code;
	CHECK(code->kind == NODE_TEMPORAL);
	return code->temporal;
}

enum temporal_answer session_ask(const struct cedar_policyset *set, size_t policy, struct cedar_history *history,
				 const struct moment *step, bool by_monitors)
{
	struct arena arena;
	struct evaluation evaluation;
	struct fault why = {0};
	struct cedar_value requests[CEDAR_TEMPORAL_REQUESTS_MAX];
	const struct temporal *temporal = session_condition(set, policy);
	arena_init(&arena, 1u << 26);
	struct cedar_request request = session_request(step, history, &arena);
	struct cedar_world world = {.sets = &set, .set_count = 1};
	CHECK_OK(evaluation_start(&evaluation, &request, &world, &arena, &why), why);
	for (unsigned i = 0; i < temporal->request_count; i++)
		if (!evaluate(&evaluation, temporal->requests[i], &requests[i])) {
			arena_free(&arena);
			return TEMPORAL_UNKNOWN;
		}
	struct cedar_event current = {.time_ms = request.now_ms, .principal = request.principal,
				      .action = request.action, .resource = request.resource,
				      .request_id = request.request_id, .decision = SLICE("permit"),
				      .input = *cedar_record_get(request.context, SLICE("input"))};
	struct temporal_question question = {.temporal = temporal, .requests = requests, .current = &current,
					     .history = history, .arena = &arena};
	enum temporal_answer answer = by_monitors ? temporal_ask_monitors(&question) : temporal_scan(&question);
	CHECK(question.failure == E_OK);
	arena_free(&arena);
	return answer;
}
