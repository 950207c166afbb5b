/* A registry in memory and the means to give it commands, for tests. */
#ifndef TIPSTAFF_TESTS_REGISTRY_WORLD_H
#define TIPSTAFF_TESTS_REGISTRY_WORLD_H

#include "check.h"
#include "registry/plan.h"
#include "registry/problem.h"

struct world {
	struct registry *registry;
	struct arena arena;
	struct plan_context context;
	struct plan plan;  /* of the last command */
	struct fault why;
};

static inline void world_make(struct world *world)
{
	static const struct hash_key key = {1, 2};
	*world = (struct world){.context.now_ms = 1800000000000};
	arena_init(&world->arena, 256u << 20);
	CHECK_OK(registry_make(&world->registry, &key, &world->why), world->why);
}

static inline void world_free(struct world *world)
{
	registry_free(world->registry);
	arena_free(&world->arena);
}

/* The command is carried out; the answer is its HTTP status. */
static inline int world_do(struct world *world, const char *command_text)
{
	struct command command;
	world->why = (struct fault){0};
	world->context.now_ms += 1000;
	for (size_t i = 0; i < PLAN_RANDOM_BYTES; i++)
		world->context.random[i]++;
	enum error code = command_read(&command, slice_of(command_text), &world->arena, &world->why);
	if (code == E_OK)
		code = registry_plan(world->registry, &command, &world->context, &world->arena, &world->plan, &world->why);
	if (code != E_OK) {
		world->plan = (struct plan){0};
		return problem_status(code, &world->why);
	}
	for (size_t i = 0; i < world->plan.count; i++)
		CHECK_OK(registry_apply(world->registry, &world->plan.changes[i], &world->why), world->why);
	return world->plan.status;
}

static inline size_t world_count(const struct world *world)
{
	size_t count = 0;
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++)
		count += registry_count(world->registry, kind);
	return count;
}

/* Copied, so that it outlives the next command. */
static inline slice world_text(struct world *world, enum kind kind, const char *id, const char *field)
{
	const struct registry_entry *entry = registry_get(world->registry, kind, slice_of(id));
	if (!entry)
		return SLICE("(nothing)");
	return arena_copy(&world->arena, object_text(&entry->object, slice_of(field), &world->arena));
}

static inline bool world_answer_has(const struct world *world, const char *part)
{
	return slice_find(world->plan.body, slice_of(part)) != SIZE_MAX;
}

#define ACTOR "\"actor\":\"operator:admin\""
#define CREATE(kind, object) "{\"op\":\"create\",\"kind\":\"" kind "\"," ACTOR ",\"object\":" object "}"
#define PUT(kind, id, object)                                                                                          \
	"{\"op\":\"put\",\"kind\":\"" kind "\",\"id\":\"" id "\"," ACTOR ",\"object\":" object "}"
#define PATCH(kind, id, object)                                                                                        \
	"{\"op\":\"patch\",\"kind\":\"" kind "\",\"id\":\"" id "\"," ACTOR ",\"object\":" object "}"
#define MOVE(kind, id, verb)                                                                                           \
	"{\"op\":\"move\",\"kind\":\"" kind "\",\"id\":\"" id "\"," ACTOR ",\"verb\":\"" verb "\"}"
#define DELETE(kind, id) "{\"op\":\"delete\",\"kind\":\"" kind "\",\"id\":\"" id "\"," ACTOR "}"

#endif
