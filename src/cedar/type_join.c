/* The least upper bound of two types: strict, only what is the same up to bools; permissive, what has a common use. */
#include "cedar/typecheck.h"

const struct type type_never = {.kind = TYPE_NEVER};
const struct type type_true = {.kind = TYPE_TRUE};
const struct type type_false = {.kind = TYPE_FALSE};
const struct type type_bool = {.kind = TYPE_BOOL};
const struct type type_long = {.kind = TYPE_LONG};
const struct type type_string = {.kind = TYPE_STRING};

static struct type *new_type(struct checker *checker, enum type_kind kind)
{
	struct type *type = ARENA_NEW(checker->arena, struct type);
	if (!type)
		checker_no_memory(checker);
	else
		type->kind = (unsigned char)kind;
	return type;
}

static const struct type *join_sets(struct checker *checker, const struct type *a, const struct type *b)
{
	const struct type *element = type_join(checker, a->element, b->element);
	struct type *type = element ? new_type(checker, TYPE_SET) : NULL;
	if (type)
		type->element = element;
	return type;
}

/* Strict: the same attributes, equally required. Permissive: those that both have. */
static const struct type *join_records(struct checker *checker, const struct type *a, const struct type *b)
{
	bool strict = checker->mode == CEDAR_STRICT;
	uint32_t count = 0;
	if (strict && a->count != b->count)
		return NULL;
	struct attribute *attributes = ARENA_ARRAY(checker->arena, a->count, struct attribute);
	struct type *type = new_type(checker, TYPE_RECORD);
	if (!attributes || !type) {
		checker_no_memory(checker);
		return NULL;
	}
	for (uint32_t i = 0; i < a->count; i++) {
		const struct attribute *x = &a->attributes[i], *y = type_attribute(b, x->name);
		if (!y && !strict)
			continue;
		if (!y || (strict && x->is_required != y->is_required))
			return NULL;
		const struct type *joined = type_join(checker, x->type, y->type);
		if (!joined && strict)
			return NULL;
		if (joined)
			attributes[count++] =
				(struct attribute){x->name, joined, x->is_required && y->is_required};
	}
	type->attributes = attributes;
	type->count = count;
	type->is_open = a->is_open || b->is_open || count < a->count || count < b->count;
	return type;
}

/* Both lists are sorted. */
static const struct type *join_entities(struct checker *checker, const struct type *a, const struct type *b)
{
	slice *names = ARENA_ARRAY(checker->arena, a->count + b->count, slice);
	struct type *type = new_type(checker, TYPE_ENTITY);
	uint32_t count = 0;
	if (!names || !type) {
		checker_no_memory(checker);
		return NULL;
	}
	for (uint32_t i = 0, j = 0; i < a->count || j < b->count;) {
		int order = i == a->count ? 1 : j == b->count ? -1 : slice_compare(a->names[i], b->names[j]);
		names[count++] = order <= 0 ? a->names[i] : b->names[j];
		i += order <= 0;
		j += order >= 0;
	}
	type->names = names;
	type->count = count;
	return type;
}

const struct type *type_join(struct checker *checker, const struct type *a, const struct type *b)
{
	if (a == b)
		return a;
	if (type_is_bool(a) && type_is_bool(b))
		return a->kind == b->kind ? a : &type_bool;
	if (a->kind == TYPE_NEVER)
		return b;
	if (b->kind == TYPE_NEVER)
		return a;
	if (a->kind != b->kind)
		return NULL;
	if (a->kind == TYPE_SET)
		return join_sets(checker, a, b);
	if (a->kind == TYPE_RECORD)
		return join_records(checker, a, b);
	if (a->kind == TYPE_ENTITY && checker->mode == CEDAR_PERMISSIVE)
		return join_entities(checker, a, b);
	return type_equal(a, b) ? a : NULL;
}
