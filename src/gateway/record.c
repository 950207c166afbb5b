/* Room 6: the decision is durable before anything else happens. No evidence, no action. */
#include "decision/report.h"
#include "evidence/record.h"
#include "gateway/call.h"
#include "gateway/watch.h"

enum error call_encode_decision(struct call *call, struct buffer *to, struct fault *why)
{
	struct record record = {0};
	TRY(decision_record(&call->input, call->decision, call->arena, &record, why));
	record.kind = RECORD_DECISION;
	record.id = ulid_slice(&call->decision_id);
	record.time_ns = (uint64_t)services_now_ns(call->services);
	record.node = call->services->config->node;
	record.trigger = call->request.message.method;
	record.session = call->input.session;
	record.peer = http_peer(call->exchange);
	record.latency_us = (uint64_t)(services_monotonic_ns(call->services) - call->begun_ns) / 1000;
	return record_encode(&record, to, why);
}

static void count(struct call *call)
{
	const struct decision *decision = call->decision;
	struct metrics *metrics = call->services->metrics;
	enum traffic_event event = TRAFFIC_DENIED;
	if (decision->verdict == PERMIT)
		event = call->enforced ? TRAFFIC_PERMITTED : TRAFFIC_WATCHED;
	else if (decision->observed)
		event = TRAFFIC_OBSERVED;
	metrics_add(metrics, decision->verdict == PERMIT ? METRIC_DECISION_PERMIT
			     : decision->verdict == GATE ? METRIC_DECISION_GATE
							 : METRIC_DECISION_DENY);
	if (decision->observed)
		metrics_add(metrics, METRIC_DECISION_OBSERVED);
	/* A name that no server has is no route. */
	if (decision->server)
		traffic_count(call->services->traffic, call->agent, decision->server->row.id, event, call->enforced,
			      services_now_ns(call->services));
}

/* The permit is void: what was decided could not be written down. */
static enum step deny_without_evidence(struct call *call)
{
	struct decision *decision = call->decision;
	metrics_add(call->services->metrics, METRIC_APPEND_FAILED);
	decision->public_reason = reason_code(REASON_EVIDENCE_UNAVAILABLE);
	decision->public_sentence = SLICE("denied: no action can be permitted at the moment; try again later");
	decision->public_missing = SLICE("");
	return call_deny(call);
}

static void durable(void *context, enum error code, uint64_t index)
{
	struct call *call = context;
	(void)index;
	if (code != E_OK) {
		(void)deny_without_evidence(call);
		return;
	}
	call->recorded = true;
	/* What the snapshot held may be gone by now: only copies are used from here on. */
	call->input.snapshot = NULL;
	call_go_on(call);
}

/* Whoever is denied gets an id to ask about: the record is there by then, or will never be. */
static void denied(void *context, enum error code, uint64_t index)
{
	struct call *call = context;
	(void)index;
	if (code != E_OK)
		metrics_add(call->services->metrics, METRIC_APPEND_FAILED);
	(void)call_deny(call);
}

enum step call_record(struct call *call)
{
	struct fault why = {0};
	struct buffer record;
	if (!call->decision)
		return STEP_ON;
	count(call);
	buffer_init(&record, RECORD_BYTES_MAX);
	enum error error = call_encode_decision(call, &record, &why);
	bool released = decision_lets_through(call->decision);
	if (error == E_OK)
		recorder_append(call->services->recorder, buffer_slice(&record), released ? durable : denied, call);
	buffer_free(&record);
	if (error == E_OK)
		return STEP_WAIT;
	services_log(call->services, "record.failed", "reason", fault_sentence(&why), NULL);
	return deny_without_evidence(call);
}
