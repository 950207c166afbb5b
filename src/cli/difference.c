#include "cli/difference.h"

#include "text/time.h"

static bool is_nothing(const struct json_node *node)
{
	return !node || json_is(node, JSON_NULL) || (json_is(node, JSON_ARRAY) && !json_first(node));
}

static bool same_time(slice a, slice b)
{
	int64_t a_ms, b_ms;
	return time_parse_ms(&a_ms, a, NULL) == E_OK && time_parse_ms(&b_ms, b, NULL) == E_OK && a_ms == b_ms;
}

static bool same_node(const struct json_doc *a_doc, const struct json_node *a, const struct json_doc *b_doc,
		      const struct json_node *b);

static bool same_members(const struct json_doc *a_doc, const struct json_node *a, const struct json_doc *b_doc,
			 const struct json_node *b)
{
	for (const struct json_node *member = json_first(a); member; member = json_next(member)) {
		const struct json_node *other = json_get(b_doc, b, json_key(member));
		if (!other || !same_node(a_doc, member, b_doc, other))
			return false;
	}
	return true;
}

static bool same_items(const struct json_doc *a_doc, const struct json_node *a, const struct json_doc *b_doc,
		       const struct json_node *b)
{
	const struct json_node *other = json_first(b);
	for (const struct json_node *item = json_first(a); item; item = json_next(item), other = json_next(other))
		if (!same_node(a_doc, item, b_doc, other))
			return false;
	return true;
}

static bool same_node(const struct json_doc *a_doc, const struct json_node *a, const struct json_doc *b_doc,
		      const struct json_node *b)
{
	slice a_text, b_text;
	if (a->type != b->type || a->count != b->count)
		return false;
	if (json_string(a, &a_text) && json_string(b, &b_text))
		return slice_equal(a_text, b_text);
	if (json_is(a, JSON_OBJECT))
		return same_members(a_doc, a, b_doc, b);
	if (json_is(a, JSON_ARRAY))
		return same_items(a_doc, a, b_doc, b);
	return slice_equal(json_span(a_doc, a), json_span(b_doc, b));
}

bool difference_same(const struct field *field, const struct json_doc *a_doc, const struct json_node *a,
		     const struct json_doc *b_doc, const struct json_node *b)
{
	slice a_text, b_text;
	if (is_nothing(a) || is_nothing(b))
		return is_nothing(a) && is_nothing(b);
	if (field->type == FIELD_TIME && json_string(a, &a_text) && json_string(b, &b_text))
		return same_time(a_text, b_text);
	return same_node(a_doc, a, b_doc, b);
}

/* Does the server hold just what a field has when nothing is said? */
static bool is_preset(const struct field *field, const struct json_doc *doc, const struct json_node *node)
{
	if (is_nothing(node))
		return field->fallback.len == 0;
	return field->fallback.len > 0 && slice_equal(json_span(doc, node), field->fallback);
}

size_t difference_find(const struct kind_row *kind, const struct json_doc *is_doc, const struct json_node *is,
		       const struct json_doc *should_doc, const struct json_node *should,
		       struct difference ret_list[KIND_FIELDS_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < kind->field_count; i++) {
		const struct field *field = &kind->fields[i];
		const struct json_node *was = json_get(is_doc, is, field->name);
		const struct json_node *will = json_get(should_doc, should, field->name);
		if ((field->flags & FIELD_READ_ONLY) || field->type == FIELD_SECRET)
			continue;
		if (will ? difference_same(field, is_doc, was, should_doc, will)
			 : (field->flags & FIELD_KEPT) || is_preset(field, is_doc, was))
			continue;
		ret_list[count++] = (struct difference){
			field, was, will, will ? json_span(should_doc, will) : field->fallback};
	}
	return count;
}
