#include "cedar/typecheck.h"

#include "cedar/extension.h"

#include <stdarg.h>
#include <stdio.h>

bool checker_no_memory(struct checker *checker)
{
	checker->no_memory = true;
	checker->has_failed = true;
	return false;
}

bool checker_fail(struct checker *checker, uint32_t offset, const char *format, ...)
{
	char text[300];
	va_list arguments;
	if (checker->has_failed)
		return false;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	checker->has_failed = true;
	checker->offset = offset;
	checker->message = arena_copy(checker->arena, slice_of(text));
	return checker->message.ptr ? false : checker_no_memory(checker);
}

/* The type as text, cut where it is long; at most two of them are in use at once. */
static const char *type_text(const struct type *type, char text[100])
{
	struct buffer buffer = {.ptr = text, .size = 99, .bytes_max = 99};
	type_write(&buffer, type);
	text[buffer.len] = '\0';
	return text;
}

static bool unexpected(struct checker *checker, const struct node *node, const char *expected,
		       const struct type *type)
{
	char text[100];
	return checker_fail(checker, node->offset, "unexpected type: expected %s but saw %s", expected,
			    type_text(type, text));
}

static bool incompatible(struct checker *checker, const struct node *node, const struct type *a, const struct type *b)
{
	char first[100], second[100];
	if (checker->no_memory)
		return false;
	return checker_fail(checker, node->offset, "the types %s and %s are not compatible", type_text(a, first),
			    type_text(b, second));
}

static bool is_bool(const struct type *type)
{
	return type->kind == TYPE_TRUE || type->kind == TYPE_FALSE || type->kind == TYPE_BOOL;
}

const struct type *checker_entity_type(struct checker *checker, slice name)
{
	struct type *type = ARENA_NEW(checker->arena, struct type);
	slice *names = ARENA_NEW(checker->arena, slice);
	if (!type || !names) {
		checker_no_memory(checker);
		return NULL;
	}
	*names = name;
	*type = (struct type){.kind = TYPE_ENTITY, .count = 1, .names = names};
	return type;
}

/* Puts the items of `more` in front of `list`. */
static const struct capability *add_all(struct checker *checker, const struct capability *list,
					const struct capability *more)
{
	if (!list)
		return more;
	for (; more; more = more->next) {
		struct capability *copy = ARENA_NEW(checker->arena, struct capability);
		if (!copy) {
			checker_no_memory(checker);
			return list;
		}
		*copy = *more;
		copy->next = list;
		list = copy;
	}
	return list;
}

static bool knows(const struct capability *known, const struct node *expression, slice attribute,
		  const struct node *tag)
{
	for (; known; known = known->next) {
		if (!known->tag != !tag || !node_equal(known->expression, expression))
			continue;
		if (tag ? node_equal(known->tag, tag) : slice_equal(known->attribute, attribute))
			return true;
	}
	return false;
}

static const struct capability *common(struct checker *checker, const struct capability *a, const struct capability *b)
{
	const struct capability *list = NULL;
	for (; a; a = a->next) {
		if (!knows(b, a->expression, a->attribute, a->tag))
			continue;
		struct capability *copy = ARENA_NEW(checker->arena, struct capability);
		if (!copy) {
			checker_no_memory(checker);
			return NULL;
		}
		*copy = *a;
		copy->next = list;
		list = copy;
	}
	return list;
}

static const struct capability *learn(struct checker *checker, const struct node *expression, slice attribute,
				      const struct node *tag)
{
	struct capability *made = ARENA_NEW(checker->arena, struct capability);
	if (!made) {
		checker_no_memory(checker);
		return NULL;
	}
	*made = (struct capability){.expression = expression, .attribute = attribute, .tag = tag};
	return made;
}

/* The type only; what is learned does not matter. */
static bool type_of(struct checker *checker, const struct node *node, const struct capability *known,
		    const struct type **ret_type)
{
	const struct capability *learned;
	return typecheck(checker, node, known, ret_type, &learned);
}

static bool check_literal(struct checker *checker, const struct node *node, const struct type **ret_type)
{
	switch ((int)node->value.kind) {
	case CEDAR_BOOL:
		*ret_type = node->value.as.boolean ? &type_true : &type_false;
		return true;
	case CEDAR_LONG:
		*ret_type = &type_long;
		return true;
	case CEDAR_STRING:
		*ret_type = &type_string;
		return true;
	default:
		if (!typecheck_uid(checker, node->value.as.uid, node->offset))
			return false;
		*ret_type = checker_entity_type(checker, node->value.as.uid->type);
		return *ret_type != NULL;
	}
}

static bool check_variable(struct checker *checker, const struct node *node, const struct type **ret_type)
{
	if (node->detail == VARIABLE_PRINCIPAL)
		*ret_type = checker->principal;
	else if (node->detail == VARIABLE_RESOURCE)
		*ret_type = checker->resource;
	else if (node->detail == VARIABLE_CONTEXT)
		*ret_type = checker->action->context;
	else
		*ret_type = checker_entity_type(checker, checker->action->uid->type);
	return *ret_type != NULL;
}

/* What stands behind something that is always false is not looked at. */
static bool check_and(struct checker *checker, const struct node *node, const struct capability *known,
		      const struct type **ret_type, const struct capability **ret_known)
{
	const struct type *type = &type_true;
	const struct capability *learned = NULL;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *next = NULL;
		const struct capability *more = NULL;
		if (!typecheck(checker, node->items[i], add_all(checker, known, learned), &next, &more))
			return false;
		if (!is_bool(next))
			return unexpected(checker, node->items[i], "Bool", next);
		if (next->kind == TYPE_FALSE) {
			*ret_type = &type_false;
			*ret_known = NULL;
			return !checker->no_memory;
		}
		if (next->kind == TYPE_BOOL)
			type = &type_bool;
		learned = add_all(checker, learned, more);
	}
	*ret_type = type;
	*ret_known = learned;
	return !checker->no_memory;
}

static bool check_or(struct checker *checker, const struct node *node, const struct capability *known,
		     const struct type **ret_type, const struct capability **ret_known)
{
	const struct type *type = &type_false;
	const struct capability *learned = NULL;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *next = NULL;
		const struct capability *more;
		if (!typecheck(checker, node->items[i], known, &next, &more))
			return false;
		if (!is_bool(next))
			return unexpected(checker, node->items[i], "Bool", next);
		if (next->kind == TYPE_TRUE) {
			/* What the last of a chain learned holds only if it alone can be true. */
			*ret_type = &type_true;
			*ret_known = type->kind == TYPE_FALSE && i > 0 && i + 1 == node->count ? more : NULL;
			return true;
		}
		if (next->kind == TYPE_FALSE)
			continue;
		learned = type->kind == TYPE_FALSE ? more : common(checker, learned, more);
		type = &type_bool;
	}
	*ret_type = type;
	*ret_known = learned;
	return !checker->no_memory;
}

static bool check_if(struct checker *checker, const struct node *node, const struct capability *known,
		     const struct type **ret_type, const struct capability **ret_known)
{
	const struct type *guard, *yes, *no;
	const struct capability *learned, *learned_yes, *learned_no;
	if (!typecheck(checker, node->left, known, &guard, &learned))
		return false;
	if (!is_bool(guard))
		return unexpected(checker, node->left, "Bool", guard);
	if (guard->kind == TYPE_FALSE)
		return typecheck(checker, node->third, known, ret_type, ret_known);
	if (!typecheck(checker, node->right, add_all(checker, known, learned), &yes, &learned_yes))
		return false;
	learned_yes = add_all(checker, learned, learned_yes);
	if (guard->kind == TYPE_TRUE) {
		*ret_type = yes;
		*ret_known = learned_yes;
		return true;
	}
	if (!typecheck(checker, node->third, known, &no, &learned_no))
		return false;
	*ret_type = type_join(checker, yes, no);
	*ret_known = common(checker, learned_yes, learned_no);
	return *ret_type ? !checker->no_memory : incompatible(checker, node, yes, no);
}

static bool check_equal(struct checker *checker, const struct node *node, const struct type *left,
			const struct type *right, const struct type **ret_type)
{
	struct cedar_value a, b;
	if (checker_literal(checker, node->left, &a) && checker_literal(checker, node->right, &b)) {
		*ret_type = cedar_value_equal(a, b) ? &type_true : &type_false;
		return true;
	}
	bool entities = left->kind == TYPE_ENTITY && right->kind == TYPE_ENTITY;
	bool disjoint = entities;
	for (uint32_t i = 0; entities && i < left->count; i++)
		for (uint32_t j = 0; j < right->count; j++)
			disjoint = disjoint && !slice_equal(left->names[i], right->names[j]);
	*ret_type = disjoint ? &type_false : &type_bool;
	if (entities || checker->mode == CEDAR_PERMISSIVE)
		return true;
	return type_join(checker, left, right) ? true : incompatible(checker, node, left, right);
}

static bool is_ordered(const struct type *type)
{
	return type->kind == TYPE_LONG || (type->kind == TYPE_EXTENSION && (type->extension == CEDAR_DATETIME ||
									   type->extension == CEDAR_DURATION));
}

static bool check_order(struct checker *checker, const struct node *node, const struct type *left,
			const struct type *right, const struct type **ret_type)
{
	if (!is_ordered(left))
		return unexpected(checker, node->left, "Long, datetime or duration", left);
	if (!type_equal(left, right))
		return unexpected(checker, node->right, "the type of the other side", right);
	*ret_type = &type_bool;
	return true;
}

/* Is there any pair of types of which the first may be in the second? */
static bool may_descend(const struct checker *checker, const struct type *left, const struct type *right)
{
	for (uint32_t i = 0; i < left->count; i++)
		for (uint32_t j = 0; j < right->count; j++)
			if (schema_type_descends(checker->schema, left->names[i], right->names[j]))
				return true;
	return false;
}

static bool action_descends(const struct checker *checker, const struct cedar_uid *action, const struct cedar_uid *uid)
{
	const struct action_type *type = schema_action(checker->schema, action);
	if (cedar_uid_equal(action, uid))
		return true;
	for (uint32_t i = 0; type && i < type->ancestor_count; i++)
		if (cedar_uid_equal(type->ancestors[i], uid))
			return true;
	return false;
}

/* A known action in known entities: the answer is known. */
static const struct type *known_in(const struct checker *checker, const struct node *node)
{
	struct cedar_value action, right;
	if (!checker_literal(checker, node->left, &action) || action.kind != CEDAR_ENTITY ||
	    !schema_action(checker->schema, action.as.uid))
		return NULL;
	if (checker_literal(checker, node->right, &right))
		return right.kind != CEDAR_ENTITY			       ? NULL
		       : action_descends(checker, action.as.uid, right.as.uid) ? &type_true
									       : &type_false;
	if (node->right->kind != NODE_SET)
		return NULL;
	bool found = false;
	for (uint32_t i = 0; i < node->right->count; i++) {
		if (!checker_literal(checker, node->right->items[i], &right) || right.kind != CEDAR_ENTITY)
			return NULL;
		found = found || action_descends(checker, action.as.uid, right.as.uid);
	}
	return found ? &type_true : &type_false;
}

static bool check_in(struct checker *checker, const struct node *node, const struct type *left,
		     const struct type *right, const struct type **ret_type)
{
	if (left->kind != TYPE_ENTITY)
		return unexpected(checker, node->left, "an entity", left);
	const struct type *group = right->kind == TYPE_SET ? right->element : right;
	if (group->kind != TYPE_ENTITY && group->kind != TYPE_NEVER)
		return unexpected(checker, node->right, "an entity or a set of entities", right);
	const struct type *known = known_in(checker, node);
	*ret_type = known				   ? known
		    : group->kind == TYPE_NEVER		   ? &type_false
		    : may_descend(checker, left, group) ? &type_bool
							   : &type_false;
	return true;
}

static bool check_arithmetic(struct checker *checker, const struct node *node, const struct type *left,
			     const struct type *right, const struct type **ret_type)
{
	if (left->kind != TYPE_LONG)
		return unexpected(checker, node->left, "Long", left);
	if (right->kind != TYPE_LONG)
		return unexpected(checker, node->right, "Long", right);
	*ret_type = &type_long;
	return true;
}

static bool check_contains(struct checker *checker, const struct node *node, const struct type *left,
			   const struct type *right, const struct type **ret_type)
{
	if (left->kind != TYPE_SET)
		return unexpected(checker, node->left, "a set", left);
	if (node->kind != NODE_CONTAINS && right->kind != TYPE_SET)
		return unexpected(checker, node->right, "a set", right);
	const struct type *item = node->kind == NODE_CONTAINS ? right : right->element;
	*ret_type = &type_bool;
	if (checker->mode == CEDAR_PERMISSIVE || type_join(checker, left->element, item))
		return true;
	return incompatible(checker, node, left->element, item);
}

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

static bool check_tag(struct checker *checker, const struct node *node, const struct capability *known,
		      const struct type *left, const struct type *right, const struct type **ret_type,
		      const struct capability **ret_known)
{
	if (left->kind != TYPE_ENTITY)
		return unexpected(checker, node->left, "an entity", left);
	if (right->kind != TYPE_STRING)
		return unexpected(checker, node->right, "String", right);
	bool is_known = knows(known, node->left, SLICE(""), node->right);
	if (node->kind == NODE_HAS_TAG) {
		*ret_type = is_known ? &type_true : any_has_tags(checker, left) ? &type_bool : &type_false;
		if ((*ret_type)->kind == TYPE_BOOL)
			*ret_known = learn(checker, node->left, SLICE(""), node->right);
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

static bool check_binary(struct checker *checker, const struct node *node, const struct capability *known,
			 const struct type **ret_type, const struct capability **ret_known)
{
	const struct type *left, *right;
	if (!type_of(checker, node->left, known, &left) || !type_of(checker, node->right, known, &right))
		return false;
	switch ((int)node->kind) {
	case NODE_EQUAL:
		return check_equal(checker, node, left, right, ret_type);
	case NODE_NOT_EQUAL:
		if (!check_equal(checker, node, left, right, ret_type))
			return false;
		*ret_type = *ret_type == &type_true    ? &type_false
			    : *ret_type == &type_false ? &type_true
						       : &type_bool;
		return true;
	case NODE_IN:
		return check_in(checker, node, left, right, ret_type);
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
		return check_arithmetic(checker, node, left, right, ret_type);
	case NODE_CONTAINS:
	case NODE_CONTAINS_ALL:
	case NODE_CONTAINS_ANY:
		return check_contains(checker, node, left, right, ret_type);
	case NODE_HAS_TAG:
	case NODE_GET_TAG:
		return check_tag(checker, node, known, left, right, ret_type, ret_known);
	default:
		return check_order(checker, node, left, right, ret_type);
	}
}

/* The attribute in all of the entity types or in the record. `*ret_any`: some have it. NULL: not in all, or misfits. */
static const struct type *attribute_of(struct checker *checker, const struct type *holder, slice name,
				       bool *ret_required, bool *ret_any)
{
	const struct type *all = NULL;
	uint32_t count = holder->kind == TYPE_RECORD ? 1 : holder->count, found = 0;
	*ret_required = true;
	*ret_any = holder->is_open;
	for (uint32_t i = 0; i < count; i++) {
		const struct type *record = holder;
		if (holder->kind == TYPE_ENTITY) {
			const struct entity_type *type = schema_entity_type(checker->schema, holder->names[i]);
			record = type ? type->shape : NULL;
		}
		const struct attribute *attribute = record ? type_attribute(record, name) : NULL;
		if (!attribute)
			continue;
		*ret_any = true;
		*ret_required = *ret_required && attribute->is_required;
		all = found++ ? all ? type_join(checker, all, attribute->type) : NULL : attribute->type;
	}
	return found == count ? all : NULL;
}

static bool check_attribute(struct checker *checker, const struct node *node, const struct capability *known,
			    const struct type **ret_type)
{
	const struct type *holder;
	bool required, any;
	char text[100];
	if (!type_of(checker, node->left, known, &holder))
		return false;
	if (holder->kind != TYPE_RECORD && holder->kind != TYPE_ENTITY)
		return unexpected(checker, node->left, "an entity or a record", holder);
	*ret_type = attribute_of(checker, holder, node->name, &required, &any);
	if (!*ret_type)
		return checker_fail(checker, node->offset, "attribute `%.*s` not found on %s", SLICE_ARG(node->name),
				    type_text(holder, text));
	if (required || knows(known, node->left, node->name, NULL))
		return true;
	return checker_fail(checker, node->offset,
			    "unable to guarantee safety of access to optional attribute `%.*s`: check with has first",
			    SLICE_ARG(node->name));
}

/* One step of `has`: `expression has name`. */
static bool check_has_step(struct checker *checker, const struct node *expression, slice name,
			   const struct capability *known, const struct type **ret_type,
			   const struct capability **ret_known)
{
	const struct type *holder;
	bool required, any;
	*ret_known = NULL;
	if (!type_of(checker, expression, known, &holder))
		return false;
	if (holder->kind != TYPE_RECORD && holder->kind != TYPE_ENTITY)
		return unexpected(checker, expression, "an entity or a record", holder);
	const struct type *found = attribute_of(checker, holder, name, &required, &any);
	if (!any) {
		*ret_type = &type_false;
		return true;
	}
	/* An entity may be absent, so that not even a required attribute is certain. */
	bool certain = (found && required && holder->kind == TYPE_RECORD) || knows(known, expression, name, NULL);
	*ret_type = certain ? &type_true : &type_bool;
	if (!certain)
		*ret_known = learn(checker, expression, name, NULL);
	return !checker->no_memory;
}

/* `e has a.b.c` is `e has a && e.a has b && e.a.b has c`. */
static bool check_has(struct checker *checker, const struct node *node, const struct capability *known,
		      const struct type **ret_type, const struct capability **ret_known)
{
	const struct node *expression = node->left;
	const struct type *type = &type_true;
	const struct capability *learned = NULL;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *next = NULL;
		const struct capability *more;
		if (!check_has_step(checker, expression, node->names[i], add_all(checker, known, learned), &next, &more))
			return false;
		if (next->kind == TYPE_FALSE) {
			*ret_type = &type_false;
			return true;
		}
		if (next->kind == TYPE_BOOL)
			type = &type_bool;
		learned = add_all(checker, learned, more);
		struct node *inner = ARENA_NEW(checker->arena, struct node);
		if (!inner)
			return checker_no_memory(checker);
		*inner = (struct node){.kind = NODE_ATTRIBUTE, .offset = node->offset, .left = expression,
				       .depth = (uint16_t)(expression->depth + 1)};
		inner->name = node->names[i];
		expression = inner;
	}
	*ret_type = type;
	*ret_known = learned;
	return !checker->no_memory;
}

static bool check_is(struct checker *checker, const struct node *node, const struct capability *known,
		     const struct type **ret_type)
{
	const struct type *entity, *group;
	uint32_t matching = 0;
	if (!type_of(checker, node->left, known, &entity))
		return false;
	if (entity->kind != TYPE_ENTITY)
		return unexpected(checker, node->left, "an entity", entity);
	for (uint32_t i = 0; i < entity->count; i++)
		matching += slice_equal(entity->names[i], node->type->type);
	*ret_type = matching == 0 ? &type_false : matching == entity->count ? &type_true : &type_bool;
	if (node->kind == NODE_IS || matching == 0)
		return true;
	const struct type *is = *ret_type;
	if (!type_of(checker, node->right, known, &group) || !check_in(checker, node, entity, group, ret_type))
		return false;
	if (is->kind == TYPE_BOOL && (*ret_type)->kind == TYPE_TRUE)
		*ret_type = is;
	return true;
}

static bool check_set(struct checker *checker, const struct node *node, const struct capability *known,
		      const struct type **ret_type)
{
	const struct type *element = &type_never;
	if (node->count == 0 && checker->mode == CEDAR_STRICT)
		return checker_fail(checker, node->offset, "empty set literals are forbidden in policies");
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *item, *joined;
		if (!type_of(checker, node->items[i], known, &item))
			return false;
		joined = i == 0 ? item : type_join(checker, element, item);
		if (!joined)
			return incompatible(checker, node, element, item);
		element = joined;
	}
	struct type *type = ARENA_NEW(checker->arena, struct type);
	if (!type)
		return checker_no_memory(checker);
	*type = (struct type){.kind = TYPE_SET, .element = element};
	*ret_type = type;
	return true;
}

static bool check_record(struct checker *checker, const struct node *node, const struct capability *known,
			 const struct type **ret_type)
{
	struct attribute *attributes = ARENA_ARRAY(checker->arena, node->count, struct attribute);
	struct type *type = ARENA_NEW(checker->arena, struct type);
	if (!attributes || !type)
		return checker_no_memory(checker);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *inner;
		if (!type_of(checker, node->items[i], known, &inner))
			return false;
		uint32_t at = i;
		for (; at > 0 && slice_compare(attributes[at - 1].name, node->names[i]) > 0; at--)
			attributes[at] = attributes[at - 1];
		attributes[at] = (struct attribute){node->names[i], inner, true};
	}
	*type = (struct type){.kind = TYPE_RECORD, .count = node->count, .attributes = attributes};
	*ret_type = type;
	return true;
}

static const struct type *type_of_kind(enum cedar_kind kind)
{
	static const struct type extensions[] = {
		{.kind = TYPE_EXTENSION, .extension = CEDAR_DECIMAL}, {.kind = TYPE_EXTENSION, .extension = CEDAR_DATETIME},
		{.kind = TYPE_EXTENSION, .extension = CEDAR_DURATION}, {.kind = TYPE_EXTENSION, .extension = CEDAR_IP}};
	if (kind == CEDAR_BOOL)
		return &type_bool;
	if (kind == CEDAR_LONG)
		return &type_long;
	return kind == CEDAR_STRING ? &type_string : &extensions[kind - CEDAR_DECIMAL];
}

/* Strict: a constructor takes a literal. In both modes a literal must be well-formed. */
static bool check_constructor(struct checker *checker, const struct node *node, const struct function_info *info)
{
	const struct node *argument = node->items[0];
	if (argument->kind == NODE_LITERAL)
		return node->is_constant ? true
					 : checker_fail(checker, node->offset,
							"error during extension function argument validation: not a %.*s",
							SLICE_ARG(info->name));
	if (checker->mode == CEDAR_PERMISSIVE)
		return true;
	return checker_fail(checker, node->offset,
			    "extension constructors may not be called with non-literal expressions");
}

static bool check_call(struct checker *checker, const struct node *node, const struct capability *known,
		       const struct type **ret_type)
{
	const struct function_info *info = function_info((enum cedar_function)node->detail);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *argument;
		if (!type_of(checker, node->items[i], known, &argument))
			return false;
		if (i >= info->argument_count)
			continue;
		const struct type *expected = type_of_kind((enum cedar_kind)info->arguments[i]);
		if (!type_equal(argument, expected))
			return unexpected(checker, node->items[i], cedar_kind_name((enum cedar_kind)info->arguments[i]),
					  argument);
	}
	if (node->count != info->argument_count)
		return checker_fail(checker, node->offset,
				    "wrong number of arguments in extension function application. Expected %u, got %u",
				    info->argument_count, node->count);
	*ret_type = type_of_kind((enum cedar_kind)info->result);
	return info->is_method || check_constructor(checker, node, info);
}

static bool check_unary(struct checker *checker, const struct node *node, const struct capability *known,
			const struct type **ret_type)
{
	const struct type *operand;
	if (!type_of(checker, node->left, known, &operand))
		return false;
	switch ((int)node->kind) {
	case NODE_NOT:
		if (!is_bool(operand))
			return unexpected(checker, node->left, "Bool", operand);
		*ret_type = operand->kind == TYPE_TRUE ? &type_false : operand->kind == TYPE_FALSE ? &type_true : &type_bool;
		return true;
	case NODE_NEGATE:
		*ret_type = &type_long;
		return operand->kind == TYPE_LONG ? true : unexpected(checker, node->left, "Long", operand);
	case NODE_IS_EMPTY:
		*ret_type = &type_bool;
		return operand->kind == TYPE_SET ? true : unexpected(checker, node->left, "a set", operand);
	default:
		*ret_type = &type_bool;
		return operand->kind == TYPE_STRING ? true : unexpected(checker, node->left, "String", operand);
	}
}

bool typecheck(struct checker *checker, const struct node *node, const struct capability *known,
	       const struct type **ret_type, const struct capability **ret_known)
{
	*ret_known = NULL;
	switch ((int)node->kind) {
	case NODE_LITERAL:
		return check_literal(checker, node, ret_type);
	case NODE_VARIABLE:
		return check_variable(checker, node, ret_type);
	case NODE_AND:
		return check_and(checker, node, known, ret_type, ret_known);
	case NODE_OR:
		return check_or(checker, node, known, ret_type, ret_known);
	case NODE_IF:
		return check_if(checker, node, known, ret_type, ret_known);
	case NODE_NOT:
	case NODE_NEGATE:
	case NODE_IS_EMPTY:
	case NODE_LIKE:
		return check_unary(checker, node, known, ret_type);
	case NODE_ATTRIBUTE:
		return check_attribute(checker, node, known, ret_type);
	case NODE_HAS:
		return check_has(checker, node, known, ret_type, ret_known);
	case NODE_IS:
	case NODE_IS_IN:
		return check_is(checker, node, known, ret_type);
	case NODE_SET:
		return check_set(checker, node, known, ret_type);
	case NODE_RECORD:
		return check_record(checker, node, known, ret_type);
	case NODE_CALL:
		return check_call(checker, node, known, ret_type);
	case NODE_SLOT:
		return checker_fail(checker, node->offset, "a slot cannot stand in a condition");
	default:
		return check_binary(checker, node, known, ret_type, ret_known);
	}
}
