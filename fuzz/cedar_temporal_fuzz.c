/*
 * A history condition, then (behind a NUL) the events of a session, three bytes each: monitors and definition must agree
 * at every step, and what they say without the first events must be unknown or the same.
 */
#include "fuzz.h"

#include "cedar/evaluate.h"
#include "cedar/monitor.h"
#include "cedar/policies.h"

#include <assert.h>

#define EVENTS_MAX 64u
#define ARENA_BYTES_MAX (1u << 24)

static const struct hash_key key = {5, 6};
static const char *const actions[] = {"A", "B", "C", "D"};
static const char *const users[] = {"u", "v", "w", "x"};

struct ask {
	const struct cedar_policyset *set;
	struct temporal *temporal;
	struct arena arena;
	int64_t now_ms;
};

static struct cedar_event event_of(struct ask *ask, const uint8_t *bytes)
{
	struct cedar_fields fields;
	struct cedar_event event = {.kind = bytes[0] & 16 ? CEDAR_EVENT_RESPONSE : CEDAR_EVENT_REQUEST};
	ask->now_ms += (bytes[2] & 15) * 500;
	event.time_ms = ask->now_ms;
	event.principal = cedar_uid_new(&ask->arena, &key, SLICE("U"), slice_of(users[bytes[1] >> 6]));
	event.action = cedar_uid_new(&ask->arena, &key, SLICE("Action"), slice_of(actions[bytes[0] & 3]));
	event.resource = cedar_uid_new(&ask->arena, &key, SLICE("R"), slice_of(actions[bytes[0] >> 6]));
	event.decision = bytes[0] & 32 ? SLICE("deny") : SLICE("permit");
	event.outcome = event.kind == CEDAR_EVENT_RESPONSE ? SLICE("ok") : SLICE("");
	event.is_cut = (bytes[2] & 0xf0) == 0xf0;
	cedar_fields_init(&fields, &ask->arena);
	if (!event.is_cut)
		cedar_fields_add(&fields, SLICE("a"), cedar_long((bytes[1] & 15) - 4));
	cedar_fields_add(&fields, SLICE("user"), cedar_string(slice_of(users[bytes[1] >> 4 & 3])));
	assert(cedar_fields_finish(&fields, &event.input, NULL) == E_OK);
	event.output = event.input;
	return event;
}

/* False: what the condition takes from the request is not there. */
static bool read_requests(struct ask *ask, const struct cedar_event *event, struct cedar_value *values)
{
	struct cedar_field field = {.key = SLICE("input"), .value = event->input};
	struct cedar_request request = {.principal = event->principal, .action = event->action, .resource = event->resource};
	struct cedar_world world = {.sets = &ask->set, .set_count = 1};
	struct evaluation evaluation;
	assert(cedar_record(&ask->arena, &field, 1, &request.context, NULL) == E_OK);
	assert(evaluation_start(&evaluation, &request, &world, &ask->arena, NULL) == E_OK);
	for (unsigned i = 0; i < ask->temporal->request_count; i++)
		if (!evaluate(&evaluation, ask->temporal->requests[i], &values[i]))
			return false;
	return true;
}

static enum temporal_answer answer(struct ask *ask, struct cedar_history *history, const struct cedar_event *event,
				   const struct cedar_value *requests, bool by_monitors)
{
	struct temporal_question question = {.temporal = ask->temporal, .requests = requests, .current = event,
					     .history = history, .arena = &ask->arena};
	return by_monitors ? temporal_ask_monitors(&question) : temporal_scan(&question);
}

static void check_step(struct ask *ask, struct cedar_history *whole, struct cedar_history *partly,
		       const struct cedar_event *event)
{
	struct cedar_value requests[CEDAR_TEMPORAL_REQUESTS_MAX];
	if (!read_requests(ask, event, requests))
		return;
	enum temporal_answer truth = answer(ask, whole, event, requests, false);
	enum temporal_answer scanned = answer(ask, partly, event, requests, false);
	assert(truth == TEMPORAL_UNKNOWN || scanned == TEMPORAL_UNKNOWN || scanned == truth);
	if (!ask->temporal->is_monitored)
		return;
	enum temporal_answer asked = answer(ask, whole, event, requests, true);
	enum temporal_answer partial = answer(ask, partly, event, requests, true);
	assert(truth == TEMPORAL_UNKNOWN || asked == TEMPORAL_UNKNOWN || asked == truth);
	assert(asked == TEMPORAL_UNKNOWN || partial == TEMPORAL_UNKNOWN || partial == asked);
}

static void run(struct ask *ask, slice events)
{
	struct cedar_history *whole = cedar_history_new(&key, CEDAR_HISTORY_WHOLE), *partly = NULL;
	size_t count = events.len / 3 < EVENTS_MAX ? events.len / 3 : EVENTS_MAX;
	for (size_t i = 0; i < count; i++) {
		struct cedar_event event = event_of(ask, (const uint8_t *)events.ptr + 3 * i);
		if (i == count / 3)
			partly = cedar_history_new(&key, i ? whole->last_ms : CEDAR_HISTORY_WHOLE);
		if (partly && event.kind == CEDAR_EVENT_REQUEST && !event.is_cut)
			check_step(ask, whole, partly, &event);
		assert(cedar_history_add(whole, &event, ask->set, NULL) == E_OK);
		assert(!partly || cedar_history_add(partly, &event, ask->set, NULL) == E_OK);
	}
	cedar_history_free(whole);
	cedar_history_free(partly);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct ask ask = {.now_ms = 0};
	struct cedar_policyset *set;
	struct buffer text;
	slice input = slice_from(bytes, length), condition = slice_cut(&input, '\0');
	buffer_init(&text, 1u << 16);
	buffer_add_text(&text, "permit(principal, action, resource) when temporal { ");
	buffer_add(&text, condition);
	buffer_add_text(&text, " };");
	struct cedar_source source = {.name = SLICE("fuzz"), .text = buffer_slice(&text)};
	enum error error = text.failed ? E_LIMIT : cedar_policyset_parse(&key, &source, 1, &set, NULL, NULL);
	buffer_free(&text);
	if (error != E_OK)
		return 0;
	if (cedar_policyset_count(set) == 1 && set->policies[0]->clause_count == 1) {
		ask.set = set;
		ask.temporal = set->policies[0]->clauses[0].code->temporal;
		arena_init(&ask.arena, ARENA_BYTES_MAX);
		run(&ask, input);
		arena_free(&ask.arena);
	}
	cedar_policyset_free(set);
	return 0;
}
