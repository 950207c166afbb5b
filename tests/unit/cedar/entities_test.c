#include "cedar/entities.h"

#include "base/memory.h"
#include "cedar/authorize.h"
#include "cedar/limits.h"
#include "check.h"
#include "text/json.h"
#include "unit/cedar/world.h"

#include <stdio.h>
#include <string.h>

static enum error load(const char *json, struct cedar_entities **ret_entities, struct cedar_problem *problem)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	enum error error = cedar_entities_add_json(builder, SLICE("e.json"), slice_of(json), problem, NULL);
	*ret_entities = NULL;
	if (error != E_OK) {
		cedar_entities_builder_free(builder);
		return error;
	}
	return cedar_entities_build(builder, ret_entities, NULL);
}

#define U "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},"

TEST(what_is_no_entity_is_refused)
{
	static const struct {
		const char *json;
		enum error expected;
	} rows[] = {
		{"[]", E_OK},
		{"{}", E_INVALID},
		{"[1]", E_INVALID},
		{"[", E_SYNTAX},
		{"[" U "\"attrs\":{}}]", E_INVALID},
		{"[" U "\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{},\"parents\":[],\"tags\":{},\"x\":1}]", E_OK},
		{"[" U "\"attrs\":[],\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{},\"parents\":{}}]", E_INVALID},
		{"[" U "\"attrs\":{\"a\":null},\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{\"a\":1.5},\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{\"a\":9223372036854775807},\"parents\":[]}]", E_OK},
		{"[" U "\"attrs\":{\"a\":9223372036854775808},\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{\"a\":1,\"a\":1},\"parents\":[]}]", E_SYNTAX},
		{"[" U "\"attrs\":{\"a\":{\"__expr\":\"1\"}},\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{\"a\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"::1\"}}},\"parents\":[]}]", E_OK},
		{"[" U "\"attrs\":{\"a\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"x\"}}},\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{\"a\":{\"__extn\":{\"fn\":\"foo\",\"arg\":\"x\"}}},\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{\"a\":{\"__entity\":{\"type\":\"A B\",\"id\":\"\"}}},\"parents\":[]}]", E_INVALID},
		{"[{\"uid\":{\"type\":\"if\",\"id\":\"a\"},\"attrs\":{},\"parents\":[]}]", E_INVALID},
		{"[{\"uid\":{\"type\":\"__cedar::A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[]}]", E_INVALID},
		{"[{\"uid\":{\"__entity\":{\"type\":\"A\",\"id\":\"a\"}},\"attrs\":{},\"parents\":[]}]", E_OK},
		{"[{\"uid\":\"A::\\\"a\\\"\",\"attrs\":{},\"parents\":[]}]", E_INVALID},
		{"[" U "\"attrs\":{},\"parents\":[]}," U "\"attrs\":{},\"parents\":[]}]", E_OK},
		{"[" U "\"attrs\":{\"a\":1},\"parents\":[]}," U "\"attrs\":{},\"parents\":[]}]", E_CONFLICT},
		{"[" U "\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"a\"}]}]", E_CONFLICT},
		{"[" U "\"attrs\":{},\"parents\":[{\"type\":\"B\",\"id\":\"b\"}]},{\"uid\":{\"type\":\"B\",\"id\":\"b\"},"
		 "\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"a\"}]}]",
		 E_CONFLICT},
		{"[{\"uid\":{\"type\":\"Action\",\"id\":\"a\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"a\"}]}]", E_INVALID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cedar_entities *entities;
		struct cedar_problem problem;
		enum error error = load(rows[i].json, &entities, &problem);
		if (error != rows[i].expected)
			print_error("# %s\n", rows[i].json);
		CHECK_ERROR(error, rows[i].expected);
		CHECK(error != E_INVALID || problem.line == 1);
		cedar_entities_free(entities);
	}
}

/* What an entity may look like, without its first brace: a further member sends it the way through a tree. */
static const char *const shapes[] = {
	"\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[]}",
	"\"uid\":{\"__entity\":{\"type\":\"A\",\"id\":\"\\u00e4\\n\"}},\"parents\":[],\"attrs\":{\"b\":1,\"a\":-2},\"tags\":{}}",
	" \"uid\" : {\"id\":\"x\",\"type\":\"N::A\"} ,\"attrs\" :{ \"s\":\"\", \"t\":true,\"f\" : false},\"parents\": [ ]}",
	"\"uid\":{\"type\":\"A\",\"id\":\"y\"},\"attrs\":{\"e\":{\"__entity\":{\"type\":\"B\",\"id\":\"b\"}},"
	"\"m\":{\"__entity\":{\"id\":\"b\",\"type\":\"B\"}},\"two\":{\"__entity\":{\"type\":\"B\",\"id\":\"b\"},\"x\":1}},"
	"\"parents\":[{\"type\":\"B\",\"id\":\"b\"},{\"type\":\"B\",\"id\":\"b\"},{\"__entity\":{\"type\":\"C\",\"id\":\"\"}}]}",
	"\"uid\":{\"type\":\"A\",\"id\":\"z\"},\"attrs\":{\"set\":[3,1,2,3,[\"a\"],{\"k\":[]}],\"ip\":{\"__extn\":{\"fn\":"
	"\"ip\",\"arg\":\"::1\"}},\"r\":{\"z\":{\"y\":{\"x\":0}}}},\"parents\":[],\"tags\":{\"t\":\"\\ud83d\\ude00\"}}",
	"\"uid\":{\"type\":\"A\",\"id\":\"n\"},\"attrs\":{\"i\":[9223372036854775807,-9223372036854775808,0,"
	"999999999999999999,-1,[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]],\"__entity\"],\"__x\":{\"__y\":1}},\"parents\":[]}",
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static bool is_same(void *context, const struct cedar_entity_info *entity)
{
	struct cedar_entity_info other;
	CHECK(cedar_entities_find(context, entity->uid, &other));
	CHECK(cedar_value_equal(entity->attributes, other.attributes));
	CHECK(cedar_value_equal(entity->tags, other.tags));
	CHECK_INT(entity->attributes.mask, other.attributes.mask);
	CHECK_INT(entity->parent_count, other.parent_count);
	for (size_t i = 0; i < entity->parent_count; i++)
		CHECK(cedar_uid_equal(entity->parents[i], other.parents[i]));
	CHECK_INT(entity->ancestor_count, other.ancestor_count);
	return true;
}

static void write_shapes(char *text, size_t size, const char *member)
{
	size_t at = 0;
	for (size_t i = 0; i < SHAPES; i++)
		at += (size_t)snprintf(text + at, size - at, "%c {%s%s", i ? ',' : '[', member, shapes[i]);
	snprintf(text + at, size - at, "]");
}

TEST(entities_read_at_once_are_those_read_through_a_tree)
{
	char quick[4000], slow[4000];
	struct cedar_entities *a, *b;
	write_shapes(quick, sizeof(quick), "");
	write_shapes(slow, sizeof(slow), "\"other\":null,");
	CHECK_ERROR(load(quick, &a, NULL), E_OK);
	CHECK_ERROR(load(slow, &b, NULL), E_OK);
	CHECK_INT(cedar_entities_count(a), SHAPES);
	CHECK_INT(cedar_entities_count(b), SHAPES);
	cedar_entities_each(a, is_same, b);
	cedar_entities_free(a);
	cedar_entities_free(b);
}

TEST(an_empty_heap_while_reading_is_told_or_does_no_harm)
{
	char text[4000];
	write_shapes(text, sizeof(text), "");
	enum error error = E_MEMORY;
	for (uint64_t nth = 1; error != E_OK; nth++) {
		struct cedar_entities *entities;
		struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
		memory_fail_at(nth);
		error = cedar_entities_add_json(builder, SLICE("e.json"), slice_of(text), NULL, NULL);
		if (error == E_OK)
			error = cedar_entities_build(builder, &entities, NULL);
		else
			cedar_entities_builder_free(builder);
		memory_fail_at(0);
		CHECK(error == E_OK || error == E_MEMORY);
		if (error == E_OK) {
			CHECK_INT(cedar_entities_count(entities), SHAPES);
			cedar_entities_free(entities);
		}
		if (nth < 5)
			error = E_MEMORY;
	}
}

TEST(no_way_of_reading_entities_takes_what_is_not_strict_json)
{
	static const char bytes[] = "{}[]\",:01-.eE tfn\\u\x7f\xc3\x00";
	struct json_limits limits = {.depth_max = CEDAR_VALUE_DEPTH_MAX + 8};
	char text[4000];
	uint32_t seed = 20261122;
	unsigned taken = 0;
	for (unsigned round = 0; round < 20000; round++) {
		struct arena arena;
		struct json_doc doc;
		struct cedar_entities *entities;
		write_shapes(text, sizeof(text), round % 2 ? "" : "\"x\":[1,{}],");
		size_t length = strlen(text);
		for (unsigned i = 0; i <= round % 3; i++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % length] = bytes[(seed >> 4) % (sizeof(bytes) - 2)];
		}
		arena_init(&arena, 1 << 22);
		enum error strict = json_parse(&doc, slice_of(text), &limits, &arena, NULL);
		enum error error = load(text, &entities, NULL);
		CHECK(strict == E_OK || error == strict);
		taken += error == E_OK;
		cedar_entities_free(entities);
		arena_free(&arena);
	}
	CHECK(taken > 100 && taken < 19900);
}

TEST(a_chain_of_any_length_is_closed_without_recursion)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	struct cedar_entities *entities;
	struct cedar_entity_info info;
	struct fault why = {0};
	char name[2][16];
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(name[0], sizeof(name[0]), "%u", i);
		snprintf(name[1], sizeof(name[1]), "%u", i + 1);
		struct cedar_uid parent = cedar_uid_make(&world_key, SLICE("G"), slice_of(name[1]));
		struct cedar_entity_input entity = {
			.type = SLICE("G"), .id = slice_of(name[0]), .parents = &parent, .parent_count = 1};
		CHECK_OK(cedar_entities_add(builder, &entity, &why), why);
	}
	CHECK_OK(cedar_entities_build(builder, &entities, &why), why);
	struct cedar_uid first = cedar_uid_make(&world_key, SLICE("G"), SLICE("0"));
	CHECK(cedar_entities_find(entities, &first, &info));
	CHECK_INT(info.ancestor_count, 3000);
	CHECK_INT(info.parent_count, 1);
	struct cedar_uid absent = cedar_uid_make(&world_key, SLICE("G"), SLICE("3000"));
	CHECK(!cedar_entities_find(entities, &absent, &info));
	CHECK_INT(cedar_entities_count(entities), 3000);
	cedar_entities_free(entities);
}

static bool has_ancestor(const struct cedar_entity_info *info, const struct cedar_uid *uid)
{
	bool found = false;
	for (size_t i = 0; i < info->ancestor_count; i++)
		found |= cedar_uid_equal(info->ancestors[i], uid);
	return found;
}

TEST(a_child_stands_below_all_that_its_parent_is_below)
{
	struct arena arena;
	struct cedar_entities *base, *made = NULL;
	struct cedar_entity_info info;
	struct fault why = {0};
	struct cedar_uid uids[24];
	char names[24][8];
	arena_init(&arena, 1 << 20);
	/* Once with room in the table of the base, once without. */
	for (unsigned count = 2; count <= 20; count += 18) {
		struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
		for (unsigned i = 0; i < count + 2; i++) {
			snprintf(names[i], sizeof(names[i]), "e%u", i);
			uids[i] = cedar_uid_make(&world_key, SLICE("T"), slice_of(names[i]));
		}
		for (unsigned i = 0; i < count; i++) {
			struct cedar_entity_input input = {.type = SLICE("T"), .id = uids[i].id, .parents = &uids[i - 1],
							   .parent_count = i ? 1 : 0};
			CHECK_OK(cedar_entities_add(builder, &input, &why), why);
		}
		CHECK_OK(cedar_entities_build(builder, &base, &why), why);
		struct cedar_uid *child = &uids[count], *other = &uids[count + 1], *parent = &uids[count - 1];
		CHECK_OK(cedar_entities_child(base, child, (struct cedar_value){0}, parent, &arena, &made, &why), why);
		CHECK_INT(cedar_entities_count(made), count + 1);
		CHECK_INT(cedar_entities_count(base), count);
		CHECK(cedar_entities_find(made, child, &info) && !cedar_entities_find(base, child, &info));
		CHECK(cedar_entities_find(made, child, &info) && info.ancestor_count == count && info.parent_count == 1);
		for (unsigned i = 0; i < count; i++) {
			CHECK(has_ancestor(&info, &uids[i]));
			CHECK(cedar_entities_find(made, &uids[i], &(struct cedar_entity_info){0}));
		}
		CHECK_OK(cedar_entities_rename_child(made, base, other, (struct cedar_value){0}, &why), why);
		CHECK(cedar_entities_find(made, other, &info) && info.ancestor_count == count);
		CHECK(!cedar_entities_find(made, child, &info));
		CHECK_INT(cedar_entities_count(made), count + 1);
		CHECK_INT(cedar_entities_rename_child(made, base, parent, (struct cedar_value){0}, &why), E_CONFLICT);
		CHECK(cedar_entities_find(made, other, &info));
		CHECK_INT(cedar_entities_child(base, parent, (struct cedar_value){0}, parent, &arena, &made, &why), E_CONFLICT);
		CHECK_INT(cedar_entities_child(base, child, (struct cedar_value){0}, other, &arena, &made, &why), E_USAGE);
		cedar_entities_free(base);
	}
	arena_free(&arena);
}

TEST(a_store_in_an_arena_needs_no_free_and_survives_an_empty_heap)
{
	struct fault why = {0};
	for (uint64_t nth = 0; nth < 3; nth++) {
		struct arena arena;
		struct cedar_entities *entities = NULL;
		arena_init(&arena, 1 << 20);
		memory_fail_at(nth);
		struct cedar_entities_builder *builder = cedar_entities_builder_in(&arena, &world_key);
		struct cedar_entity_input entity = {.type = SLICE("A"), .id = SLICE("a\0b")};
		enum error error = builder ? cedar_entities_add(builder, &entity, &why) : E_MEMORY;
		if (error == E_OK)
			error = cedar_entities_build(builder, &entities, &why);
		CHECK(error == E_OK || error == E_MEMORY);
		CHECK((error == E_OK) == (entities != NULL));
		memory_fail_at(0);
		cedar_entities_free(entities);
		arena_free(&arena);
	}
}

TEST(what_is_no_entity_is_not_added)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	struct cedar_entity_input entity = {.type = SLICE("no name"), .id = SLICE("a")};
	CHECK_ERROR(cedar_entities_add(builder, &entity, NULL), E_INVALID);
	entity.type = SLICE("A");
	entity.attributes = cedar_long(1);
	CHECK_ERROR(cedar_entities_add(builder, &entity, NULL), E_INVALID);
	entity.attributes = (struct cedar_value){0};
	entity.tags = cedar_bool(true);
	CHECK_ERROR(cedar_entities_add(builder, &entity, NULL), E_INVALID);
	cedar_entities_builder_free(builder);
}

TEST(a_borrowed_layer_is_one_as_any_other)
{
	struct arena arena;
	struct cedar_entities *layer;
	struct cedar_entity_info found;
	struct fault why = {0};
	arena_init(&arena, 1 << 20);
	const struct cedar_uid *a = world_uid(&arena, SLICE("A::\"a\"")), *b = world_uid(&arena, SLICE("A::\"b\"")),
			       *g = world_uid(&arena, SLICE("G::\"g\"")), *h = world_uid(&arena, SLICE("G::\"h\""));
	const struct cedar_uid *const parents[] = {g, h, g};
	struct cedar_field name = {SLICE("n"), cedar_long(7)};
	struct cedar_entity_info entities[] = {{.uid = a, .parents = parents, .parent_count = 3}, {.uid = b}};
	CHECK_OK(cedar_record(&arena, &name, 1, &entities[1].attributes, &why), why);
	CHECK_OK(cedar_entities_borrow(&arena, &world_key, entities, 2, &layer, &why), why);
	CHECK_INT(cedar_entities_count(layer), 2);
	CHECK(cedar_entities_find(layer, a, &found));
	CHECK_INT(found.ancestor_count, 2);
	CHECK(found.ancestors[0]->hash < found.ancestors[1]->hash && found.attributes.kind == CEDAR_RECORD);
	CHECK(cedar_entities_find(layer, b, &found));
	CHECK(found.ancestor_count == 0 && cedar_record_get(found.attributes, SLICE("n")));
	CHECK(!cedar_entities_find(layer, g, &found));
	/* The groups are in a group that only a layer behind knows. */
	struct cedar_entities *behind;
	CHECK_OK(load("[{\"uid\":{\"type\":\"G\",\"id\":\"h\"},\"attrs\":{},\"parents\":[{\"type\":\"G\",\"id\":\"top\"}]}]",
		      &behind, NULL), why);
	struct cedar_policyset *set = world_policies(SLICE("permit(principal in G::\"top\", action, resource in G::\"g\");"));
	const struct cedar_entities *const layers[] = {layer, behind};
	const struct cedar_policyset *const sets[] = {set};
	const struct cedar_world world = {layers, 2, sets, 1};
	struct cedar_request request = {.principal = a, .action = b, .resource = a};
	struct cedar_result result;
	CHECK_INT(cedar_authorize(&request, &world, &arena, &result), CEDAR_ALLOW);
	request.principal = b;
	CHECK_INT(cedar_authorize(&request, &world, &arena, &result), CEDAR_DENY);
	cedar_policyset_free(set);
	cedar_entities_free(behind);
	arena_free(&arena);
	arena_init(&arena, 64);
	CHECK_ERROR(cedar_entities_borrow(&arena, &world_key, entities, 2, &layer, &why), E_MEMORY);
	arena_free(&arena);
}
