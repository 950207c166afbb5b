#include "store/registry_service.h"

#include "base/memory.h"
#include "registry/problem.h"
#include "store/registry_service_inside.h"
#include "text/time.h"
#include "text/ulid.h"

#include <string.h>

#define NS_PER_MS 1000000

enum error registry_service_make(struct registry_service **ret_service, const struct registry_service_options *options,
				 struct fault *why)
{
	struct registry_service *service = *ret_service = memory_alloc(sizeof(*service));
	if (!service)
		return FAIL(why, E_MEMORY, "no memory for the registry's desk");
	service->options = *options;
	slice node = slice_sub(options->node, 0, sizeof(service->node));
	memcpy(service->node, node.ptr ? node.ptr : "", node.len);
	service->node_bytes = node.len;
	arena_init(&service->arena, REQUEST_ARENA_BYTES_MAX);
	buffer_init(&service->body, REPLY_BYTES_MAX);
	buffer_init(&service->change, CHANGE_BYTES_MAX * 2);
	return E_OK;
}

void registry_service_free(struct registry_service *service)
{
	if (!service)
		return;
	arena_free(&service->arena);
	buffer_free(&service->body);
	buffer_free(&service->change);
	memory_free(service);
}

/* --- answers --- */

void service_begin(struct registry_service *service)
{
	arena_reset(&service->arena);
	buffer_clear(&service->body);
	service->failed_tests = (slice){NULL, 0};
}

struct service_reply service_problem(struct registry_service *service, enum error code, const struct fault *why)
{
	buffer_clear(&service->body);
	problem_write_with(&service->body, code, why, "failed_tests", service->failed_tests);
	return (struct service_reply){.status = problem_status(code, why), .body = buffer_slice(&service->body)};
}

int64_t service_now_ms(const struct registry_service *service)
{
	return service->options.now_ns(service->options.context) / NS_PER_MS;
}

/* --- records --- */

enum error service_encode(struct registry_service *service, struct record *record, char letter, slice *ret_bytes,
			 struct fault *why)
{
	unsigned char random[ULID_RANDOM_BYTES];
	service->options.random(service->options.context, random, sizeof(random));
	int64_t now_ns = service->options.now_ns(service->options.context);
	struct ulid id = ulid_make(slice_from(&letter, 1), now_ns / NS_PER_MS, random);
	record->id = ulid_slice(&id);
	record->time_ns = (uint64_t)now_ns;
	record->node = slice_from(service->node, service->node_bytes);
	struct buffer bytes;
	buffer_init(&bytes, RECORD_BYTES_MAX + 1);
	enum error code = record_encode(record, &bytes, why);
	if (code == E_OK) {
		*ret_bytes = arena_copy(&service->arena, buffer_slice(&bytes));
		code = ret_bytes->ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for a record");
	}
	buffer_free(&bytes);
	return code;
}

static enum error encode_change(struct registry_service *service, const struct change *change, slice *ret_bytes,
				struct fault *why)
{
	struct record record = {
		.kind = RECORD_CHANGE,
		.operation = change->verb,
		.object_kind = kind_row(change->kind)->name,
		.object_id = change->id,
		.object_revision = change->revision,
		.actor = change->actor,
		.object = change->object,
		.detail = change->reason,
	};
	return service_encode(service, &record, 'c', ret_bytes, why);
}

enum error registry_service_change_of(const struct record *record, struct arena *arena, struct change *ret_change,
				      struct fault *why)
{
	*ret_change = (struct change){0};
	enum kind kind = kind_of_name(record->object_kind);
	if (record->kind != RECORD_CHANGE || kind == KIND_UNKNOWN || !record->object_id.len)
		return FAIL(why, E_INVALID, "the record tells no change of the registry");
	struct time_text time = time_format_ms((int64_t)(record->time_ns / NS_PER_MS));
	slice told = arena_copy(arena, time_slice(&time));
	if (!told.ptr)
		return FAIL(why, E_MEMORY, "no memory for a change");
	*ret_change = (struct change){
		.op = slice_equal(record->operation, SLICE("delete")) ? CHANGE_DELETE : CHANGE_PUT,
		.kind = kind,
		.id = record->object_id,
		.revision = record->object_revision,
		.object = record->object,
		.actor = record->actor,
		.time = told,
		.verb = record->operation,
		.reason = record->detail,
	};
	return E_OK;
}

static enum error append(struct registry_service *service, const struct plan *plan, uint64_t *ret_applied,
			 struct fault *why)
{
	uint64_t index = 0;
	slice *records = ARENA_ARRAY(&service->arena, plan->count, slice);
	if (!records)
		return FAIL(why, E_MEMORY, "no memory for records");
	for (size_t i = 0; i < plan->count; i++)
		TRY(encode_change(service, &plan->changes[i], &records[i], why));
	TRY(service->options.append(service->options.context, records, plan->count, &index, why));
	*ret_applied = index + plan->count;
	return E_OK;
}

/* --- commands --- */

static void publish(struct registry_service *service, const struct change *change)
{
	buffer_clear(&service->change);
	change_write(change, &service->change);
	if (service->options.publish && !service->change.failed)
		service->options.publish(service->options.context, buffer_slice(&service->change));
}

/* A caller that is registered now is no stranger any more. */
static enum error forget_strangers(struct registry_service *service, const struct plan *plan, struct fault *why)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->changes[i].kind == KIND_AGENT && slice_equal(plan->changes[i].verb, SLICE("create")))
			TRY(sqlite_registry_forget_caller(service->options.store, plan->changes[i].id, why));
	return E_OK;
}

/* Record, then database, then memory, then everybody else: in this order, or not at all. */
static enum error carry_out(struct registry_service *service, const struct plan *plan, const struct kept_reply *kept,
			    struct fault *why)
{
	struct sqlite_registry *store = service->options.store;
	uint64_t applied = sqlite_registry_applied(store);
	if (plan->count)
		TRY(append(service, plan, &applied, why));
	if (plan->count || kept)
		TRY(sqlite_registry_apply(store, plan->changes, plan->count, applied, kept, service_now_ms(service), why));
	for (size_t i = 0; i < plan->count; i++)
		TRY(registry_apply(service->options.registry, &plan->changes[i], why));
	for (size_t i = 0; i < plan->count; i++)
		publish(service, &plan->changes[i]);
	return forget_strangers(service, plan, why);
}

/* Keys of different callers do not meet. */
static slice scoped_key(struct registry_service *service, const struct command *command)
{
	return arena_print(&service->arena, "%.*s %.*s", SLICE_ARG(command->actor), SLICE_ARG(command->idempotency_key));
}

static enum error find_kept(struct registry_service *service, const struct command *command, slice key,
			    struct service_reply *ret_reply, bool *ret_found, struct fault *why)
{
	struct kept_reply kept;
	if (!key.ptr)
		return FAIL(why, E_MEMORY, "no memory for a key");
	TRY(sqlite_registry_kept_reply(service->options.store, key, service_now_ms(service), &service->arena, &kept, ret_found,
				       why));
	if (*ret_found && !slice_equal(kept.body_sha256, command->body_sha256))
		return FAIL_FIELD(why, E_CONFLICT, "Idempotency-Key", "this Idempotency-Key came with another request");
	if (*ret_found)
		*ret_reply = (struct service_reply){.status = kept.status, .body = kept.body};
	return E_OK;
}

static enum error policies_at(void *service, uint64_t revision, plan_visit *visit, void *visitor, struct fault *why)
{
	struct registry_service *own = service;
	return sqlite_registry_policies_at(own->options.store, revision, visit, visitor, why);
}

static enum error run(struct registry_service *service, const struct command *command, struct service_reply *ret_reply,
		      struct fault *why)
{
	struct plan plan;
	struct plan_context context = {.now_ms = service_now_ms(service),
				       .check_policy = service->options.check_policy,
				       .check_entities = service->options.check_entities,
				       .check_jwks = service->options.check_jwks,
				       .policies_at = policies_at,
				       .service = service,
				       .context = service->options.context};
	bool keeps = command->idempotency_key.len && !command->dry_run;
	slice key = keeps ? scoped_key(service, command) : (slice){NULL, 0};
	bool found = false;
	TRY(keeps ? find_kept(service, command, key, ret_reply, &found, why) : E_OK);
	if (found)
		return E_OK;
	service->options.random(service->options.context, context.random, sizeof(context.random));
	enum error code = registry_plan(service->options.registry, command, &context, &service->arena, &plan, why);
	service->failed_tests = plan.failed_tests;
	TRY(code);
	struct kept_reply kept = {.key = key, .body_sha256 = command->body_sha256, .status = plan.status,
				  .body = plan.body.ptr ? plan.body : SLICE("")};
	TRY(carry_out(service, &plan, keeps ? &kept : NULL, why));
	*ret_reply = (struct service_reply){.status = plan.status, .revision = plan.revision, .body = plan.body};
	return E_OK;
}

struct service_reply registry_service_command(struct registry_service *service, slice request)
{
	struct fault why = {0};
	struct command command;
	struct service_reply reply = {0};
	service_begin(service);
	enum error code = sqlite_registry_health(service->options.store, &why);
	if (code == E_OK)
		code = command_read(&command, request, &service->arena, &why);
	if (code == E_OK)
		code = run(service, &command, &reply, &why);
	return code == E_OK ? reply : service_problem(service, code, &why);
}
