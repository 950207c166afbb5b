#include "text/json.h"

#include "text/json_number.h"

const char *json_type_name(enum json_type type)
{
	static const char *const names[JSON_TYPE_COUNT] = {"null",   "boolean", "integer", "number",
							   "string", "array",   "object"};
	return type < JSON_TYPE_COUNT ? names[type] : "unknown";
}

const struct json_node *json_get(const struct json_doc *doc, const struct json_node *object, slice name)
{
	(void)doc;
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	for (const struct json_node *node = object->children.first; node; node = node->next)
		if (slice_equal(node->key, name))
			return node;
	return NULL;
}

const struct json_node *json_find_fold(const struct json_doc *doc, const struct json_node *object, slice name)
{
	(void)doc;
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	for (const struct json_node *node = object->children.first; node; node = node->next)
		if (slice_equal_fold(node->key, name) && !slice_equal(node->key, name))
			return node;
	return NULL;
}

bool json_is(const struct json_node *node, enum json_type type)
{
	return node && node->type == type;
}

bool json_string(const struct json_node *node, slice *ret_value)
{
	if (!json_is(node, JSON_STRING))
		return false;
	*ret_value = node->string;
	return true;
}

bool json_i64(const struct json_node *node, int64_t *ret_value)
{
	if (!json_is(node, JSON_INT))
		return false;
	*ret_value = node->integer;
	return true;
}

bool json_bool(const struct json_node *node, bool *ret_value)
{
	if (!json_is(node, JSON_BOOL))
		return false;
	*ret_value = node->boolean;
	return true;
}

bool json_double(const struct json_doc *doc, const struct json_node *node, double *ret_value)
{
	if (json_is(node, JSON_INT)) {
		*ret_value = (double)node->integer;
		return true;
	}
	return json_is(node, JSON_NUMBER) && json_number_read(json_span(doc, node), ret_value);
}

enum error json_opt_node(const struct json_doc *doc, const struct json_node *object, const char *name,
			 enum json_type type, const struct json_node **ret_node, struct fault *why)
{
	const struct json_node *node = json_get(doc, object, slice_of(name));
	if (node && node->type != type)
		return FAIL_FIELD(why, E_INVALID, name, "\"%s\" must be of type %s, not %s", name, json_type_name(type),
				  json_type_name(node->type));
	*ret_node = node;
	return E_OK;
}

enum error json_need_node(const struct json_doc *doc, const struct json_node *object, const char *name,
			  enum json_type type, const struct json_node **ret_node, struct fault *why)
{
	const struct json_node *node;
	TRY(json_opt_node(doc, object, name, type, &node, why));
	if (!node)
		return FAIL_FIELD(why, E_INVALID, name, "\"%s\" is missing", name);
	*ret_node = node;
	return E_OK;
}

enum error json_need_string(const struct json_doc *doc, const struct json_node *object, const char *name,
			    slice *ret_value, struct fault *why)
{
	const struct json_node *node;
	TRY(json_need_node(doc, object, name, JSON_STRING, &node, why));
	*ret_value = node->string;
	return E_OK;
}

enum error json_opt_string(const struct json_doc *doc, const struct json_node *object, const char *name,
			   slice *ret_value, struct fault *why)
{
	const struct json_node *node;
	TRY(json_opt_node(doc, object, name, JSON_STRING, &node, why));
	if (node)
		*ret_value = node->string;
	return E_OK;
}

enum error json_need_i64(const struct json_doc *doc, const struct json_node *object, const char *name,
			 int64_t *ret_value, struct fault *why)
{
	const struct json_node *node;
	TRY(json_need_node(doc, object, name, JSON_INT, &node, why));
	*ret_value = node->integer;
	return E_OK;
}

enum error json_opt_i64(const struct json_doc *doc, const struct json_node *object, const char *name,
			int64_t *ret_value, struct fault *why)
{
	const struct json_node *node;
	TRY(json_opt_node(doc, object, name, JSON_INT, &node, why));
	if (node)
		*ret_value = node->integer;
	return E_OK;
}

enum error json_need_bool(const struct json_doc *doc, const struct json_node *object, const char *name,
			  bool *ret_value, struct fault *why)
{
	const struct json_node *node;
	TRY(json_need_node(doc, object, name, JSON_BOOL, &node, why));
	*ret_value = node->boolean;
	return E_OK;
}

enum error json_opt_bool(const struct json_doc *doc, const struct json_node *object, const char *name,
			 bool *ret_value, struct fault *why)
{
	const struct json_node *node;
	TRY(json_opt_node(doc, object, name, JSON_BOOL, &node, why));
	if (node)
		*ret_value = node->boolean;
	return E_OK;
}
