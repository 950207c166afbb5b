#include "cedar/entities_plain.h"

#include "base/memory.h"
#include "cedar/schema.h"

/* More: through a tree. */
#define PARENTS_MAX 64u
/* An array and an entity are open around a member's value. */
#define MEMBER_DEPTH 2u

enum member { MEMBER_UID = 1, MEMBER_ATTRIBUTES = 2, MEMBER_PARENTS = 4, MEMBER_TAGS = 8 };
#define MEMBERS_NEEDED (MEMBER_UID | MEMBER_ATTRIBUTES | MEMBER_PARENTS)

/* An entity in the making. */
struct plain_entity {
	unsigned seen; /* enum member */
	struct cedar_uid uid;
	bool is_action;
	const struct entity_type *type;
	struct cedar_value attributes;
	struct cedar_value tags;
	const struct cedar_uid *const **parents; /* each as a list of one; room for PARENTS_MAX */
	size_t parent_count;
};

/* `{"type":T,"id":I}`, or the same below `__entity`. */
static bool read_uid(struct plain_reader *reader, slice *ret_type, slice *ret_id)
{
	struct json_cursor *cursor = &reader->cursor;
	if (!json_cursor_take(cursor, '{'))
		return false;
	const char *inside = cursor->at;
	if (plain_read_type_and_id(reader, ret_type, ret_id))
		return true;
	cursor->at = inside;
	return json_cursor_named(cursor, SLICE("\"__entity\":")) && json_cursor_take(cursor, '{') &&
	       plain_read_type_and_id(reader, ret_type, ret_id) && json_cursor_take(cursor, '}');
}

/* The list of this parent alone. */
static bool find_parent(struct plain_reader *reader, const struct plain_entity *entity, slice type, slice id,
			const struct cedar_uid *const **ret_parents)
{
	const struct cedar_uid *const **kept = keep_parents(reader->keeper, id), **parents;
	struct cedar_uid uid;
	struct vertex *vertex;
	bool is_action;
	if (*kept && keep_is(**kept, type, id) && !entity->is_action) {
		*ret_parents = *kept;
		return true;
	}
	if (!keep_uid_make(reader->keeper, type, id, &uid, &is_action) || (entity->is_action && !is_action) ||
	    !plain_passed(reader, store_intern(reader->entities, &uid, reader->keeper, &vertex, NULL)))
		return false;
	parents = ARENA_NEW(reader->entities->arena, const struct cedar_uid *);
	if (!parents)
		return plain_passed(reader, E_MEMORY);
	*parents = &vertex->uid;
	*ret_parents = *kept = parents;
	return true;
}

static bool read_parents(struct plain_reader *reader, struct plain_entity *entity)
{
	struct json_cursor *cursor = &reader->cursor;
	if (!json_cursor_take(cursor, '['))
		return false;
	if (json_cursor_take(cursor, ']'))
		return true;
	do {
		slice type, id;
		if (entity->parent_count == PARENTS_MAX || !read_uid(reader, &type, &id) ||
		    !find_parent(reader, entity, type, id, &entity->parents[entity->parent_count++]))
			return false;
	} while (json_cursor_take(cursor, ','));
	return json_cursor_take(cursor, ']');
}

/* What comes before the uid could mean something else after it. */
static bool read_member(struct plain_reader *reader, struct plain_entity *entity, enum member member)
{
	const struct entity_type *type = entity->type;
	slice type_name, id;
	if ((entity->seen & member) || (!entity->seen && member != MEMBER_UID))
		return false;
	entity->seen |= member;
	switch (member) {
	case MEMBER_UID:
		if (!read_uid(reader, &type_name, &id) ||
		    !keep_uid_make(reader->keeper, type_name, id, &entity->uid, &entity->is_action))
			return false;
		store_expect(reader->entities, &entity->uid);
		entity->type = reader->schema ? schema_entity_type(reader->schema, entity->uid.type) : NULL;
		return true;
	case MEMBER_ATTRIBUTES:
		return plain_read_record(reader, type ? type->shape : NULL, NULL, MEMBER_DEPTH, &entity->attributes);
	case MEMBER_TAGS:
		return plain_read_record(reader, NULL, type ? type->tags : NULL, MEMBER_DEPTH, &entity->tags);
	case MEMBER_PARENTS:
		return read_parents(reader, entity);
	}
	return false;
}

/* Mostly the members come in this order. */
static const struct {
	slice quoted;
	enum member member;
} members[] = {{SLICE_INIT("\"uid\":"), MEMBER_UID},
	       {SLICE_INIT("\"attrs\":"), MEMBER_ATTRIBUTES},
	       {SLICE_INIT("\"parents\":"), MEMBER_PARENTS},
	       {SLICE_INIT("\"tags\":"), MEMBER_TAGS}};
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static bool read_members(struct plain_reader *reader, struct plain_entity *entity)
{
	struct json_cursor *cursor = &reader->cursor;
	size_t next = 0;
	if (!json_cursor_take(cursor, '{'))
		return false;
	do {
		size_t tries = 0;
		while (tries < MEMBER_COUNT && !json_cursor_named(cursor, members[next].quoted)) {
			next = (next + 1) % MEMBER_COUNT;
			tries++;
		}
		if (tries == MEMBER_COUNT || !read_member(reader, entity, members[next].member))
			return false;
		next = (next + 1) % MEMBER_COUNT;
	} while (json_cursor_take(cursor, ','));
	return json_cursor_take(cursor, '}') && (entity->seen & MEMBERS_NEEDED) == MEMBERS_NEEDED;
}

static bool add_parents(struct plain_reader *reader, const struct plain_entity *entity, struct vertex *vertex)
{
	if (entity->parent_count <= 1) {
		vertex->parents = entity->parent_count ? entity->parents[0] : NULL;
		vertex->parent_count = (uint32_t)entity->parent_count;
		return true;
	}
	const struct cedar_uid **parents =
		ARENA_ARRAY(reader->entities->arena, entity->parent_count, const struct cedar_uid *);
	if (!parents)
		return plain_passed(reader, E_MEMORY);
	vertex->parents = parents;
	vertex->parent_count = 0;
	for (size_t i = 0; i < entity->parent_count; i++)
		if (!vertex_has_parent(vertex, *entity->parents[i]))
			parents[vertex->parent_count++] = *entity->parents[i];
	return true;
}

bool plain_read_entity(struct plain_reader *reader)
{
	const struct cedar_uid *const *parents[PARENTS_MAX] UNINITIALIZED;
	struct plain_entity entity = {.tags = {.kind = CEDAR_RECORD, .mask = 1}, .parents = parents};
	struct vertex *vertex;
	if (!read_members(reader, &entity) ||
	    !plain_passed(reader, store_intern(reader->entities, &entity.uid, reader->keeper, &vertex, NULL)))
		return false;
	/* That the same entity may stand there again is left to who compares them. */
	if (vertex->is_present || !add_parents(reader, &entity, vertex) ||
	    !plain_passed(reader, store_list(reader->entities, vertex, NULL)))
		return false;
	vertex->attributes = entity.attributes;
	vertex->tags = entity.tags;
	vertex->is_present = true;
	return true;
}
