#include "cedar/policyset.h"

#include "base/memory.h"
#include "cedar/limits.h"
#include "cedar/monitor.h"
#include "cedar/parser.h"
#include "cedar/policies.h"

#include <string.h>

#define POLICY_BYTES_MIN 33u

static enum error add_source(struct cedar_policyset *set, const struct cedar_source *source, uint32_t index,
			     struct fault *why)
{
	struct source_text *text = &set->sources[index];
	text->name = arena_copy(&set->arena, source->name);
	text->text = arena_copy(&set->arena, source->text);
	return text->name.ptr && text->text.ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for policy text");
}

static enum error grow_list(struct arena *arena, const struct policy ***list, size_t count, size_t *size,
			    size_t bigger_size, struct fault *why)
{
	const struct policy **bigger = ARENA_ARRAY(arena, bigger_size, const struct policy *);
	if (!bigger)
		return FAIL(why, E_MEMORY, "no memory for %zu policies", bigger_size);
	if (count)
		memcpy(bigger, *list, count * sizeof(*bigger));
	*list = bigger;
	*size = bigger_size;
	return E_OK;
}

static enum error list_policy(struct cedar_policyset *set, const struct policy *policy, struct fault *why)
{
	bool is_template = policy_is_template(policy);
	const struct policy ***list = is_template ? &set->templates : &set->policies;
	size_t *count = is_template ? &set->template_count : &set->count;
	size_t *size = is_template ? &set->template_size : &set->size;
	if (*count >= CEDAR_POLICIES_MAX)
		return FAIL(why, E_LIMIT, "more than %u policies", CEDAR_POLICIES_MAX);
	if (*count == *size)
		TRY(grow_list(&set->arena, list, *count, size, *size ? *size * 2 : 8, why));
	(*list)[(*count)++] = policy;
	return E_OK;
}

/* Each policy ends with a semicolon, and none is shorter than `permit(principal,action,resource);`. */
static enum error expect_policies(struct cedar_policyset *set, slice text, struct fault *why)
{
	size_t count = slice_count_byte(text, ';'), most = text.len / POLICY_BYTES_MIN;
	count = count < most ? count : most;
	TRY(ids_reserve(&set->ids, count, why));
	if (set->count + count <= set->size || set->count + count > CEDAR_POLICIES_MAX)
		return E_OK;
	return grow_list(&set->arena, &set->policies, set->count, &set->size, set->count + count, why);
}

/* `prefix` with the number, or alone where the text has one policy. */
static slice make_id(struct cedar_policyset *set, const struct cedar_source *source, size_t number)
{
	if (source->has_one)
		return arena_copy(&set->arena, source->id_prefix);
	slice prefix = source->id_prefix.len ? source->id_prefix : SLICE("policy");
	char digits[20], *end = digits + sizeof(digits), *at = end;
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	const slice parts[] = {prefix, slice_from(at, (size_t)(end - at))};
	return arena_join(&set->arena, parts, 2);
}

enum error policyset_add(struct cedar_policyset *set, struct parser *parser, struct policy *policy, slice id)
{
	/* A link stands where its template does. */
	if (!policy->template) {
		text_place_move(&set->place, set->sources[policy->source].text, policy->offset);
		policy->line = set->place.line;
	}
	policy->id = id;
	if (!id.ptr)
		return FAIL(parser->why, E_MEMORY, "no memory for a policy id");
	bool is_taken;
	TRY(ids_put(&set->ids, policy, &is_taken, parser->why));
	if (is_taken)
		return PARSER_FAIL(parser, E_CONFLICT, policy->offset, "a policy with the id `%.*s` is already there",
				   SLICE_ARG(id));
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		struct clause *clause = &policy->clauses[i];
		clause->code = clause->body;
		if (!clause->places)
			TRY(cons_node(&set->cons, clause->body, &clause->code, parser->why));
		set->has_history = set->has_history || clause->code->kind == NODE_TEMPORAL;
	}
	set->has_remedies = set->has_remedies || policy_annotation(policy, SLICE("remedy")).ptr;
	return list_policy(set, policy, parser->why);
}

/* Reads all policies of one text. `*number` counts over all texts that share the usual ids. */
static enum error read_source(struct cedar_policyset *set, struct parser *parser, const struct cedar_source *source,
			      uint32_t index, size_t *number)
{
	size_t own = 0, *count = source->id_prefix.len ? &own : number;
	size_t found = 0;
	TRY(parser_start(parser, set->sources[index].text));
	TRY(expect_policies(set, set->sources[index].text, parser->why));
	while (parser->token.kind != TOKEN_END) {
		struct policy *policy = ARENA_NEW(&set->arena, struct policy);
		if (!policy)
			return FAIL(parser->why, E_MEMORY, "no memory for a policy");
		TRY(parser_policy(parser, policy));
		policy->source = index;
		if (source->has_one && found++)
			return PARSER_FAIL(parser, E_SYNTAX, policy->offset, "only one policy may stand in this text");
		TRY(policyset_add(set, parser, policy, make_id(set, source, *count)));
		(*count)++;
	}
	if (source->has_one && !found)
		return PARSER_FAIL(parser, E_SYNTAX, 0, "a policy must stand in this text");
	return E_OK;
}

static enum error read_json_source(struct cedar_policyset *set, struct parser *parser,
				   const struct cedar_source *source, uint32_t index, size_t *number)
{
	bool has_ids;
	slice id = make_id(set, source, *number);
	parser->lexer.text = set->sources[index].text;
	TRY(policyset_read_json(set, parser, index, id, &has_ids));
	*number += !source->id_prefix.len && !has_ids;
	return E_OK;
}

static enum error read_sources(struct cedar_policyset *set, const struct cedar_source *sources, size_t count,
			       struct cedar_problem *problem, struct fault *why)
{
	size_t number = 0;
	if (count > CEDAR_SOURCES_MAX)
		return FAIL(why, E_LIMIT, "more than %u policy texts", CEDAR_SOURCES_MAX);
	set->sources = ARENA_ARRAY(&set->arena, count, struct source_text);
	if (!set->sources)
		return FAIL(why, E_MEMORY, "no memory for policy texts");
	set->source_count = count;
	for (uint32_t i = 0; i < count; i++) {
		TRY(add_source(set, &sources[i], i, why));
		struct parser parser = {.arena = &set->arena, .key = &set->key, .source = set->sources[i].name,
					.cons = &set->cons, .problem = problem, .why = why};
		if (sources[i].is_json)
			TRY(read_json_source(set, &parser, &sources[i], i, &number));
		else
			TRY(read_source(set, &parser, &sources[i], i, &number));
	}
	return E_OK;
}

static enum error refuse_templates(const struct cedar_policyset *set, struct cedar_problem *problem, struct fault *why)
{
	if (!set->template_count)
		return E_OK;
	const struct policy *template = set->templates[0];
	const struct source_text *source = &set->sources[template->source];
	return cedar_problem_set(problem, why, E_UNSUPPORTED, source->name, source->text, template->offset,
				 "this is a template: only policies without slots may stand here");
}

/* Fills a slot. E_INVALID: it is missing, or there is none. */
static enum error fill_slot(struct cedar_policyset *set, struct scope *scope, const struct cedar_uid *uid, slice id,
			    struct fault *why)
{
	if (scope->has_slot != (uid != NULL))
		return FAIL(why, E_INVALID, "link `%.*s`: a slot is %s", SLICE_ARG(id),
			    scope->has_slot ? "not given" : "given that the template does not have");
	if (!uid)
		return E_OK;
	scope->has_slot = false;
	scope->entity = cedar_uid_new(&set->arena, &set->key, uid->type, uid->id);
	return scope->entity ? E_OK : FAIL(why, E_MEMORY, "no memory for a link");
}

enum error policyset_link(struct cedar_policyset *set, const struct cedar_link *link, struct fault *why)
{
	const struct policy *template = ids_find(&set->ids, link->template_id);
	struct policy *policy = ARENA_NEW(&set->arena, struct policy);
	if (!template || !policy_is_template(template))
		return FAIL(why, E_NOT_FOUND, "there is no template `%.*s`", SLICE_ARG(link->template_id));
	if (!policy)
		return FAIL(why, E_MEMORY, "no memory for a link");
	*policy = *template;
	policy->template = template;
	TRY(fill_slot(set, &policy->scopes[VARIABLE_PRINCIPAL], link->principal, link->id, why));
	TRY(fill_slot(set, &policy->scopes[VARIABLE_RESOURCE], link->resource, link->id, why));
	struct parser parser = {.source = set->sources[template->source].name, .why = why};
	parser.lexer.text = set->sources[template->source].text;
	return policyset_add(set, &parser, policy, arena_copy(&set->arena, link->id));
}

static enum error fill(struct cedar_policyset *set, const struct cedar_source *sources, size_t count,
		       const struct cedar_link *links, size_t link_count, struct cedar_problem *problem,
		       struct fault *why)
{
	TRY(read_sources(set, sources, count, problem, why));
	for (size_t i = 0; i < link_count; i++)
		TRY(policyset_link(set, &links[i], why));
	if (set->has_history)
		TRY(monitors_plan(set, why));
	return index_build(&set->index, set->policies, set->count, &set->arena, why);
}

static enum error make_set(const struct hash_key *key, const struct cedar_source *sources, size_t count,
			   const struct cedar_link *links, size_t link_count, bool with_templates,
			   struct cedar_policyset **ret_set, struct cedar_problem *problem, struct fault *why)
{
	struct cedar_policyset *set = memory_alloc(sizeof(*set));
	*ret_set = NULL;
	if (problem)
		*problem = (struct cedar_problem){0};
	if (!set)
		return FAIL(why, E_MEMORY, "no memory for a policy set");
	set->key = *key;
	arena_init(&set->arena, CEDAR_STORE_BYTES_MAX);
	set->ids.key = &set->key;
	set->cons = (struct cons){.arena = &set->arena, .key = &set->key};
	enum error error = fill(set, sources, count, links, link_count, problem, why);
	cons_free(&set->cons);
	if (error == E_OK && !with_templates)
		error = refuse_templates(set, problem, why);
	if (error != E_OK) {
		cedar_policyset_free(set);
		return error;
	}
	*ret_set = set;
	return E_OK;
}

enum error cedar_policyset_parse(const struct hash_key *key, const struct cedar_source *sources, size_t count,
				 struct cedar_policyset **ret_set, struct cedar_problem *problem, struct fault *why)
{
	return make_set(key, sources, count, NULL, 0, false, ret_set, problem, why);
}

enum error cedar_policyset_build(const struct hash_key *key, const struct cedar_source *sources, size_t count,
				 const struct cedar_link *links, size_t link_count, struct cedar_policyset **ret_set,
				 struct cedar_problem *problem, struct fault *why)
{
	return make_set(key, sources, count, links, link_count, true, ret_set, problem, why);
}

void cedar_policyset_free(struct cedar_policyset *set)
{
	if (!set)
		return;
	ids_free(&set->ids);
	program_free(&set->index.program);
	arena_free(&set->arena);
	memory_free(set);
}

size_t cedar_policyset_count(const struct cedar_policyset *set)
{
	return set->count;
}

static struct cedar_policy_info info_of(const struct cedar_policyset *set, const struct policy *policy)
{
	const struct source_text *source = &set->sources[policy->source];
	return (struct cedar_policy_info){
		.id = policy->id,
		.source = source->name,
		.line = policy->line,
		.effect = (enum cedar_effect)policy->effect,
		.annotations = policy->annotations,
		.annotation_count = policy->annotation_count,
		.text = policy->text,
	};
}

struct cedar_policy_info cedar_policyset_info(const struct cedar_policyset *set, size_t index)
{
	return info_of(set, set->policies[index]);
}

size_t cedar_policyset_template_count(const struct cedar_policyset *set)
{
	return set->template_count;
}

struct cedar_policy_info cedar_policyset_template(const struct cedar_policyset *set, size_t index)
{
	return info_of(set, set->templates[index]);
}

size_t cedar_policyset_find(const struct cedar_policyset *set, slice id)
{
	const struct policy *policy = ids_find(&set->ids, id);
	for (size_t i = 0; policy && i < set->count; i++)
		if (set->policies[i] == policy)
			return i;
	return SIZE_MAX;
}

slice policy_annotation(const struct policy *policy, slice key)
{
	for (uint32_t i = 0; i < policy->annotation_count; i++)
		if (slice_equal(policy->annotations[i].key, key))
			return policy->annotations[i].value;
	return (slice){NULL, 0};
}

slice cedar_policyset_annotation(const struct cedar_policyset *set, size_t index, slice key)
{
	return policy_annotation(set->policies[index], key);
}

void cedar_policyset_digest_input(const struct cedar_policyset *set, struct buffer *out)
{
	for (size_t i = 0; i < set->count; i++) {
		/* Lengths keep neighbours apart. */
		buffer_print(out, "%zu:", set->policies[i]->id.len);
		buffer_add(out, set->policies[i]->id);
		buffer_print(out, "%zu:", set->policies[i]->text.len);
		buffer_add(out, set->policies[i]->text);
	}
}
