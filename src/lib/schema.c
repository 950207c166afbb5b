#include "lib/inside.h"

#include "base/memory.h"

static enum error read_schema(struct lib_call *call, slice text, const struct tip_parse_options *options,
			      struct tip_schema **ret_schema)
{
	slice name = lib_slice(options->name);
	struct tip_schema *schema = memory_alloc(sizeof(*schema));
	if (!schema)
		return FAIL(&call->why, E_MEMORY, "no memory for a schema");
	enum error error;
	if (options->format == TIP_JSON)
		error = cedar_schema_parse_json(&call->key, name, text, &schema->schema, &call->problem, &call->why);
	else
		error = cedar_schema_parse(&call->key, name, text, &schema->schema, &call->problem, &call->why);
	if (error != E_OK) {
		memory_free(schema);
		return error;
	}
	*ret_schema = schema;
	return E_OK;
}

int tip_schema_parse(const char *text, size_t len, const struct tip_parse_options *options,
		     struct tip_schema **ret_schema, struct tip_error *error)
{
	struct lib_call call;
	struct tip_parse_options known;
	enum error code = lib_call_start(&call);
	if (code == E_OK && !ret_schema)
		code = FAIL(&call.why, E_USAGE, "there is no place for the schema");
	if (ret_schema)
		*ret_schema = NULL;
	if (code == E_OK)
		code = lib_options(&call, text, len, options, &known);
	if (code == E_OK)
		code = read_schema(&call, (slice){text, len}, &known, ret_schema);
	return lib_call_end(&call, code, error);
}

void tip_schema_free(struct tip_schema *schema)
{
	if (!schema)
		return;
	cedar_schema_free(schema->schema);
	memory_free(schema);
}
