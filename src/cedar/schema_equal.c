/* Do two schemas mean the same? */
#include "cedar/schema_data.h"

static bool names_equal(const slice *a, uint32_t a_count, const slice *b, uint32_t b_count)
{
	if (a_count != b_count)
		return false;
	for (uint32_t i = 0; i < a_count; i++)
		if (!slice_equal(a[i], b[i]))
			return false;
	return true;
}

static bool has_choice(const struct entity_type *type, slice choice)
{
	for (uint32_t i = 0; i < type->choice_count; i++)
		if (slice_equal(type->choices[i], choice))
			return true;
	return false;
}

/* Of enums, order and repetition do not count. */
static bool choices_equal(const struct entity_type *a, const struct entity_type *b)
{
	for (uint32_t i = 0; i < a->choice_count; i++)
		if (!has_choice(b, a->choices[i]))
			return false;
	for (uint32_t i = 0; i < b->choice_count; i++)
		if (!has_choice(a, b->choices[i]))
			return false;
	return a->is_enum == b->is_enum;
}

static bool entity_types_equal(const struct entity_type *a, const struct entity_type *b)
{
	return slice_equal(a->name, b->name) && choices_equal(a, b) && type_equal(a->shape, b->shape) &&
	       !a->tags == !b->tags && (!a->tags || type_equal(a->tags, b->tags)) &&
	       names_equal(a->ancestors, a->ancestor_count, b->ancestors, b->ancestor_count);
}

static bool is_in(const struct action_type *action, const struct cedar_uid *ancestor)
{
	for (uint32_t i = 0; i < action->ancestor_count; i++)
		if (cedar_uid_equal(action->ancestors[i], ancestor))
			return true;
	return false;
}

/* An action that applies to no principal or no resource has no requests, whatever else it says. */
static bool applies_equal(const struct action_type *a, const struct action_type *b)
{
	bool a_applies = a->principal_count && a->resource_count, b_applies = b->principal_count && b->resource_count;
	if (!a_applies || !b_applies)
		return a_applies == b_applies;
	return names_equal(a->principals, a->principal_count, b->principals, b->principal_count) &&
	       names_equal(a->resources, a->resource_count, b->resources, b->resource_count) &&
	       type_equal(a->context, b->context);
}

static bool action_types_equal(const struct action_type *a, const struct action_type *b)
{
	if (!cedar_uid_equal(a->uid, b->uid) || a->ancestor_count != b->ancestor_count)
		return false;
	for (uint32_t i = 0; i < a->ancestor_count; i++)
		if (!is_in(b, a->ancestors[i]))
			return false;
	return applies_equal(a, b);
}

bool cedar_schema_equal(const struct cedar_schema *a, const struct cedar_schema *b)
{
	if (a->type_count != b->type_count || a->action_count != b->action_count)
		return false;
	for (size_t i = 0; i < a->type_count; i++)
		if (!entity_types_equal(&a->types[i], &b->types[i]))
			return false;
	for (size_t i = 0; i < a->action_count; i++) {
		const struct action_type *other = schema_action(b, a->actions[i].uid);
		if (!other || !action_types_equal(&a->actions[i], other))
			return false;
	}
	return true;
}
