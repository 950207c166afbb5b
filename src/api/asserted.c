#include "api/asserted.h"

struct making {
	const struct snapshot *snapshot;
	const struct asker *asker;
	const struct json_doc *doc;
	struct arena *arena;
	struct cedar_entity_info entities[2];
	size_t entity_count;
	slice *left_out;
	size_t left_out_count;
};

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for entities");
}

static const struct json_node *believed(const struct making *making, const struct asserted_entity *entity, slice key)
{
	const struct json_node *node = json_get(making->doc, entity->properties, key);
	return node && asker_may_assert(making->asker, entity->part, key) ? node : NULL;
}

/* Is anything believed? What is not goes to the list. */
static enum error sift(struct making *making, const struct asserted_entity *entity, bool *ret_any, struct fault *why)
{
	*ret_any = false;
	for (const struct json_node *node = json_first(entity->properties); node; node = json_next(node)) {
		if (asker_may_assert(making->asker, entity->part, json_key(node))) {
			*ret_any = true;
			continue;
		}
		slice name = arena_print(making->arena, "%s.%.*s", entity->part, SLICE_ARG(json_key(node)));
		if (!name.ptr)
			return no_memory(why);
		making->left_out[making->left_out_count++] = name;
	}
	return E_OK;
}

static enum error add_believed(const struct making *making, const struct asserted_entity *entity,
			       const struct asserted_entity *over, struct cedar_fields *fields, struct fault *why)
{
	struct cedar_value value;
	for (const struct json_node *node = json_first(entity->properties); node; node = json_next(node)) {
		if (!believed(making, entity, json_key(node)) || (over && believed(making, over, json_key(node))))
			continue;
		TRY(cedar_value_from_plain_json(making->arena, making->doc, node, &value, NULL, why));
		if (value.kind != CEDAR_NONE)
			cedar_fields_add(fields, json_key(node), value);
	}
	return E_OK;
}

/* Stored attributes that nothing believed replaces. `over` (may be NULL) speaks of the same entity too. */
static void add_stored(const struct making *making, const struct asserted_entity *entity,
		       const struct asserted_entity *over, struct cedar_value attributes, struct cedar_fields *fields)
{
	for (uint32_t i = 0; attributes.kind == CEDAR_RECORD && i < attributes.length; i++) {
		const struct cedar_field *field = &attributes.as.fields[i];
		if (!believed(making, entity, field->key) && !(over && believed(making, over, field->key)))
			cedar_fields_add(fields, field->key, field->value);
	}
}

/* What is stored of it, its place in the hierarchy too, with what is believed on top. */
static enum error add_entity(struct making *making, const struct asserted_entity *asserted,
			     const struct asserted_entity *over, struct fault *why)
{
	struct cedar_entity_info entity = {.uid = NULL};
	struct cedar_fields fields;
	cedar_fields_init(&fields, making->arena);
	if (making->snapshot->entities && cedar_entities_find(making->snapshot->entities, asserted->uid, &entity))
		add_stored(making, asserted, over, entity.attributes, &fields);
	entity.uid = asserted->uid;
	TRY(add_believed(making, asserted, over, &fields, why));
	if (over)
		TRY(add_believed(making, over, NULL, &fields, why));
	TRY(cedar_fields_finish(&fields, &entity.attributes, why));
	making->entities[making->entity_count++] = entity;
	return E_OK;
}

enum error asserted_layer(const struct snapshot *snapshot, const struct asker *asker, const struct json_doc *doc,
			  const struct asserted_entity *subject, const struct asserted_entity *resource,
			  struct arena *arena, struct cedar_entities **ret_layer,
			  struct asserted_left_out *ret_left_out, struct fault *why)
{
	struct making making = {.snapshot = snapshot, .asker = asker, .doc = doc, .arena = arena};
	size_t count = (subject->properties ? subject->properties->count : 0) +
		       (resource->properties ? resource->properties->count : 0);
	bool by_subject, by_resource;
	*ret_layer = NULL;
	*ret_left_out = (struct asserted_left_out){.count = 0};
	if (count == 0)
		return E_OK;
	making.left_out = ARENA_ARRAY(arena, count, slice);
	if (!making.left_out)
		return no_memory(why);
	TRY(sift(&making, subject, &by_subject, why));
	TRY(sift(&making, resource, &by_resource, why));
	*ret_left_out = (struct asserted_left_out){making.left_out, making.left_out_count};
	if (cedar_uid_equal(subject->uid, resource->uid)) {
		/* The same entity on both sides is one; what is said of the resource goes last. */
		if (by_subject || by_resource)
			TRY(add_entity(&making, subject, resource, why));
	} else {
		if (by_subject)
			TRY(add_entity(&making, subject, NULL, why));
		if (by_resource)
			TRY(add_entity(&making, resource, NULL, why));
	}
	if (making.entity_count == 0)
		return E_OK;
	return cedar_entities_borrow(arena, &snapshot->key, making.entities, making.entity_count, ret_layer, why);
}
