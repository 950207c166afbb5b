/* Data of a stranger as values: no escapes, and what Cedar has no value for is left out and counted. */
#include "cedar/extension.h"
#include "cedar/json.h"
#include "cedar/json_value.h"

#include <string.h>

struct plain {
	struct arena *arena;
	const struct json_doc *doc;
	struct cedar_json_loss *loss;
	struct fault *why;
};

static void lose(const struct plain *plain, const struct json_node *node, size_t *count)
{
	(*count)++;
	if (!plain->loss->first.ptr)
		plain->loss->first = node->member ? node->key : json_span(plain->doc, node);
}

/* `1.50` and `-0.5` are decimals as they stand; `1e2`, `1.00001` and integers beyond 64 bits are not representable. */
static enum error read_number(const struct plain *plain, const struct json_node *node, struct cedar_value *ret_value)
{
	int64_t integer;
	slice text = json_span(plain->doc, node);
	if (slice_equal(text, SLICE("-0"))) {
		*ret_value = cedar_long(0);
		return E_OK;
	}
	if (decimal_parse(text, &integer, NULL) == E_OK)
		*ret_value = (struct cedar_value){.kind = CEDAR_DECIMAL, .as.integer = integer};
	else
		lose(plain, node, &plain->loss->numbers);
	return E_OK;
}

static enum error read_plain(const struct plain *plain, const struct json_node *node, struct cedar_value *ret_value);

static enum error read_array(const struct plain *plain, const struct json_node *node, struct cedar_value *ret_value)
{
	struct cedar_value *items = ARENA_ARRAY(plain->arena, node->count, struct cedar_value);
	size_t count = 0;
	if (!items)
		return FAIL(plain->why, E_MEMORY, "no memory for a set");
	for (const struct json_node *item = json_first(node); item; item = json_next(item)) {
		TRY(read_plain(plain, item, &items[count]));
		count += items[count].kind != CEDAR_NONE;
	}
	return cedar_set(plain->arena, items, count, ret_value, plain->why);
}

static enum error read_object(const struct plain *plain, const struct json_node *node, struct cedar_value *ret_value)
{
	struct cedar_fields fields;
	cedar_fields_init(&fields, plain->arena);
	for (const struct json_node *member = json_first(node); member; member = json_next(member)) {
		struct cedar_value value;
		TRY(read_plain(plain, member, &value));
		if (value.kind != CEDAR_NONE)
			cedar_fields_add(&fields, member->key, value);
	}
	return cedar_fields_finish(&fields, ret_value, plain->why);
}

static enum error read_plain(const struct plain *plain, const struct json_node *node, struct cedar_value *ret_value)
{
	*ret_value = (struct cedar_value){0};
	switch ((enum json_type)node->type) {
	case JSON_NULL:
		lose(plain, node, &plain->loss->nulls);
		return E_OK;
	case JSON_NUMBER:
		return read_number(plain, node, ret_value);
	case JSON_BOOL:
		*ret_value = cedar_bool(node->boolean);
		return E_OK;
	case JSON_INT:
		*ret_value = cedar_long(node->integer);
		return E_OK;
	case JSON_STRING:
		*ret_value = cedar_string(node->string);
		return E_OK;
	case JSON_ARRAY:
		return read_array(plain, node, ret_value);
	case JSON_OBJECT:
		return read_object(plain, node, ret_value);
	case JSON_TYPE_COUNT:
		break;
	}
	return FAIL(plain->why, E_INTERNAL, "an unknown kind of JSON");
}

enum error cedar_value_from_plain_json(struct arena *arena, const struct json_doc *doc, const struct json_node *node,
				       struct cedar_value *ret_value, struct cedar_json_loss *loss, struct fault *why)
{
	struct cedar_json_loss local;
	struct plain plain = {arena, doc, loss ? loss : &local, why};
	*plain.loss = (struct cedar_json_loss){0};
	return read_plain(&plain, node, ret_value);
}
