/* What YAML says, as JSON. */
#include "daemon/yaml.h"

#include "text/json_writer.h"

static enum error write_scalar(struct json_writer *writer, const struct yaml_node *node, struct fault *why)
{
	int64_t integer;
	switch (yaml_sort(node)) {
	case YAML_TEXT:
		json_write_string(writer, node->text);
		return E_OK;
	case YAML_NULL:
		json_write_null(writer);
		return E_OK;
	case YAML_BOOLEAN:
		json_write_bool(writer, node->text.ptr[0] == 't');
		return E_OK;
	case YAML_INTEGER:
		if (slice_to_i64(node->text, &integer))
			json_write_i64(writer, integer);
		return E_OK;
	case YAML_FLOAT:
	case YAML_AMBIGUOUS:
		break;
	}
	return yaml_fail(node, why, E_TYPE, "`%.*s` is not clear; write \"%.*s\" in quotes if it is text",
			 SLICE_ARG(node->text), SLICE_ARG(node->text));
}

enum error yaml_write_json(struct json_writer *writer, const struct yaml_node *node, struct fault *why)
{
	if (node->type == YAML_SCALAR)
		return write_scalar(writer, node, why);
	bool list = node->type == YAML_SEQUENCE;
	if (list)
		json_begin_array(writer);
	else
		json_begin_object(writer);
	for (const struct yaml_node *child = node->first; child; child = child->next) {
		if (!list)
			json_write_key(writer, child->key);
		TRY(yaml_write_json(writer, child, why));
	}
	if (list)
		json_end_array(writer);
	else
		json_end_object(writer);
	return E_OK;
}
