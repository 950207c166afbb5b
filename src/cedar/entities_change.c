/* Changing an entity store: all changes or none, in a version of its own. */
#include "base/memory.h"
#include "cedar/change.h"
#include "cedar/limits.h"

#include <string.h>

/* More ancestors than these get a block of their own. */
#define ROOM_MAX 8u

/* Of the changes; what the table has stays there, hidden, until the table is made anew. */
static void drop(struct edit *edit, struct vertex *vertex)
{
	struct made *made = made_of(vertex);
	if (made->edit == edit->family->edits)
		made->is_dropped = true;
	else
		retire_add(&edit->replaced, &made->retired, made_release);
}

enum error edit_put(struct edit *edit, struct made *made)
{
	void *old;
	struct retire_list *replaced = &edit->replaced;
	TRY(trie_put(&edit->version->changes, store_key(&made->vertex.uid), &made->vertex, &old, replaced, edit->why));
	if (old)
		drop(edit, old);
	return E_OK;
}

static enum error grow_work(struct edit *edit)
{
	size_t size = edit->work_size * 2;
	const struct cedar_uid **bigger = memory_alloc_array(size, sizeof(*bigger));
	if (!bigger)
		return FAIL(edit->why, E_MEMORY, "no memory for a list of entities");
	memcpy(bigger, edit->work, edit->work_count * sizeof(*bigger));
	if (edit->work != edit->first_work)
		memory_free(edit->work);
	edit->work = bigger;
	edit->work_size = size;
	return E_OK;
}

enum error edit_add_work(struct edit *edit, const struct cedar_uid *uid)
{
	if (edit->work_count == edit->work_size)
		TRY(grow_work(edit));
	edit->work[edit->work_count++] = uid;
	return E_OK;
}

/* What was a child of these parents may be one no more. */
static void note_stale(struct edit *edit, const struct vertex *vertex)
{
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		struct name *name = name_find(edit->family, vertex->parents[i]);
		if (name)
			name->stale_count++;
	}
}

static enum error note_child(struct edit *edit, const struct vertex *vertex, const struct vertex *old)
{
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		struct name *name = (struct name *)(uintptr_t)vertex->parents[i];
		if (old && vertex_has_parent(old, &name->uid))
			continue;
		TRY(name_add_child(name, vertex->uid.hash, edit->version, edit->why));
	}
	return E_OK;
}

static bool has_same_parents(const struct vertex *a, const struct vertex *b)
{
	if (a->parent_count != b->parent_count)
		return false;
	for (uint32_t i = 0; i < a->parent_count; i++)
		if (!vertex_has_parent(b, a->parents[i]))
			return false;
	return true;
}

/* Neither it nor anything below it gets other ancestors. */
static enum error keep_ancestors(struct edit *edit, struct vertex *vertex, const struct vertex *old)
{
	vertex->state = CLOSING_DONE;
	if (!old->ancestor_count)
		return E_OK;
	const struct cedar_uid **ancestors;
	TRY(made_add_ancestors(edit, vertex, old->ancestor_count, &ancestors));
	for (uint32_t i = 0; i < old->ancestor_count; i++)
		ancestors[i] = old->ancestors[i];
	vertex->ancestor_count = old->ancestor_count;
	vertex->signature = old->signature;
	return E_OK;
}

/* For the ancestors that it has by its first parent, as far as that one is known now. */
static size_t room_for(const struct edit *edit, const struct cedar_entity_input *input)
{
	if (input->parent_count != 1)
		return 0;
	const struct vertex *parent = store_find(edit->version, &input->parents[0]);
	size_t count = parent ? parent->ancestor_count + (size_t)1 : 1;
	return count <= ROOM_MAX ? count : 0;
}

static enum error put(struct edit *edit, const struct cedar_entity_input *input)
{
	struct made *made;
	struct cedar_uid uid = cedar_uid_make(&edit->family->key, input->type, input->id);
	/* While the changes are searched, what the table has is on its way. */
	store_expect(edit->version, &uid);
	TRY(input_check(input, edit->why));
	const struct vertex *old = store_find(edit->version, &uid);
	if (!old && edit->version->count >= CEDAR_ENTITIES_MAX)
		return FAIL(edit->why, E_LIMIT, "more than %u entities", CEDAR_ENTITIES_MAX);
	TRY(made_new(edit, &uid, input, room_for(edit, input), &made));
	struct vertex *vertex = &made->vertex;
	vertex->is_present = true;
	if (old && old->state == CLOSING_DONE && has_same_parents(vertex, old)) {
		TRY(keep_ancestors(edit, vertex, old));
		return edit_put(edit, made);
	}
	TRY(edit_put(edit, made));
	edit->version->count += !old;
	if (old)
		note_stale(edit, old);
	TRY(note_child(edit, vertex, old));
	return edit_add_work(edit, &vertex->uid);
}

/* Does the table have an entity of this name, so that something has to hide it? */
static bool is_in_table(const struct cedar_entities *entities, const struct cedar_uid *uid)
{
	const struct vertex *vertex = entities->slots ? table_get(entities->table, entities->slots, uid) : NULL;
	return vertex && vertex->is_present;
}

static enum error take_out(struct edit *edit, const struct cedar_entity_input *input)
{
	struct made *gone;
	void *was;
	struct cedar_uid uid = cedar_uid_make(&edit->family->key, input->type, input->id);
	const struct cedar_entity_input nothing = {.type = input->type, .id = input->id};
	store_expect(edit->version, &uid);
	const struct vertex *old = store_find(edit->version, &uid);
	if (!old)
		return E_OK;
	note_stale(edit, old);
	TRY(edit_add_work(edit, &old->uid));
	edit->version->count--;
	if (is_in_table(edit->version, &uid)) {
		TRY(made_new(edit, &uid, &nothing, 0, &gone));
		gone->vertex.state = CLOSING_DONE;
		return edit_put(edit, gone);
	}
	TRY(trie_remove(&edit->version->changes, store_key(&uid), &was, &edit->replaced, edit->why));
	if (was)
		drop(edit, was);
	return E_OK;
}

static enum error make_changes(struct edit *edit, const struct cedar_entity_change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (changes[i].is_removal)
			TRY(take_out(edit, &changes[i].entity));
		else
			TRY(put(edit, &changes[i].entity));
	}
	return edit_close(edit);
}

/* Frees what the change has made: all of it, or what no version has. */
static void clean(struct edit *edit, bool all)
{
	struct made *next;
	for (struct made *made = edit->made; made; made = next) {
		next = (struct made *)(void *)made->retired.next;
		if (all)
			note_stale(edit, &made->vertex);
		if (all || made->is_dropped)
			made_release(&made->retired);
	}
	if (edit->work != edit->first_work)
		memory_free(edit->work);
}

enum error cedar_entities_change(struct cedar_entities *entities, const struct cedar_entity_change *changes,
				 size_t count, struct cedar_entities **ret_version, struct fault *why)
{
	*ret_version = NULL;
	if (entities->arena != &entities->own)
		return FAIL(why, E_USAGE, "a store of one request cannot be changed");
	if (entities->newer)
		return FAIL(why, E_CONFLICT, "a later version of these entities was made already");
	if (entities->family)
		family_sweep(entities->family);
	else
		TRY(family_open(entities, why));
	entities->family->edits++;
	struct edit edit = {.family = entities->family, .version = version_new(entities), .work_size = EDIT_FEW,
			    .why = why};
	edit.work = edit.first_work;
	if (!edit.version)
		return FAIL(why, E_MEMORY, "no memory for a version of the entities");
	enum error error = make_changes(&edit, changes, count);
	clean(&edit, error != E_OK);
	if (error != E_OK) {
		trie_undo(&edit.version->changes, &entities->changes);
		memory_free(edit.version);
		return error;
	}
	version_fold(edit.version, &edit.replaced);
	version_publish(entities, edit.version, &edit.replaced);
	*ret_version = edit.version;
	return E_OK;
}

struct merging {
	struct arena arena;
	struct cedar_entity_change *changes;
	size_t count;
	bool no_memory;
};

static bool merge_entity(void *context, const struct cedar_entity_info *entity)
{
	struct merging *merging = context;
	struct cedar_uid *parents = ARENA_ARRAY(&merging->arena, entity->parent_count, struct cedar_uid);
	if (!parents) {
		merging->no_memory = true;
		return false;
	}
	for (size_t i = 0; i < entity->parent_count; i++)
		parents[i] = *entity->parents[i];
	merging->changes[merging->count++].entity = (struct cedar_entity_input){
		.type = entity->uid->type, .id = entity->uid->id, .attributes = entity->attributes,
		.tags = entity->tags, .parents = parents, .parent_count = entity->parent_count};
	return true;
}

enum error cedar_entities_merge(struct cedar_entities *entities, const struct cedar_entities *incoming,
				struct cedar_entities **ret_version, struct fault *why)
{
	struct merging merging = {.count = 0};
	enum error error = E_OK;
	*ret_version = NULL;
	arena_init(&merging.arena, CEDAR_STORE_BYTES_MAX);
	merging.changes = ARENA_ARRAY(&merging.arena, incoming->count, struct cedar_entity_change);
	if (merging.changes)
		cedar_entities_each(incoming, merge_entity, &merging);
	if (!merging.changes || merging.no_memory)
		error = FAIL(why, E_MEMORY, "no memory for a change of entities");
	else
		error = cedar_entities_change(entities, merging.changes, merging.count, ret_version, why);
	arena_free(&merging.arena);
	return error;
}
