/* What stands in a tree of YAML: children by name, scalars as what they are, and what is wrong with either. */
#include "daemon/yaml.h"

#include "base/nearest.h"

#include <stdarg.h>
#include <stdio.h>

const struct yaml_node *yaml_get(const struct yaml_node *node, slice key)
{
	if (!node || node->type != YAML_MAPPING)
		return NULL;
	for (const struct yaml_node *child = node->first; child; child = child->next)
		if (slice_equal(child->key, key))
			return child;
	return NULL;
}

static bool is_digits(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return text.len > 0;
}

/* [-+]digits[.digits][e[-+]digits], and the other number forms that readers of YAML know. */
static bool looks_like_number(slice text)
{
	slice rest = text;
	if (rest.len > 0 && (rest.ptr[0] == '-' || rest.ptr[0] == '+'))
		rest = slice_from_offset(rest, 1);
	if (slice_equal_fold(rest, SLICE(".inf")) || slice_equal_fold(text, SLICE(".nan")))
		return true;
	if (slice_starts_with(rest, SLICE("0x")) || slice_starts_with(rest, SLICE("0o")))
		return true;
	slice exponent = rest;
	slice mantissa = slice_cut(&exponent, slice_find_byte(rest, 'E', 0) != SIZE_MAX ? 'E' : 'e');
	if (exponent.len > 0 && (exponent.ptr[0] == '-' || exponent.ptr[0] == '+'))
		exponent = slice_from_offset(exponent, 1);
	if (mantissa.len != rest.len && !is_digits(exponent))
		return false;
	slice fraction = mantissa;
	slice whole = slice_cut(&fraction, '.');
	return (is_digits(whole) && (fraction.len == 0 || is_digits(fraction))) || (whole.len == 0 && is_digits(fraction));
}

static bool is_one_of(slice text, const char *const *words)
{
	for (; *words; words++)
		if (slice_equal_fold(text, slice_of(*words)))
			return true;
	return false;
}

enum yaml_sort yaml_sort(const struct yaml_node *scalar)
{
	static const char *const unclear[] = {"yes", "no", "on", "off", "y", "n", "true", "false", "null", NULL};
	slice text = scalar->text;
	int64_t integer;
	if (scalar->quoted)
		return YAML_TEXT;
	if (text.len == 0 || slice_equal(text, SLICE("~")) || slice_equal(text, SLICE("null")))
		return YAML_NULL;
	if (slice_equal(text, SLICE("true")) || slice_equal(text, SLICE("false")))
		return YAML_BOOLEAN;
	if (is_one_of(text, unclear))
		return YAML_AMBIGUOUS;
	if (slice_to_i64(text, &integer))
		return YAML_INTEGER;
	return looks_like_number(text) ? YAML_FLOAT : YAML_TEXT;
}

const char *yaml_says(const struct yaml_node *node)
{
	static const char *const sorts[] = {
		[YAML_TEXT] = "text", [YAML_NULL] = "nothing", [YAML_BOOLEAN] = "true or false",
		[YAML_INTEGER] = "a number", [YAML_FLOAT] = "a number", [YAML_AMBIGUOUS] = "an unclear word",
	};
	if (node->type == YAML_SEQUENCE)
		return "a list";
	return node->type == YAML_MAPPING ? "a mapping" : sorts[yaml_sort(node)];
}

static enum error fail_print(const struct yaml_node *node, bool at_key, struct fault *why, enum error code,
			     const char *format, va_list arguments)
{
	char says[sizeof(why->sentence)], field[sizeof(why->field)];
	vsnprintf(says, sizeof(says), format, arguments);
	snprintf(field, sizeof(field), "%.*s", SLICE_ARG(node->key));
	return FAIL_FIELD(why, code, field, "%s:%u:%u: %s", node->source, at_key ? node->key_line : node->line,
			  at_key ? node->key_column : node->column, says);
}

enum error yaml_fail(const struct yaml_node *node, struct fault *why, enum error code, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	enum error raised = fail_print(node, false, why, code, format, arguments);
	va_end(arguments);
	return raised;
}

enum error yaml_fail_key(const struct yaml_node *node, struct fault *why, enum error code, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	enum error raised = fail_print(node, true, why, code, format, arguments);
	va_end(arguments);
	return raised;
}

static enum error fail_type(const struct yaml_node *node, const char *expected, struct fault *why)
{
	if (node->key.len == 0)
		return yaml_fail(node, why, E_TYPE, "expected %s, found %s", expected, yaml_says(node));
	return yaml_fail(node, why, E_TYPE, "`%.*s` must be %s, not %s", SLICE_ARG(node->key), expected,
			 yaml_says(node));
}

enum error yaml_read_text(const struct yaml_node *node, slice *ret, struct fault *why)
{
	if (node->type != YAML_SCALAR)
		return fail_type(node, "text", why);
	enum yaml_sort sort = yaml_sort(node);
	if (sort != YAML_TEXT && sort != YAML_NULL)
		return yaml_fail(node, why, E_TYPE, "`%.*s` must be text; write \"%.*s\" in quotes",
				 SLICE_ARG(node->key), SLICE_ARG(node->text));
	if (sort == YAML_NULL)
		return fail_type(node, "text", why);
	*ret = node->text;
	return E_OK;
}

enum error yaml_read_boolean(const struct yaml_node *node, bool *ret, struct fault *why)
{
	if (node->type != YAML_SCALAR || yaml_sort(node) != YAML_BOOLEAN)
		return fail_type(node, "true or false", why);
	*ret = node->text.ptr[0] == 't';
	return E_OK;
}

enum error yaml_read_integer(const struct yaml_node *node, int64_t low, int64_t high, int64_t *ret, struct fault *why)
{
	int64_t value = 0;
	if (node->type != YAML_SCALAR || yaml_sort(node) != YAML_INTEGER || !slice_to_i64(node->text, &value))
		return fail_type(node, "a whole number", why);
	if (value < low || value > high)
		return yaml_fail(node, why, E_TYPE, "`%.*s` must be between %lld and %lld", SLICE_ARG(node->key),
				 (long long)low, (long long)high);
	*ret = value;
	return E_OK;
}

enum error yaml_expect(const struct yaml_node *node, enum yaml_type type, struct fault *why)
{
	static const char *const names[] = {"one value", "a list", "a mapping"};
	return node->type == type ? E_OK : fail_type(node, names[type], why);
}

static bool is_name(slice key, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(key, slice_of(names[i])))
			return true;
	return false;
}

enum error yaml_check_keys(const struct yaml_node *mapping, const char *const *names, size_t count, struct fault *why)
{
	TRY(yaml_expect(mapping, YAML_MAPPING, why));
	for (const struct yaml_node *child = mapping->first; child; child = child->next) {
		if (is_name(child->key, names, count))
			continue;
		struct nearest meant = nearest_among(child->key, names, count);
		char hint[NEAREST_HINT_BYTES];
		return yaml_fail_key(child, why, E_INVALID, "unknown key `%.*s`%s", SLICE_ARG(child->key),
				     nearest_hint(&meant, hint));
	}
	return E_OK;
}
