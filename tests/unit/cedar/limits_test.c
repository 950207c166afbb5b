/* Every maximum of limits.h refuses with a sentence. Where reaching it takes gigabytes, the count is set by hand. */
#include "cedar/limits.h"

#include "cedar/change.h"
#include "cedar/evaluate.h"
#include "cedar/policies.h"
#include "check.h"
#include "unit/cedar/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fault why;

static struct cedar_policyset *parse(const char *text)
{
	struct cedar_policyset *set;
	struct cedar_source source = {.name = SLICE("p"), .text = slice_of(text)};
	CHECK_OK(cedar_policyset_build(&world_key, &source, 1, NULL, 0, &set, NULL, &why), why);
	return set;
}

TEST(texts_of_one_set)
{
	struct cedar_source *sources = calloc(CEDAR_SOURCES_MAX + 1u, sizeof(*sources));
	struct cedar_policyset *set;
	CHECK_ERROR(cedar_policyset_parse(&world_key, sources, CEDAR_SOURCES_MAX + 1u, &set, NULL, &why), E_LIMIT);
	CHECK_SLICE(slice_of(why.sentence), SLICE("more than 65536 policy texts"));
	CHECK(set == NULL);
	free(sources);
}

TEST(policies_of_one_set)
{
	struct cedar_policyset *set = parse("permit(principal == ?principal, action, resource);");
	struct cedar_uid uid = cedar_uid_make(&world_key, SLICE("A"), SLICE("a"));
	struct cedar_link link = {.template_id = SLICE("policy0"), .id = SLICE("one"), .principal = &uid};
	size_t count = set->count;
	set->count = CEDAR_POLICIES_MAX;
	CHECK_ERROR(policyset_link(set, &link, &why), E_LIMIT);
	CHECK_SLICE(slice_of(why.sentence), SLICE("more than 2000000 policies"));
	set->count = count;
	cedar_policyset_free(set);
}

TEST(annotations_of_one_policy)
{
	struct cedar_policyset *set;
	struct buffer text;
	buffer_init(&text, 1 << 20);
	for (unsigned i = 0; i <= CEDAR_ANNOTATIONS_MAX; i++)
		buffer_print(&text, "@a%u ", i);
	buffer_add_text(&text, "permit(principal, action, resource);");
	struct cedar_source source = {.name = SLICE("p"), .text = buffer_slice(&text)};
	CHECK_ERROR(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), E_LIMIT);
	CHECK(strstr(why.sentence, "more than 1000 annotations") != NULL);
	source.text = slice_from_offset(source.text, 4);
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	cedar_policyset_free(set);
	buffer_free(&text);
}

TEST(fields_of_one_record)
{
	struct arena arena;
	struct cedar_value record;
	struct cedar_field field = {SLICE("a"), cedar_long(1)};
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(cedar_record(&arena, &field, CEDAR_ELEMENTS_MAX + 1u, &record, &why), E_LIMIT);
	CHECK_SLICE(slice_of(why.sentence), SLICE("a record of more than 1000000 fields"));
	arena_free(&arena);
}

static struct cedar_entity_input entity_of(const char *id)
{
	return (struct cedar_entity_input){.type = SLICE("A"), .id = slice_of(id)};
}

TEST(entities_of_one_store)
{
	struct cedar_entities *entities = cedar_entities_new(&world_key), *version, *again;
	struct cedar_uid uid = cedar_uid_make(&world_key, SLICE("A"), SLICE("a"));
	struct cedar_entity_change change = {.entity = entity_of("a")};
	struct vertex *vertex;
	/* While it is built. */
	entities->vertex_count = CEDAR_ENTITIES_MAX;
	CHECK_ERROR(store_intern(entities, &uid, NULL, &vertex, &why), E_LIMIT);
	CHECK_SLICE(slice_of(why.sentence), SLICE("more than 16000000 entities"));
	entities->vertex_count = 0;
	/* By a change. */
	entities->count = CEDAR_ENTITIES_MAX;
	CHECK_ERROR(cedar_entities_change(entities, &change, 1, &version, &why), E_LIMIT);
	CHECK_SLICE(slice_of(why.sentence), SLICE("more than 16000000 entities"));
	entities->count = CEDAR_ENTITIES_MAX - 1;
	CHECK_OK(cedar_entities_change(entities, &change, 1, &version, &why), why);
	/* What is there already may be put again. */
	CHECK_OK(cedar_entities_change(version, &change, 1, &again, &why), why);
	CHECK_INT(cedar_entities_count(again), CEDAR_ENTITIES_MAX);
	cedar_entities_free(again);
	cedar_entities_free(version);
	cedar_entities_free(entities);
}

TEST(bytes_of_one_store)
{
	struct cedar_entities *entities = cedar_entities_new(&world_key), *version, *next;
	struct cedar_entity_change change = {.entity = entity_of("a")};
	CHECK_OK(cedar_entities_change(entities, &change, 1, &version, &why), why);
	size_t bytes = version->family->bytes;
	version->family->bytes = CEDAR_STORE_BYTES_MAX;
	CHECK_ERROR(cedar_entities_change(version, &change, 1, &next, &why), E_LIMIT);
	CHECK_SLICE(slice_of(why.sentence), SLICE("the entities take more than 8589934592 bytes"));
	version->family->bytes = bytes;
	cedar_entities_free(version);
	cedar_entities_free(entities);
}

/* A chain of `count` entities, `A::"<first>"` at its lower end. */
static void add_chain(struct cedar_entities_builder *builder, unsigned first, unsigned count)
{
	char ids[2][16];
	for (unsigned i = first; i < first + count; i++) {
		snprintf(ids[0], sizeof(ids[0]), "%u", i);
		snprintf(ids[1], sizeof(ids[1]), "%u", i + 1);
		struct cedar_uid parent = cedar_uid_make(&world_key, SLICE("A"), slice_of(ids[1]));
		struct cedar_entity_input entity = entity_of(ids[0]);
		entity.parents = &parent;
		entity.parent_count = 1;
		CHECK_OK(cedar_entities_add(builder, &entity, &why), why);
	}
}

static enum cedar_decision ask(struct cedar_world *world, struct cedar_result *result, struct arena *arena)
{
	struct cedar_uid principal = cedar_uid_make(&world_key, SLICE("A"), SLICE("0"));
	struct cedar_uid action = cedar_uid_make(&world_key, SLICE("Action"), SLICE("x"));
	struct cedar_request request = {.principal = &principal, .action = &action, .resource = &principal,
					.with_facts = true};
	return cedar_authorize(&request, world, arena, result);
}

TEST(ancestors_of_one_entity_in_one_store)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	struct cedar_entities *entities;
	add_chain(builder, 0, CEDAR_ANCESTORS_MAX + 1u);
	CHECK_ERROR(cedar_entities_build(builder, &entities, &why), E_LIMIT);
	CHECK_SLICE(slice_of(why.sentence), SLICE("`A::\"0\"` has more than 10000 ancestors"));
	CHECK(entities == NULL);
}

TEST(ancestors_of_one_entity_over_all_layers)
{
	struct cedar_entities *entities[2];
	struct arena arena;
	struct cedar_result result;
	arena_init(&arena, 1 << 26);
	for (unsigned i = 0; i < 2; i++) {
		struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
		add_chain(builder, i * 6000, 6000);
		CHECK_OK(cedar_entities_build(builder, &entities[i], &why), why);
	}
	struct cedar_policyset *set = parse("permit(principal in A::\"x\", action, resource);");
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {(const struct cedar_entities *const *)entities, 2, sets, 1};
	CHECK_INT(ask(&world, &result, &arena), CEDAR_DENY);
	CHECK_INT(result.failure, E_LIMIT);
	CHECK_SLICE(slice_of(result.failure_sentence), SLICE("an entity has more than 10000 ancestors"));
	world.layer_count = 1;
	CHECK_INT(ask(&world, &result, &arena), CEDAR_DENY);
	CHECK_INT(result.failure, E_OK);
	for (unsigned i = 0; i < 2; i++)
		cedar_entities_free(entities[i]);
	cedar_policyset_free(set);
	arena_free(&arena);
}

TEST(layers_of_one_request)
{
	const struct cedar_entities *layers[CEDAR_LAYERS_MAX + 1u];
	struct cedar_entities *entities = cedar_entities_new(&world_key);
	struct arena arena;
	struct cedar_result result;
	arena_init(&arena, 1 << 20);
	for (unsigned i = 0; i <= CEDAR_LAYERS_MAX; i++)
		layers[i] = entities;
	struct cedar_world world = {.layers = layers, .layer_count = CEDAR_LAYERS_MAX + 1u};
	CHECK_INT(ask(&world, &result, &arena), CEDAR_DENY);
	CHECK_INT(result.failure, E_LIMIT);
	CHECK_SLICE(slice_of(result.failure_sentence), SLICE("more than 16 layers or 64 policy sets"));
	world.layer_count--;
	CHECK_INT(ask(&world, &result, &arena), CEDAR_DENY);
	CHECK_INT(result.failure, E_OK);
	cedar_entities_free(entities);
	arena_free(&arena);
}

TEST(facts_of_one_decision)
{
	struct buffer text;
	struct arena arena;
	struct cedar_result result;
	buffer_init(&text, 1 << 20);
	arena_init(&arena, 1 << 24);
	for (unsigned i = 0; i < CEDAR_FACTS_MAX + 50; i++)
		buffer_print(&text, "permit(principal, action, resource) when { context has a%u };", i);
	buffer_add_byte(&text, '\0');
	struct cedar_policyset *set = parse(buffer_slice(&text).ptr);
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {.sets = sets, .set_count = 1};
	CHECK_INT(ask(&world, &result, &arena), CEDAR_DENY);
	CHECK_INT(result.fact_count, CEDAR_FACTS_MAX);
	CHECK(result.facts_left_out >= 50);
	cedar_policyset_free(set);
	arena_free(&arena);
	buffer_free(&text);
}

TEST(steps_of_one_decision)
{
	struct cedar_policyset *set = parse("permit(principal, action, resource) when { 1 + context.a < 2 };");
	struct arena arena;
	struct cedar_value value;
	struct evaluation evaluation;
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {.sets = sets, .set_count = 1};
	struct cedar_uid uid = cedar_uid_make(&world_key, SLICE("A"), SLICE("a"));
	struct cedar_request request = {.principal = &uid, .action = &uid, .resource = &uid};
	arena_init(&arena, 1 << 20);
	CHECK_OK(evaluation_start(&evaluation, &request, &world, &arena, &why), why);
	evaluation.steps = CEDAR_STEPS_MAX;
	CHECK(!evaluate(&evaluation, set->policies[0]->clauses[0].body, &value));
	CHECK_INT(evaluation.failure, E_LIMIT);
	cedar_policyset_free(set);
	arena_free(&arena);
}
