/* Versions of one store: made by changes, freed in any order, and the table that most of their entities stand in. */
#include "base/memory.h"
#include "cedar/change.h"
#include "cedar/limits.h"

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
	struct vertex **table;
	size_t slots;
	struct vertex **list;
	size_t listed;
};

static void fold_vertex(struct folding *folding, struct vertex *vertex)
{
	table_add(folding->table, folding->slots, vertex);
	folding->list[folding->listed++] = vertex;
}

static bool fold_change(void *context, slice key, void *value)
{
	struct folding *folding = context;
	struct vertex *vertex = value;
	(void)key;
	if (vertex->is_present)
		fold_vertex(folding, vertex);
	else
		retire_add(folding->replaced, &made_of(vertex)->retired, made_release);
	return true;
}

/* What the table has under a changed name is of no more use. */
static bool hide(void *context, slice key, void *value)
{
	struct folding *folding = context;
	struct cedar_entities *version = folding->version;
	const struct vertex *vertex = value;
	(void)key;
	if (version->slots) {
		struct vertex *hidden = version->table[table_find(version->table, version->slots, &vertex->uid)];
		if (hidden)
			hidden->state = CLOSING_HIDDEN;
	}
	return true;
}

static void fold(struct folding *folding)
{
	struct cedar_entities *version = folding->version;
	trie_each(&version->changes, hide, folding);
	for (size_t i = 0; i < version->listed; i++) {
		struct vertex *vertex = version->list[i];
		if (vertex->state != CLOSING_HIDDEN)
			fold_vertex(folding, vertex);
		/* Searching the table, others have looked at it until now. */
		else if (vertex->is_made)
			retire_add(folding->replaced, &made_of(vertex)->retired, made_release);
	}
	trie_each(&version->changes, fold_change, folding);
}

void version_fold(struct cedar_entities *version, struct retire_list *replaced)
{
	struct folding folding = {.version = version, .replaced = replaced, .slots = 16};
	if (version->changes.count <= version->vertex_count / FOLD_SHARE + FOLD_MIN)
		return;
	while (folding.slots <= version->count * 2)
		folding.slots *= 2;
	struct old_table *old = memory_alloc(sizeof(*old));
	folding.table = memory_alloc_array(folding.slots, TABLE_SLOT_BYTES);
	folding.list = memory_alloc_array(version->count, sizeof(struct vertex *));
	if (!old || !folding.table || !folding.list) {
		memory_free(old);
		memory_free(folding.table);
		memory_free(folding.list);
		return;
	}
	fold(&folding);
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
