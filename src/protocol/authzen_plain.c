#include "protocol/authzen_plain.h"

#include "text/json_cursor.h"

/* An object in an object: that much less may a tree below be deep, so that a whole body is as deep as any other. */
#define LEVELS_ABOVE 2u

struct plain {
	struct json_cursor cursor;
	struct json_doc *doc;
	slice body;
};

/* An object, where there was none yet. */
static bool read_tree(struct plain *plain, const struct json_node **ret_node)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct json_doc tree;
	if (*ret_node || json_cursor_peek(&plain->cursor) != '{')
		return false;
	size_t at = (size_t)(plain->cursor.at - plain->body.ptr);
	limits.depth_max -= LEVELS_ABOVE;
	limits.nodes_max /= 4; /* four trees at most, and no body needs as many */
	if (json_parse_at(&tree, plain->body, &at, &limits, plain->cursor.arena, NULL) != E_OK)
		return false;
	plain->cursor.at = plain->body.ptr + at;
	plain->doc->node_count += tree.node_count;
	*ret_node = json_root(&tree);
	return true;
}

/* A text that says something, where there was none yet. */
static bool read_text(struct plain *plain, slice *ret_text)
{
	return !ret_text->ptr && json_cursor_string(&plain->cursor, ret_text) && ret_text->len > 0;
}

static bool read_entity(struct plain *plain, bool is_action, struct authzen_entity *ret)
{
	struct json_cursor *cursor = &plain->cursor;
	if (ret->id.ptr || !json_cursor_take(cursor, '{'))
		return false;
	do {
		slice name;
		bool is_read = json_cursor_name(cursor, &name);
		if (is_read && slice_equal(name, is_action ? SLICE("name") : SLICE("id")))
			is_read = read_text(plain, &ret->id);
		else if (is_read && !is_action && slice_equal(name, SLICE("type")))
			is_read = read_text(plain, &ret->type);
		else
			is_read = is_read && slice_equal(name, SLICE("properties")) && read_tree(plain, &ret->properties);
		if (!is_read)
			return false;
	} while (json_cursor_take(cursor, ','));
	return json_cursor_take(cursor, '}') && ret->id.ptr && (is_action || ret->type.ptr);
}

static bool read_member(struct plain *plain, struct authzen_evaluation *ret)
{
	slice name;
	if (!json_cursor_name(&plain->cursor, &name))
		return false;
	if (slice_equal(name, SLICE("subject")))
		return read_entity(plain, false, &ret->subject);
	if (slice_equal(name, SLICE("action")))
		return read_entity(plain, true, &ret->action);
	if (slice_equal(name, SLICE("resource")))
		return read_entity(plain, false, &ret->resource);
	return slice_equal(name, SLICE("context")) && read_tree(plain, &ret->context);
}

bool authzen_plain_read(struct authzen_evaluation *ret, struct json_doc *doc, slice body, struct arena *arena)
{
	struct plain plain = {.cursor = {.at = body.ptr, .end = body.ptr + body.len, .arena = arena}, .doc = doc, .body = body};
	struct json_cursor *cursor = &plain.cursor;
	if (body.len == 0 || body.len > JSON_BYTES_MAX_DEFAULT || !json_cursor_take(cursor, '{'))
		return false;
	*doc = (struct json_doc){.text = body};
	do {
		if (!read_member(&plain, ret))
			return false;
	} while (json_cursor_take(cursor, ','));
	if (!json_cursor_take(cursor, '}'))
		return false;
	json_cursor_peek(cursor);
	return cursor->at == cursor->end && ret->subject.id.ptr && ret->action.id.ptr && ret->resource.id.ptr;
}
