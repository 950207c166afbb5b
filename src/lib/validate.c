#include "lib/validation.h"

#include "base/memory.h"

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

enum error lib_validation_start(struct lib_call *call, struct tip_validation **ret_place,
				struct tip_validation **ret_validation)
{
	*ret_validation = NULL;
	if (ret_place)
		*ret_place = NULL;
	TRY(lib_call_start(call));
	if (!ret_place)
		return FAIL(&call->why, E_USAGE, "there is no place for the validation");
	struct tip_validation *validation = *ret_validation = memory_alloc(sizeof(*validation));
	if (!validation)
		return FAIL(&call->why, E_MEMORY, "no memory for a validation");
	arena_init(&validation->arena, CEDAR_STORE_BYTES_MAX);
	return E_OK;
}

int lib_validation_end(const struct lib_call *call, enum error code, struct tip_validation *validation,
		       struct tip_validation **ret_validation, struct tip_error *error)
{
	if (code == E_OK)
		*ret_validation = validation;
	else
		tip_validation_free(validation);
	return lib_call_end(call, code, error);
}

/* Of tip_validate. */
#define LEVEL_NONE UINT64_MAX

static enum error validate(struct lib_call *call, const struct tip_policyset *set, const struct tip_schema *schema,
			   int mode, uint64_t level, struct tip_validation *validation)
{
	struct cedar_validation found;
	enum cedar_validation_mode known = mode == TIP_STRICT ? CEDAR_STRICT : CEDAR_PERMISSIVE;
	if (!set || !schema)
		return FAIL(&call->why, E_USAGE, "there is no %s", set ? "schema" : "policy set");
	if (mode != TIP_STRICT && mode != TIP_PERMISSIVE)
		return FAIL(&call->why, E_USAGE, "%d is no mode of validation", mode);
	if (level != LEVEL_NONE && level > CEDAR_DEPTH_MAX)
		return FAIL(&call->why, E_USAGE, "a level is at most %u", CEDAR_DEPTH_MAX);
	if (level == LEVEL_NONE)
		TRY(cedar_validate(schema->schema, set->set, known, &validation->arena, &found, &call->why));
	else
		TRY(cedar_validate_level(schema->schema, set->set, known, (uint32_t)level, &validation->arena, &found,
					 &call->why));
	return keep(call, validation, &found);
}

static int answer(const struct tip_policyset *set, const struct tip_schema *schema, int mode, uint64_t level,
		  struct tip_validation **ret_validation, struct tip_error *error)
{
	struct lib_call call;
	struct tip_validation *validation;
	enum error code = lib_validation_start(&call, ret_validation, &validation);
	if (code == E_OK)
		code = validate(&call, set, schema, mode, level, validation);
	return lib_validation_end(&call, code, validation, ret_validation, error);
}

int tip_validate(const struct tip_policyset *set, const struct tip_schema *schema, int mode,
		 struct tip_validation **ret_validation, struct tip_error *error)
{
	return answer(set, schema, mode, LEVEL_NONE, ret_validation, error);
}

int tip_validate_level(const struct tip_policyset *set, const struct tip_schema *schema, int mode, uint32_t level,
		       struct tip_validation **ret_validation, struct tip_error *error)
{
	return answer(set, schema, mode, level, ret_validation, error);
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
	return lib_give(finding, &known, sizeof(known), LIB_FINDING_BYTES) ? TIP_OK : TIP_USAGE;
}
