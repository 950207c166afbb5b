/* Attributes and tags: what is there, and what a `has` has made sure of. */
#include "cedar/typecheck_parts.h"

#include "base/nearest.h"

/* The type of tags that all of these entity types have; NULL where one of them has none or they do not fit. */
static const struct type *tags_of(struct checker *checker, const struct type *entity)
{
	const struct type *all = NULL;
	for (uint32_t i = 0; i < entity->count; i++) {
		const struct entity_type *type = schema_entity_type(checker->schema, entity->names[i]);
		if (!type || !type->tags)
			return NULL;
		all = all ? type_join(checker, all, type->tags) : type->tags;
		if (!all)
			return NULL;
	}
	return all;
}

static bool any_has_tags(const struct checker *checker, const struct type *entity)
{
	for (uint32_t i = 0; i < entity->count; i++) {
		const struct entity_type *type = schema_entity_type(checker->schema, entity->names[i]);
		if (type && type->tags)
			return true;
	}
	return false;
}

bool typecheck_tag(struct checker *checker, const struct node *node, const struct capability *known,
		   const struct type *left, const struct type *right, const struct type **ret_type,
		   const struct capability **ret_known)
{
	if (left->kind != TYPE_ENTITY)
		return checker_unexpected(checker, node->left, "an entity", left);
	if (right->kind != TYPE_STRING)
		return checker_unexpected(checker, node->right, "String", right);
	bool is_known = capability_knows(known, node->left, SLICE(""), node->right);
	if (node->kind == NODE_HAS_TAG) {
		*ret_type = is_known ? &type_true : any_has_tags(checker, left) ? &type_bool : &type_false;
		if ((*ret_type)->kind == TYPE_BOOL)
			*ret_known = capability_learn(checker, node->left, SLICE(""), node->right);
		return !checker->no_memory;
	}
	*ret_type = tags_of(checker, left);
	if (!*ret_type)
		return checker_fail(checker, node->offset, "the entity type `%.*s` has no tags",
				    SLICE_ARG(left->names[0]));
	if (!is_known)
		return checker_fail(checker, node->offset,
				    "unable to guarantee safety of access to a tag on entity type `%.*s`: "
				    "check with hasTag first",
				    SLICE_ARG(left->names[0]));
	return true;
}

/* The shape of the holder, or of the entity type at `index` of those that it may be. NULL: it has none. */
static const struct type *shape_at(const struct checker *checker, const struct type *holder, uint32_t index)
{
	if (holder->kind == TYPE_RECORD)
		return holder;
	const struct entity_type *type = schema_entity_type(checker->schema, holder->names[index]);
	return type ? type->shape : NULL;
}

const struct type *checker_attribute(struct checker *checker, const struct type *holder, slice name, bool *ret_required,
				     bool *ret_any)
{
	const struct type *all = NULL;
	uint32_t count = holder->kind == TYPE_RECORD ? 1 : holder->count, found = 0;
	*ret_required = true;
	*ret_any = holder->is_open;
	for (uint32_t i = 0; i < count; i++) {
		const struct type *record = shape_at(checker, holder, i);
		const struct attribute *attribute = record ? type_attribute(record, name) : NULL;
		if (!attribute)
			continue;
		*ret_any = true;
		*ret_required = *ret_required && attribute->is_required;
		all = found++ ? all ? type_join(checker, all, attribute->type) : NULL : attribute->type;
	}
	return found == count ? all : NULL;
}

/* Always false. */
static bool no_attribute(struct checker *checker, const struct node *node, const struct type *holder)
{
	struct nearest meant = nearest_of(node->name);
	char text[100], hint[NEAREST_HINT_BYTES];
	for (uint32_t i = 0; i < (holder->kind == TYPE_RECORD ? 1 : holder->count); i++) {
		const struct type *shape = shape_at(checker, holder, i);
		for (uint32_t j = 0; shape && j < shape->count; j++)
			nearest_offer(&meant, shape->attributes[j].name);
	}
	return checker_fail(checker, node->offset, "attribute `%.*s` not found on %s%s", SLICE_ARG(node->name),
			    checker_type_text(holder, text), nearest_hint(&meant, hint));
}

/* Of the attribute that `node` takes out of what is of the type `holder`. */
static bool check_attribute(struct checker *checker, const struct node *node, const struct type *holder,
			    const struct capability *known, const struct type **ret_type)
{
	bool required, any;
	if (holder->kind != TYPE_RECORD && holder->kind != TYPE_ENTITY)
		return checker_unexpected(checker, node->left, "an entity or a record", holder);
	*ret_type = checker_attribute(checker, holder, node->name, &required, &any);
	if (!*ret_type)
		return no_attribute(checker, node, holder);
	if (required || capability_knows(known, node->left, node->name, NULL))
		return true;
	return checker_fail(checker, node->offset,
			    "unable to guarantee safety of access to optional attribute `%.*s`: check with has first",
			    SLICE_ARG(node->name));
}

bool typecheck_attribute(struct checker *checker, const struct node *node, const struct capability *known,
			 const struct type **ret_type)
{
	const struct type *holder;
	return typecheck_type(checker, node->left, known, &holder) &&
	       check_attribute(checker, node, holder, known, ret_type);
}

/* One step of `has`: `expression has name`, the expression being of the type `holder`. */
static bool check_has_step(struct checker *checker, const struct node *expression, const struct type *holder, slice name,
			   const struct capability *known, const struct type **ret_type,
			   const struct capability **ret_known)
{
	bool required, any;
	*ret_known = NULL;
	if (holder->kind != TYPE_RECORD && holder->kind != TYPE_ENTITY)
		return checker_unexpected(checker, expression, "an entity or a record", holder);
	const struct type *found = checker_attribute(checker, holder, name, &required, &any);
	if (!any) {
		*ret_type = &type_false;
		return true;
	}
	/* An entity may be absent, so that not even a required attribute is certain. */
	bool certain = (found && required && holder->kind == TYPE_RECORD) ||
		       capability_knows(known, expression, name, NULL);
	*ret_type = certain ? &type_true : &type_bool;
	if (!certain)
		*ret_known = capability_learn(checker, expression, name, NULL);
	return !checker->no_memory;
}

/* `e has a.b.c` is `e has a && e.a has b && e.a.b has c`; `e` is looked at once. */
bool typecheck_has(struct checker *checker, const struct node *node, const struct capability *known,
		   const struct type **ret_type, const struct capability **ret_known)
{
	const struct node *expression = node->left;
	const struct type *type = &type_true, *holder;
	const struct capability *learned = NULL, *all = known;
	if (!typecheck_type(checker, expression, known, &holder))
		return false;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *next = NULL;
		const struct capability *more;
		if (!check_has_step(checker, expression, holder, node->names[i], all, &next, &more))
			return false;
		if (next->kind == TYPE_FALSE) {
			*ret_type = &type_false;
			return true;
		}
		if (next->kind == TYPE_BOOL)
			type = &type_bool;
		learned = capability_join(checker, learned, more);
		all = capability_join(checker, all, more);
		if (i + 1 == node->count)
			break;
		struct node *inner = ARENA_NEW(checker->arena, struct node);
		if (!inner)
			return checker_no_memory(checker);
		*inner = (struct node){.kind = NODE_ATTRIBUTE, .offset = node->offset, .left = expression,
				       .depth = (uint16_t)(expression->depth + 1)};
		inner->name = node->names[i];
		if (!check_attribute(checker, inner, holder, all, &holder))
			return false;
		expression = inner;
	}
	*ret_type = type;
	*ret_known = learned;
	return !checker->no_memory;
}
