/* Declarations as they come in, with what can be refused at once. */
#include "cedar/schema_raw.h"

static bool is_reserved_type(slice name)
{
	static const slice reserved[] = {SLICE_INIT("Bool"),   SLICE_INIT("Boolean"), SLICE_INIT("Entity"),
					 SLICE_INIT("Extension"), SLICE_INIT("Long"),	 SLICE_INIT("Record"),
					 SLICE_INIT("Set"),	  SLICE_INIT("String")};
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (slice_equal(reserved[i], name))
			return true;
	return false;
}

bool raw_space_is_used(const struct raw_schema *raw, slice space)
{
	for (size_t i = 0; i < raw->entities.count; i++)
		if (slice_equal(((const struct raw_entity *)raw->entities.items[i])->space, space))
			return true;
	for (size_t i = 0; i < raw->actions.count; i++)
		if (slice_equal(((const struct raw_action *)raw->actions.items[i])->space, space))
			return true;
	for (size_t i = 0; i < raw->commons.count; i++)
		if (slice_equal(((const struct raw_common *)raw->commons.items[i])->space, space))
			return true;
	return false;
}

bool raw_has_common(const struct raw_schema *raw, slice space, slice name)
{
	for (size_t i = 0; i < raw->commons.count; i++) {
		const struct raw_common *common = raw->commons.items[i];
		if (slice_equal(common->space, space) && slice_equal(common->name, name))
			return true;
	}
	return false;
}

/* Duplicates are found when names are entered into the tables of the resolver. */
enum error raw_add_entity(struct raw_schema *raw, const struct raw_entity *entity)
{
	struct raw_entity *copy = ARENA_NEW(raw->arena, struct raw_entity);
	if (slice_equal(entity->name, SLICE("Action")))
		return RAW_FAIL(raw, E_INVALID, entity->offset, "an entity type must not be named `Action`");
	if (!copy)
		return FAIL(raw->why, E_MEMORY, "no memory for an entity type");
	*copy = *entity;
	return pointer_list_add(&raw->entities, raw->arena, copy, raw->why);
}

enum error raw_add_action(struct raw_schema *raw, const struct raw_action *action)
{
	struct raw_action *copy = ARENA_NEW(raw->arena, struct raw_action);
	if (!copy)
		return FAIL(raw->why, E_MEMORY, "no memory for an action");
	*copy = *action;
	return pointer_list_add(&raw->actions, raw->arena, copy, raw->why);
}

enum error raw_add_common(struct raw_schema *raw, const struct raw_common *common)
{
	struct raw_common *copy = ARENA_NEW(raw->arena, struct raw_common);
	if (is_reserved_type(common->name))
		return RAW_FAIL(raw, E_INVALID, common->offset,
				"`%.*s` is reserved and cannot be the name of a common type", SLICE_ARG(common->name));
	if (!copy)
		return FAIL(raw->why, E_MEMORY, "no memory for a common type");
	*copy = *common;
	return pointer_list_add(&raw->commons, raw->arena, copy, raw->why);
}
