#include "unit/cedar/world.h"

#include "check.h"
#include "text/json.h"

#include <stdio.h>
#include <string.h>

const struct hash_key world_key = {1, 2};

static slice print_result(const struct cedar_result *result)
{
	static char text[400];
	if (result->failure)
		snprintf(text, sizeof(text), "failure: %s", result->failure_sentence);
	else if (result->error_count)
		snprintf(text, sizeof(text), "error: %.*s", SLICE_ARG(result->errors[0].message));
	else
		snprintf(text, sizeof(text), "%s", result->decision == CEDAR_ALLOW ? "allow" : "deny");
	return slice_of(text);
}

slice world_evaluate(slice expression, slice context, slice entities)
{
	static char refused[400];
	struct arena arena;
	struct buffer text;
	struct fault why = {0};
	struct json_doc doc;
	struct cedar_policyset *set = NULL;
	struct cedar_entities *store = NULL;
	struct cedar_result result;
	arena_init(&arena, 1 << 24);
	buffer_init(&text, 1 << 24);
	buffer_add_text(&text, "permit(principal, action, resource) when { ");
	buffer_add(&text, expression);
	buffer_add_text(&text, " };");
	struct cedar_source source = {.name = SLICE("test"), .text = buffer_slice(&text)};
	enum error error = cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why);
	buffer_free(&text);
	if (error != E_OK) {
		arena_free(&arena);
		snprintf(refused, sizeof(refused), "refused: %s", why.sentence);
		return slice_of(refused);
	}
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	CHECK_OK(cedar_entities_add_json(builder, SLICE("entities"), entities, NULL, &why), why);
	CHECK_OK(cedar_entities_build(builder, &store, &why), why);
	struct cedar_uid principal = cedar_uid_make(&world_key, SLICE("User"), SLICE("a"));
	struct cedar_uid action = cedar_uid_make(&world_key, SLICE("Action"), SLICE("x"));
	struct cedar_uid resource = cedar_uid_make(&world_key, SLICE("R"), SLICE("r"));
	struct cedar_request request = {.principal = &principal, .action = &action, .resource = &resource};
	CHECK_OK(json_parse(&doc, context, NULL, &arena, &why), why);
	CHECK_OK(cedar_value_from_json(&arena, &world_key, &doc, json_root(&doc), &request.context, &why), why);
	const struct cedar_entities *layers[] = {store};
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {layers, 1, sets, 1};
	enum cedar_decision decision = cedar_authorize(&request, &world, &arena, &result);
	CHECK_INT(decision, result.decision);
	slice printed = print_result(&result);
	cedar_policyset_free(set);
	cedar_entities_free(store);
	arena_free(&arena);
	return printed;
}

struct cedar_policyset *world_policies(slice text)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("test"), .text = text};
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	return set;
}

struct cedar_entities *world_entities(slice json)
{
	struct cedar_entities *entities;
	struct fault why = {0};
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	CHECK_OK(cedar_entities_add_json(builder, SLICE("entities"), json, NULL, &why), why);
	CHECK_OK(cedar_entities_build(builder, &entities, &why), why);
	return entities;
}

const struct cedar_uid *world_uid(struct arena *arena, slice text)
{
	const struct cedar_uid *uid;
	struct fault why = {0};
	CHECK_OK(cedar_uid_parse(arena, &world_key, text, &uid, &why), why);
	return uid;
}
