/*
 * Runs every case of a folder in the corpus format of the Cedar project:
 *
 *	cedar_corpus DIR [VALIDATION_DIR]
 *
 * A case is a .json file with `policies`, `entities`, `schema` (files relative to the parent of DIR) and `requests`.
 * Requests with `validateRequest` must conform to the schema. VALIDATION_DIR says more: of each entity and request too.
 * Prints each difference and closes with `N passed, N failed`; the exit code is 1 where anything failed.
 */
#include "cedar/cedar.h"
#include "read_file.h"
#include "text/json.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct hash_key key = {0x0123456789abcdef, 0xfedcba9876543210};

struct tally {
	const char *root; /* parent of DIR */
	const char *validation;
	size_t passed;
	size_t failed;
	size_t requests;
};

struct world {
	struct arena arena;
	struct cedar_policyset *set;
	struct cedar_schema *schema;
	struct cedar_entities *entities;
};

/* The name of the file under `member`, read. */
static enum error read_named(const struct tally *tally, const struct json_doc *doc, const char *member, slice *ret_name,
			     slice *ret_text, struct fault *why)
{
	char path[4096];
	TRY(json_need_string(doc, json_root(doc), member, ret_name, why));
	snprintf(path, sizeof(path), "%s/%.*s", tally->root, SLICE_ARG(*ret_name));
	*ret_text = read_file(path);
	if (!ret_text->ptr)
		return FAIL(why, E_NOT_FOUND, "cannot read %.*s", SLICE_ARG(*ret_name));
	return E_OK;
}

static enum error load_entities(struct world *world, slice name, slice text, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	if (!builder)
		return FAIL(why, E_MEMORY, "no memory");
	enum error error = cedar_entities_add_typed_json(builder, world->schema, name, text, NULL, why);
	if (error != E_OK) {
		cedar_entities_builder_free(builder);
		return error;
	}
	return cedar_entities_build(builder, &world->entities, why);
}

static enum error load(const struct tally *tally, const struct json_doc *doc, struct world *world, struct fault *why)
{
	slice name, policies, schema, entities;
	TRY(read_named(tally, doc, "policies", &name, &policies, why));
	struct cedar_source source = {.name = name, .text = policies};
	enum error error = cedar_policyset_parse(&key, &source, 1, &world->set, NULL, why);
	free((void *)(uintptr_t)policies.ptr);
	TRY(error);
	TRY(read_named(tally, doc, "schema", &name, &schema, why));
	error = cedar_schema_parse(&key, name, schema, &world->schema, NULL, why);
	free((void *)(uintptr_t)schema.ptr);
	TRY(error);
	TRY(read_named(tally, doc, "entities", &name, &entities, why));
	error = load_entities(world, name, entities, why);
	free((void *)(uintptr_t)entities.ptr);
	return error;
}

static enum error read_uid(const struct json_doc *doc, const struct json_node *request, const char *member,
			   struct arena *arena, const struct cedar_uid **ret_uid, struct fault *why)
{
	const struct json_node *node;
	slice type, id;
	TRY(json_need_node(doc, request, member, JSON_OBJECT, &node, why));
	TRY(json_need_string(doc, node, "type", &type, why));
	TRY(json_need_string(doc, node, "id", &id, why));
	*ret_uid = cedar_uid_new(arena, &key, type, id);
	return *ret_uid ? E_OK : FAIL(why, E_MEMORY, "no memory");
}

/* Is the array of ids the same set as the reasons or errors? */
static bool same_ids(const struct json_node *array, const slice *ids, size_t count)
{
	size_t expected = 0;
	for (const struct json_node *item = json_first(array); item; item = json_next(item)) {
		bool found = false;
		for (size_t i = 0; i < count && !found; i++)
			found = slice_equal(ids[i], item->string);
		if (!found)
			return false;
		expected++;
	}
	return expected == count;
}

static enum error check_result(const struct json_doc *doc, const struct json_node *request,
			       const struct cedar_result *result, struct arena *arena, struct fault *why)
{
	slice decision;
	slice *reasons = ARENA_ARRAY(arena, result->reason_count, slice);
	slice *errors = ARENA_ARRAY(arena, result->error_count, slice);
	if (!reasons || !errors)
		return FAIL(why, E_MEMORY, "no memory");
	for (size_t i = 0; i < result->reason_count; i++)
		reasons[i] = result->reasons[i].id;
	for (size_t i = 0; i < result->error_count; i++)
		errors[i] = result->errors[i].id;
	TRY(json_need_string(doc, request, "decision", &decision, why));
	if (result->failure)
		return FAIL(why, result->failure, "%s", result->failure_sentence);
	if (!slice_equal(decision, result->decision == CEDAR_ALLOW ? SLICE("allow") : SLICE("deny")))
		return FAIL(why, E_CONFLICT, "decision is not %.*s", SLICE_ARG(decision));
	if (!same_ids(json_get(doc, request, SLICE("reason")), reasons, result->reason_count))
		return FAIL(why, E_CONFLICT, "other reasons");
	if (!same_ids(json_get(doc, request, SLICE("errors")), errors, result->error_count))
		return FAIL(why, E_CONFLICT, "other errors");
	return E_OK;
}

static enum error read_request(struct world *world, const struct json_doc *doc, const struct json_node *node,
			       struct cedar_request *ret_request, struct fault *why)
{
	const struct json_node *context;
	TRY(read_uid(doc, node, "principal", &world->arena, &ret_request->principal, why));
	TRY(read_uid(doc, node, "action", &world->arena, &ret_request->action, why));
	TRY(read_uid(doc, node, "resource", &world->arena, &ret_request->resource, why));
	TRY(json_need_node(doc, node, "context", JSON_OBJECT, &context, why));
	return cedar_context_from_json(&world->arena, world->schema, ret_request->action, doc, context,
				       &ret_request->context, why);
}

static enum error check_request(struct world *world, const struct cedar_request *request, bool expected,
				struct fault *why)
{
	struct cedar_conformance found;
	TRY(cedar_conform_request(world->schema, request, &world->arena, &found, why));
	if ((found.count == 0) == expected)
		return E_OK;
	return FAIL(why, E_CONFLICT, "conforms: %s expected; %.*s", expected ? "yes" : "no",
		    SLICE_ARG(found.count ? found.mismatches[0].message : SLICE("")));
}

static enum error run_request(struct world *world, const struct json_doc *doc, const struct json_node *node,
			      struct fault *why)
{
	struct cedar_request request = {0};
	struct cedar_result result;
	bool is_validated = false;
	TRY(read_request(world, doc, node, &request, why));
	if (json_bool(json_get(doc, node, SLICE("validateRequest")), &is_validated) && is_validated)
		TRY(check_request(world, &request, true, why));
	const struct cedar_entities *layers[] = {world->entities, cedar_schema_actions(world->schema)};
	const struct cedar_policyset *sets[] = {world->set};
	struct cedar_world all = {layers, 2, sets, 1};
	enum cedar_decision decision = cedar_authorize(&request, &all, &world->arena, &result);
	if (decision != result.decision)
		return FAIL(why, E_INTERNAL, "two answers");
	return check_result(doc, node, &result, &world->arena, why);
}

static void report(struct tally *tally, const char *name, const char *what, enum error error, const struct fault *why)
{
	if (error == E_OK) {
		tally->passed++;
		return;
	}
	tally->failed++;
	printf("%s: %s: %s\n", name, what, fault_sentence(why));
}

static void run_requests(struct tally *tally, struct world *world, const struct json_doc *doc, const char *name)
{
	size_t number = 0;
	const struct json_node *requests = json_get(doc, json_root(doc), SLICE("requests"));
	for (const struct json_node *node = json_first(requests); node; node = json_next(node)) {
		struct fault why = {0};
		char what[32];
		snprintf(what, sizeof(what), "request %zu", number++);
		report(tally, name, what, run_request(world, doc, node, &why), &why);
		tally->requests++;
	}
}

/* `shouldValidate` is what strict validation must say. */
static enum error check_strict(const struct json_doc *doc, struct world *world, struct fault *why)
{
	struct cedar_validation validation;
	bool expected;
	TRY(json_need_bool(doc, json_root(doc), "shouldValidate", &expected, why));
	TRY(cedar_validate(world->schema, world->set, CEDAR_STRICT, &world->arena, &validation, why));
	if ((validation.error_count == 0) == expected)
		return E_OK;
	return FAIL(why, E_CONFLICT, "is %s instead: %.*s", expected ? "invalid" : "valid",
		    SLICE_ARG(validation.count ? validation.findings[0].message : SLICE("")));
}

static bool has_error(const struct cedar_validation *validation, slice id)
{
	for (size_t i = 0; i < validation->count; i++)
		if (!validation->findings[i].is_warning && slice_equal(validation->findings[i].id, id))
			return true;
	return false;
}

/* The results for each policy in one mode, and for all together. */
static enum error check_mode(const struct json_doc *doc, const struct json_node *expected, struct world *world,
			     enum cedar_validation_mode mode, struct fault *why)
{
	struct cedar_validation validation;
	const char *member = mode == CEDAR_STRICT ? "strict" : "permissive";
	bool all, one;
	TRY(cedar_validate(world->schema, world->set, mode, &world->arena, &validation, why));
	TRY(json_need_bool(doc, expected, member, &all, why));
	if (all != (validation.error_count == 0))
		return FAIL(why, E_CONFLICT, "%s is %s instead: %.*s", member, all ? "invalid" : "valid",
			    SLICE_ARG(validation.count ? validation.findings[0].message : SLICE("")));
	const struct json_node *policies = json_get(doc, expected, SLICE("perPolicy"));
	for (const struct json_node *node = json_first(policies); node; node = json_next(node)) {
		TRY(json_need_bool(doc, node, member, &one, why));
		if (one == has_error(&validation, json_key(node)))
			return FAIL(why, E_CONFLICT, "%s of %.*s differs", member, SLICE_ARG(json_key(node)));
	}
	return E_OK;
}

/* Is anything said of the entity whose type and id stand as `Type::id`? */
static bool has_mismatch(const struct cedar_conformance *found, slice name)
{
	for (size_t i = 0; i < found->kept; i++) {
		const struct cedar_uid *uid = found->mismatches[i].uid;
		if (name.len == uid->type.len + 2 + uid->id.len && slice_starts_with(name, uid->type) &&
		    slice_ends_with(name, uid->id))
			return true;
	}
	return false;
}

/* Of each entity stands what is wrong with it: nothing in an empty object. */
static enum error check_entities(const struct json_doc *doc, struct world *world, struct fault *why)
{
	struct cedar_conformance found;
	const struct json_node *expected;
	TRY(json_need_node(doc, json_root(doc), "entityValidation", JSON_OBJECT, &expected, why));
	TRY(json_need_node(doc, expected, "perEntity", JSON_OBJECT, &expected, why));
	TRY(cedar_conform_entities(world->schema, world->entities, &world->arena, &found, why));
	if (expected->count != cedar_entities_count(world->entities))
		return FAIL(why, E_CONFLICT, "%zu entities, not %u", cedar_entities_count(world->entities), expected->count);
	for (const struct json_node *node = json_first(expected); node; node = json_next(node))
		if (has_mismatch(&found, json_key(node)) == (node->count == 0))
			return FAIL(why, E_CONFLICT, "entity %.*s differs", SLICE_ARG(json_key(node)));
	return E_OK;
}

/* The results stand in the order of the case's requests. */
static enum error check_requests(const struct json_doc *doc, const struct json_doc *case_doc, struct world *world,
				 struct fault *why)
{
	const struct json_node *expected;
	const struct json_node *node = json_first(json_get(case_doc, json_root(case_doc), SLICE("requests")));
	TRY(json_need_node(doc, json_root(doc), "requestValidation", JSON_ARRAY, &expected, why));
	for (const struct json_node *one = json_first(expected); one && node; one = json_next(one), node = json_next(node)) {
		struct cedar_request request = {0};
		bool strict, permissive;
		TRY(json_need_bool(doc, one, "strict", &strict, why));
		TRY(json_need_bool(doc, one, "permissive", &permissive, why));
		TRY(read_request(world, case_doc, node, &request, why));
		TRY(check_request(world, &request, strict, why));
		TRY(check_request(world, &request, permissive, why));
	}
	return E_OK;
}

static enum error check_all(slice text, const struct json_doc *case_doc, struct world *world, struct fault *why)
{
	struct json_doc doc;
	const struct json_node *expected;
	TRY(json_parse(&doc, text, NULL, &world->arena, why));
	TRY(json_need_node(&doc, json_root(&doc), "policyValidation", JSON_OBJECT, &expected, why));
	TRY(check_mode(&doc, expected, world, CEDAR_STRICT, why));
	TRY(check_mode(&doc, expected, world, CEDAR_PERMISSIVE, why));
	TRY(check_entities(&doc, world, why));
	return check_requests(&doc, case_doc, world, why);
}

/* The file in the validation folder for the case at `path`, where there is one. */
static void run_validation(struct tally *tally, struct world *world, const struct json_doc *doc, const char *path)
{
	struct fault why = {0};
	char name[4096];
	const char *base = strrchr(path, '/') + 1;
	snprintf(name, sizeof(name), "%s/%.*s.validation.json", tally->validation, (int)(strlen(base) - 5), base);
	slice text = read_file(name);
	if (!text.ptr)
		return;
	report(tally, path, "validation", check_all(text, doc, world, &why), &why);
	free((void *)(uintptr_t)text.ptr);
}

static void run_case(struct tally *tally, const char *path, slice text)
{
	struct world world = {0};
	struct json_doc doc;
	struct fault why = {0};
	arena_init(&world.arena, (size_t)1 << 32);
	enum error error = json_parse(&doc, text, NULL, &world.arena, &why);
	bool is_case = error == E_OK && json_get(&doc, json_root(&doc), SLICE("requests"));
	if (error == E_OK && is_case)
		error = load(tally, &doc, &world, &why);
	if (error != E_OK)
		report(tally, path, "load", error, &why);
	if (error == E_OK && is_case) {
		run_requests(tally, &world, &doc, path);
		report(tally, path, "shouldValidate", check_strict(&doc, &world, &why), &why);
	}
	if (error == E_OK && is_case && tally->validation)
		run_validation(tally, &world, &doc, path);
	cedar_policyset_free(world.set);
	cedar_schema_free(world.schema);
	cedar_entities_free(world.entities);
	arena_free(&world.arena);
}

static bool is_case_name(const char *name)
{
	slice text = slice_of(name);
	return slice_ends_with(text, SLICE(".json")) && !slice_ends_with(text, SLICE(".entities.json"));
}

static void run_folder(struct tally *tally, const char *folder)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	if (!directory) {
		printf("%s: %s\n", folder, strerror(errno));
		tally->failed++;
		return;
	}
	while ((entry = readdir(directory)) != NULL) {
		char path[4096];
		struct stat status;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.' || stat(path, &status) != 0)
			continue;
		if (S_ISDIR(status.st_mode)) {
			run_folder(tally, path);
		} else if (is_case_name(entry->d_name)) {
			slice text = read_file(path);
			run_case(tally, path, text);
			free((void *)(uintptr_t)text.ptr);
		}
	}
	closedir(directory);
}

int main(int count, char **arguments)
{
	char root[4096];
	char validation[4096];
	if (count < 2 || count > 3) {
		fprintf(stderr, "usage: cedar_corpus DIR [VALIDATION_DIR]\n");
		return 64;
	}
	/* Paths are absolute from here on, so that the parent of DIR is there also for `.`. */
	char *folder = realpath(arguments[1], NULL);
	if (!folder) {
		fprintf(stderr, "cedar_corpus: %s: %s\n", arguments[1], strerror(errno));
		return 66;
	}
	snprintf(root, sizeof(root), "%s", folder);
	*strrchr(root, '/') = '\0';
	struct tally tally = {.root = root, .validation = count > 2 ? realpath(arguments[2], validation) : NULL};
	run_folder(&tally, folder);
	free(folder);
	printf("%zu requests\n%zu passed, %zu failed\n", tally.requests, tally.passed, tally.failed);
	return tally.failed || !tally.passed;
}
