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

static enum error start(struct lib_call *call, struct tip_entities **ret_entities)
{
	if (ret_entities)
		*ret_entities = NULL;
	TRY(lib_call_start(call));
	return ret_entities ? E_OK : FAIL(&call->why, E_USAGE, "there is no place for the entities");
}

int tip_entities_parse_json(const char *text, size_t len, const struct tip_parse_options *options,
			    struct tip_entities **ret_entities, struct tip_error *error)
{
	struct lib_call call;
	struct tip_parse_options known;
	enum error code = start(&call, ret_entities);
	if (code == E_OK)
		code = lib_options(&call, text, len, options, &known);
	if (code == E_OK)
		code = read_entities(&call, (slice){text, len}, &known, ret_entities);
	return lib_call_end(&call, code, error);
}

/* A handle for what `change` makes of the store. */
static enum error make_next(struct lib_call *call, struct tip_entities *entities,
			    enum error (*change)(struct lib_call *, struct cedar_entities *, const void *,
						 struct cedar_entities **),
			    const void *what, struct tip_entities **ret_entities)
{
	if (!entities)
		return FAIL(&call->why, E_USAGE, "there are no entities to change");
	struct tip_entities *next = memory_alloc(sizeof(*next));
	if (!next)
		return FAIL(&call->why, E_MEMORY, "no memory for entities");
	enum error error = change(call, entities->entities, what, &next->entities);
	if (error != E_OK) {
		memory_free(next);
		return error;
	}
	*ret_entities = next;
	return E_OK;
}

struct upsert {
	slice json;
	const struct tip_parse_options *options;
};

static enum error put_in(struct lib_call *call, struct cedar_entities *entities, const void *what,
			 struct cedar_entities **ret_version)
{
	const struct upsert *upsert = what;
	struct cedar_entities *incoming;
	TRY(build(call, upsert->json, upsert->options, &incoming));
	enum error error = cedar_entities_merge(entities, incoming, ret_version, &call->why);
	cedar_entities_free(incoming);
	return error;
}

static enum error take_out(struct lib_call *call, struct cedar_entities *entities, const void *what,
			   struct cedar_entities **ret_version)
{
	return cedar_entities_change(entities, what, 1, ret_version, &call->why);
}

int tip_entities_upsert(struct tip_entities *entities, const char *text, size_t len,
			const struct tip_parse_options *options, struct tip_entities **ret_entities,
			struct tip_error *error)
{
	struct lib_call call;
	struct tip_parse_options known;
	struct upsert upsert = {{text, len}, &known};
	enum error code = start(&call, ret_entities);
	if (code == E_OK)
		code = lib_options(&call, text, len, options, &known);
	if (code == E_OK)
		code = make_next(&call, entities, put_in, &upsert, ret_entities);
	return lib_call_end(&call, code, error);
}

int tip_entities_remove(struct tip_entities *entities, struct tip_text type, struct tip_text id,
			struct tip_entities **ret_entities, struct tip_error *error)
{
	struct lib_call call;
	struct cedar_entity_change removal = {true, {.type = lib_slice(type), .id = lib_slice(id)}};
	enum error code = start(&call, ret_entities);
	if (code == E_OK)
		code = lib_text_check(&call, type, "the type");
	if (code == E_OK)
		code = lib_text_check(&call, id, "the id");
	if (code == E_OK)
		code = make_next(&call, entities, take_out, &removal, ret_entities);
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
