#include "cli/policy.h"

#include "cli/printed.h"
#include "cli/screen.h"
#include "daemon/files.h"

#include <sys/stat.h>

const struct hash_key policy_key = {0x7469707374616666, 0x706f6c696379};

bool policy_is_cedar(slice name)
{
	return slice_ends_with(name, SLICE(".cedar"));
}

/* A file that was named twice counts once; one whose name another has goes by its path. */
static void tell_apart(struct folder *folder, struct stat *facts)
{
	size_t kept = 0;
	for (size_t i = 0; i < folder->count; i++) {
		struct folder_file file = folder->files[i];
		size_t same = 0;
		/* What cannot be looked at is told when it is read. */
		if (stat(file.path, &facts[kept]) != 0)
			facts[kept].st_ino = 0;
		while (same < kept && (!facts[kept].st_ino || facts[same].st_ino != facts[kept].st_ino ||
				       facts[same].st_dev != facts[kept].st_dev))
			same++;
		if (same < kept)
			continue;
		for (size_t j = 0; j < kept; j++)
			if (slice_equal(folder->files[j].name, folder->files[i].name))
				file.name = slice_of(file.path);
		folder->files[kept++] = file;
	}
	folder->count = kept;
}

enum error policy_files(struct folder *folder, const slice *paths, size_t count, struct fault *why)
{
	folder->wants = policy_is_cedar;
	for (size_t i = 0; i < count; i++)
		TRY(folder_add(folder, paths[i], why));
	struct stat *facts = count > 1 ? ARENA_ARRAY(folder->arena, folder->count, struct stat) : NULL;
	if (count > 1 && !facts)
		return FAIL(why, E_MEMORY, "no memory for the files");
	if (count > 1)
		tell_apart(folder, facts);
	if (folder->count > 0)
		return E_OK;
	return FAIL(why, E_NOT_FOUND, "no policies in %.*s%s; they are files that end in .cedar", SLICE_ARG(paths[0]),
		    count > 1 ? " and the others" : "");
}

void policy_paths(const struct option_words *given, slice *ret_paths)
{
	for (size_t i = 0; i < given->count; i++)
		ret_paths[i] = slice_of(given->items[i]);
}

/* "team/base.cedar" gives "team.base.cedar#": the id that `apply` gives it, as decisions name it. */
static slice prefix_of(struct arena *arena, slice name)
{
	char *bytes = arena_alloc(arena, name.len + 1);
	if (!bytes)
		return (slice){NULL, 0};
	for (size_t i = 0; i < name.len; i++)
		bytes[i] = name.ptr[i] == '/' ? '.' : name.ptr[i];
	bytes[name.len] = '#';
	return slice_from(bytes, name.len + 1);
}

enum error policy_source(struct arena *arena, const struct folder_file *file, struct cedar_source *ret_source,
			 struct fault *why)
{
	struct cedar_source source = {.name = slice_of(file->path), .is_json = slice_ends_with(file->name, SLICE(".json"))};
	TRY(files_read(source.name, POLICY_FILE_BYTES_MAX, arena, &source.text, why));
	if (!source.is_json) {
		source.id_prefix = prefix_of(arena, file->name);
		if (!source.id_prefix.ptr)
			return FAIL(why, E_MEMORY, "no memory for the policies");
	}
	*ret_source = source;
	return E_OK;
}

enum error policy_world_policies(struct policy_world *world, const struct folder *folder, struct fault *why)
{
	struct cedar_source *sources = ARENA_ARRAY(world->arena, folder->count + 1, struct cedar_source);
	if (!sources)
		return FAIL(why, E_MEMORY, "no memory for the policies");
	for (size_t i = 0; i < folder->count; i++)
		TRY(policy_source(world->arena, &folder->files[i], &sources[i], why));
	return cedar_policyset_build(&policy_key, sources, folder->count, NULL, 0, &world->set, &world->problem, why);
}

enum error policy_world_schema(struct policy_world *world, slice path, struct fault *why)
{
	slice text;
	TRY(files_read(path, POLICY_FILE_BYTES_MAX, world->arena, &text, why));
	if (slice_ends_with(path, SLICE(".json")))
		return cedar_schema_parse_json(&policy_key, path, text, &world->schema, &world->problem, why);
	return cedar_schema_parse(&policy_key, path, text, &world->schema, &world->problem, why);
}

static enum error add_entities(struct policy_world *world, struct cedar_entities_builder *builder, slice name, slice json,
			       struct fault *why)
{
	if (world->schema)
		return cedar_entities_add_typed_json(builder, world->schema, name, json, &world->problem, why);
	return cedar_entities_add_json(builder, name, json, &world->problem, why);
}

static enum error add_entity_file(struct policy_world *world, struct cedar_entities_builder *builder, slice path,
				  struct fault *why)
{
	slice json;
	TRY(files_read(path, POLICY_FILE_BYTES_MAX, world->arena, &json, why));
	return add_entities(world, builder, path, json, why);
}

enum error policy_world_entity_files(struct policy_world *world, const slice *paths, size_t count, struct fault *why)
{
	enum error code = E_OK;
	if (count == 0)
		return E_OK;
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&policy_key);
	if (!builder)
		return FAIL(why, E_MEMORY, "no memory for the entities");
	for (size_t i = 0; i < count && code == E_OK; i++)
		code = add_entity_file(world, builder, paths[i], why);
	if (code != E_OK) {
		cedar_entities_builder_free(builder);
		return code;
	}
	TRY(cedar_entities_build(builder, &world->entities, why));
	return policy_world_conform(world, count == 1 ? paths[0] : SLICE("the entities"), why);
}

enum error policy_world_entities(struct policy_world *world, slice name, slice json, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&policy_key);
	if (!builder)
		return FAIL(why, E_MEMORY, "no memory for the entities");
	enum error code = add_entities(world, builder, name, json, why);
	if (code != E_OK) {
		cedar_entities_builder_free(builder);
		return code;
	}
	return cedar_entities_build(builder, &world->entities, why);
}

struct policy_ground policy_world_ground(const struct policy_world *world)
{
	return (struct policy_ground){&policy_key, world->set, world->schema, world->entities};
}

enum error policy_world_conform(const struct policy_world *world, slice name, struct fault *why)
{
	const struct policy_ground ground = policy_world_ground(world);
	return policy_ground_conform(&ground, name, world->arena, why);
}

enum error policy_world_decide(const struct policy_world *world, const struct policy_question *question,
			       struct cedar_result *ret_result, struct fault *why)
{
	const struct policy_ground ground = policy_world_ground(world);
	return policy_question_decide(&ground, question, world->arena, ret_result, why);
}

enum error policy_world_test(const struct policy_world *world, const struct policy_test *test,
			     struct policy_test_outcome *ret_outcome, struct fault *why)
{
	const struct policy_ground ground = policy_world_ground(world);
	return policy_test_run(&ground, test, world->arena, ret_outcome, why);
}

enum error policy_world_partial(const struct policy_world *world, const struct policy_open_question *question,
				struct cedar_partial *ret_partial, struct fault *why)
{
	const struct policy_ground ground = policy_world_ground(world);
	struct cedar_request request;
	const struct cedar_entities *layers[POLICY_GROUND_LAYERS];
	const struct cedar_world cedar = policy_ground_world(&ground, layers);
	bool is_checked = world->schema && !question->known.is_unchecked;
	TRY(policy_question_read(&ground, &question->known, world->arena, &request, why));
	TRY(policy_open(world, question, &request, why));
	if (is_checked)
		TRY(policy_question_conform(&ground, &request, world->arena, why));
	return cedar_partial_make(&request, &cedar, is_checked ? world->schema : NULL, world->arena, ret_partial, why);
}

enum error policy_world_remedy(const struct policy_world *world, const struct policy_question *question,
			       struct cedar_remedy *ret_remedy, struct fault *why)
{
	const struct policy_ground ground = policy_world_ground(world);
	struct cedar_request request;
	const struct cedar_entities *layers[POLICY_GROUND_LAYERS];
	const struct cedar_world cedar = policy_ground_world(&ground, layers);
	TRY(policy_question_read(&ground, question, world->arena, &request, why));
	return cedar_remedy_find(&request, &cedar, world->arena, ret_remedy, why);
}

void policy_world_free(struct policy_world *world)
{
	cedar_policyset_free(world->set);
	cedar_entities_free(world->entities);
	cedar_schema_free(world->schema);
	*world = (struct policy_world){.arena = world->arena};
}

void policy_print_fault(FILE *to, const struct cedar_problem *problem, const struct fault *why)
{
	if (problem->line == 0) {
		screen_fault(to, why);
		return;
	}
	screen_text(to, slice_of(problem->source));
	fprintf(to, ":%u:%u: ", problem->line, problem->column);
	screen_text(to, slice_of(problem->sentence));
	fputs("\n  ", to);
	screen_text(to, slice_of(problem->excerpt));
	fprintf(to, "\n  %*s^\n", (int)screen_columns(slice_sub(slice_of(problem->excerpt), 0, problem->caret)), "");
}

void policy_print_fault_json(enum error code, const struct cedar_problem *problem, const struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_put_text(writer, "error", error_name(code));
	json_put_text(writer, "message", problem->line ? problem->sentence : fault_sentence(why));
	if (problem->line > 0) {
		json_put_text(writer, "source", problem->source);
		json_put_u64(writer, "line", problem->line);
		json_put_u64(writer, "column", problem->column);
		json_put_text(writer, "excerpt", problem->excerpt);
		json_put_u64(writer, "caret", problem->caret);
	}
	json_end_object(writer);
	printed_end(&printed, E_OK, NULL);
}

slice policy_own_id(const struct cedar_policyset *set, size_t index)
{
	return cedar_policyset_annotation(set, index, SLICE("id"));
}
