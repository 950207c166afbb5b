/* The recorder's answers to the worker, and what it sends unasked: the registry, change by change. */
#include "daemon/recorder.h"

#include "channel/wire.h"
#include "net/clock.h"
#include "net/journal.h"
#include "text/json_writer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A worker that takes nothing for so long is stuck; the supervisor will see it end or the operator will. */
#define ROOM_WAIT_NS 5000000000
#define REQUEST_BYTES_MAX (RECORDER_CALL_BYTES_MAX + sizeof(struct wire_call))
/* Calls answered for one loop before the next is looked at. */
#define CALLS_IN_TURN 64u

void recorder_send(struct recorder *recorder, unsigned loop, const struct wire_reply *head, slice body)
{
	const slice parts[2] = {slice_from(head, sizeof(*head)), body};
	int64_t until = clock_monotonic_ns() + ROOM_WAIT_NS;
	while (!recorder->dropped[loop]) {
		enum error code = ring_write_parts(&recorder->replies[loop], parts, 2, NULL);
		if (code == E_OK)
			break;
		if (code != E_AGAIN || clock_monotonic_ns() > until) {
			journal_event("worker.dropped", "reason", code == E_AGAIN ? "takes nothing" : "too long", NULL);
			recorder->dropped[loop] = true;
			return;
		}
		/* What was written already must be seen for room to come. */
		ring_publish(&recorder->replies[loop]);
		layout_wake_loop(&recorder->daemon->layout, loop);
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
	ring_publish(&recorder->replies[loop]);
	layout_wake_loop(&recorder->daemon->layout, loop);
}

static void send_change(void *context, slice change)
{
	struct wire_reply head = {.kind = WIRE_DELTA};
	recorder_send(context, 0, &head, change);
}

void recorder_send_all(struct recorder *recorder)
{
	struct fault why;
	if (!recorder->service)
		return;
	if (registry_service_send_all(recorder->service, send_change, recorder, &why) != E_OK) {
		layout_fault_set(&recorder->daemon->layout.shared->registry, &why);
		return;
	}
	struct wire_reply head = {.kind = WIRE_SYNCED, .revision = registry_revision(recorder->registry)};
	recorder_send(recorder, 0, &head, (slice){NULL, 0});
}

static struct service_reply not_available(struct recorder *recorder, struct layout_fault *fault)
{
	struct fault why;
	struct json_writer writer;
	if (layout_fault_check(fault, &why) == E_OK)
		why = (struct fault){.code = E_UNAVAILABLE, .sentence = "not open"};
	buffer_clear(&recorder->scratch);
	json_writer_init(&writer, &recorder->scratch, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "type", SLICE("about:blank"));
	json_put_string(&writer, "title", SLICE("not available now"));
	json_put_i64(&writer, "status", 503);
	json_put_string(&writer, "detail", slice_of(fault_sentence(&why)));
	json_end_object(&writer);
	return (struct service_reply){.status = 503, .body = buffer_slice(&recorder->scratch)};
}

static void write_fault(struct json_writer *writer, const char *name, enum error code, const struct fault *why)
{
	json_put_object(writer, name);
	json_put_string(writer, "state", code == E_OK ? SLICE("ok") : SLICE("faulty"));
	if (code != E_OK) {
		json_put_string(writer, "detail", slice_of(fault_sentence(why)));
	}
}

/* {"log":{},"registry":{},"policies":{},"keys":{}} */
static struct service_reply status(struct recorder *recorder)
{
	struct layout_shared *shared = recorder->daemon->layout.shared;
	struct json_writer writer;
	struct fault why;
	buffer_clear(&recorder->scratch);
	json_writer_init(&writer, &recorder->scratch, JSON_COMPACT);
	json_begin_object(&writer);

	enum error code = log_status_health(&shared->log, (uint64_t)clock_monotonic_ns(), 1000, &why);
	write_fault(&writer, "log", code, &why);
	json_put_u64(&writer, "records", atomic_load(&shared->log.durable_count));
	json_put_u64(&writer, "bytes", atomic_load(&shared->log.durable_bytes));
	json_put_u64(&writer, "commits", atomic_load(&shared->log.commits));
	json_put_u64(&writer, "checkpoint", recorder->checkpoint_size);
	json_end_object(&writer);

	code = layout_fault_check(&shared->registry, &why);
	write_fault(&writer, "registry", code, &why);
	if (recorder->registry) {
		json_put_u64(&writer, "revision", registry_revision(recorder->registry));
	}
	json_end_object(&writer);
	code = layout_fault_check(&shared->policies, &why);
	write_fault(&writer, "policies", code, &why);
	json_end_object(&writer);
	code = layout_fault_check(&shared->keys, &why);
	write_fault(&writer, "keys", code, &why);
	json_end_object(&writer);

	json_end_object(&writer);
	return (struct service_reply){.status = 200, .body = buffer_slice(&recorder->scratch)};
}

static struct service_reply query(struct recorder *recorder, slice request)
{
	if (!recorder->query)
		return not_available(recorder, &recorder->daemon->layout.shared->registry);
	uint64_t durable = atomic_load(&recorder->daemon->layout.shared->log.durable_count);
	return log_query_answer(recorder->query, request, durable);
}

static struct service_reply answer(struct recorder *recorder, enum recorder_op op, slice request)
{
	if (op == RECORDER_STATUS)
		return status(recorder);
	if (op == RECORDER_QUERY)
		return query(recorder, request);
	if (!recorder->service)
		return not_available(recorder, &recorder->daemon->layout.shared->registry);
	switch (op) {
	case RECORDER_COMMAND:
		return registry_service_command(recorder->service, request);
	case RECORDER_GET:
		return registry_service_get(recorder->service, request);
	case RECORDER_LIST:
		return registry_service_list(recorder->service, request);
	case RECORDER_CALLER:
		return registry_service_caller(recorder->service, request);
	case RECORDER_POLICY_SET:
		return registry_service_policy_set(recorder->service, request);
	case RECORDER_CALLERS:
		return registry_service_callers(recorder->service);
	case RECORDER_REFRESH:
		recorder_read_policies(recorder);
		return status(recorder);
	case RECORDER_NONE:
	case RECORDER_STATUS:
	case RECORDER_QUERY:
	case RECORDER_OP_COUNT:
		break;
	}
	return (struct service_reply){.status = 400,
				      .body = SLICE("{\"type\":\"about:blank\",\"title\":\"no such operation\",\"status\":400}")};
}

static bool answer_one(struct recorder *recorder, unsigned loop)
{
	slice message;
	enum error code = ring_peek(&recorder->calls[loop], &message, NULL);
	if (code == E_AGAIN)
		return false;
	struct wire_call call;
	if (code != E_OK || message.len < sizeof(call) || message.len > REQUEST_BYTES_MAX) {
		journal_event("worker.dropped", "reason", "it broke its ring", NULL);
		recorder->dropped[loop] = true;
		return false;
	}
	memcpy(&call, message.ptr, sizeof(call));
	/* A copy: the worker could change the bytes while they are being checked. */
	slice request = arena_copy(&recorder->arena, slice_from_offset(message, sizeof(call)));
	ring_release(&recorder->calls[loop]);
	enum recorder_op op = call.op < RECORDER_OP_COUNT ? (enum recorder_op)call.op : RECORDER_NONE;
	struct service_reply reply = request.ptr ? answer(recorder, op, request) : (struct service_reply){.status = 503};
	if (reply.body.len > RECORDER_CALL_BYTES_MAX)
		reply = (struct service_reply){
			.status = 413, .body = SLICE("{\"type\":\"about:blank\",\"title\":\"the answer is too long\",\"status\":413}")};
	struct wire_reply head = {.tag = call.tag, .revision = reply.revision, .status = (uint32_t)reply.status};
	recorder_send(recorder, loop, &head, reply.body);
	return true;
}

bool recorder_answer_calls(struct recorder *recorder)
{
	bool any = false;
	for (unsigned loop = 0; loop < recorder->daemon->layout.loops; loop++)
		for (unsigned i = 0; i < CALLS_IN_TURN && !recorder->dropped[loop]; i++) {
			if (!answer_one(recorder, loop))
				break;
			any = true;
		}
	return any;
}
