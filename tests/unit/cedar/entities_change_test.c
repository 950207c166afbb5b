#include "base/memory.h"
#include "check.h"
#include "unit/cedar/world.h"

#include "cedar/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES 20u
#define KEPT 6u

/* What a store should hold: for each name whether it is there, its parents and a number. */
struct model {
	bool is_there[NAMES];
	uint32_t parents[NAMES]; /* bits */
	int64_t level[NAMES];
};

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % below;
}

static struct cedar_uid uid_of(unsigned number)
{
	static char names[4096][8];
	snprintf(names[number], sizeof(names[number]), "n%u", number);
	return cedar_uid_make(&world_key, SLICE("G"), slice_of(names[number]));
}

/* The input for one entity; its parts live in the arena. */
static struct cedar_entity_input input_of(const struct model *model, unsigned number, struct arena *arena)
{
	struct cedar_uid uid = uid_of(number);
	struct cedar_uid *parents = ARENA_ARRAY(arena, NAMES, struct cedar_uid);
	struct cedar_entity_input entity = {.type = uid.type, .id = uid.id, .parents = parents};
	struct cedar_fields fields;
	for (unsigned i = 0; i < NAMES; i++)
		if (model->parents[number] >> i & 1)
			parents[entity.parent_count++] = uid_of(i);
	cedar_fields_init(&fields, arena);
	cedar_fields_add(&fields, SLICE("level"), cedar_long(model->level[number]));
	cedar_fields_add(&fields, SLICE("owner"), cedar_entity(cedar_uid_new(arena, &world_key, uid.type, uid.id)));
	CHECK_ERROR(cedar_fields_finish(&fields, &entity.attributes, NULL), E_OK);
	entity.tags = entity.attributes;
	return entity;
}

static enum error build(const struct model *model, struct cedar_entities **ret_entities)
{
	struct arena arena;
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	arena_init(&arena, 1 << 24);
	for (unsigned i = 0; i < NAMES; i++) {
		struct cedar_entity_input entity = input_of(model, i, &arena);
		if (model->is_there[i])
			CHECK_ERROR(cedar_entities_add(builder, &entity, NULL), E_OK);
	}
	arena_free(&arena);
	return cedar_entities_build(builder, ret_entities, NULL);
}

static bool has(const struct cedar_uid *const *list, size_t count, const struct cedar_uid *uid)
{
	for (size_t i = 0; i < count; i++)
		if (cedar_uid_equal(list[i], uid))
			return true;
	return false;
}

static bool same_lists(const struct cedar_uid *const *a, size_t a_count, const struct cedar_uid *const *b,
		       size_t b_count)
{
	for (size_t i = 0; i < a_count; i++)
		if (!has(b, b_count, a[i]))
			return false;
	return a_count == b_count;
}

static bool compare_entity(void *context, const struct cedar_entity_info *entity)
{
	struct cedar_entity_info other;
	CHECK(cedar_entities_find(context, entity->uid, &other));
	CHECK(cedar_value_equal(entity->attributes, other.attributes));
	CHECK(cedar_value_equal(entity->tags, other.tags));
	CHECK(same_lists(entity->parents, entity->parent_count, other.parents, other.parent_count));
	CHECK(same_lists(entity->ancestors, entity->ancestor_count, other.ancestors, other.ancestor_count));
	return true;
}

static const char policies[] =
	"permit(principal in G::\"n0\", action, resource) when { principal.level > 3 };"
	"permit(principal, action in [Action::\"y\", Action::\"x\"], resource in G::\"n2\");"
	"forbid(principal in G::\"n3\", action, resource in G::\"n4\") unless { resource.owner == principal };"
	"permit(principal, action, resource) when { principal in resource && principal.getTag(\"level\") == 1 };";

static void compare_decisions(const struct cedar_entities *a, const struct cedar_entities *b)
{
	struct arena arena;
	struct cedar_policyset *set;
	struct cedar_source source = {.name = SLICE("p"), .text = slice_of(policies)};
	CHECK_ERROR(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, NULL), E_OK);
	arena_init(&arena, 1 << 20);
	struct cedar_uid action = cedar_uid_make(&world_key, SLICE("Action"), SLICE("x"));
	for (unsigned i = 0; i < 12; i++) {
		struct cedar_uid principal = uid_of(draw(NAMES)), resource = uid_of(draw(NAMES));
		struct cedar_request request = {.principal = &principal, .action = &action, .resource = &resource};
		const struct cedar_policyset *sets[] = {set};
		struct cedar_result results[2];
		for (unsigned j = 0; j < 2; j++) {
			const struct cedar_entities *layers[] = {j ? a : b};
			struct cedar_world world = {layers, 1, sets, 1};
			enum cedar_decision decision = cedar_authorize(&request, &world, &arena, &results[j]);
			CHECK_INT(decision, results[j].decision);
		}
		CHECK_INT(results[0].decision, results[1].decision);
		CHECK_INT(results[0].failure, results[1].failure);
		CHECK_INT(results[0].reason_count, results[1].reason_count);
		CHECK_INT(results[0].error_count, results[1].error_count);
		arena_reset(&arena);
	}
	arena_free(&arena);
	cedar_policyset_free(set);
}

static void compare(const struct cedar_entities *entities, const struct model *model)
{
	struct cedar_entities *expected;
	CHECK_ERROR(build(model, &expected), E_OK);
	CHECK_INT(cedar_entities_count(entities), cedar_entities_count(expected));
	cedar_entities_each(entities, compare_entity, expected);
	cedar_entities_each(expected, compare_entity, (void *)(uintptr_t)entities);
	compare_decisions(entities, expected);
	cedar_entities_free(expected);
}

static void change_model(struct model *model, unsigned number, bool is_removal)
{
	model->is_there[number] = !is_removal;
	if (is_removal)
		return;
	model->level[number] = draw(6);
	if (draw(3) == 0)
		return;
	model->parents[number] = 0;
	for (unsigned i = draw(4); i > 0; i--)
		model->parents[number] |= 1u << draw(NAMES);
}

/* One to three random changes, and the model after them. */
static size_t draw_changes(struct model *model, struct cedar_entity_change *changes, struct arena *arena)
{
	size_t count = 1 + draw(3);
	for (size_t i = 0; i < count; i++) {
		unsigned number = draw(NAMES);
		changes[i].is_removal = draw(4) == 0;
		change_model(model, number, changes[i].is_removal);
		changes[i].entity = input_of(model, number, arena);
	}
	return count;
}

struct kept {
	struct cedar_entities *entities;
	struct model model;
};

static void keep_some(struct kept *kept, struct cedar_entities *old, const struct model *model)
{
	struct kept *place = &kept[draw(KEPT)];
	if (place->entities) {
		compare(place->entities, &place->model);
		cedar_entities_free(place->entities);
	}
	*place = (struct kept){old, *model};
}

static void change_at_random(uint64_t start, bool from_built)
{
	struct model model = {0};
	struct kept kept[KEPT] = {0};
	struct arena arena;
	struct cedar_entities *entities;
	unsigned refused = 0;
	seed = start;
	arena_init(&arena, 1 << 20);
	for (unsigned i = 0; from_built && i < NAMES; i++) {
		model.is_there[i] = draw(2);
		model.parents[i] = i > 1 ? 1u << draw(i) | 1u << draw(i) : 0;
	}
	CHECK_ERROR(build(&model, &entities), E_OK);
	for (unsigned round = 0; round < 400; round++) {
		struct cedar_entity_change changes[3] = {0};
		struct model next = model;
		struct cedar_entities *version, *expected;
		size_t count = draw_changes(&next, changes, &arena);
		enum error code = build(&next, &expected);
		CHECK_ERROR(cedar_entities_change(entities, changes, count, &version, NULL), code);
		cedar_entities_free(expected);
		arena_reset(&arena);
		if (code != E_OK) {
			CHECK(version == NULL && code == E_CONFLICT);
			refused++;
			continue;
		}
		keep_some(kept, entities, &model);
		entities = version;
		model = next;
		compare(entities, &model);
	}
	CHECK(refused > 10 && refused < 390);
	for (unsigned i = 0; i < KEPT; i++)
		if (i % 2 && kept[i].entities)
			cedar_entities_free(kept[i].entities);
	cedar_entities_free(entities);
	for (unsigned i = 0; i < KEPT; i += 2)
		if (kept[i].entities) {
			compare(kept[i].entities, &kept[i].model);
			cedar_entities_free(kept[i].entities);
		}
	arena_free(&arena);
}

TEST(random_changes_give_what_building_from_scratch_gives)
{
	for (uint64_t start = 1; start < 9; start++)
		change_at_random(start * 0x9e3779b97f4a7c15u, start % 2);
}

TEST(an_empty_heap_at_any_moment_changes_nothing)
{
	struct model model = {0};
	struct arena arena;
	struct cedar_entities *entities;
	uint64_t failed = 0;
	seed = 77;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(build(&model, &entities), E_OK);
	for (unsigned round = 0; round < 60; round++) {
		struct cedar_entity_change changes[3] = {0};
		struct model next = model;
		struct cedar_entities *version;
		size_t count = draw_changes(&next, changes, &arena);
		enum error code = E_MEMORY;
		for (uint64_t nth = 1; code == E_MEMORY; nth++) {
			memory_fail_at(nth);
			code = cedar_entities_change(entities, changes, count, &version, NULL);
			memory_fail_at(0);
			if (code != E_MEMORY)
				break;
			CHECK(version == NULL);
			compare(entities, &model);
			failed++;
		}
		arena_reset(&arena);
		CHECK(code == E_OK || code == E_CONFLICT);
		if (code != E_OK)
			continue;
		cedar_entities_free(entities);
		entities = version;
		model = next;
		compare(entities, &model);
	}
	CHECK(failed > 200);
	cedar_entities_free(entities);
	arena_free(&arena);
}

static enum error put_one(struct cedar_entities **entities, unsigned number, unsigned parent, bool keep_old,
			  struct fault *why)
{
	struct cedar_uid uid = uid_of(number), above = uid_of(parent);
	struct cedar_entity_change change = {.entity = {.type = uid.type, .id = uid.id, .parents = &above,
							.parent_count = number == parent ? 0 : 1}};
	struct cedar_entities *version;
	TRY(cedar_entities_change(*entities, &change, 1, &version, why));
	if (!keep_old)
		cedar_entities_free(*entities);
	*entities = version;
	return E_OK;
}

TEST(a_store_that_outgrows_its_table_is_still_the_same)
{
	struct cedar_entities *entities = cedar_entities_new(&world_key), *old;
	struct fault why = {0};
	struct cedar_entity_info info;
	for (unsigned i = 0; i < 4000; i++)
		CHECK_OK(put_one(&entities, i, i / 10, false, &why), why);
	old = entities;
	/* All of them again, below another one: the table is made anew more than once. */
	for (unsigned i = 0; i < 4000; i++)
		CHECK_OK(put_one(&entities, i, i / 100, i == 0, &why), why);
	CHECK_INT(cedar_entities_count(entities), 4000);
	struct cedar_uid last = uid_of(3999);
	CHECK(cedar_entities_find(entities, &last, &info));
	CHECK_INT(info.ancestor_count, 2); /* 39, 0 */
	CHECK(cedar_entities_find(old, &last, &info));
	CHECK_INT(info.ancestor_count, 4); /* 399, 39, 3, 0 */
	cedar_entities_free(entities);
	CHECK(cedar_entities_find(old, &last, &info));
	cedar_entities_free(old);
}

TEST(removed_entities_leave_no_trace_in_the_table)
{
	struct cedar_entities *entities = cedar_entities_new(&world_key), *version;
	struct fault why = {0};
	for (unsigned i = 1; i < 4000; i++)
		CHECK_OK(put_one(&entities, i, 0, false, &why), why);
	for (unsigned i = 1; i < 4000; i++) {
		struct cedar_uid uid = uid_of(i);
		struct cedar_entity_change change = {true, {.type = uid.type, .id = uid.id}};
		CHECK_OK(cedar_entities_change(entities, &change, 1, &version, &why), why);
		cedar_entities_free(entities);
		entities = version;
		CHECK(!cedar_entities_find(entities, &uid, &(struct cedar_entity_info){0}));
	}
	CHECK_INT(cedar_entities_count(entities), 0);
	cedar_entities_free(entities);
}

TEST(what_cannot_be_is_refused)
{
	struct cedar_entities *entities = cedar_entities_new(&world_key), *first = entities, *none;
	struct fault why = {0};
	struct cedar_entity_change change = {.entity = {.type = SLICE("no name"), .id = SLICE("a")}};
	CHECK_OK(put_one(&entities, 1, 2, true, &why), why);
	CHECK_OK(put_one(&entities, 2, 3, false, &why), why);
	CHECK_ERROR(put_one(&entities, 3, 1, false, &why), E_CONFLICT);
	CHECK_SLICE(slice_sub(slice_of(why.sentence), 0, 27), SLICE("the hierarchy has a cycle c"));
	/* Only the newest version can be changed. */
	CHECK_ERROR(put_one(&first, 5, 6, false, &why), E_CONFLICT);
	CHECK_ERROR(cedar_entities_change(entities, &change, 1, &none, &why), E_INVALID);
	change.entity = (struct cedar_entity_input){.type = SLICE("A"), .attributes = cedar_long(1)};
	CHECK_ERROR(cedar_entities_change(entities, &change, 1, &none, &why), E_INVALID);
	CHECK_INT(cedar_entities_count(entities), 2);
	/* In one change the order does not matter, only what comes out of it. */
	struct cedar_uid one = uid_of(1), two = uid_of(2);
	struct cedar_entity_change turn[] = {{false, {.type = two.type, .id = two.id, .parents = &one, .parent_count = 1}},
					     {false, {.type = one.type, .id = one.id}}};
	CHECK_OK(cedar_entities_change(entities, turn, 2, &none, &why), why);
	cedar_entities_free(entities);
	cedar_entities_free(none);
	cedar_entities_free(first);
}

TEST(a_store_of_one_request_is_not_changed)
{
	struct arena arena;
	struct cedar_entities *entities, *version;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(cedar_entities_build(cedar_entities_builder_in(&arena, &world_key), &entities, NULL), E_OK);
	CHECK_ERROR(cedar_entities_change(entities, NULL, 0, &version, NULL), E_USAGE);
	arena_free(&arena);
}

TEST(more_ancestors_than_the_maximum_are_refused_in_a_change_too)
{
	struct cedar_uid *parents = calloc(CEDAR_ANCESTORS_MAX + 1, sizeof(*parents));
	char *ids = calloc(CEDAR_ANCESTORS_MAX + 1, 8);
	struct cedar_entities *entities = cedar_entities_new(&world_key), *version;
	for (size_t i = 0; i <= CEDAR_ANCESTORS_MAX; i++) {
		snprintf(ids + 8 * i, 8, "%zu", i);
		parents[i] = cedar_uid_make(&world_key, SLICE("G"), slice_of(ids + 8 * i));
	}
	struct cedar_entity_change change = {.entity = {.type = SLICE("A"), .id = SLICE("a"), .parents = parents,
							.parent_count = CEDAR_ANCESTORS_MAX + 1}};
	struct fault why = {0};
	CHECK_ERROR(cedar_entities_change(entities, &change, 1, &version, &why), E_LIMIT);
	CHECK_SLICE(slice_of(why.sentence), SLICE("`A::\"a\"` has more than 10000 ancestors"));
	change.entity.parent_count--;
	CHECK_OK(cedar_entities_change(entities, &change, 1, &version, &why), why);
	cedar_entities_free(entities);
	cedar_entities_free(version);
	free(parents);
	free(ids);
}
