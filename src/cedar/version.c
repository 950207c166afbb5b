/* Versions of one store: made by changes, freed in any order, and the table that most of their entities stand in. */
#include "base/memory.h"
#include "cedar/change.h"
#include "cedar/limits.h"

#include <assert.h>
#include <string.h>

/* Changes are looked at before the table: beyond this share of it they are made a part of it. */
#define FOLD_SHARE 2u
#define FOLD_MIN 1024u

static enum error note_children(struct family *family, const struct cedar_entities *entities, struct fault *why)
{
	for (size_t i = 0; i < entities->listed; i++) {
		const struct vertex *vertex = entities->list[i];
		for (uint32_t j = 0; j < vertex->parent_count; j++) {
			struct name *name;
			TRY(name_take(family, vertex->parents[j], &name, why));
			TRY(name_add_child(name, vertex->uid.hash, entities, why));
		}
	}
	return E_OK;
}

enum error family_open(struct cedar_entities *entities, struct fault *why)
{
	struct family *family = memory_alloc(sizeof(*family));
	if (!family)
		return FAIL(why, E_MEMORY, "no memory for the versions of a store");
	family->key = entities->key;
	trie_init_names(&family->names, &family->key);
	enum error error = note_children(family, entities, why);
	if (error != E_OK) {
		names_free(family);
		memory_free(family);
		return error;
	}
	family->built = entities->own;
	arena_init(&entities->own, CEDAR_STORE_BYTES_MAX);
	atomic_init(&family->handles, 1);
	entities->family = family;
	return E_OK;
}

struct cedar_entities *version_new(struct cedar_entities *from)
{
	struct cedar_entities *version = memory_alloc(sizeof(*version));
	if (!version)
		return NULL;
	arena_init(&version->own, CEDAR_STORE_BYTES_MAX);
	version->arena = &version->own;
	version->key = from->key;
	version->table = from->table;
	version->slots = from->slots;
	version->vertex_count = from->vertex_count;
	version->list = from->list;
	version->listed = from->listed;
	version->count = from->count;
	version->lines = from->lines;
	version->changes = from->changes;
	version->family = from->family;
	version->older = from;
	if (!version->changes.hash)
		trie_init_names(&version->changes, &version->key);
	trie_mark_published(&version->changes);
	return version;
}

void version_publish(struct cedar_entities *from, struct cedar_entities *version, struct retire_list *replaced)
{
	from->newer = version;
	atomic_fetch_add(&version->family->handles, 1);
	retire_move(&from->replaced, replaced);
}

/* A table that no version from now on has. */
struct old_table {
	struct retired retired;
	struct vertex **table;
	struct vertex **list;
};

static void release_table(struct retired *item)
{
	struct old_table *old = (struct old_table *)(void *)item;
	memory_free(old->table);
	memory_free(old->list);
	memory_free(old);
}

struct folding {
	struct cedar_entities *version;
	struct retire_list *replaced;
	struct vertex **changed;
	size_t changed_count;
	struct vertex **table;
	size_t slots;
	struct vertex **list;
	size_t listed;
};

static bool gather(void *context, slice key, void *value)
{
	struct folding *folding = context;
	(void)key;
	folding->changed[folding->changed_count++] = value;
	return true;
}

/* Most of the time goes into waiting for memory: what comes soon is asked for now. */
#define AHEAD 8u
static void expect(const struct folding *folding, struct vertex *const *list, size_t at, size_t end)
{
	if (at + 2 * AHEAD < end)
		__builtin_prefetch(&list[at + 2 * AHEAD]->uid.hash);
	if (at + AHEAD < end)
		table_expect(folding->table, folding->slots, list[at + AHEAD]->uid.hash);
}

/* What the table has under the name of an entity that was taken out is of no more use. */
static void hide(const struct cedar_entities *version, const struct cedar_uid *uid)
{
	struct vertex *hidden = version->slots ? table_get(version->table, version->slots, uid) : NULL;
	if (hidden)
		hidden->state = CLOSING_HIDDEN;
}

/* Those that are present go into the new table, and stay in the list of what was changed. */
static void fold_changes(struct folding *folding)
{
	size_t kept = 0;
	for (size_t i = 0; i < folding->changed_count; i++) {
		struct vertex *vertex = folding->changed[i];
		expect(folding, folding->changed, i, folding->changed_count);
		if (vertex->is_present) {
			table_add(folding->table, folding->slots, vertex);
			folding->changed[kept++] = vertex;
		} else {
			hide(folding->version, &vertex->uid);
			retire_add(folding->replaced, &made_of(vertex)->retired, made_release);
		}
	}
	folding->changed_count = kept;
}

/* Of the old table, if it was not changed. */
static void fold_vertex(struct folding *folding, struct vertex *vertex)
{
	size_t slot = table_find(folding->table, folding->slots, &vertex->uid);
	if (vertex->state != CLOSING_HIDDEN && !table_tags(folding->table, folding->slots)[slot]) {
		table_put(folding->table, folding->slots, slot, vertex);
		folding->list[folding->listed++] = vertex;
	} else if (vertex->is_made) {
		/* Searching the table, others have looked at it until now. */
		retire_add(folding->replaced, &made_of(vertex)->retired, made_release);
	}
}

static void fold(struct folding *folding)
{
	const struct cedar_entities *version = folding->version;
	trie_each(&version->changes, gather, folding);
	fold_changes(folding);
	for (size_t i = 0; i < version->listed; i++) {
		expect(folding, version->list, i, version->listed);
		fold_vertex(folding, version->list[i]);
	}
	assert(folding->listed + folding->changed_count == version->count);
	memcpy(folding->list + folding->listed, folding->changed, folding->changed_count * sizeof(*folding->changed));
	folding->listed = version->count;
}

void version_fold(struct cedar_entities *version, struct retire_list *replaced)
{
	struct folding folding = {.version = version, .replaced = replaced, .slots = 16};
	if (version->changes.count <= version->vertex_count / FOLD_SHARE + FOLD_MIN)
		return;
	while (folding.slots <= version->count * 2)
		folding.slots *= 2;
	struct old_table *old = memory_alloc(sizeof(*old));
	folding.changed = memory_alloc_array(version->changes.count, sizeof(struct vertex *));
	folding.table = memory_alloc_table(folding.slots, TABLE_SLOT_BYTES);
	folding.list = memory_alloc_array(version->count, sizeof(struct vertex *));
	if (!old || !folding.changed || !folding.table || !folding.list) {
		memory_free(old);
		memory_free(folding.changed);
		memory_free(folding.table);
		memory_free(folding.list);
		return;
	}
	fold(&folding);
	memory_free(folding.changed);
	old->table = version->table;
	old->list = version->list;
	retire_add(replaced, &old->retired, release_table);
	trie_clear(&version->changes, replaced);
	version->table = folding.table;
	version->slots = folding.slots;
	version->list = folding.list;
	version->listed = folding.listed;
	version->vertex_count = version->count;
}

static bool free_change(void *context, slice key, void *value)
{
	(void)context;
	(void)key;
	made_release(&made_of(value)->retired);
	return true;
}

/* The last version is freed, and with it all that is left. */
static void family_free(struct cedar_entities *last)
{
	struct family *family = last->family;
	struct retire_list nodes = {0};
	for (size_t i = 0; i < last->listed; i++)
		if (last->list[i]->is_made)
			made_release(&made_of(last->list[i])->retired);
	trie_each(&last->changes, free_change, NULL);
	trie_clear(&last->changes, &nodes);
	retire_release(&nodes);
	names_free(family);
	memory_free(last->table);
	memory_free(last->list);
	arena_free(&family->built);
	memory_free(family);
}

static void take_back(struct cedar_entities *version)
{
	struct cedar_entities *older = version->older, *newer = version->newer;
	if (older && !newer) {
		/* Whoever has an older version cannot change it: the newest is kept until it is the only one. */
		version->is_freed = true;
		return;
	}
	if (older) {
		/* What the older one may have is released with it. Its list may be long, this one's is not. */
		retire_move(&version->replaced, &older->replaced);
		older->replaced = version->replaced;
		older->newer = newer;
	} else {
		retire_release(&version->replaced);
	}
	if (newer)
		newer->older = older;
	else
		family_free(version);
	memory_free(version);
	if (newer && newer->is_freed && !older)
		take_back(newer);
}

void family_sweep(struct family *family)
{
	struct cedar_entities *next = atomic_exchange(&family->freed, NULL);
	while (next) {
		struct cedar_entities *version = next;
		next = version->next_freed;
		take_back(version);
	}
}

void version_free(struct cedar_entities *version)
{
	struct family *family = version->family;
	version->next_freed = atomic_load(&family->freed);
	while (!atomic_compare_exchange_weak(&family->freed, &version->next_freed, version))
		;
	/* Before the last one is freed somebody may change it; after that, nobody. */
	if (atomic_fetch_sub(&family->handles, 1) == 1)
		family_sweep(family);
}
