#include "protocol/mcp_headers.h"

#include "text/json_number.h"

/* A schema is a stranger's text: how deep annotations are looked for, through `properties` or anything else. */
#define SCHEMA_DEPTH_MAX 32u
#define SAFE_INTEGER_MAX ((INT64_C(1) << 53) - 1)

#define ANNOTATION SLICE("x-mcp-header")

struct walk {
	struct arena *arena;
	const struct json_doc *arguments; /* the document of the values */
	struct mcp_param *to; /* NULL: only look at the schema */
	size_t count;
	slice names[MCP_PARAMS_MAX];
	size_t names_count;
};

static const struct json_node *member(const struct json_node *object, slice name)
{
	return json_get(NULL, object, name);
}

static bool is_token(slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && slice_find_byte(SLICE("!#$%&'*+-.^_`|~"), c, 0) == SIZE_MAX)
			return false;
	}
	return text.len > 0;
}

static bool type_may_be_mirrored(const struct json_node *schema)
{
	slice type;
	return json_string(member(schema, SLICE("type")), &type) &&
	       (slice_equal(type, SLICE("string")) || slice_equal(type, SLICE("integer")) ||
		slice_equal(type, SLICE("boolean")));
}

/* An annotation where only `properties` lead to: its rules. */
static enum error read_annotation(struct walk *walk, const struct json_node *schema, slice *ret_name, struct fault *why)
{
	const struct json_node *annotation = member(schema, ANNOTATION);
	*ret_name = (slice){NULL, 0};
	if (!annotation)
		return E_OK;
	if (!json_string(annotation, ret_name) || !is_token(*ret_name))
		return FAIL_FIELD(why, E_INVALID, "x-mcp-header", "an annotation that is no header name");
	if (!type_may_be_mirrored(schema))
		return FAIL_FIELD(why, E_INVALID, "x-mcp-header", "an annotation on something that is not primitive");
	for (size_t i = 0; i < walk->names_count; i++)
		if (slice_equal_fold(walk->names[i], *ret_name))
			return FAIL_FIELD(why, E_INVALID, "x-mcp-header", "two annotations with the same name");
	if (walk->names_count == MCP_PARAMS_MAX)
		return FAIL(why, E_LIMIT, "more than %u annotated properties", MCP_PARAMS_MAX);
	walk->names[walk->names_count++] = *ret_name;
	return E_OK;
}

/* Anywhere else an annotation makes the definition invalid. Data (`default`, `enum`, ...) is not a schema. */
static enum error refuse_annotations(const struct json_node *node, unsigned depth, struct fault *why)
{
	if (depth > SCHEMA_DEPTH_MAX)
		return FAIL(why, E_LIMIT, "a schema nested deeper than %u", SCHEMA_DEPTH_MAX);
	for (const struct json_node *child = json_first(node); child; child = json_next(child)) {
		if (node->type == JSON_OBJECT) {
			slice key = json_key(child);
			if (slice_equal(key, ANNOTATION))
				return FAIL_FIELD(why, E_INVALID, "x-mcp-header",
						  "an annotation that properties alone do not reach");
			if (slice_equal(key, SLICE("default")) || slice_equal(key, SLICE("enum")) ||
			    slice_equal(key, SLICE("const")) || slice_equal(key, SLICE("examples")))
				continue;
		}
		TRY(refuse_annotations(child, depth + 1, why));
	}
	return E_OK;
}

static enum error refuse_elsewhere(const struct json_node *schema, unsigned depth, struct fault *why)
{
	for (const struct json_node *child = json_first(schema); child; child = json_next(child)) {
		slice key = json_key(child);
		if (slice_equal(key, SLICE("properties")) || slice_equal(key, ANNOTATION) ||
		    slice_equal(key, SLICE("default")) || slice_equal(key, SLICE("enum")) ||
		    slice_equal(key, SLICE("const")) || slice_equal(key, SLICE("examples")))
			continue;
		TRY(refuse_annotations(child, depth + 1, why));
	}
	return E_OK;
}

/* What JavaScript holds exactly; `42.0` is an integer to JSON Schema. */
static bool safe_integer(const struct json_doc *doc, const struct json_node *value, int64_t *ret_integer)
{
	double real;
	if (!json_double(doc, value, &real) || real > (double)SAFE_INTEGER_MAX || real < -(double)SAFE_INTEGER_MAX)
		return false;
	*ret_integer = (int64_t)real;
	return (double)*ret_integer >= real && (double)*ret_integer <= real;
}

static enum error take_value(struct walk *walk, slice name, const struct json_node *value, struct fault *why)
{
	struct mcp_param param = {.name = name};
	int64_t integer;
	if (!value || value->type == JSON_NULL)
		return E_OK;
	if (value->type == JSON_STRING) {
		param.value = value->string.ptr ? value->string : SLICE("");
	} else if (value->type == JSON_BOOL) {
		param.value = value->boolean ? SLICE("true") : SLICE("false");
	} else if (safe_integer(walk->arguments, value, &integer)) {
		param.value = arena_print(walk->arena, "%lld", (long long)integer);
		param.integer = true;
		if (!param.value.ptr)
			return FAIL(why, E_MEMORY, "no memory for a header");
	} else {
		return FAIL_FIELD(why, E_REQUEST, "arguments", "the argument behind Mcp-Param-%.*s is not primitive",
				  SLICE_ARG(slice_sub(name, 0, 60)));
	}
	walk->to[walk->count++] = param;
	return E_OK;
}

static enum error walk_schema(struct walk *walk, const struct json_node *schema, const struct json_node *value,
			      unsigned depth, struct fault *why)
{
	slice name;
	if (!json_is(schema, JSON_OBJECT))
		return E_OK;
	if (depth > SCHEMA_DEPTH_MAX)
		return FAIL(why, E_LIMIT, "a schema nested deeper than %u", SCHEMA_DEPTH_MAX);
	TRY(refuse_elsewhere(schema, depth, why));
	TRY(read_annotation(walk, schema, &name, why));
	if (name.ptr && walk->to)
		TRY(take_value(walk, name, value, why));
	const struct json_node *properties = member(schema, SLICE("properties"));
	if (!json_is(properties, JSON_OBJECT))
		return E_OK;
	for (const struct json_node *child = json_first(properties); child; child = json_next(child))
		TRY(walk_schema(walk, child, member(value, json_key(child)), depth + 1, why));
	return E_OK;
}

enum error mcp_params_demanded(const struct json_node *schema, const struct json_doc *doc,
			       const struct json_node *arguments, struct arena *arena, struct mcp_param *to,
			       size_t *ret_count, struct fault *why)
{
	struct walk walk = {.arena = arena, .arguments = doc, .to = to};
	*ret_count = 0;
	TRY(walk_schema(&walk, schema, arguments, 0, why));
	*ret_count = walk.count;
	return E_OK;
}

enum error mcp_schema_check(const struct json_node *schema, struct fault *why)
{
	struct walk walk = {0};
	return walk_schema(&walk, schema, NULL, 0, why);
}

/* `42.0` and `42` are the same integer (2026-07-28, "Server Validation"). */
static bool same_integer(slice header, slice value, struct arena *arena)
{
	struct json_doc doc;
	int64_t left;
	int64_t right;
	return header.len <= JSON_NUMBER_TEXT_MAX && json_parse(&doc, header, NULL, arena, NULL) == E_OK &&
	       safe_integer(&doc, json_root(&doc), &left) && slice_to_i64(value, &right) && left == right;
}

enum error mcp_param_check(const struct mcp_param *param, slice header, struct arena *arena, struct fault *why)
{
	slice decoded;
	if (!header.ptr)
		return FAIL_FIELD(why, E_REQUEST, "Mcp-Param", "Header mismatch: Mcp-Param-%.*s is missing",
				  SLICE_ARG(slice_sub(param->name, 0, 60)));
	TRY(mcp_header_decode(header, arena, &decoded, why));
	if (slice_equal(decoded, param->value) || (param->integer && same_integer(decoded, param->value, arena)))
		return E_OK;
	return FAIL_FIELD(why, E_REQUEST, "Mcp-Param", "Header mismatch: Mcp-Param-%.*s does not agree with the body",
			  SLICE_ARG(slice_sub(param->name, 0, 60)));
}
