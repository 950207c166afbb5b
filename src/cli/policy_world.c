#include "cli/policy.h"

#include "cli/screen.h"
#include "daemon/files.h"
#include "text/json.h"

#include <stdio.h>

const struct hash_key policy_key = {0x7469707374616666, 0x706f6c696379};

bool policy_is_cedar(slice name)
{
	return slice_ends_with(name, SLICE(".cedar"));
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
	if (folder->count == 0)
		return FAIL(why, E_NOT_FOUND, "no policies there; files end in .cedar");
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

enum error policy_world_entities(struct policy_world *world, slice name, slice json, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&policy_key);
	if (!builder)
		return FAIL(why, E_MEMORY, "no memory for the entities");
	enum error code = world->schema
		? cedar_entities_add_typed_json(builder, world->schema, name, json, &world->problem, why)
		: cedar_entities_add_json(builder, name, json, &world->problem, why);
	if (code != E_OK) {
		cedar_entities_builder_free(builder);
		return code;
	}
	return cedar_entities_build(builder, &world->entities, why);
}

/* The first mismatch in a sentence, and how many more there are. */
static enum error refuse(const struct cedar_conformance *found, slice name, const char *field, struct fault *why)
{
	struct buffer says;
	char more[64] = "";
	if (found->count == 0)
		return E_OK;
	if (found->count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", found->count - 1);
	buffer_init(&says, POLICY_PRINT_BYTES_MAX);
	cedar_mismatch_write(&says, &found->mismatches[0]);
	enum error code = FAIL_FIELD(why, E_INVALID, field, "%.*s: %.*s%s", SLICE_ARG(name),
				     SLICE_ARG(buffer_slice(&says)), more);
	buffer_free(&says);
	return code;
}

enum error policy_world_conform(const struct policy_world *world, slice name, struct fault *why)
{
	struct cedar_conformance found;
	if (!world->schema || !world->entities)
		return E_OK;
	TRY(cedar_conform_entities(world->schema, world->entities, world->arena, &found, why));
	return refuse(&found, name, "entities", why);
}

static enum error check_request(const struct policy_world *world, const struct cedar_request *request,
				struct fault *why)
{
	struct cedar_conformance found;
	TRY(cedar_conform_request(world->schema, request, world->arena, &found, why));
	if (found.count == 0)
		return E_OK;
	slice says = found.mismatches[0].message;
	const char *field = slice_starts_with(says, SLICE("principal"))	 ? "principal"
			    : slice_starts_with(says, SLICE("resource")) ? "resource"
									 : "context";
	return refuse(&found, SLICE("the request does not conform to the schema"), field, why);
}

static enum error read_context(const struct policy_world *world, slice json, const struct cedar_uid *action,
			       struct cedar_value *ret_context, struct fault *why)
{
	struct json_doc doc;
	struct fault inner;
	enum error code;
	if (json_parse(&doc, json, NULL, world->arena, &inner) != E_OK)
		return FAIL(why, E_SYNTAX, "the context is not JSON: %s", fault_sentence(&inner));
	if (!json_is(json_root(&doc), JSON_OBJECT))
		return FAIL(why, E_INVALID, "the context must be an object");
	if (world->schema && action)
		code = cedar_context_from_json(world->arena, world->schema, action, &doc, json_root(&doc), ret_context,
					       &inner);
	else
		code = cedar_value_from_json(world->arena, &policy_key, &doc, json_root(&doc), ret_context, &inner);
	return code == E_OK ? E_OK : FAIL(why, code, "the context: %s", fault_sentence(&inner));
}

static enum error read_uid(const struct policy_world *world, const char *what, slice text,
			   const struct cedar_uid **ret_uid, struct fault *why)
{
	struct fault inner;
	enum error code = cedar_uid_parse(world->arena, &policy_key, text, ret_uid, &inner);
	if (code == E_OK)
		return E_OK;
	return FAIL_FIELD(why, code, what, "the %s is written Type::\"id\", not `%.*s`", what, SLICE_ARG(text));
}

/* A question as Cedar takes it. */
struct asked {
	struct cedar_request request;
	const struct cedar_entities *layers[2];
	const struct cedar_policyset *sets[1];
	struct cedar_world world;
};

static enum error ask(const struct policy_world *world, const struct policy_question *question, struct asked *asked,
		      struct fault *why)
{
	struct cedar_request *request = &asked->request;
	*asked = (struct asked){.request.with_facts = question->with_facts, .sets = {world->set}};
	asked->world = (struct cedar_world){.layers = asked->layers, .sets = asked->sets, .set_count = 1};
	if (question->principal.len > 0)
		TRY(read_uid(world, "principal", question->principal, &request->principal, why));
	if (question->action.len > 0)
		TRY(read_uid(world, "action", question->action, &request->action, why));
	if (question->resource.len > 0)
		TRY(read_uid(world, "resource", question->resource, &request->resource, why));
	if (world->schema && request->action && !schema_action(world->schema, request->action))
		return FAIL_FIELD(why, E_INVALID, "action", "the schema has no action `%.*s`", SLICE_ARG(question->action));
	if (question->context.len > 0)
		TRY(read_context(world, question->context, request->action, &request->context, why));
	TRY(policy_open(world, question, request, why));
	if (world->schema && !question->is_unchecked)
		TRY(check_request(world, request, why));
	if (world->entities)
		asked->layers[asked->world.layer_count++] = world->entities;
	if (world->schema)
		asked->layers[asked->world.layer_count++] = cedar_schema_actions(world->schema);
	return E_OK;
}

enum error policy_world_decide(const struct policy_world *world, const struct policy_question *question,
			       struct cedar_result *ret_result, struct fault *why)
{
	struct asked asked;
	TRY(ask(world, question, &asked, why));
	enum cedar_decision decision = cedar_authorize(&asked.request, &asked.world, world->arena, ret_result);
	if (decision == CEDAR_DENY && ret_result->failure != E_OK)
		return FAIL(why, ret_result->failure, "no decision: %s", ret_result->failure_sentence);
	return E_OK;
}

enum error policy_world_partial(const struct policy_world *world, const struct policy_question *question,
				struct cedar_partial *ret_partial, struct fault *why)
{
	struct asked asked;
	TRY(ask(world, question, &asked, why));
	const struct cedar_schema *schema = question->is_unchecked ? NULL : world->schema;
	return cedar_partial_make(&asked.request, &asked.world, schema, world->arena, ret_partial, why);
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
		screen_text(to, slice_of(fault_sentence(why)));
		fputc('\n', to);
		return;
	}
	screen_text(to, slice_of(problem->source));
	fprintf(to, ":%u:%u: ", problem->line, problem->column);
	screen_text(to, slice_of(problem->sentence));
	fputs("\n  ", to);
	screen_text(to, slice_of(problem->excerpt));
	fprintf(to, "\n  %*s^\n", (int)screen_columns(slice_sub(slice_of(problem->excerpt), 0, problem->caret)), "");
}

slice policy_own_id(const struct cedar_policyset *set, size_t index)
{
	return cedar_policyset_annotation(set, index, SLICE("id"));
}
