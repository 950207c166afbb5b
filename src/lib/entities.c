#include "lib/inside.h"

#include "base/memory.h"

static enum error build(struct lib_call *call, slice json, const struct tip_parse_options *options,
			struct cedar_entities **ret_entities)
{
	slice name = lib_slice(options->name);
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&call->key);
	if (!builder)
		return FAIL(&call->why, E_MEMORY, "no memory for entities");
	enum error error;
	if (options->schema)
		error = cedar_entities_add_typed_json(builder, options->schema->schema, name, json, &call->problem,
						      &call->why);
	else
		error = cedar_entities_add_json(builder, name, json, &call->problem, &call->why);
	if (error != E_OK) {
		cedar_entities_builder_free(builder);
		return error;
	}
	return cedar_entities_build(builder, ret_entities, &call->why);
}

static enum error read_entities(struct lib_call *call, slice json, const struct tip_parse_options *options,
				struct tip_entities **ret_entities)
{
	struct tip_entities *entities = memory_alloc(sizeof(*entities));
	if (!entities)
		return FAIL(&call->why, E_MEMORY, "no memory for entities");
	enum error error = build(call, json, options, &entities->entities);
	if (error != E_OK) {
		memory_free(entities);
		return error;
	}
	*ret_entities = entities;
	return E_OK;
}

int tip_entities_parse_json(const char *text, size_t len, const struct tip_parse_options *options,
			    struct tip_entities **ret_entities, struct tip_error *error)
{
	struct lib_call call;
	struct tip_parse_options known;
	enum error code = lib_call_start(&call);
	if (code == E_OK && !ret_entities)
		code = FAIL(&call.why, E_USAGE, "there is no place for the entities");
	if (ret_entities)
		*ret_entities = NULL;
	if (code == E_OK)
		code = lib_options(&call, text, len, options, &known);
	if (code == E_OK)
		code = read_entities(&call, (slice){text, len}, &known, ret_entities);
	return lib_call_end(&call, code, error);
}

void tip_entities_free(struct tip_entities *entities)
{
	if (!entities)
		return;
	cedar_entities_free(entities->entities);
	memory_free(entities);
}

size_t tip_entities_count(const struct tip_entities *entities)
{
	return entities ? cedar_entities_count(entities->entities) : 0;
}
