#include "lib/inside.h"

#include "base/memory.h"

struct tip_validation {
	struct arena arena;
	const struct cedar_finding *findings;
	size_t count;
	size_t error_count;
};

/* Texts are copied, so that the validation stands alone. */
static enum error keep(struct lib_call *call, struct tip_validation *validation, const struct cedar_validation *found)
{
	struct cedar_finding *findings = ARENA_ARRAY(&validation->arena, found->count, struct cedar_finding);
	if (!findings)
		return FAIL(&call->why, E_MEMORY, "no memory for findings");
	for (size_t i = 0; i < found->count; i++) {
		findings[i] = found->findings[i];
		findings[i].id = arena_copy(&validation->arena, findings[i].id);
		findings[i].message = arena_copy(&validation->arena, findings[i].message);
		if (!findings[i].id.ptr || !findings[i].message.ptr)
			return FAIL(&call->why, E_MEMORY, "no memory for findings");
	}
	validation->findings = findings;
	validation->count = found->count;
	validation->error_count = found->error_count;
	return E_OK;
}

static enum error validate(struct lib_call *call, const struct tip_policyset *set, const struct tip_schema *schema,
			   int mode, struct tip_validation **ret_validation)
{
	struct cedar_validation found;
	if (!ret_validation || !set || !schema)
		return FAIL(&call->why, E_USAGE, "there is no %s",
			    !set ? "policy set" : !schema ? "schema" : "place for the validation");
	if (mode != TIP_STRICT && mode != TIP_PERMISSIVE)
		return FAIL(&call->why, E_USAGE, "%d is no mode of validation", mode);
	struct tip_validation *validation = memory_alloc(sizeof(*validation));
	if (!validation)
		return FAIL(&call->why, E_MEMORY, "no memory for a validation");
	arena_init(&validation->arena, CEDAR_STORE_BYTES_MAX);
	enum error error = cedar_validate(schema->schema, set->set, mode == TIP_STRICT ? CEDAR_STRICT : CEDAR_PERMISSIVE,
					  &validation->arena, &found, &call->why);
	if (error == E_OK)
		error = keep(call, validation, &found);
	if (error == E_OK)
		*ret_validation = validation;
	else
		tip_validation_free(validation);
	return error;
}

int tip_validate(const struct tip_policyset *set, const struct tip_schema *schema, int mode,
		 struct tip_validation **ret_validation, struct tip_error *error)
{
	struct lib_call call;
	if (ret_validation)
		*ret_validation = NULL;
	enum error code = lib_call_start(&call);
	if (code == E_OK)
		code = validate(&call, set, schema, mode, ret_validation);
	return lib_call_end(&call, code, error);
}

void tip_validation_free(struct tip_validation *validation)
{
	if (!validation)
		return;
	arena_free(&validation->arena);
	memory_free(validation);
}

size_t tip_validation_error_count(const struct tip_validation *validation)
{
	return validation ? validation->error_count : SIZE_MAX;
}

size_t tip_validation_count(const struct tip_validation *validation)
{
	return validation ? validation->count : 0;
}

int tip_validation_finding(const struct tip_validation *validation, size_t nth, struct tip_finding *finding)
{
	if (!validation || !finding)
		return TIP_USAGE;
	if (nth >= validation->count)
		return TIP_NOT_FOUND;
	const struct cedar_finding *found = &validation->findings[nth];
	struct tip_finding known = {.id = lib_text(found->id), .sentence = lib_text(found->message),
				    .is_warning = found->is_warning, .line = found->line, .column = found->column};
	return lib_give(finding, &known, sizeof(known), sizeof(known)) ? TIP_OK : TIP_USAGE;
}
