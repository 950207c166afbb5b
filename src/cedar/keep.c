#include "cedar/keep.h"

#define TEXT_BLOCK_BYTES 4096u
#define TEXT_ALONE_BYTES 512u

void keeper_init(struct keeper *keeper, struct arena *arena, const struct hash_key *key)
{
	keeper->arena = arena;
	keeper->key = key;
}

static slice keep_alone(struct keeper *keeper, slice text)
{
	slice copy = arena_copy(keeper->arena, text);
	keeper->no_memory = keeper->no_memory || !copy.ptr;
	return copy;
}

slice keep_text(struct keeper *keeper, slice text)
{
	if (text.len > TEXT_ALONE_BYTES)
		return keep_alone(keeper, text);
	if (text.len > keeper->text_left || !keeper->text) {
		keeper->text = arena_alloc(keeper->arena, TEXT_BLOCK_BYTES);
		keeper->text_left = keeper->text ? TEXT_BLOCK_BYTES : 0;
		keeper->no_memory = keeper->no_memory || !keeper->text;
		if (!keeper->text)
			return (slice){NULL, 0};
	}
	char *copy = keeper->text;
	if (text.len)
		memcpy(copy, text.ptr, text.len);
	keeper->text += text.len;
	keeper->text_left -= text.len;
	return (slice){copy, text.len};
}

slice keep_name(struct keeper *keeper, slice name)
{
	slice *kept = &keeper->names[bytes_place(name, KEEP_NAMES)];
	if (!kept->ptr || !bytes_equal(*kept, name))
		*kept = keep_text(keeper, name);
	return *kept;
}

static bool is_action(slice type)
{
	return slice_equal(type, SLICE("Action")) || slice_ends_with(type, SLICE("::Action"));
}

const struct kept_type *keep_type(struct keeper *keeper, slice name)
{
	struct kept_type *kept = &keeper->types[bytes_place(name, KEEP_TYPES)];
	if (kept->name.ptr && bytes_equal(kept->name, name))
		return kept;
	if (!cedar_name_check(name))
		return NULL;
	*kept = (struct kept_type){.name = keep_text(keeper, name), .hash = hash_slice(keeper->key, name),
				   .is_action = is_action(name)};
	return kept->name.ptr ? kept : NULL;
}

bool keep_uid_make(struct keeper *keeper, slice type, slice id, struct cedar_uid *ret_uid, bool *ret_is_action)
{
	const struct kept_type *kept = keep_type(keeper, type);
	if (!kept)
		return false;
	*ret_uid = cedar_uid_join(keeper->key, kept->name, kept->hash, id);
	*ret_is_action = kept->is_action;
	return true;
}

const struct cedar_uid *keep_uid(struct keeper *keeper, slice type, slice id)
{
	const struct cedar_uid **kept = &keeper->uids[bytes_place(id, KEEP_UIDS)];
	struct cedar_uid uid;
	bool action;
	if (keep_is(*kept, type, id))
		return *kept;
	if (!keep_uid_make(keeper, type, id, &uid, &action))
		return NULL;
	struct cedar_uid *made = ARENA_NEW(keeper->arena, struct cedar_uid);
	uid.id = keep_text(keeper, id);
	keeper->no_memory = keeper->no_memory || !made;
	if (!made || !uid.id.ptr)
		return NULL;
	*made = uid;
	*kept = made;
	return made;
}
