/* Entities out of JSON: whatever is built is found again, with its ancestors closed. */
#include "fuzz.h"

#include "cedar/cedar.h"

static const struct hash_key key = {1, 2};

static bool check_entity(void *context, const struct cedar_entity_info *info)
{
	const struct cedar_entities *entities = context;
	struct cedar_entity_info found, ancestor;
	bool is_there = cedar_entities_find(entities, info->uid, &found);
	assert(is_there && found.uid == info->uid);
	assert(info->attributes.kind == CEDAR_RECORD && info->tags.kind == CEDAR_RECORD);
	for (size_t i = 0; i < info->ancestor_count; i++) {
		assert(!cedar_uid_equal(info->ancestors[i], info->uid));
		if (cedar_entities_find(entities, info->ancestors[i], &ancestor))
			assert(ancestor.ancestor_count < info->ancestor_count);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cedar_entities *entities;
	struct cedar_problem problem;
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	if (!builder)
		return 0;
	if (cedar_entities_add_json(builder, SLICE("fuzz"), slice_from(bytes, length), &problem, NULL) != E_OK) {
		cedar_entities_builder_free(builder);
		return 0;
	}
	if (cedar_entities_build(builder, &entities, NULL) != E_OK)
		return 0;
	cedar_entities_each(entities, check_entity, entities);
	cedar_entities_free(entities);
	return 0;
}
