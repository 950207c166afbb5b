#include "lib/example.h"

static enum error split(struct lib_call *call, slice text, struct arena *arena, struct tip_text *ret_type,
			struct tip_text *ret_id)
{
	const struct cedar_uid *uid;
	TRY(cedar_uid_parse(arena, &call->key, text, &uid, &call->why));
	*ret_type = lib_text(uid->type);
	*ret_id = lib_text(uid->id);
	return E_OK;
}

enum error lib_example_make(struct lib_call *call, const struct analysis_example *found, struct arena *arena,
			    const struct tip_example **ret_example)
{
	*ret_example = NULL;
	if (!found)
		return E_OK;
	struct tip_example *example = ARENA_NEW(arena, struct tip_example);
	if (!example)
		return FAIL(&call->why, E_MEMORY, "no memory for an example");
	*example = (struct tip_example){.context = lib_text(found->context), .entities = lib_text(found->entities)};
	TRY(split(call, found->principal, arena, &example->principal_type, &example->principal_id));
	TRY(split(call, found->action, arena, &example->action_type, &example->action_id));
	TRY(split(call, found->resource, arena, &example->resource_type, &example->resource_id));
	*ret_example = example;
	return E_OK;
}

int lib_example_give(const struct tip_example *known, struct tip_example *to)
{
	if (!known)
		return TIP_NOT_FOUND;
	return lib_give(to, known, sizeof(*known), LIB_EXAMPLE_BYTES) ? TIP_OK : TIP_USAGE;
}
