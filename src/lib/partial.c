#include "lib/inside.h"

#include "base/memory.h"
#include "cedar/residual.h"

#define PARTIAL_BYTES_MAX (512u * 1024u * 1024u)
#define RESIDUAL_BYTES_MAX (64u * 1024u * 1024u)

/* Everything lives in its own arena; residuals as text, so that it refers to no set. */
struct tip_partial {
	struct arena arena;
	struct cedar_partial partial;
	struct tip_text *ids;
	struct tip_text *texts;
	size_t count;
};

/* The context with one more field, of which nothing is known but what the schema says. */
static enum error open_field(struct lib_call *call, const struct lib_request *read, struct arena *arena, slice name,
			     struct cedar_value *context)
{
	struct cedar_fields fields;
	struct cedar_value unknown = cedar_unknown();
	cedar_fields_init(&fields, arena);
	for (uint32_t i = 0; context->kind == CEDAR_RECORD && i < context->length; i++) {
		if (slice_equal(context->as.fields[i].key, name))
			return FAIL(&call->why, E_USAGE, "the context has `%.*s`, and it is unknown", SLICE_ARG(name));
		cedar_fields_add(&fields, context->as.fields[i].key, context->as.fields[i].value);
	}
	if (read->schema && read->request.action && !read->request.action_unknown)
		TRY(cedar_unknown_field(read->schema, read->request.action, name, arena, &unknown, &call->why));
	cedar_fields_add(&fields, name, unknown);
	return cedar_fields_finish(&fields, context, &call->why);
}

static enum error keep(struct lib_call *call, struct tip_partial *partial)
{
	const struct cedar_partial *found = &partial->partial;
	partial->ids = ARENA_ARRAY(&partial->arena, found->residual_count + 1, struct tip_text);
	partial->texts = ARENA_ARRAY(&partial->arena, found->residual_count + 1, struct tip_text);
	if (!partial->ids || !partial->texts)
		return FAIL(&call->why, E_MEMORY, "no memory for a partial answer");
	for (size_t i = 0; i < found->residual_count; i++) {
		struct buffer text;
		buffer_init(&text, RESIDUAL_BYTES_MAX);
		cedar_residual_write(&found->residuals[i], &text);
		enum error code = buffer_check(&text, &call->why);
		if (code == E_OK)
			code = lib_keep(call, &partial->arena, buffer_slice(&text), &partial->texts[i]);
		buffer_free(&text);
		TRY(code);
		TRY(lib_keep(call, &partial->arena, found->residuals[i].id, &partial->ids[i]));
		partial->count++;
	}
	return E_OK;
}

static enum error make(struct lib_call *call, const struct tip_world *given, const struct tip_request *request,
		       const struct tip_text *fields, size_t count, struct tip_partial *partial)
{
	struct lib_request read;
	struct lib_world world;
	TRY(lib_request_read(call, request, TIP_UNKNOWN_PRINCIPAL | TIP_UNKNOWN_ACTION | TIP_UNKNOWN_RESOURCE,
			     &partial->arena, &read));
	TRY(lib_world_read(call, given, read.schema, &world));
	for (size_t i = 0; i < count; i++) {
		TRY(lib_text_check(call, fields[i], "the name of an unknown field"));
		TRY(open_field(call, &read, &partial->arena, lib_slice(fields[i]), &read.request.context));
	}
	TRY(cedar_partial_make(&read.request, &world.world, NULL, &partial->arena, &partial->partial, &call->why));
	return keep(call, partial);
}

static enum error answer(struct lib_call *call, const struct tip_world *world, const struct tip_request *request,
			 const struct tip_text *fields, size_t count, struct tip_partial **ret_partial)
{
	if (!ret_partial)
		return FAIL(&call->why, E_USAGE, "there is no place for the answer");
	if (count && !fields)
		return FAIL(&call->why, E_USAGE, "the unknown fields are NULL with a length");
	struct tip_partial *partial = memory_alloc(sizeof(*partial));
	if (!partial)
		return FAIL(&call->why, E_MEMORY, "no memory for a partial answer");
	arena_init(&partial->arena, PARTIAL_BYTES_MAX);
	enum error code = make(call, world, request, fields, count, partial);
	if (code == E_OK)
		*ret_partial = partial;
	else
		tip_partial_free(partial);
	return code;
}

int tip_partial_authorize(const struct tip_world *world, const struct tip_request *request,
			  const struct tip_text *unknown_fields, size_t unknown_count, struct tip_partial **ret_partial,
			  struct tip_error *error)
{
	struct lib_call call;
	if (ret_partial)
		*ret_partial = NULL;
	enum error code = lib_call_start(&call);
	if (code == E_OK)
		code = answer(&call, world, request, unknown_fields, unknown_count, ret_partial);
	return lib_call_end(&call, code, error);
}

void tip_partial_free(struct tip_partial *partial)
{
	if (!partial)
		return;
	arena_free(&partial->arena);
	memory_free(partial);
}

int tip_partial_possibility(const struct tip_partial *partial)
{
	static const int codes[] = {[CEDAR_NEVER] = TIP_NEVER, [CEDAR_MAYBE] = TIP_MAYBE, [CEDAR_ALWAYS] = TIP_ALWAYS};
	return partial ? codes[partial->partial.possibility] : TIP_NEVER;
}

size_t tip_partial_residual_count(const struct tip_partial *partial)
{
	return partial ? partial->count : 0;
}

int tip_partial_residual(const struct tip_partial *partial, size_t nth, struct tip_text *ret_id, struct tip_text *ret_text)
{
	if (!partial || !ret_id || !ret_text)
		return TIP_USAGE;
	if (nth >= partial->count)
		return TIP_NOT_FOUND;
	*ret_id = partial->ids[nth];
	*ret_text = partial->texts[nth];
	return TIP_OK;
}
