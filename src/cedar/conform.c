#include "cedar/conform.h"

#include "cedar/mismatch.h"
#include "cedar/partial.h"
#include "cedar/schema_data.h"
#include "cedar/store.h"

struct conformer {
	const struct cedar_schema *schema;
	struct mismatch_list list;
};

/* The ids of an enum are listed; those of other types are free. */
static bool is_listed(const struct entity_type *type, slice id)
{
	if (!type || !type->is_enum)
		return true;
	for (uint32_t i = 0; i < type->choice_count; i++)
		if (slice_equal(type->choices[i], id))
			return true;
	return false;
}

static enum error check_listed(struct conformer *conformer, const struct place *place, const struct cedar_uid *uid)
{
	if (is_listed(schema_entity_type(conformer->schema, uid->type), uid->id))
		return E_OK;
	return mismatch_entity(&conformer->list, place, uid, " is not one of the entities of its enum");
}

static bool has_name(const slice *names, uint32_t count, slice name)
{
	for (uint32_t i = 0; i < count; i++)
		if (slice_equal(names[i], name))
			return true;
	return false;
}

/* Whatever it is, is it of the type? That it may be absent is not looked at. */
static bool unknown_fits(const struct type *type, struct cedar_value value)
{
	struct cedar_value any = possible_type(NULL, type, NULL);
	unsigned bits = value.mask & ~(unsigned)CEDAR_CAN_ABSENT;
	if (bits == 0 || bits & ~(unsigned)any.mask)
		return false;
	return type->kind != TYPE_ENTITY || (value.as.uid && has_name(type->names, type->count, value.as.uid->type));
}

/* The kind of the value only; what is inside is looked at by check_value. */
static bool fits(const struct type *type, struct cedar_value value)
{
	if (value.kind == CEDAR_UNKNOWN)
		return unknown_fits(type, value);
	switch ((enum type_kind)type->kind) {
	case TYPE_TRUE:
	case TYPE_FALSE:
		return value.kind == CEDAR_BOOL && value.as.boolean == (type->kind == TYPE_TRUE);
	case TYPE_BOOL:
		return value.kind == CEDAR_BOOL;
	case TYPE_LONG:
		return value.kind == CEDAR_LONG;
	case TYPE_STRING:
		return value.kind == CEDAR_STRING;
	case TYPE_ENTITY:
		return value.kind == CEDAR_ENTITY && has_name(type->names, type->count, value.as.uid->type);
	case TYPE_ANY_ENTITY:
		return value.kind == CEDAR_ENTITY;
	case TYPE_SET:
		return value.kind == CEDAR_SET;
	case TYPE_RECORD:
		return value.kind == CEDAR_RECORD;
	case TYPE_EXTENSION:
		return value.kind == type->extension;
	case TYPE_NEVER:
	case TYPE_KIND_COUNT:
		break;
	}
	return false;
}

static enum error check_value(struct conformer *conformer, const struct place *place, const struct type *type,
			      struct cedar_value value);

/* Fields and attributes are both sorted by name. */
static enum error check_record(struct conformer *conformer, const struct place *place, const struct type *type,
			       struct cedar_value record)
{
	for (uint32_t i = 0, j = 0;;) {
		const struct attribute *attribute = i < type->count ? &type->attributes[i] : NULL;
		const struct cedar_field *field = j < record.length ? &record.as.fields[j] : NULL;
		if (!attribute && !field)
			return E_OK;
		int order = !field ? -1 : !attribute ? 1 : slice_compare(attribute->name, field->key);
		struct place inner = {.outer = place, .name = order <= 0 ? attribute->name : field->key};
		if (order == 0)
			TRY(check_value(conformer, &inner, attribute->type, field->value));
		else if (order < 0 && attribute->is_required)
			TRY(mismatch_missing(&conformer->list, &inner, attribute->type));
		else if (order > 0 && !type->is_open)
			TRY(mismatch_about(&conformer->list, &inner, " is not declared in the schema"));
		i += order <= 0;
		j += order >= 0;
	}
}

static enum error check_value(struct conformer *conformer, const struct place *place, const struct type *type,
			      struct cedar_value value)
{
	struct place element = {.outer = place, .is_element = true};
	if (!fits(type, value))
		return mismatch_wrong(&conformer->list, place, type, value);
	if (value.kind == CEDAR_UNKNOWN)
		return E_OK;
	if (type->kind == TYPE_RECORD)
		return check_record(conformer, place, type, value);
	if (value.kind == CEDAR_ENTITY)
		return check_listed(conformer, place, value.as.uid);
	for (uint32_t i = 0; type->kind == TYPE_SET && i < value.length; i++)
		TRY(check_value(conformer, &element, type->element, value.as.items[i]));
	return E_OK;
}

/* Also what is not given as a record is one: it is empty. */
static enum error check_fields(struct conformer *conformer, const struct place *place, const struct type *type,
			       struct cedar_value record)
{
	static const struct cedar_value none = {.kind = CEDAR_RECORD};
	return check_value(conformer, place, type, record.kind == CEDAR_NONE ? none : record);
}

/* The principal or resource of a request. */
static enum error check_part(struct conformer *conformer, slice part, const struct cedar_uid *uid, bool is_unknown,
			     const struct action_type *action, const slice *types, uint32_t count)
{
	struct place place = {.name = part};
	if (!uid)
		return is_unknown ? E_OK : mismatch_about(&conformer->list, &place, " is missing");
	if (has_name(types, count, uid->type))
		return is_unknown ? E_OK : check_listed(conformer, &place, uid);
	if (schema_entity_type(conformer->schema, uid->type))
		return mismatch_applies(&conformer->list, &place, uid, action->uid, types, count);
	return mismatch_entity(&conformer->list, &place, uid, " is of a type that is not declared in the schema");
}

static enum error check_request(struct conformer *conformer, const struct cedar_request *request)
{
	static const struct place place_of_action = {.name = SLICE_INIT("action")};
	static const struct place place_of_context = {.name = SLICE_INIT("context")};
	if (request->action_unknown)
		return E_OK;
	if (!request->action)
		return mismatch_about(&conformer->list, &place_of_action, " is missing");
	const struct action_type *action = schema_action(conformer->schema, request->action);
	if (!action)
		return mismatch_entity(&conformer->list, &place_of_action, request->action,
				       " is not declared in the schema");
	TRY(check_part(conformer, SLICE("principal"), request->principal, request->principal_unknown, action,
		       action->principals, action->principal_count));
	TRY(check_part(conformer, SLICE("resource"), request->resource, request->resource_unknown, action,
		       action->resources, action->resource_count));
	return check_fields(conformer, &place_of_context, action->context, request->context);
}

/* The declared types of ancestors are closed, so that the parents of each entity are enough. */
static enum error check_parents(struct conformer *conformer, const struct entity_type *type,
				const struct cedar_entity_info *info)
{
	static const struct place place = {.name = SLICE_INIT("parent")};
	for (size_t i = 0; i < info->parent_count; i++) {
		if (has_name(type->ancestors, type->ancestor_count, info->parents[i]->type))
			TRY(check_listed(conformer, &place, info->parents[i]));
		else
			TRY(mismatch_entity(&conformer->list, &place, info->parents[i],
					    " is of a type that it is not declared to be in"));
	}
	return E_OK;
}

static enum error check_tags(struct conformer *conformer, const struct entity_type *type, struct cedar_value tags)
{
	static const struct place place = {.name = SLICE_INIT("tag"), .is_label = true};
	for (uint32_t i = 0; tags.kind == CEDAR_RECORD && i < tags.length; i++) {
		struct place tag = {.outer = &place, .name = tags.as.fields[i].key};
		if (type->tags)
			TRY(check_value(conformer, &tag, type->tags, tags.as.fields[i].value));
		else
			TRY(mismatch_about(&conformer->list, &tag, " stands on a type that has no tags"));
	}
	return E_OK;
}

static bool same_ancestors(const struct action_type *action, const struct cedar_entity_info *info)
{
	if (action->ancestor_count != info->ancestor_count)
		return false;
	for (uint32_t i = 0; i < action->ancestor_count; i++) {
		bool is_there = false;
		for (size_t j = 0; j < info->ancestor_count && !is_there; j++)
			is_there = cedar_uid_equal(action->ancestors[i], info->ancestors[j]);
		if (!is_there)
			return false;
	}
	return true;
}

/* An action must be what the schema says, with all its groups. */
static enum error check_action(struct conformer *conformer, const struct cedar_entity_info *info)
{
	static const struct place place = {.name = SLICE_INIT("the action")};
	const struct action_type *action = schema_action(conformer->schema, info->uid);
	if (!action)
		return mismatch_about(&conformer->list, &place, " is not declared in the schema");
	if (info->attributes.length > 0 || info->tags.length > 0)
		return mismatch_about(&conformer->list, &place, " has attributes or tags");
	return same_ancestors(action, info) ? E_OK
					    : mismatch_about(&conformer->list, &place,
							     " is in other groups than the schema says");
}

static bool is_action_type(slice type)
{
	return slice_equal(type, SLICE("Action")) || slice_ends_with(type, SLICE("::Action"));
}

static enum error check_entity(struct conformer *conformer, const struct cedar_entity_info *info)
{
	static const struct place place_of_type = {.name = SLICE_INIT("the type")};
	static const struct place place_of_id = {.name = SLICE_INIT("the id")};
	static const struct place place_of_attributes = {.name = SLICE_INIT("attribute"), .is_label = true};
	const struct entity_type *type = schema_entity_type(conformer->schema, info->uid->type);
	if (!type && is_action_type(info->uid->type))
		return check_action(conformer, info);
	if (!type)
		return mismatch_about(&conformer->list, &place_of_type, " is not declared in the schema");
	if (!is_listed(type, info->uid->id))
		TRY(mismatch_about(&conformer->list, &place_of_id, " is not one of those of its enum"));
	TRY(check_fields(conformer, &place_of_attributes, type->shape, info->attributes));
	TRY(check_tags(conformer, type, info->tags));
	return check_parents(conformer, type, info);
}

static void give(const struct conformer *conformer, struct cedar_conformance *ret_conformance)
{
	*ret_conformance = (struct cedar_conformance){conformer->list.items, conformer->list.kept, conformer->list.count};
}

enum error cedar_conform_request(const struct cedar_schema *schema, const struct cedar_request *request,
				 struct arena *arena, struct cedar_conformance *ret_conformance, struct fault *why)
{
	struct conformer conformer = {.schema = schema, .list = {.arena = arena, .why = why}};
	*ret_conformance = (struct cedar_conformance){.count = 1};
	TRY(check_request(&conformer, request));
	give(&conformer, ret_conformance);
	return E_OK;
}

struct conforming {
	struct conformer conformer;
	enum error error;
};

static bool visit_entity(void *context, const struct cedar_entity_info *entity)
{
	struct conforming *conforming = context;
	conforming->conformer.list.uid = entity->uid;
	conforming->error = check_entity(&conforming->conformer, entity);
	return conforming->error == E_OK;
}

enum error cedar_conform_entities(const struct cedar_schema *schema, const struct cedar_entities *entities,
				  struct arena *arena, struct cedar_conformance *ret_conformance, struct fault *why)
{
	struct conforming conforming = {{.schema = schema, .list = {.arena = arena, .why = why}}, E_OK};
	*ret_conformance = (struct cedar_conformance){.count = 1};
	if (schema->key.k0 != entities->key.k0 || schema->key.k1 != entities->key.k1)
		return FAIL(why, E_INVALID, "schema and entities were made with different hash keys");
	cedar_entities_each(entities, visit_entity, &conforming);
	TRY(conforming.error);
	give(&conforming.conformer, ret_conformance);
	return E_OK;
}
