/* Parents with the hashes of their children: how a change finds what stands below it. */
#include "base/memory.h"
#include "cedar/change.h"
#include "cedar/sort.h"

#include <string.h>

#define CHILDREN_FIRST 4u

static const struct cedar_uid *uid_of(slice key)
{
	return (const struct cedar_uid *)(const void *)key.ptr;
}

static uint64_t hash_name(const struct hash_key *key, slice name)
{
	(void)key;
	return uid_of(name)->hash;
}

static bool equal_names(slice a, slice b)
{
	return cedar_uid_equal(uid_of(a), uid_of(b));
}

void trie_init_names(struct trie *trie, const struct hash_key *key)
{
	trie_init(trie, key, SIZE_MAX);
	trie->hash = hash_name;
	trie->equal = equal_names;
}

struct name *name_find(const struct family *family, const struct cedar_uid *uid)
{
	return trie_get(&family->names, store_key(uid));
}

static struct name *name_new(struct family *family, const struct cedar_uid *uid)
{
	struct name *name = memory_alloc(sizeof(*name) + uid->type.len + uid->id.len);
	if (!name)
		return NULL;
	name->family = family;
	name->uid = *uid;
	name->uid.type.ptr = name->text;
	name->uid.id.ptr = name->text + uid->type.len;
	memcpy(name->text, uid->type.ptr, uid->type.len);
	if (uid->id.len)
		memcpy(name->text + uid->type.len, uid->id.ptr, uid->id.len);
	return name;
}

enum error name_take(struct family *family, const struct cedar_uid *uid, struct name **ret_name, struct fault *why)
{
	struct name *name = name_find(family, uid);
	struct retire_list none = {0}; /* names are never published */
	if (!name) {
		name = name_new(family, uid);
		if (!name)
			return FAIL(why, E_MEMORY, "no memory for the name of a parent");
		enum error error = trie_put(&family->names, store_key(&name->uid), name, NULL, &none, why);
		if (error != E_OK) {
			memory_free(name);
			return error;
		}
	}
	name->holders++;
	*ret_name = name;
	return E_OK;
}

static void name_free(struct name *name)
{
	memory_free(name->children);
	memory_free(name);
}

void name_release(struct name *name)
{
	struct retire_list none = {0};
	if (--name->holders)
		return;
	/* Taking out of a trie may need memory: without it the name stays, unused, and may be taken again. */
	if (trie_remove(&name->family->names, store_key(&name->uid), NULL, &none, NULL) == E_OK)
		name_free(name);
}

bool vertex_has_parent(const struct vertex *vertex, const struct cedar_uid *uid)
{
	for (uint32_t i = 0; i < vertex->parent_count; i++)
		if (cedar_uid_equal(vertex->parents[i], uid))
			return true;
	return false;
}

struct question {
	const struct cedar_uid *parent;
	bool is_child;
};

static void ask_child(void *context, void *vertex)
{
	struct question *question = context;
	question->is_child = question->is_child || vertex_has_parent(vertex, question->parent);
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Keeps each hash of a child once: also of the older version, since the newer one may not come to be. */
static void drop_stale(struct name *name, const struct cedar_entities *version)
{
	size_t kept = 0;
	sort_items(name->children, name->child_count, sizeof(uint64_t), compare_hashes);
	for (size_t i = 0; i < name->child_count; i++) {
		struct question question = {&name->uid, false};
		if (kept && name->children[kept - 1] == name->children[i])
			continue;
		store_each_alike(version, name->children[i], ask_child, &question);
		if (version->older && !question.is_child)
			store_each_alike(version->older, name->children[i], ask_child, &question);
		if (question.is_child)
			name->children[kept++] = name->children[i];
	}
	name->child_count = kept;
	name->stale_count = 0;
}

enum error name_add_child(struct name *name, uint64_t hash, const struct cedar_entities *version, struct fault *why)
{
	if (name->child_count == name->child_size && name->stale_count * 2 > name->child_count)
		drop_stale(name, version);
	if (name->child_count == name->child_size) {
		size_t size = name->child_size ? name->child_size * 2 : CHILDREN_FIRST;
		uint64_t *bigger = memory_resize(name->children, size * sizeof(*bigger));
		if (!bigger)
			return FAIL(why, E_MEMORY, "no memory for %zu children of an entity", size);
		name->children = bigger;
		name->child_size = size;
	}
	name->children[name->child_count++] = hash;
	return E_OK;
}

static bool free_entry(void *context, slice key, void *value)
{
	(void)context;
	(void)key;
	name_free(value);
	return true;
}

void names_free(struct family *family)
{
	struct retire_list nodes = {0};
	trie_each(&family->names, free_entry, NULL);
	trie_clear(&family->names, &nodes);
	retire_release(&nodes);
}
