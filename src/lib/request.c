#include "lib/inside.h"

#include "cedar/json_value.h"
#include "cedar/residual.h"
#include "text/json.h"
#include "text/utf8.h"

static enum error check_id(struct lib_call *call, struct tip_text id, const char *what)
{
	TRY(lib_text_check(call, id, what));
	if (id.len > CEDAR_TEXT_BYTES_MAX)
		return FAIL(&call->why, E_LIMIT, "the id of the %s has %zu bytes", what, id.len);
	if (!utf8_valid(lib_slice(id)))
		return FAIL(&call->why, E_INVALID, "the id of the %s is not UTF-8", what);
	return E_OK;
}

enum error lib_uid_make(struct lib_call *call, struct tip_text type, struct tip_text id, const char *what,
			struct cedar_uid *ret_uid)
{
	TRY(lib_text_check(call, type, what));
	TRY(check_id(call, id, what));
	if (!cedar_name_check(lib_slice(type)))
		return FAIL(&call->why, E_INVALID, "the type of the %s is not a name", what);
	*ret_uid = cedar_uid_make(&call->key, lib_slice(type), lib_slice(id));
	return E_OK;
}

/* An unknown part has its type or nothing, and never an id. */
static enum error read_part(struct lib_call *call, struct tip_text type, struct tip_text id, bool is_unknown,
			    const char *what, struct cedar_uid *uid, const struct cedar_uid **ret_uid)
{
	if (is_unknown && id.len)
		return FAIL(&call->why, E_USAGE, "the %s is unknown, and has an id", what);
	*ret_uid = NULL;
	if (is_unknown && !type.len)
		return E_OK;
	TRY(lib_uid_make(call, type, id, what, uid));
	*ret_uid = uid;
	return E_OK;
}

static enum error read_context(struct lib_call *call, struct arena *arena, const struct tip_request *given,
			       const struct cedar_uid *action, struct cedar_value *ret_context)
{
	struct json_doc doc;
	TRY(lib_text_check(call, given->context, "the context"));
	if (!given->context.len)
		return E_OK;
	struct json_reader reader = {.arena = arena, .key = &call->key, .source = SLICE("context"),
				     .problem = &call->problem, .why = &call->why};
	TRY(json_read_document(&reader, &doc, lib_slice(given->context), NULL));
	const struct action_type *declared =
		given->schema && action ? schema_action(given->schema->schema, action) : NULL;
	TRY(json_read_value(&reader, json_root(&doc), declared ? declared->context : NULL, ret_context));
	if (ret_context->kind != CEDAR_RECORD)
		return READER_FAIL(&reader, E_INVALID, json_root(&doc), "the context is not a record");
	return E_OK;
}

static enum error take(struct lib_call *call, const struct tip_request *given, uint32_t flags,
		       struct tip_request *ret_known)
{
	if (!given)
		return FAIL(&call->why, E_USAGE, "there is no request");
	if (!lib_take(ret_known, sizeof(*ret_known), given, LIB_REQUEST_BYTES))
		return FAIL(&call->why, E_USAGE, "size of tip_request is %zu", given->size);
	if ((ret_known->flags & ~flags) || ret_known->reserved)
		return FAIL(&call->why, E_USAGE, "a flag of the request is not known");
	return E_OK;
}

enum error lib_request_read(struct lib_call *call, const struct tip_request *given, uint32_t flags, struct arena *arena,
			    struct lib_request *ret)
{
	struct tip_request known;
	*ret = (struct lib_request){.schema = NULL};
	TRY(take(call, given, flags, &known));
	struct cedar_request *request = &ret->request;
	request->with_facts = known.flags & TIP_WITH_FACTS;
	request->principal_unknown = known.flags & TIP_UNKNOWN_PRINCIPAL;
	request->action_unknown = known.flags & TIP_UNKNOWN_ACTION;
	request->resource_unknown = known.flags & TIP_UNKNOWN_RESOURCE;
	ret->schema = known.schema ? known.schema->schema : NULL;
	TRY(read_part(call, known.principal_type, known.principal_id, request->principal_unknown, "principal", &ret->principal,
		      &request->principal));
	TRY(read_part(call, known.action_type, known.action_id, request->action_unknown, "action", &ret->action,
		      &request->action));
	TRY(read_part(call, known.resource_type, known.resource_id, request->resource_unknown, "resource", &ret->resource,
		      &request->resource));
	return read_context(call, arena, &known, request->action_unknown ? NULL : request->action, &request->context);
}

enum error lib_world_read(struct lib_call *call, const struct tip_world *given, const struct cedar_schema *schema,
			  struct lib_world *ret)
{
	struct tip_world known;
	*ret = (struct lib_world){.world = {.layers = ret->layers, .sets = ret->sets}};
	if (!given)
		return FAIL(&call->why, E_USAGE, "there is no world");
	if (!lib_take(&known, sizeof(known), given, LIB_WORLD_BYTES))
		return FAIL(&call->why, E_USAGE, "size of tip_world is %zu", given->size);
	if (known.set_count > CEDAR_POLICYSETS_MAX || known.store_count >= CEDAR_LAYERS_MAX)
		return FAIL(&call->why, E_LIMIT, "more than %u policy sets or %u stores of entities", CEDAR_POLICYSETS_MAX,
			    CEDAR_LAYERS_MAX - 1);
	if ((known.set_count && !known.sets) || (known.store_count && !known.stores))
		return FAIL(&call->why, E_USAGE, "a list of the world is NULL with a length");
	for (size_t i = 0; i < known.set_count; i++) {
		if (!known.sets[i])
			return FAIL(&call->why, E_USAGE, "there is no policy set");
		ret->sets[ret->world.set_count++] = known.sets[i]->set;
	}
	for (size_t i = 0; i < known.store_count; i++) {
		if (!known.stores[i])
			return FAIL(&call->why, E_USAGE, "a store of entities is NULL");
		ret->layers[ret->world.layer_count++] = known.stores[i]->entities;
	}
	if (schema)
		ret->layers[ret->world.layer_count++] = cedar_schema_actions(schema);
	return E_OK;
}
