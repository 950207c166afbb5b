#include "decision/context.h"

/* Until trust and risk are measured, they are the neutral ends of their scales. */
#define RISK_NONE 0
#define TRUST_FULL 100

static void add_text(struct cedar_fields *fields, const char *name, slice text)
{
	if (text.len)
		cedar_fields_add(fields, slice_of(name), cedar_string(text));
}

static enum error texts(const slice *items, size_t count, struct arena *arena, struct cedar_value *ret_set,
			struct fault *why)
{
	struct cedar_value *values = ARENA_ARRAY(arena, count, struct cedar_value);
	if (!values)
		return FAIL(why, E_MEMORY, "no memory for a context");
	for (size_t i = 0; i < count; i++)
		values[i] = cedar_string(items[i]);
	return cedar_set(arena, values, count, ret_set, why);
}

enum error context_scope(const struct caller *caller, const struct task_row *task, struct arena *arena,
			 struct cedar_value *ret_set, struct fault *why)
{
	if (caller->unscoped)
		return texts(task ? task->tools : NULL, task ? task->tool_count : 0, arena, ret_set, why);
	return texts(caller->scope, caller->scope_count, arena, ret_set, why);
}

static enum error add_task(struct cedar_fields *fields, const struct context_input *input, struct arena *arena,
			   struct fault *why)
{
	struct cedar_fields task;
	struct cedar_value record;
	cedar_fields_init(&task, arena);
	add_text(&task, "id", input->asked->caller->task);
	cedar_fields_add(&task, SLICE("tools"), input->scope);
	TRY(cedar_fields_finish(&task, &record, why));
	cedar_fields_add(fields, SLICE("task"), record);
	return E_OK;
}

static enum error add_delegation(struct cedar_fields *fields, const struct caller *caller, struct arena *arena,
				 struct fault *why)
{
	struct cedar_fields delegation;
	struct cedar_value record, chain;
	TRY(texts(caller->chain, caller->chain_count, arena, &chain, why));
	cedar_fields_init(&delegation, arena);
	cedar_fields_add(&delegation, SLICE("chain"), chain);
	cedar_fields_add(&delegation, SLICE("depth"), cedar_long(caller->depth));
	if (caller->mode == CALLER_DELEGATED)
		add_text(&delegation, "on_behalf_of", caller->subject);
	TRY(cedar_fields_finish(&delegation, &record, why));
	cedar_fields_add(fields, SLICE("delegation"), record);
	return E_OK;
}

/* A record with one field. */
static enum error add_single(struct cedar_fields *fields, const char *name, const char *inner, struct cedar_value value,
			     struct arena *arena, struct fault *why)
{
	struct cedar_value record;
	struct cedar_field field = {.key = slice_of(inner), .value = value};
	TRY(cedar_record(arena, &field, 1, &record, why));
	cedar_fields_add(fields, slice_of(name), record);
	return E_OK;
}

enum error context_make(const struct context_input *input, struct arena *arena, struct cedar_value *ret_context,
			struct fault *why)
{
	const struct caller *caller = input->asked->caller;
	struct cedar_fields fields;
	cedar_fields_init(&fields, arena);
	/* In the order of their names, which is that of the record: nothing is left to be sorted. */
	TRY(add_delegation(&fields, caller, arena, why));
	if (input->input.kind != CEDAR_NONE)
		cedar_fields_add(&fields, SLICE("input"), input->input);
	cedar_fields_add(&fields, SLICE("mode"),
			 cedar_string(caller->mode == CALLER_DELEGATED ? SLICE("delegated") : SLICE("autonomous")));
	add_text(&fields, "purpose", caller->purpose);
	cedar_fields_add(&fields, SLICE("risk"), cedar_long(RISK_NONE));
	add_text(&fields, "server", input->server);
	if (input->asked->session.len)
		TRY(add_single(&fields, "session", "id", cedar_string(input->asked->session), arena, why));
	TRY(add_single(&fields, "system", "now", cedar_datetime(input->asked->now_ms), arena, why));
	TRY(add_task(&fields, input, arena, why));
	add_text(&fields, "tool", input->tool);
	cedar_fields_add(&fields, SLICE("trust"), cedar_long(TRUST_FULL));
	return cedar_fields_finish(&fields, ret_context, why);
}
