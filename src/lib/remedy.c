#include "lib/inside.h"

#include "base/memory.h"

/* For the largest context and what is tried; a remedy that needs more is a mistake. */
#define REMEDY_BYTES_MAX (512u * 1024u * 1024u)

/* Everything lives in its own arena, so that it refers to no set. */
struct tip_remedy {
	struct arena arena;
	struct tip_text *facts;
	struct tip_text *musts;
	size_t count;
	struct tip_text permit;
	size_t permit_set;
};

static enum error keep(struct lib_call *call, const struct cedar_remedy *found, struct tip_remedy *remedy)
{
	remedy->facts = ARENA_ARRAY(&remedy->arena, found->count + 1, struct tip_text);
	remedy->musts = ARENA_ARRAY(&remedy->arena, found->count + 1, struct tip_text);
	if (!remedy->facts || !remedy->musts)
		return FAIL(&call->why, E_MEMORY, "no memory for a remedy");
	for (size_t i = 0; i < found->count; i++) {
		TRY(lib_keep(call, &remedy->arena, found->changes[i].fact, &remedy->facts[i]));
		TRY(lib_keep(call, &remedy->arena, found->changes[i].must, &remedy->musts[i]));
	}
	remedy->count = found->count;
	if (found->count == 0)
		return E_OK;
	remedy->permit_set = found->permit.set;
	return lib_keep(call, &remedy->arena, found->permit.id, &remedy->permit);
}

static enum error find(struct lib_call *call, const struct tip_world *given, const struct tip_request *request,
		       struct tip_remedy *remedy)
{
	struct lib_request read;
	struct lib_world world;
	struct cedar_remedy found;
	TRY(lib_request_read(call, request, 0, &remedy->arena, &read));
	TRY(lib_world_read(call, given, read.schema, &world));
	TRY(cedar_remedy_find(&read.request, &world.world, &remedy->arena, &found, &call->why));
	return keep(call, &found, remedy);
}

static enum error answer(struct lib_call *call, const struct tip_world *world, const struct tip_request *request,
			 struct tip_remedy **ret_remedy)
{
	if (!ret_remedy)
		return FAIL(&call->why, E_USAGE, "there is no place for the remedy");
	struct tip_remedy *remedy = memory_alloc(sizeof(*remedy));
	if (!remedy)
		return FAIL(&call->why, E_MEMORY, "no memory for a remedy");
	remedy->permit = (struct tip_text){NULL, 0};
	remedy->permit_set = SIZE_MAX;
	arena_init(&remedy->arena, REMEDY_BYTES_MAX);
	enum error code = find(call, world, request, remedy);
	if (code == E_OK)
		*ret_remedy = remedy;
	else
		tip_remedy_free(remedy);
	return code;
}

int tip_remedy_find(const struct tip_world *world, const struct tip_request *request, struct tip_remedy **ret_remedy,
		    struct tip_error *error)
{
	struct lib_call call;
	if (ret_remedy)
		*ret_remedy = NULL;
	enum error code = lib_call_start(&call);
	if (code == E_OK)
		code = answer(&call, world, request, ret_remedy);
	return lib_call_end(&call, code, error);
}

void tip_remedy_free(struct tip_remedy *remedy)
{
	if (!remedy)
		return;
	arena_free(&remedy->arena);
	memory_free(remedy);
}

size_t tip_remedy_count(const struct tip_remedy *remedy)
{
	return remedy ? remedy->count : 0;
}

int tip_remedy_condition(const struct tip_remedy *remedy, size_t nth, struct tip_text *ret_fact, struct tip_text *ret_must)
{
	if (!remedy || !ret_fact || !ret_must)
		return TIP_USAGE;
	if (nth >= remedy->count)
		return TIP_NOT_FOUND;
	*ret_fact = remedy->facts[nth];
	*ret_must = remedy->musts[nth];
	return TIP_OK;
}

struct tip_text tip_remedy_permit(const struct tip_remedy *remedy)
{
	return remedy ? remedy->permit : (struct tip_text){NULL, 0};
}

size_t tip_remedy_permit_set(const struct tip_remedy *remedy)
{
	return remedy ? remedy->permit_set : SIZE_MAX;
}
