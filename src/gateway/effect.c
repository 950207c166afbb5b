/* The second half of the outcome: a record for each permit that was released, also where nobody knows what it did. */
#include "evidence/record.h"
#include "gateway/call.h"

static const struct {
	enum record_outcome outcome;
	enum metric metric;
} effects[] = {
	[EFFECT_UNKNOWN] = {RECORD_UNKNOWN, METRIC_OUTCOME_UNKNOWN},
	[EFFECT_OK] = {RECORD_SUCCEEDED, METRIC_OUTCOME_OK},
	[EFFECT_ERROR] = {RECORD_FAILED, METRIC_OUTCOME_ERROR},
};

void effect_write(struct services *services, const struct effect_note *note)
{
	struct buffer bytes;
	struct fault why = {0};
	struct sha256 digest = {0};
	unsigned char random[ULID_RANDOM_BYTES];
	services_random(services, random, sizeof(random));
	int64_t now_ns = services_now_ns(services);
	struct ulid id = ulid_make(SLICE("e"), now_ns / 1000000, random);
	struct record record = {
		.kind = RECORD_EFFECT,
		.id = ulid_slice(&id),
		.time_ns = (uint64_t)now_ns,
		.node = services->config->node,
		.agent = note->agent,
		.server = note->server,
		.tool = note->tool,
		.decision_id = note->decision_id,
		.outcome = effects[note->outcome].outcome,
		.status = note->status,
		.duration_us = note->duration_ns > 0 ? (uint64_t)note->duration_ns / 1000 : 0,
		.bytes = note->result.len,
		.detail = note->detail,
	};
	if (note->result.len > 0) {
		digest = sha256_of(&services->gateway->sha256, note->result);
		record.result_sha256 = sha256_slice(&digest);
	}
	metrics_add(services->metrics, effects[note->outcome].metric);
	buffer_init(&bytes, RECORD_BYTES_MAX);
	if (record_encode(&record, &bytes, &why) == E_OK)
		recorder_append_forget(services->recorder, buffer_slice(&bytes));
	else
		services_log(services, "effect.not_recorded", "reason", fault_sentence(&why), NULL);
	buffer_free(&bytes);
	effect_add_history(services, note);
}

void call_effect(struct call *call, enum effect outcome, uint64_t status, slice result, slice detail)
{
	if (!call->recorded || call->effect_written)
		return;
	call->effect_written = true;
	int64_t since = call->released_ns > 0 ? call->released_ns : call->begun_ns;
	struct effect_note note = {
		.decision_id = ulid_slice(&call->decision_id),
		.agent = call->agent,
		.server = call->server,
		.tool = call->input.call == CALL_TOOL ? call->input.tool : SLICE(""),
		.outcome = outcome,
		.status = status,
		.duration_ns = services_monotonic_ns(call->services) - since,
		.result = result,
		.detail = detail,
		.history = call->history,
		.output_doc = call->output_doc,
		.output = call->output,
	};
	effect_write(call->services, &note);
}
