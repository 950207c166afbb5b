#include "cedar/schema.h"

#include "base/memory.h"
#include "cedar/schema_data.h"
#include "check.h"
#include "text/json.h"
#include "unit/cedar/world.h"

static enum error load(const char *text, bool is_json, struct cedar_schema **ret_schema)
{
	struct cedar_problem problem;
	enum error error = is_json ? cedar_schema_parse_json(&world_key, SLICE("s"), slice_of(text), ret_schema, &problem, NULL)
				   : cedar_schema_parse(&world_key, SLICE("s"), slice_of(text), ret_schema, &problem, NULL);
	CHECK((error == E_OK) == (*ret_schema != NULL));
	return error;
}

TEST(schemas_are_taken_where_the_reference_engine_takes_them)
{
	static const struct {
		const char *text;
		bool is_json;
		bool is_taken;
	} rows[] = {
#include "unit/cedar/schemas.h"
	};
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cedar_schema *schema;
		if ((load(rows[i].text, rows[i].is_json, &schema) == E_OK) != rows[i].is_taken) {
			print_error("# %s\n", rows[i].text);
			wrong++;
		}
		cedar_schema_free(schema);
	}
	CHECK_INT(wrong, 0);
}

TEST(names_that_are_not_declared_are_told_with_one_that_is)
{
	static const struct {
		const char *text;
		const char *sentence;
	} rows[] = {
		{"entity User in [Gruop]; entity Group;", "`Gruop` has not been declared as an entity type; did you mean `Group`?"},
		{"entity A { b: Lnog };", "`Lnog` has not been declared as a common or entity type; did you mean `Long`?"},
		{"type Level = Long; entity A { b: Levle };",
		 "`Levle` has not been declared as a common or entity type; did you mean `Level`?"},
		{"namespace N { entity User; } entity A in [N::Usre];",
		 "`N::Usre` has not been declared as an entity type; did you mean `N::User`?"},
		{"entity A in [Elsewhere];", "`Elsewhere` has not been declared as an entity type"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cedar_schema *schema;
		struct cedar_problem problem;
		CHECK_ERROR(cedar_schema_parse(&world_key, SLICE("s"), slice_of(rows[i].text), &schema, &problem, NULL), E_INVALID);
		CHECK_SLICE(slice_of(problem.sentence), slice_of(rows[i].sentence));
	}
}

/* Room for all types was once taken for each: gigabytes. */
TEST(many_types_take_memory_for_their_own_ancestors_only)
{
	struct cedar_schema *schema;
	struct fault why = {0};
	struct buffer text;
	buffer_init(&text, 1 << 22);
	buffer_print(&text, "entity E0; entity E1 in [E0, E1];");
	for (unsigned i = 2; i < 20000; i++)
		buffer_print(&text, "entity E%u in [E%u];", i, i / 2);
	CHECK_OK(cedar_schema_parse(&world_key, SLICE("s"), buffer_slice(&text), &schema, NULL, &why), why);
	CHECK(schema->arena.total_bytes < 64u << 20);
	CHECK_INT(schema_entity_type(schema, SLICE("E19999"))->ancestor_count, 15);
	CHECK_INT(schema_entity_type(schema, SLICE("E1"))->ancestor_count, 2);
	CHECK_INT(schema_entity_type(schema, SLICE("E0"))->ancestor_count, 0);
	cedar_schema_free(schema);
	buffer_free(&text);
}

TEST(an_extension_type_is_no_primitive)
{
	struct cedar_schema *schema;
	CHECK_ERROR(load("{\"\":{\"entityTypes\":{\"A\":{\"tags\":{\"type\":\"Extension\",\"name\":\"Long\"}}},\"actions\":{}}}", true,
			 &schema),
		    E_INVALID);
}

TEST(both_forms_mean_the_same)
{
	static const char *const texts[] = {
		"namespace N { entity U in [G] = {a?: Long, b: Set<ipaddr>} tags Bool; entity G; type T = {x: U}; "
		"action v in [w] appliesTo {principal: U, resource: [G], context: T}; action w; }",
		"{\"N\":{\"commonTypes\":{\"T\":{\"type\":\"Record\",\"attributes\":{\"x\":{\"type\":\"Entity\",\"name\":\"U\"}}}},"
		"\"entityTypes\":{\"G\":{},\"U\":{\"memberOfTypes\":[\"G\"],\"shape\":{\"type\":\"Record\",\"attributes\":{"
		"\"a\":{\"type\":\"Long\",\"required\":false},\"b\":{\"type\":\"Set\",\"element\":{\"type\":\"Extension\","
		"\"name\":\"ipaddr\"}}}},\"tags\":{\"type\":\"Boolean\"}}},\"actions\":{\"v\":{\"memberOf\":[{\"id\":\"w\"}],"
		"\"appliesTo\":{\"principalTypes\":[\"U\"],\"resourceTypes\":[\"G\"],\"context\":{\"type\":\"T\"}}},\"w\":{}}}}"};
	for (int form = 0; form < 2; form++) {
		struct cedar_schema *schema;
		struct buffer text;
		buffer_init(&text, 1000);
		CHECK_ERROR(load(texts[form], form == 1, &schema), E_OK);
		CHECK_INT(schema_entity_type_count(schema), 2);
		const struct entity_type *type = schema_entity_type(schema, SLICE("N::U"));
		CHECK(type != NULL);
		type_write(&text, type->shape);
		type_write(&text, type->tags);
		CHECK_SLICE(buffer_slice(&text), SLICE("{a?: Long, b: Set<ipaddr>}Bool"));
		CHECK_INT(type->ancestor_count, 1);
		CHECK_SLICE(type->ancestors[0], SLICE("N::G"));
		struct cedar_uid v = cedar_uid_make(&world_key, SLICE("N::Action"), SLICE("v"));
		const struct action_type *action = schema_action(schema, &v);
		CHECK(action && action->applies && action->ancestor_count == 1);
		CHECK_SLICE(action->principals[0], SLICE("N::U"));
		buffer_clear(&text);
		type_write(&text, action->context);
		CHECK_SLICE(buffer_slice(&text), SLICE("{x: N::U}"));
		CHECK_INT(cedar_entities_count(cedar_schema_actions(schema)), 2);
		buffer_free(&text);
		cedar_schema_free(schema);
	}
}

TEST(an_empty_heap_is_told_at_every_allocation)
{
	for (uint64_t nth = 1; nth < 12; nth++) {
		struct cedar_schema *schema;
		memory_fail_at(nth);
		enum error error = load("entity A; action a in b appliesTo {principal: A, resource: A}; action b;", false, &schema);
		memory_fail_at(0);
		CHECK(error == E_MEMORY || error == E_OK || error == E_INVALID);
		CHECK(nth > 1 || error == E_MEMORY);
		cedar_schema_free(schema);
	}
}

/* Common types, each of which has the one before `width` times; the last is declared first where `is_backward`. */
static enum error load_tower(unsigned height, unsigned width, bool is_backward)
{
	struct cedar_schema *schema;
	struct buffer text;
	buffer_init(&text, 1 << 16);
	buffer_add_text(&text, "type T0 = Long;");
	for (unsigned i = 1; i <= height; i++) {
		unsigned number = is_backward ? height + 1 - i : i;
		buffer_print(&text, "type T%u = {", number);
		for (unsigned j = 0; j < width; j++)
			buffer_print(&text, "a%u: T%u,", j, number - 1);
		buffer_add_text(&text, "};");
	}
	buffer_print(&text, "entity U = {t: T%u};", height);
	buffer_add_byte(&text, '\0');
	CHECK(!text.failed);
	enum error error = load(text.ptr, false, &schema);
	buffer_free(&text);
	cedar_schema_free(schema);
	return error;
}

/* Whoever walks through a type walks through its common types, wherever they are used. */
TEST(types_are_bounded_with_their_common_types_written_out)
{
	for (unsigned i = 0; i < 2; i++) {
		CHECK_INT(load_tower(60, 1, i), E_OK);
		CHECK_INT(load_tower(200, 1, i), E_LIMIT);
		CHECK_INT(load_tower(12, 2, i), E_OK);
		CHECK_INT(load_tower(40, 2, i), E_LIMIT);
	}
}

/* Few names are compared with each other, many are looked up. */
TEST(an_attribute_that_stands_twice_means_what_it_meant_last)
{
	for (unsigned count = 1; count <= 100; count += 11) {
		struct cedar_schema *schema;
		struct buffer text;
		buffer_init(&text, 1 << 16);
		buffer_add_text(&text, "entity U {");
		for (unsigned i = 0; i < count; i++)
			buffer_print(&text, "a%u: Long,", i);
		buffer_print(&text, "a%u?: String};", count / 2);
		buffer_add_byte(&text, '\0');
		CHECK_INT(load(text.ptr, false, &schema), E_OK);
		const struct type *shape = schema_entity_type(schema, SLICE("U"))->shape;
		CHECK_INT(shape->count, count);
		for (uint32_t i = 0; i < count; i++) {
			slice name = shape->attributes[i].name;
			uint64_t number;
			CHECK(slice_to_u64(slice_from_offset(name, 1), &number));
			bool is_last = number == count / 2;
			CHECK_INT(shape->attributes[i].type->kind, is_last ? TYPE_STRING : TYPE_LONG);
			CHECK(shape->attributes[i].is_required != is_last);
		}
		cedar_schema_free(schema);
		buffer_free(&text);
	}
}

TEST(text_becomes_a_value_where_the_schema_says_so)
{
	struct cedar_schema *schema;
	struct arena arena;
	struct json_doc doc;
	struct cedar_value context;
	struct fault why = {0};
	CHECK_ERROR(load("entity A; action a appliesTo {principal: A, resource: A, context: {ip: ipaddr, who: A, s: String}};", false,
			 &schema),
		    E_OK);
	arena_init(&arena, 1 << 20);
	CHECK_OK(json_parse(&doc, SLICE("{\"ip\":\"::1\",\"who\":{\"type\":\"A\",\"id\":\"x\"},\"s\":\"1.1.1.1\"}"), NULL, &arena, &why), why);
	struct cedar_uid action = cedar_uid_make(&world_key, SLICE("Action"), SLICE("a"));
	CHECK_OK(cedar_context_from_json(&arena, schema, &action, &doc, json_root(&doc), &context, &why), why);
	CHECK_INT(cedar_record_get(context, SLICE("ip"))->kind, CEDAR_IP);
	CHECK_INT(cedar_record_get(context, SLICE("who"))->kind, CEDAR_ENTITY);
	CHECK_INT(cedar_record_get(context, SLICE("s"))->kind, CEDAR_STRING);
	arena_free(&arena);
	cedar_schema_free(schema);
}

/* For each type of the schema, whether the reference engine takes the value without validating the request. */
TEST(json_must_have_the_form_that_the_schema_expects)
{
	static const char *const types[] = {"Long", "A", "ipaddr", "datetime", "Set<Long>", "{a: Long}", "{a?: Long}",
					    "{type: String, id: String}"};
	static const struct {
		const char *json, *taken;
	} rows[] = {
		{"{\"__entity\":{\"type\":\"A\",\"id\":\"a\"}}", "++------"},
		{"{\"type\":\"A\",\"id\":\"a\"}", "++-----+"},
		{"{\"__extn\":{\"fn\":\"ip\",\"arg\":\"::1\"}}", "+-++----"},
		{"{\"fn\":\"ip\",\"arg\":\"::1\"}", "+-++----"},
		{"{\"__expr\":\"1\"}", "--------"},
		{"\"a\"", "+-------"},
		{"\"::1\"", "+-+-----"},
		{"1", "+-------"},
		{"true", "+-------"},
		{"[]", "+---+---"},
		{"[1]", "+---+---"},
		{"null", "--------"},
		{"{}", "+-----+-"},
		{"{\"a\":1}", "+----++-"},
		{"{\"a\":\"s\"}", "+----++-"},
		{"{\"type\":\"A\"}", "+-------"},
	};
	struct cedar_uid action = cedar_uid_make(&world_key, SLICE("Action"), SLICE("a"));
	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct cedar_schema *schema;
			struct arena arena;
			struct json_doc doc;
			struct cedar_value context;
			struct fault why = {0};
			arena_init(&arena, 1 << 20);
			slice text = arena_print(&arena, "entity A; action a appliesTo {principal: A, resource: A, "
							 "context: {x: %s}};", types[t]);
			CHECK_ERROR(load(text.ptr, false, &schema), E_OK);
			slice json = arena_print(&arena, "{\"x\":%s}", rows[i].json);
			CHECK_OK(json_parse(&doc, json, NULL, &arena, &why), why);
			bool taken = cedar_context_from_json(&arena, schema, &action, &doc, json_root(&doc), &context, &why) == E_OK;
			if (taken != (rows[i].taken[t] == '+'))
				print_error("# %s as %s: %s\n", rows[i].json, types[t], fault_sentence(&why));
			CHECK(taken == (rows[i].taken[t] == '+'));
			arena_free(&arena);
			cedar_schema_free(schema);
		}
}
