#include "cedar/cedar.h"

#include "cedar/conform.h"
#include "check.h"
#include "unit/cedar/world.h"

static const slice schema_text = SLICE_INIT(
	"entity X {v?: E, q?: {w: Set<E>}, i?: ipaddr, l?: Long, r?: {\"__entity\"?: E, id?: String}}; entity E; entity A; "
	"entity C; "
	"action a appliesTo {principal: X, resource: X, context: {}};");

/* Read, closed, and held against the schema if there is one. */
static bool entities_are_fine(slice json, const struct cedar_schema *schema)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	struct cedar_entities *entities;
	struct cedar_conformance conformance = {0};
	struct arena arena;
	enum error error = schema ? cedar_entities_add_typed_json(builder, schema, SLICE("e"), json, NULL, NULL)
				  : cedar_entities_add_json(builder, SLICE("e"), json, NULL, NULL);
	if (error != E_OK) {
		cedar_entities_builder_free(builder);
		return false;
	}
	if (cedar_entities_build(builder, &entities, NULL) != E_OK)
		return false;
	arena_init(&arena, 1 << 20);
	if (schema)
		error = cedar_conform_entities(schema, entities, &arena, &conformance, NULL);
	arena_free(&arena);
	cedar_entities_free(entities);
	return error == E_OK && conformance.count == 0;
}

TEST(entities_json_is_accepted_where_the_reference_engine_accepts_it)
{
	static const struct {
		const char *json;
		bool under_schema;
		bool is_fine;
	} rows[] = {
#include "unit/cedar/entity_forms.h"
	};
	struct cedar_schema *schema;
	struct fault why = {0};
	size_t wrong = 0;
	CHECK_OK(cedar_schema_parse(&world_key, SLICE("s"), schema_text, &schema, NULL, &why), why);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (entities_are_fine(slice_of(rows[i].json), rows[i].under_schema ? schema : NULL) != rows[i].is_fine) {
			print_error("# %s%s\n", rows[i].under_schema ? "under the schema: " : "", rows[i].json);
			wrong++;
		}
	CHECK_INT(wrong, 0);
	cedar_schema_free(schema);
}

TEST(policy_json_is_accepted_where_the_reference_engine_accepts_it)
{
	static const struct {
		const char *json;
		bool is_fine;
	} rows[] = {
#include "unit/cedar/policy_forms.h"
	};
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cedar_source source = {.name = SLICE("p"), .text = slice_of(rows[i].json), .is_json = true};
		struct cedar_policyset *set;
		bool is_fine = cedar_policyset_build(&world_key, &source, 1, NULL, 0, &set, NULL, NULL) == E_OK;
		if (is_fine != rows[i].is_fine) {
			print_error("# %s\n", rows[i].json);
			wrong++;
		}
		cedar_policyset_free(set);
	}
	CHECK_INT(wrong, 0);
}
