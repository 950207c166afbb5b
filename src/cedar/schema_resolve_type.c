/* From names to types: common types are unfolded, records sorted. */
#include "cedar/limits.h"
#include "cedar/schema_resolver.h"

static struct type *new_type(struct resolver *resolver, enum type_kind kind)
{
	struct type *type = ARENA_NEW(resolver->arena, struct type);
	if (type)
		type->kind = (unsigned char)kind;
	return type;
}

static enum error entity_type_of(struct resolver *resolver, slice full, const struct type **ret_type)
{
	struct type *type = new_type(resolver, TYPE_ENTITY);
	slice *names = ARENA_NEW(resolver->arena, slice);
	if (!type || !names)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for a type");
	*names = full;
	type->names = names;
	type->count = 1;
	*ret_type = type;
	return E_OK;
}

/* So many parts more, which go so many levels down from here. */
static enum error grow(struct resolver *resolver, uint32_t offset, unsigned depth, uint32_t parts)
{
	if (resolver->depth + depth > CEDAR_VALUE_DEPTH_MAX)
		return RAW_FAIL(resolver->raw, E_LIMIT, offset, "the type is nested deeper than %u",
				CEDAR_VALUE_DEPTH_MAX);
	if (parts > CEDAR_TYPE_PARTS_MAX - resolver->parts)
		return RAW_FAIL(resolver->raw, E_LIMIT, offset,
				"written out without common types, the types have more than %u parts", CEDAR_TYPE_PARTS_MAX);
	if (resolver->depth + depth > resolver->deepest)
		resolver->deepest = resolver->depth + depth;
	resolver->parts += parts;
	return E_OK;
}

static enum error unfold_first(struct resolver *resolver, struct common *common)
{
	unsigned deepest = resolver->deepest;
	uint32_t parts = resolver->parts;
	common->is_open = true;
	resolver->deepest = resolver->depth;
	TRY(resolver_type(resolver, common->raw->space, common->raw->type, &common->type));
	common->depth = resolver->deepest - resolver->depth;
	common->parts = resolver->parts - parts;
	if (deepest > resolver->deepest)
		resolver->deepest = deepest;
	return E_OK;
}

enum error resolver_unfold(struct resolver *resolver, struct common *common, uint32_t offset,
			   const struct type **ret_type)
{
	if (common->is_open && !common->type)
		return RAW_FAIL(resolver->raw, E_INVALID, offset, "cycle in common type references containing `%.*s`",
				SLICE_ARG(common->raw->name));
	TRY(common->type ? grow(resolver, offset, common->depth, common->parts) : unfold_first(resolver, common));
	*ret_type = common->type;
	return E_OK;
}

/* In a namespace first, then outside of all, then the primitives; common types before entity types. */
static enum error resolve_name(struct resolver *resolver, slice space, const struct raw_type *raw,
			       const struct type **ret_type)
{
	slice spaces[2] = {space, SLICE("")};
	bool may_common = raw->kind != RAW_ENTITY, may_entity = raw->kind == RAW_NAME || raw->kind == RAW_ENTITY;
	for (size_t i = resolver_is_qualified(raw->name) ? 1 : 0; i < 2; i++) {
		slice full = resolver_full_name(resolver, spaces[i], raw->name);
		struct common *common = may_common && full.ptr ? map_get(&resolver->commons, full) : NULL;
		if (common)
			return resolver_unfold(resolver, common, raw->offset, ret_type);
		if (may_entity && full.ptr && map_get(&resolver->entities, full))
			return entity_type_of(resolver, full, ret_type);
	}
	slice name = raw->name;
	if (slice_starts_with(name, SLICE("__cedar::")))
		name = slice_from_offset(name, 9);
	*ret_type = may_common ? type_primitive(name) : NULL;
	return *ret_type ? E_OK
			 : resolver_undeclared(resolver, raw->name, raw->offset,
					       may_common && may_entity ? DECLARED_EITHER
					       : may_common		? DECLARED_COMMON
									: DECLARED_ENTITY);
}

static enum error resolve_record(struct resolver *resolver, slice space, const struct raw_type *raw,
				 const struct type **ret_type)
{
	struct type *type = new_type(resolver, TYPE_RECORD);
	struct attribute *attributes = ARENA_ARRAY(resolver->arena, raw->count, struct attribute);
	if (!type || !attributes)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for a record type");
	for (uint32_t i = 0; i < raw->count; i++) {
		const struct type *inner;
		TRY(resolver_type(resolver, space, raw->attributes[i].type, &inner));
		attributes[i] = (struct attribute){raw->attributes[i].name, inner, raw->attributes[i].is_required};
	}
	type_sort_attributes(attributes, raw->count);
	type->attributes = attributes;
	type->count = raw->count;
	type->is_open = raw->is_open;
	*ret_type = type;
	return E_OK;
}

enum error resolver_type(struct resolver *resolver, slice space, const struct raw_type *raw,
			 const struct type **ret_type)
{
	resolver->depth++;
	TRY(grow(resolver, raw->offset, 0, 1));
	if (raw->kind == RAW_SET) {
		struct type *type = new_type(resolver, TYPE_SET);
		if (!type)
			return FAIL(resolver->raw->why, E_MEMORY, "no memory for a type");
		TRY(resolver_type(resolver, space, raw->element, &type->element));
		*ret_type = type;
	} else if (raw->kind == RAW_RECORD) {
		TRY(resolve_record(resolver, space, raw, ret_type));
	} else if (raw->kind == RAW_PRIMITIVE) {
		*ret_type = type_primitive(raw->name);
		if (!*ret_type)
			return resolver_undeclared(resolver, raw->name, raw->offset, DECLARED_NONE);
	} else {
		TRY(resolve_name(resolver, space, raw, ret_type));
	}
	resolver->depth--;
	return E_OK;
}

enum error resolver_record_or_empty(struct resolver *resolver, slice space, const struct raw_type *raw,
				    const char *what, uint32_t offset, const struct type **ret_type)
{
	static const struct type empty = {.kind = TYPE_RECORD};
	*ret_type = &empty;
	if (!raw)
		return E_OK;
	TRY(resolver_type(resolver, space, raw, ret_type));
	if ((*ret_type)->kind != TYPE_RECORD)
		return RAW_FAIL(resolver->raw, E_INVALID, offset, "%s must have a record type", what);
	return E_OK;
}
