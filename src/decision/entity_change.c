/* One text of entities is replaced: its entities change in the store, the others stay as they are. */
#include "decision/entity_data.h"

#include "base/memory.h"

/* For the changes themselves; entities and values stay in their stores. */
#define DIFFERENCE_BYTES_MAX ((size_t)2 * 1024u * 1024u * 1024u)

struct difference {
	const struct cedar_entities *current;
	const struct cedar_entities *old;
	const struct cedar_entities *new;
	struct arena arena;
	struct cedar_entity_change *changes;
	size_t count;
	bool is_unclear; /* an entity is there that the old text did not bring */
	bool no_memory;
};

static bool same_parents(const struct cedar_entity_info *a, const struct cedar_entity_info *b)
{
	if (a->parent_count != b->parent_count)
		return false;
	for (size_t i = 0; i < a->parent_count; i++)
		if (!cedar_uid_equal(a->parents[i], b->parents[i]))
			return false;
	return true;
}

static struct cedar_entity_change *add_change(struct difference *difference, const struct cedar_entity_info *entity)
{
	struct cedar_entity_change *change = &difference->changes[difference->count++];
	change->entity.type = entity->uid->type;
	change->entity.id = entity->uid->id;
	return change;
}

static bool note_removal(void *context, const struct cedar_entity_info *entity)
{
	struct difference *difference = context;
	struct cedar_entity_info other;
	if (!cedar_entities_find(difference->new, entity->uid, &other))
		add_change(difference, entity)->is_removal = true;
	return true;
}

static bool note_put(void *context, const struct cedar_entity_info *entity)
{
	struct difference *difference = context;
	struct cedar_entity_info other;
	bool was_there = cedar_entities_find(difference->old, entity->uid, &other);
	if (was_there && cedar_value_equal(entity->attributes, other.attributes) &&
	    cedar_value_equal(entity->tags, other.tags) && same_parents(entity, &other))
		return true;
	if (!was_there && cedar_entities_find(difference->current, entity->uid, &other)) {
		difference->is_unclear = true;
		return false;
	}
	struct cedar_uid *parents = ARENA_ARRAY(&difference->arena, entity->parent_count, struct cedar_uid);
	if (!parents) {
		difference->no_memory = true;
		return false;
	}
	for (size_t i = 0; i < entity->parent_count; i++)
		parents[i] = *entity->parents[i];
	struct cedar_entity_input *input = &add_change(difference, entity)->entity;
	input->attributes = entity->attributes;
	input->tags = entity->tags;
	input->parents = parents;
	input->parent_count = entity->parent_count;
	return true;
}

/* `*ret_version` NULL: everything has to be made anew. */
static enum error apply(struct difference *difference, struct cedar_entities *current,
			struct cedar_entities **ret_version, struct fault *why)
{
	struct fault inner = {0};
	size_t most = cedar_entities_count(difference->old) + cedar_entities_count(difference->new);
	difference->changes = ARENA_ARRAY(&difference->arena, most, struct cedar_entity_change);
	if (difference->changes) {
		cedar_entities_each(difference->old, note_removal, difference);
		cedar_entities_each(difference->new, note_put, difference);
	}
	if (!difference->changes || difference->no_memory)
		return FAIL(why, E_MEMORY, "no memory for a change of entities");
	if (difference->is_unclear)
		return E_OK;
	enum error code = cedar_entities_change(current, difference->changes, difference->count, ret_version, &inner);
	return code == E_MEMORY ? FAIL(why, code, "%s", fault_sentence(&inner)) : E_OK;
}

static enum error wrap(struct cedar_entities *version, struct entity_data **ret_data, struct fault *why)
{
	struct entity_data *data = memory_alloc(sizeof(*data));
	if (!data)
		return FAIL(why, E_MEMORY, "no memory for entities");
	data->store = version;
	*ret_data = data;
	return E_OK;
}

enum error entity_data_change(const struct hash_key *key, const struct entity_data *data, slice old, slice new,
			      struct entity_data **ret_data, struct fault *why)
{
	struct difference difference = {.current = data->store};
	struct entity_data *before = NULL, *after = NULL;
	*ret_data = NULL;
	if (!data->store || data->shares || data->broken)
		return E_OK;
	enum error code = entity_data_of_text(key, old, &before, why);
	if (code == E_OK)
		code = entity_data_of_text(key, new, &after, why);
	if (code == E_OK && !before->broken && !after->broken && !after->shares) {
		struct cedar_entities *version = NULL;
		difference.old = before->store;
		difference.new = after->store;
		arena_init(&difference.arena, DIFFERENCE_BYTES_MAX);
		code = apply(&difference, data->store, &version, why);
		arena_free(&difference.arena);
		if (version) {
			code = wrap(version, ret_data, why);
			if (code != E_OK)
				cedar_entities_free(version);
		}
	}
	if (before)
		entity_data_release(&before->retired);
	if (after)
		entity_data_release(&after->retired);
	return code;
}
