#include "lib/validation.h"

/* Names no more than a sentence can hold. */
#define SAYS_BYTES_MAX (1u << 20)

static enum error keep(struct lib_call *call, const struct cedar_conformance *found, struct tip_validation *validation)
{
	struct cedar_finding *findings = ARENA_ARRAY(&validation->arena, found->kept + 1, struct cedar_finding);
	if (!findings)
		return FAIL(&call->why, E_MEMORY, "no memory for findings");
	for (size_t i = 0; i < found->kept; i++) {
		struct buffer says;
		buffer_init(&says, SAYS_BYTES_MAX);
		cedar_mismatch_write(&says, &found->mismatches[i]);
		findings[i].message = arena_copy(&validation->arena, buffer_slice(&says));
		buffer_free(&says);
		if (!findings[i].message.ptr)
			return FAIL(&call->why, E_MEMORY, "no memory for findings");
	}
	validation->findings = findings;
	validation->count = found->kept;
	validation->error_count = found->count;
	return E_OK;
}

static enum error check_request(struct lib_call *call, const struct tip_request *request,
				struct tip_validation *validation)
{
	struct cedar_conformance found;
	struct lib_request read;
	TRY(lib_request_read(call, request, TIP_WITH_FACTS, &validation->arena, &read));
	if (!read.schema)
		return FAIL(&call->why, E_USAGE, "the request has no schema");
	TRY(cedar_conform_request(read.schema, &read.request, &validation->arena, &found, &call->why));
	return keep(call, &found, validation);
}

int tip_check_request(const struct tip_request *request, struct tip_validation **ret_validation, struct tip_error *error)
{
	struct lib_call call;
	struct tip_validation *validation;
	enum error code = lib_validation_start(&call, ret_validation, &validation);
	if (code == E_OK)
		code = check_request(&call, request, validation);
	return lib_validation_end(&call, code, validation, ret_validation, error);
}

static enum error check_entities(struct lib_call *call, const struct tip_schema *schema,
				 const struct tip_entities *entities, struct tip_validation *validation)
{
	struct cedar_conformance found;
	if (!schema || !entities)
		return FAIL(&call->why, E_USAGE, "there is no %s", schema ? "store of entities" : "schema");
	TRY(cedar_conform_entities(schema->schema, entities->entities, &validation->arena, &found, &call->why));
	return keep(call, &found, validation);
}

int tip_check_entities(const struct tip_schema *schema, const struct tip_entities *entities,
		       struct tip_validation **ret_validation, struct tip_error *error)
{
	struct lib_call call;
	struct tip_validation *validation;
	enum error code = lib_validation_start(&call, ret_validation, &validation);
	if (code == E_OK)
		code = check_entities(&call, schema, entities, validation);
	return lib_validation_end(&call, code, validation, ret_validation, error);
}
