#include "cedar/level.h"

#include "cedar/typecheck_parts.h"

#include <string.h>

#define SLOTS_FIRST 64u

static size_t slot_of(const struct type_notes *notes, const struct node *node)
{
	size_t at = ((uintptr_t)node >> 4) * 0x9e3779b97f4a7c15u >> 16;
	while (notes->slots[at & (notes->size - 1)].node && notes->slots[at & (notes->size - 1)].node != node)
		at++;
	return at & (notes->size - 1);
}

static bool grow(struct type_notes *notes)
{
	struct type_notes bigger = {.arena = notes->arena, .size = notes->size ? notes->size * 2 : SLOTS_FIRST,
				    .count = notes->count};
	bigger.slots = ARENA_ARRAY(notes->arena, bigger.size, struct type_note);
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < notes->size; i++)
		if (notes->slots[i].node)
			bigger.slots[slot_of(&bigger, notes->slots[i].node)] = notes->slots[i];
	*notes = bigger;
	return true;
}

bool type_notes_put(struct type_notes *notes, const struct node *node, const struct type *type)
{
	if (notes->count * 2 >= notes->size && !grow(notes))
		return false;
	struct type_note *note = &notes->slots[slot_of(notes, node)];
	notes->count += !note->node;
	*note = (struct type_note){node, type};
	return true;
}

const struct type *type_notes_get(const struct type_notes *notes, const struct node *node)
{
	return notes->size ? notes->slots[slot_of(notes, node)].type : NULL;
}

void type_notes_clear(struct type_notes *notes)
{
	if (notes->size)
		memset(notes->slots, 0, notes->size * sizeof(*notes->slots));
	notes->count = 0;
}

/* Attributes that are still to be taken out of a record until there is the entity in question. */
struct path {
	slice name;
	const struct path *next;
};

static const struct type *type_at(const struct checker *checker, const struct node *node)
{
	return type_notes_get(checker->notes, node);
}

/*
 * How many entities must be looked into to have the entity that `node` is, or holds at `path`.
 * False: it does not come from the request.
 */
static bool steps_to(const struct checker *checker, const struct node *node, const struct path *path,
		     uint32_t *ret_steps);

static bool steps_through(const struct checker *checker, const struct node *node, const struct path *path,
			  uint32_t *ret_steps)
{
	const struct type *holder = type_at(checker, node->left);
	struct path longer = {node->name, path};
	if (node->kind == NODE_ATTRIBUTE && (!holder || holder->kind == TYPE_RECORD))
		return steps_to(checker, node->left, &longer, ret_steps);
	if (!steps_to(checker, node->left, NULL, ret_steps))
		return false;
	++*ret_steps;
	return true;
}

/* Of two branches the farther; one that can never be taken was not looked at. */
static bool steps_of_branches(const struct checker *checker, const struct node *node, const struct path *path,
			      uint32_t *ret_steps)
{
	const struct node *branches[2] = {node->right, node->third};
	*ret_steps = 0;
	for (size_t i = 0; i < 2; i++) {
		uint32_t steps;
		if (!type_at(checker, branches[i]))
			continue;
		if (!steps_to(checker, branches[i], path, &steps))
			return false;
		if (steps > *ret_steps)
			*ret_steps = steps;
	}
	return true;
}

static bool steps_to(const struct checker *checker, const struct node *node, const struct path *path,
		     uint32_t *ret_steps)
{
	*ret_steps = 0;
	switch ((int)node->kind) {
	case NODE_VARIABLE:
		return true;
	case NODE_LITERAL:
		/* Of this environment, the action is known and in the request. */
		return node->value.kind == CEDAR_ENTITY && cedar_uid_equal(node->value.as.uid, checker->action->uid);
	case NODE_IF:
		return steps_of_branches(checker, node, path, ret_steps);
	case NODE_ATTRIBUTE:
	case NODE_GET_TAG:
		return steps_through(checker, node, path, ret_steps);
	case NODE_RECORD:
		for (uint32_t i = 0; path && i < node->count; i++)
			if (slice_equal(node->names[i], path->name))
				return steps_to(checker, node->items[i], path->next, ret_steps);
		return false;
	default:
		return false;
	}
}

/* `entity` is looked into at `offset`. */
static bool check_look(struct checker *checker, const struct node *entity, uint32_t offset, uint32_t level)
{
	uint32_t steps;
	if (!steps_to(checker, entity, NULL, &steps))
		return checker_fail(checker, offset,
				    "an entity that does not come from the request is looked into: no level allows that");
	if (steps < level)
		return true;
	return checker_fail(checker, offset, "this needs level %u, and at most %u is allowed", steps + 1, level);
}

/* Each name of `e has a.b.c` looks into what the names before it lead to. */
static bool check_has(struct checker *checker, const struct node *node, uint32_t level)
{
	const struct node *expression = node->left;
	const struct type *holder = type_at(checker, expression);
	for (uint32_t i = 0; holder && i < node->count; i++) {
		bool required, any;
		if (holder->kind == TYPE_ENTITY && !check_look(checker, expression, node->offset, level))
			return false;
		if (holder->kind != TYPE_ENTITY && holder->kind != TYPE_RECORD)
			return true;
		holder = checker_attribute(checker, holder, node->names[i], &required, &any);
		struct node *inner = ARENA_NEW(checker->arena, struct node);
		if (!inner)
			return checker_no_memory(checker);
		*inner = (struct node){.kind = NODE_ATTRIBUTE, .left = expression, .name = node->names[i]};
		if (holder && !type_notes_put(checker->notes, inner, holder))
			return checker_no_memory(checker);
		expression = inner;
	}
	return !checker->has_failed;
}

static bool check_own(struct checker *checker, const struct node *node, uint32_t level)
{
	const struct type *left;
	switch ((int)node->kind) {
	case NODE_IN:
	case NODE_HAS_TAG:
	case NODE_GET_TAG:
		return check_look(checker, node->left, node->offset, level);
	case NODE_IS_IN:
		return !type_at(checker, node->right) || check_look(checker, node->left, node->offset, level);
	case NODE_ATTRIBUTE:
		left = type_at(checker, node->left);
		return !left || left->kind != TYPE_ENTITY || check_look(checker, node->left, node->offset, level);
	case NODE_HAS:
		return check_has(checker, node, level);
	default:
		return true;
	}
}

bool level_check(struct checker *checker, const struct node *node, uint32_t level)
{
	const struct node *child;
	if (!type_at(checker, node))
		return true;
	if (!check_own(checker, node, level))
		return false;
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		if (!level_check(checker, child, level))
			return false;
	return true;
}
