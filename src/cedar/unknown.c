/* Unknowns as their types are named, by a person or by a schema. */
#include "cedar/partial.h"
#include "cedar/residual.h"

enum error cedar_unknown_parse(struct arena *arena, const struct hash_key *key, slice type,
			       struct cedar_value *ret_unknown, struct fault *why)
{
	for (unsigned kind = CEDAR_BOOL; kind <= CEDAR_IP; kind++) {
		slice name = slice_of(cedar_kind_name((enum cedar_kind)kind));
		/* `entity` names no type; what schemas call Bool, Long, String and Set is the same here. */
		if (kind == CEDAR_ENTITY || !slice_equal_fold(name, type))
			continue;
		*ret_unknown = cedar_unknown_of((enum cedar_kind)kind);
		return E_OK;
	}
	if (!cedar_name_check(type))
		return FAIL(why, E_INVALID, "`%.*s` is no type: bool, long, string, set, record, decimal, datetime, duration, "
					    "ipaddr or the name of an entity type",
			    SLICE_ARG(type));
	const struct cedar_uid *uid = cedar_uid_new(arena, key, type, SLICE(""));
	if (!uid)
		return FAIL(why, E_MEMORY, "no memory for a type");
	*ret_unknown = cedar_unknown_entity(uid);
	return E_OK;
}

enum error cedar_unknown_field(const struct cedar_schema *schema, const struct cedar_uid *action, slice name,
			       struct arena *arena, struct cedar_value *ret_unknown, struct fault *why)
{
	const struct action_type *type = schema_action(schema, action);
	if (!type)
		return FAIL(why, E_NOT_FOUND, "the schema has no action %.*s::\"%.*s\"", SLICE_ARG(action->type),
			    SLICE_ARG(action->id));
	const struct attribute *attribute = type->context ? type_attribute(type->context, name) : NULL;
	if (!attribute)
		return FAIL(why, E_NOT_FOUND, "the schema gives %.*s::\"%.*s\" no context.%.*s", SLICE_ARG(action->type),
			    SLICE_ARG(action->id), SLICE_ARG(name));
	*ret_unknown = possible_type(schema, attribute->type, arena);
	if (!attribute->is_required)
		*ret_unknown = cedar_unknown_optional(*ret_unknown);
	return E_OK;
}
