/* `tipstaff apply`: test files of a folder become suites that the server keeps. */
#include "cli/apply.h"

#include "cli/objects.h"
#include "cli/policy_tests.h"
#include "cli/screen.h"
#include "text/json.h"

#include <stdlib.h>

/* The policies of the manifest, by where they really lie. */
struct places {
	const struct manifest *manifest;
	char **real; /* of each object; NULL: no policy file */
};

static void places_find(struct places *places, const struct manifest *manifest)
{
	places->manifest = manifest;
	for (size_t i = 0; places->real && i < manifest->count; i++)
		if (manifest->objects[i].kind->kind == KIND_POLICY && !manifest->objects[i].node)
			places->real[i] = realpath(manifest->objects[i].source, NULL);
}

static void places_free(struct places *places)
{
	for (size_t i = 0; places->real && i < places->manifest->count; i++)
		free(places->real[i]);
}

static const struct manifest_object *place_of(const struct places *places, const char *path)
{
	const struct manifest_object *found = NULL;
	char *real = realpath(path, NULL);
	for (size_t i = 0; real && !found && i < places->manifest->count; i++)
		if (places->real[i] && slice_equal(slice_of(places->real[i]), slice_of(real)))
			found = &places->manifest->objects[i];
	free(real);
	return found;
}

static slice with_dots(struct arena *arena, slice name)
{
	slice id = arena_copy(arena, name);
	char *bytes = id.ptr ? arena_alloc(arena, id.len + 1) : NULL;
	for (size_t i = 0; bytes && i < id.len; i++)
		bytes[i] = id.ptr[i] == '/' ? '.' : id.ptr[i];
	return slice_from(bytes, bytes ? id.len : 0);
}

static void tell_local(const char *path, const char *says, slice what)
{
	fputs("note: ", stderr);
	screen_text(stderr, slice_of(path));
	fprintf(stderr, ": its tests were run here, but the server does not keep them: %s", says);
	screen_text(stderr, what);
	fputc('\n', stderr);
}

/* Which objects the suite is about; false where one is not among what is applied. */
static enum error choose(const struct places *places, const struct suite_file *file, struct suite_policy **ret_policies,
			 size_t *ret_count, bool *ret_whole, struct fault *why)
{
	struct folder folder = {.count = 0};
	TRY(policy_tests_folder(file, &folder, why));
	struct suite_policy *policies = ARENA_ARRAY(file->arena, folder.count + 1, struct suite_policy);
	if (!policies)
		return FAIL(why, E_MEMORY, "no memory for a suite");
	*ret_whole = true;
	for (size_t i = 0; i < folder.count && *ret_whole; i++) {
		const struct manifest_object *object = place_of(places, folder.files[i].path);
		*ret_whole = object != NULL;
		if (object)
			policies[i] = (struct suite_policy){with_dots(file->arena, folder.files[i].name), object->id};
		else
			tell_local(file->path, "not among what is applied is ", slice_of(folder.files[i].path));
	}
	*ret_policies = policies;
	*ret_count = folder.count;
	return E_OK;
}

static enum error add_object(struct manifest *manifest, const struct folder_file *file, slice json, struct fault *why)
{
	struct manifest_object object = {.kind = kind_row(KIND_SUITE), .source = file->path,
					 .id = with_dots(manifest->arena, file->name)};
	object.json = arena_copy(manifest->arena, json);
	if (!object.json.ptr || !object.id.ptr)
		return FAIL(why, E_MEMORY, "no memory for a suite");
	return manifest_add_object(manifest, &object, why);
}

static enum error add_suite(struct apply *apply, const struct places *places, const struct folder_file *file,
			    struct fault *why)
{
	struct manifest *manifest = &apply->manifest;
	struct suite_file suite;
	struct suite_policy *policies;
	struct buffer json;
	size_t count;
	bool whole = false;
	TRY(suite_file_read(&suite, file->path, manifest->arena, why));
	TRY(choose(places, &suite, &policies, &count, &whole, why));
	if (!whole)
		return E_OK;
	slice id = with_dots(manifest->arena, file->name);
	if (!kind_id_valid(id)) {
		tell_local(file->path, "its name makes no id; letters, digits and . _ @ - do", SLICE(""));
		return E_OK;
	}
	buffer_init(&json, OBJECT_BYTES_MAX);
	enum error code = suite_file_write(&suite, id, file->name, policies, count, &json, why);
	if (code == E_OK)
		code = add_object(manifest, file, buffer_slice(&json), why);
	buffer_free(&json);
	if (code != E_LIMIT)
		return code;
	tell_local(file->path, fault_sentence(why), SLICE(""));
	return E_OK;
}

enum error apply_add_suites(struct apply *apply, slice path, struct fault *why)
{
	struct folder folder = {.arena = apply->manifest.arena, .wants = suite_file_is};
	struct places places = {.real = ARENA_ARRAY(folder.arena, apply->manifest.count + 1, char *)};
	TRY(folder_add(&folder, path, why));
	if (!places.real)
		return FAIL(why, E_MEMORY, "no memory for the suites");
	struct manifest before = apply->manifest;
	places_find(&places, &before);
	enum error code = E_OK;
	for (size_t i = 0; i < folder.count && code == E_OK; i++)
		code = add_suite(apply, &places, &folder.files[i], why);
	places_free(&places);
	return code;
}

static bool is_applied(const struct manifest *manifest, enum kind kind, slice id)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (manifest->objects[i].kind->kind == kind && slice_equal(manifest->objects[i].id, id))
			return true;
	return false;
}

static bool names_applied(const struct manifest *manifest, const struct show_row *suite)
{
	slice id;
	const struct json_node *policies = json_get(suite->doc, suite->object, SLICE("policies"));
	for (const struct json_node *policy = json_first(policies); policy; policy = json_next(policy))
		if (json_string(policy, &id) && is_applied(manifest, KIND_POLICY, id))
			return true;
	return false;
}

enum error apply_find_left(struct apply *apply, struct fault *why)
{
	bool has_folder = false, has_policy = false;
	struct show_row *suites;
	size_t count;
	for (size_t i = 0; i < apply->paths.count; i++)
		has_folder = has_folder || folder_is(apply->paths.items[i], &apply->remote.arena);
	for (size_t i = 0; i < apply->manifest.count; i++)
		has_policy = has_policy || apply->manifest.objects[i].kind->kind == KIND_POLICY;
	if (!has_folder || !has_policy)
		return E_OK;
	TRY(objects_list(&apply->remote, kind_row(KIND_SUITE), SLICE(""), &suites, &count, why));
	apply->left = ARENA_ARRAY(&apply->remote.arena, count + 1, slice);
	if (!apply->left)
		return FAIL(why, E_MEMORY, "no memory for the suites");
	for (size_t i = 0; i < count; i++) {
		slice id;
		if (json_string(json_get(suites[i].doc, suites[i].object, SLICE("id")), &id) &&
		    !is_applied(&apply->manifest, KIND_SUITE, id) && names_applied(&apply->manifest, &suites[i]))
			apply->left[apply->left_count++] = id;
	}
	return E_OK;
}

void apply_print_left(const struct apply *apply)
{
	for (size_t i = 0; i < apply->left_count; i++) {
		fputs("note: the server holds these policies to the suite ", stderr);
		screen_text(stderr, apply->left[i]);
		fputs(", which no test file here makes; it does not know what is new beside them. If its file is gone: "
		      "tipstaff suites rm ", stderr);
		screen_text(stderr, apply->left[i]);
		fputc('\n', stderr);
	}
}
