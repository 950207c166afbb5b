/* What a remedy asks for: a value to try it with, and the words to say it in. */
#include "cedar/policies.h"
#include "cedar/remedy_way.h"
#include "cedar/write.h"

static bool is_number(struct cedar_value value)
{
	return value.kind == CEDAR_LONG || value.kind == CEDAR_DECIMAL || value.kind == CEDAR_DATETIME ||
	       value.kind == CEDAR_DURATION;
}

struct cedar_value need_bound(struct cedar_value bound, enum node_kind kind)
{
	int64_t step = kind == NODE_LESS ? -1 : kind == NODE_GREATER ? 1 : 0;
	if (!is_number(bound) || __builtin_add_overflow(bound.as.integer, step, &bound.as.integer))
		return (struct cedar_value){0};
	return bound;
}

struct cedar_value need_other(const struct evaluation *evaluation, struct cedar_value than, bool is_second)
{
	if (is_number(than))
		return __builtin_add_overflow(than.as.integer, is_second ? -1 : 1, &than.as.integer) ? (struct cedar_value){0}
												   : than;
	if (is_second || (than.kind != CEDAR_BOOL && than.kind != CEDAR_STRING && than.kind != CEDAR_ENTITY))
		return (struct cedar_value){0};
	if (than.kind == CEDAR_BOOL)
		return cedar_bool(!than.as.boolean);
	/* No policy is likely to speak of it. */
	slice text = than.kind == CEDAR_STRING ? cedar_text(than) : than.as.uid->id;
	slice other = arena_print(evaluation->arena, "%.*s_", SLICE_ARG(text));
	if (!other.ptr)
		return (struct cedar_value){0};
	if (than.kind == CEDAR_STRING)
		return cedar_string(other);
	const struct cedar_uid *uid =
		cedar_uid_new(evaluation->arena, &evaluation->world->sets[0]->key, than.as.uid->type, other);
	return uid ? cedar_entity(uid) : (struct cedar_value){0};
}

/* The kind that says the opposite; NODE_NOT where there is none. */
static enum node_kind opposite(enum node_kind kind)
{
	switch ((int)kind) {
	case NODE_EQUAL:
		return NODE_NOT_EQUAL;
	case NODE_NOT_EQUAL:
		return NODE_EQUAL;
	case NODE_LESS:
		return NODE_GREATER_EQUAL;
	case NODE_LESS_EQUAL:
		return NODE_GREATER;
	case NODE_GREATER:
		return NODE_LESS_EQUAL;
	case NODE_GREATER_EQUAL:
		return NODE_LESS;
	default:
		return NODE_NOT;
	}
}

/* A buffer that never touches the heap. */
#define NEED_BYTES_MAX 1024u

slice need_text(struct arena *arena, const struct need *need)
{
	char bytes[NEED_BYTES_MAX];
	struct buffer text = {.ptr = bytes, .size = sizeof(bytes), .bytes_max = sizeof(bytes)};
	struct node atom = *need->atom;
	if (atom.kind == NODE_ATTRIBUTE) {
		node_write(&text, &atom);
		buffer_add_text(&text, need->want ? " == true" : " == false");
	} else if (need->want) {
		node_write(&text, &atom);
	} else if (opposite((enum node_kind)atom.kind) != NODE_NOT) {
		atom.kind = (unsigned char)opposite((enum node_kind)atom.kind);
		node_write(&text, &atom);
	} else {
		buffer_add_text(&text, "!(");
		node_write(&text, &atom);
		buffer_add_byte(&text, ')');
	}
	/* What is longer is named only. */
	return text.failed ? need->fact->text : arena_copy(arena, buffer_slice(&text));
}
