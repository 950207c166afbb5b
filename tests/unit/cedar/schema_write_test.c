#include "cedar/schema.h"

#include "check.h"
#include "unit/cedar/world.h"

static struct cedar_schema *load(slice text, bool is_json)
{
	struct cedar_schema *schema;
	struct fault why = {0};
	CHECK_OK(is_json ? cedar_schema_parse_json(&world_key, SLICE("s"), text, &schema, NULL, &why)
			 : cedar_schema_parse(&world_key, SLICE("s"), text, &schema, NULL, &why),
		 why);
	return schema;
}

static void write(const struct cedar_schema *schema, bool to_json, struct buffer *out)
{
	struct fault why = {0};
	buffer_init(out, 1 << 20);
	CHECK_OK(to_json ? cedar_schema_write_json(schema, out, &why) : cedar_schema_write_text(schema, out, &why), why);
}

/* Written in one form and read again, it means the same. */
static struct cedar_schema *there_and_back(const struct cedar_schema *schema, bool to_json, struct buffer *out)
{
	write(schema, to_json, out);
	struct cedar_schema *again = load(buffer_slice(out), to_json);
	if (!cedar_schema_equal(schema, again))
		print_error("# %.*s\n", SLICE_ARG(buffer_slice(out)));
	CHECK(cedar_schema_equal(schema, again));
	return again;
}

TEST(a_schema_means_the_same_through_json_and_text)
{
	static const char *const texts[] = {
		"",
		"entity A;",
		"namespace Empty {} namespace N::M { entity A in [A, B::C]; } namespace B { entity C; }",
		"@doc(\"x\") @bare namespace N { @a(\"1\") type T = {\"a b\"?: Long, \"if\": Set<__cedar::String>, @x(\"y\") e: E, n?: {}}; "
		"type Q = ipaddr; @e(\"q\\n\\\"\") entity E enum [\"x\", \"y\\0\", \"x\"]; entity U, V in [G] = {t: T, q: Q} tags Set<T>; "
		"entity G; @v action \"a b\", v in [w, \"z q\", N::Action::\"w\"] appliesTo {principal: [U], resource: [U, V], context: T}; "
		"action w, \"z q\"; action e appliesTo {principal: U, resource: E, context: {a: {b?: {c: Set<Set<U>>}}}}; }",
		"entity Long; entity A {l: Long, m: __cedar::Long, s: String};",
		"type ipaddr = Long; entity A {b: ipaddr, c: __cedar::ipaddr, d: __cedar::Bool};",
		"entity A {a: Long, a: String, \"\": Bool, \"__cedar\": Bool, \"é\": Bool, type: Bool, \"in\"?: Bool};",
		"action \"\", \"a\\0b\", \"in\", \"é\";",
		"type R = {a: Long}; entity A; action v appliesTo {principal: A, resource: A, context: R};",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buffer text, json, again;
		struct cedar_schema *first = load(slice_of(texts[i]), false);
		struct cedar_schema *second = there_and_back(first, true, &json);
		struct cedar_schema *third = there_and_back(second, false, &text);
		/* What was written once is written the same again. */
		write(third, true, &again);
		CHECK(cedar_schema_equal(first, third));
		struct cedar_schema *fourth = load(buffer_slice(&again), true);
		CHECK(cedar_schema_equal(first, fourth));
		cedar_schema_free(first);
		cedar_schema_free(second);
		cedar_schema_free(third);
		cedar_schema_free(fourth);
		buffer_free(&json);
		buffer_free(&text);
		buffer_free(&again);
	}
}

TEST(what_is_written_is_laid_out_and_keeps_annotations)
{
	struct cedar_schema *schema = load(SLICE("{\"\":{\"entityTypes\":{\"A\":{\"annotations\":{\"x\":null,\"y\":\"\",\"z\":\"\\n\"}}},"
						 "\"actions\":{}},\"N\":{\"commonTypes\":{\"T\":{\"type\":\"Long\"}},\"entityTypes\":{\"U\":{"
						 "\"memberOfTypes\":[\"A\"],\"shape\":{\"type\":\"Record\",\"attributes\":{"
						 "\"a b\":{\"type\":\"T\",\"required\":false},\"c\":{\"type\":\"Extension\",\"name\":\"ipaddr\"},"
						 "\"r\":{\"type\":\"Record\",\"attributes\":{\"s\":{\"type\":\"Set\",\"element\":{\"type\":\"Boolean\"}}},"
						 "\"annotations\":{\"k\":\"v\"}}}}}},\"actions\":{\"v\":{\"memberOf\":[{\"id\":\"w\"}],\"appliesTo\":{"
						 "\"principalTypes\":[\"U\",\"A\"],\"resourceTypes\":[\"A\"]}},\"w\":{\"appliesTo\":{\"principalTypes\":[],"
						 "\"resourceTypes\":[\"A\"]}}},\"annotations\":{\"d\":\"e\"}}}"),
					   true);
	struct buffer text;
	write(schema, false, &text);
	CHECK_SLICE(buffer_slice(&text), SLICE("@x\n@y(\"\")\n@z(\"\\n\")\nentity A;\n"
					       "\n@d(\"e\")\nnamespace N {\n"
					       "  type T = __cedar::Long;\n"
					       "  entity U in [A] = {\n"
					       "    \"a b\"?: T,\n"
					       "    c: __cedar::ipaddr,\n"
					       "    @k(\"v\")\n"
					       "    r: {\n"
					       "      s: Set<__cedar::Bool>\n"
					       "    }\n"
					       "  };\n"
					       "  action \"v\" in [\"w\"] appliesTo {\n"
					       "    principal: [U, A],\n"
					       "    resource: [A]\n"
					       "  };\n"
					       "  action \"w\";\n"
					       "}\n"));
	struct cedar_schema *again = load(buffer_slice(&text), false);
	CHECK(cedar_schema_equal(schema, again));
	buffer_free(&text);
	write(again, true, &text);
	CHECK(slice_find(buffer_slice(&text), SLICE("\"y\": \"\"")) != SIZE_MAX);
	CHECK(slice_find(buffer_slice(&text), SLICE("\"k\": \"v\"")) != SIZE_MAX);
	buffer_free(&text);
	cedar_schema_free(schema);
	cedar_schema_free(again);
}

TEST(a_shape_that_is_a_common_type_is_unfolded_for_text)
{
	struct cedar_schema *schema =
		load(SLICE("{\"N\":{\"commonTypes\":{\"T\":{\"type\":\"Record\",\"attributes\":{\"u\":{\"type\":\"Entity\",\"name\":\"U\"},"
			   "\"s\":{\"type\":\"Set\",\"element\":{\"type\":\"Long\"}},\"x\":{\"type\":\"datetime\",\"required\":false}}}},"
			   "\"entityTypes\":{\"U\":{\"shape\":{\"type\":\"T\"}},\"Long\":{}},\"actions\":{}}}"),
		     true);
	struct buffer text;
	struct cedar_schema *again = there_and_back(schema, false, &text);
	CHECK(slice_find(buffer_slice(&text), SLICE("s: Set<__cedar::Long>")) != SIZE_MAX);
	buffer_free(&text);
	cedar_schema_free(again);
	cedar_schema_free(schema);
}

TEST(what_text_cannot_say_is_refused)
{
	struct cedar_schema *schema = load(SLICE("{\"N\":{\"commonTypes\":{\"U\":{\"type\":\"Long\"}},\"entityTypes\":{\"U\":{}},\"actions\":{}}}"), true);
	struct buffer out;
	struct fault why = {0};
	buffer_init(&out, 1000);
	CHECK_ERROR(cedar_schema_write_text(schema, &out, &why), E_UNSUPPORTED);
	CHECK(slice_find(slice_of(fault_sentence(&why)), SLICE("`U`")) != SIZE_MAX);
	CHECK_OK(cedar_schema_write_json(schema, &out, &why), why);
	buffer_free(&out);
	cedar_schema_free(schema);
}

TEST(a_buffer_that_is_too_small_is_told)
{
	struct cedar_schema *schema = load(SLICE("namespace N { entity A {a: Long}; }"), false);
	struct buffer out;
	buffer_init(&out, 20);
	CHECK_ERROR(cedar_schema_write_text(schema, &out, NULL), E_LIMIT);
	buffer_free(&out);
	buffer_init(&out, 20);
	CHECK_ERROR(cedar_schema_write_json(schema, &out, NULL), E_LIMIT);
	buffer_free(&out);
	cedar_schema_free(schema);
}

TEST(schemas_that_differ_are_not_equal)
{
	static const char *const texts[] = {
		"entity A; action v appliesTo {principal: A, resource: A};",
		"entity A; action v;",
		"entity A; entity B; action v appliesTo {principal: A, resource: A};",
		"entity A {x: Long}; action v appliesTo {principal: A, resource: A};",
		"entity A {x?: Long}; action v appliesTo {principal: A, resource: A};",
		"entity A tags Long; action v appliesTo {principal: A, resource: A};",
		"entity A tags Bool; action v appliesTo {principal: A, resource: A};",
		"entity A in A; action v appliesTo {principal: A, resource: A};",
		"entity A enum [\"x\"]; action v appliesTo {principal: A, resource: A};",
		"entity A enum [\"y\"]; action v appliesTo {principal: A, resource: A};",
		"entity A; action v appliesTo {principal: A, resource: A, context: {x: Long}};",
		"entity A; action w appliesTo {principal: A, resource: A};",
		"entity A; action v in w appliesTo {principal: A, resource: A}; action w;",
		"entity A; action v appliesTo {principal: A, resource: A}; action w;",
		"entity A, B; action v appliesTo {principal: [A, B], resource: A};",
		"entity A, B; action v appliesTo {principal: A, resource: [A, B]};",
	};
	enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
	struct cedar_schema *schemas[COUNT];
	for (size_t i = 0; i < COUNT; i++)
		schemas[i] = load(slice_of(texts[i]), false);
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j < COUNT; j++)
			CHECK(cedar_schema_equal(schemas[i], schemas[j]) == (i == j));
	for (size_t i = 0; i < COUNT; i++)
		cedar_schema_free(schemas[i]);
}
