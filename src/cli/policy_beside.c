/* What lies in a folder beside its policies: the schema and the entities that come with it. */
#include "cli/policy.h"

#include "cli/screen.h"

bool policy_is_schema(slice name)
{
	return slice_ends_with(name, SLICE(".cedarschema")) || slice_ends_with(name, SLICE(".cedarschema.json"));
}

static bool is_entities(slice name)
{
	return slice_ends_with(name, SLICE(".entities.json"));
}

static bool is_beside(slice name)
{
	return policy_is_schema(name) || is_entities(name);
}

/* A schema of a folder below may be that of something else. */
static enum error take(const struct folder_file *file, const struct policy_beside *named, struct policy_beside *beside,
		       struct fault *why)
{
	slice path = slice_of(file->path);
	if (is_entities(file->name)) {
		if (named->entity_count > 0 || named->only_schema)
			return E_OK;
		beside->entities[beside->entity_count++] = path;
	} else {
		if (named->schema.len > 0 || slice_find_byte(file->name, '/', 0) != SIZE_MAX)
			return E_OK;
		if (beside->schema.len > 0)
			return FAIL(why, E_CONFLICT, "two schemas, %.*s and %s; say which with --schema",
				    SLICE_ARG(beside->schema), file->path);
		beside->schema = path;
	}
	beside->found[beside->found_count++] = path;
	return E_OK;
}

enum error policy_beside_find(struct arena *arena, const slice *paths, size_t count, struct policy_beside *beside,
			      struct fault *why)
{
	const struct policy_beside named = *beside;
	struct folder folder = {.arena = arena, .wants = is_beside};
	for (size_t i = 0; i < count; i++)
		if (folder_is(paths[i], arena))
			TRY(folder_add(&folder, paths[i], why));
	beside->entities = ARENA_ARRAY(arena, folder.count + 1, slice);
	beside->found = ARENA_ARRAY(arena, folder.count + 1, slice);
	if (!beside->entities || !beside->found)
		return FAIL(why, E_MEMORY, "no memory for the files");
	if (named.entity_count > 0)
		beside->entities[0] = named.entities[0];
	for (size_t i = 0; i < folder.count; i++)
		TRY(take(&folder.files[i], &named, beside, why));
	return E_OK;
}

void policy_beside_print(const struct policy_beside *beside, const char *label)
{
	for (size_t i = 0; i < beside->found_count; i++) {
		fputs(i ? ", " : label, stdout);
		screen_text(stdout, beside->found[i]);
	}
	if (beside->found_count > 0)
		fputc('\n', stdout);
}

void policy_beside_write(const struct policy_beside *beside, struct json_writer *writer)
{
	if (beside->found_count == 0)
		return;
	json_put_array(writer, "read");
	for (size_t i = 0; i < beside->found_count; i++)
		json_write_string(writer, beside->found[i]);
	json_end_array(writer);
}
