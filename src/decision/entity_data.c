#include "decision/entity_data.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct list {
	struct plan_source *sources;
	size_t count;
};

static bool collect(void *context, slice key, void *value)
{
	struct list *list = context;
	const struct entities_row *row = value;
	(void)key;
	list->sources[list->count++] = (struct plan_source){row->row.id, row->text};
	return true;
}

static int by_id(const void *a, const void *b)
{
	return slice_compare(((const struct plan_source *)a)->id, ((const struct plan_source *)b)->id);
}

/* What the registry says of agents, tools and their owners cannot be said otherwise. */
static bool is_free(void *context, const struct cedar_entity_info *entity)
{
	const struct cedar_uid **taken = context;
	slice type = entity->uid->type;
	if (slice_equal(type, SLICE("Tipstaff")) || slice_starts_with(type, SLICE("Tipstaff::")))
		*taken = entity->uid;
	return !*taken;
}

static enum error check_types(const struct cedar_entities *store, struct fault *why)
{
	const struct cedar_uid *taken = NULL;
	cedar_entities_each(store, is_free, &taken);
	if (!taken)
		return E_OK;
	return FAIL(why, E_INVALID, "%.*s::\"%.*s\": entities of Tipstaff come from the registry", SLICE_ARG(taken->type),
		    SLICE_ARG(taken->id));
}

/* The sentence with its source in front, where it does not begin with it. */
static enum error name_source(enum error code, slice source, const struct fault *inner, struct fault *why)
{
	slice sentence = slice_of(fault_sentence(inner));
	if (slice_starts_with(sentence, source))
		return FAIL(why, code, "%.*s", SLICE_ARG(sentence));
	return FAIL(why, code, "%.*s: %.*s", SLICE_ARG(source), SLICE_ARG(sentence));
}

static enum error load(const struct hash_key *key, const struct plan_source *sources, size_t count,
		       struct cedar_entities **ret_store, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(key);
	if (!builder)
		return FAIL(why, E_MEMORY, "no memory for entities");
	for (size_t i = 0; i < count; i++) {
		struct fault inner = {0};
		enum error code = cedar_entities_add_json(builder, sources[i].id, sources[i].text, NULL, &inner);
		if (code != E_OK) {
			cedar_entities_builder_free(builder);
			return name_source(code, sources[i].id, &inner, why);
		}
	}
	TRY(cedar_entities_build(builder, ret_store, why));
	enum error code = check_types(*ret_store, why);
	if (code != E_OK) {
		cedar_entities_free(*ret_store);
		*ret_store = NULL;
	}
	return code;
}

static enum error make(const struct hash_key *key, const struct list *list, struct entity_data *data, struct fault *why)
{
	struct fault inner = {0};
	if (list->count == 0)
		return E_OK;
	enum error code = load(key, list->sources, list->count, &data->store, &inner);
	data->shares = code == E_OK && cedar_entities_repeats(data->store) > 0;
	if (code == E_MEMORY)
		return FAIL(why, E_MEMORY, "no memory for entities");
	if (code != E_OK) {
		data->broken = true;
		snprintf(data->sentence, sizeof(data->sentence), "%s", fault_sentence(&inner));
	}
	return E_OK;
}

enum error entity_data_make(const struct hash_key *key, const struct trie *rows, struct entity_data **ret_data,
			    struct fault *why)
{
	struct list list = {.sources = memory_alloc_array(rows->count, sizeof(struct plan_source))};
	struct entity_data *data = memory_alloc(sizeof(*data));
	enum error code = E_OK;
	if (!list.sources || !data) {
		code = FAIL(why, E_MEMORY, "no memory for entities");
	} else {
		trie_each(rows, collect, &list);
		qsort(list.sources, list.count, sizeof(*list.sources), by_id);
		code = make(key, &list, data, why);
	}
	memory_free(list.sources);
	if (code == E_OK)
		*ret_data = data;
	else if (data)
		entity_data_release(&data->retired);
	return code;
}

enum error entity_data_of_text(const struct hash_key *key, slice text, struct entity_data **ret_data, struct fault *why)
{
	struct plan_source source = {SLICE("entities"), text.len ? text : SLICE("[]")};
	struct list list = {&source, 1};
	struct entity_data *data = memory_alloc(sizeof(*data));
	if (!data)
		return FAIL(why, E_MEMORY, "no memory for entities");
	enum error code = make(key, &list, data, why);
	if (code == E_OK)
		*ret_data = data;
	else
		entity_data_release(&data->retired);
	return code;
}

void entity_data_release(struct retired *item)
{
	struct entity_data *data = (struct entity_data *)(void *)item;
	cedar_entities_free(data->store);
	memory_free(data);
}

enum error entity_data_check(const struct hash_key *key, const struct plan_source *sources, size_t count,
			     struct fault *why)
{
	struct cedar_entities *store = NULL;
	enum error code = load(key, sources, count, &store, why);
	cedar_entities_free(store);
	return code;
}
