/* Schemas in both forms, and a policy under each that is read. */
#include "fuzz.h"

#include "cedar/cedar.h"

static const struct hash_key key = {1, 2};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const slice text = SLICE_INIT("permit(principal, action, resource) when { principal has a && principal.a == 1 && "
					     "context.x.y.contains(resource) && principal.getTag(\"x\") == \"y\" };"
					     "permit(principal, action, resource) when { [context.x, context.z].contains("
					     "principal.a) || (if principal has a.b then context.x else context.z) == context.x };");
	struct cedar_schema *schema;
	struct cedar_policyset *set;
	struct arena arena;
	struct cedar_validation validation;
	slice input = slice_from(bytes, length);
	enum error error = length > 0 && bytes[0] == '{' ? cedar_schema_parse_json(&key, SLICE("fuzz"), input, &schema, NULL, NULL)
							  : cedar_schema_parse(&key, SLICE("fuzz"), input, &schema, NULL, NULL);
	if (error != E_OK)
		return 0;
	struct cedar_source source = {.name = SLICE("policy"), .text = text};
	error = cedar_policyset_parse(&key, &source, 1, &set, NULL, NULL);
	assert(error == E_OK);
	arena_init(&arena, 64u << 20);
	error = cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, NULL);
	bool strict = error == E_OK && validation.error_count == 0;
	error = cedar_validate(schema, set, CEDAR_PERMISSIVE, &arena, &validation, NULL);
	/* What strict accepts permissive accepts too. */
	assert(!strict || error != E_OK || validation.error_count == 0);
	arena_free(&arena);
	cedar_policyset_free(set);
	cedar_schema_free(schema);
	return 0;
}
