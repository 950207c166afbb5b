/* Trees of what partial evaluation leaves. They share all they can with the trees they come from. */
#include "cedar/extension.h"
#include "cedar/partial.h"

#include <string.h>

static const struct node *make(struct arena *arena, struct node node)
{
	struct node *made = ARENA_NEW(arena, struct node);
	if (made)
		*made = node;
	return made;
}

/* A call of a constructor with the text in quotes, as far as the argument is made. */
static const struct node *make_call(struct arena *arena, enum cedar_function function, slice text,
				    struct cedar_value value)
{
	const struct node **items = ARENA_ARRAY(arena, 1, const struct node *);
	const struct node *argument =
		make(arena, (struct node){.kind = NODE_LITERAL, .is_constant = true, .depth = 1, .value = cedar_string(text)});
	if (!items || !argument || !text.ptr)
		return NULL;
	items[0] = argument;
	return make(arena, (struct node){.kind = NODE_CALL, .detail = (unsigned char)function, .is_constant = true,
					 .depth = 2, .count = 1, .items = items, .value = value});
}

/* A number in a text that a constructor reads. */
static slice print_number(struct arena *arena, const char *unit, int64_t number)
{
	return arena_print(arena, "%lld%s", (long long)number, unit);
}

/* The written form of a value without its function, such as `1.5` of `decimal("1.5")`. */
static slice argument_text(struct arena *arena, struct cedar_value value)
{
	char bytes[128];
	struct buffer text = {.ptr = bytes, .size = sizeof(bytes), .bytes_max = sizeof(bytes)};
	if (value.kind == CEDAR_DECIMAL)
		decimal_write(&text, value.as.integer);
	else
		ip_write(&text, value.as.ip);
	return arena_copy(arena, buffer_slice(&text));
}

/* Years beyond four digits have no literal: every time is written as an offset. */
static const struct node *make_datetime(struct arena *arena, struct cedar_value value)
{
	const struct node **items = ARENA_ARRAY(arena, 2, const struct node *);
	if (!items)
		return NULL;
	items[0] = make_call(arena, FUNCTION_DATETIME, SLICE("1970-01-01"), cedar_datetime(0));
	items[1] = make_call(arena, FUNCTION_DURATION, print_number(arena, "ms", value.as.integer),
			     cedar_duration(value.as.integer));
	if (!items[0] || !items[1])
		return NULL;
	return make(arena, (struct node){.kind = NODE_CALL, .detail = FUNCTION_OFFSET, .is_constant = true, .depth = 3,
					 .count = 2, .items = items, .value = value});
}

static const struct node *make_members(struct arena *arena, struct cedar_value value)
{
	bool is_set = value.kind == CEDAR_SET;
	const struct node **items = ARENA_ARRAY(arena, value.length, const struct node *);
	slice *names = is_set ? NULL : ARENA_ARRAY(arena, value.length, slice);
	uint16_t depth = 0;
	if (!items || (!is_set && !names))
		return NULL;
	for (uint32_t i = 0; i < value.length; i++) {
		items[i] = residue_literal(arena, is_set ? value.as.items[i] : value.as.fields[i].value);
		if (!items[i])
			return NULL;
		if (names)
			names[i] = value.as.fields[i].key;
		if (items[i]->depth > depth)
			depth = items[i]->depth;
	}
	return make(arena, (struct node){.kind = is_set ? NODE_SET : NODE_RECORD, .is_constant = true,
					 .depth = (uint16_t)(depth + 1), .count = value.length, .items = items,
					 .names = names, .value = value});
}

const struct node *residue_literal(struct arena *arena, struct cedar_value value)
{
	switch ((int)value.kind) {
	case CEDAR_SET:
	case CEDAR_RECORD:
		return make_members(arena, value);
	case CEDAR_DECIMAL:
		return make_call(arena, FUNCTION_DECIMAL, argument_text(arena, value), value);
	case CEDAR_IP:
		return make_call(arena, FUNCTION_IP, argument_text(arena, value), value);
	case CEDAR_DURATION:
		return make_call(arena, FUNCTION_DURATION, print_number(arena, "ms", value.as.integer), value);
	case CEDAR_DATETIME:
		return make_datetime(arena, value);
	default:
		return make(arena, (struct node){.kind = NODE_LITERAL, .is_constant = true, .depth = 1, .value = value});
	}
}

const struct node *residue_child(struct arena *arena, const struct part *part, const struct node *old)
{
	if (value_is_open(part->value))
		return part->node;
	return old->is_constant ? old : residue_literal(arena, part->value);
}

static bool set_items(struct partial *partial, struct node *copy, const struct part *parts)
{
	const struct node **items = ARENA_ARRAY(partial->evaluation.arena, copy->count, const struct node *);
	if (!items)
		return false;
	for (uint32_t i = 0; i < copy->count; i++)
		if (!(items[i] = residue_child(partial->evaluation.arena, &parts[i], copy->items[i])))
			return false;
	copy->items = items;
	return true;
}

bool residue_node(struct partial *partial, const struct node *node, const struct part *parts,
		  const struct node **ret_node)
{
	struct arena *arena = partial->evaluation.arena;
	const struct node *child;
	bool differs = false;
	*ret_node = node;
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		differs = differs || (!value_is_open(parts[i].value) ? !child->is_constant : parts[i].node != child);
	if (!differs)
		return true;
	struct node copy = *node;
	bool done = true;
	if (node_has_items(node)) {
		done = set_items(partial, &copy, parts);
	} else {
		done = (copy.left = residue_child(arena, &parts[0], node->left)) != NULL;
		if (done && node->right)
			done = (copy.right = residue_child(arena, &parts[1], node->right)) != NULL;
		if (done && node->kind == NODE_IF)
			done = (copy.third = residue_child(arena, &parts[2], node->third)) != NULL;
	}
	*ret_node = done ? make(arena, copy) : NULL;
	return *ret_node || evaluation_fail(&partial->evaluation, E_MEMORY);
}
