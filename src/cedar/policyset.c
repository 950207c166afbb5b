#include "cedar/policyset.h"

#include "base/memory.h"
#include "cedar/limits.h"
#include "cedar/parser.h"
#include "cedar/policies.h"

#include <string.h>

static enum error add_source(struct cedar_policyset *set, const struct cedar_source *source, uint32_t index,
			     struct fault *why)
{
	struct source_text *text = &set->sources[index];
	text->name = arena_copy(&set->arena, source->name);
	text->text = arena_copy(&set->arena, source->text);
	return text->name.ptr && text->text.ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for policy text");
}

static enum error list_policy(struct cedar_policyset *set, const struct policy *policy, struct fault *why)
{
	bool is_template = policy_is_template(policy);
	const struct policy ***list = is_template ? &set->templates : &set->policies;
	size_t *count = is_template ? &set->template_count : &set->count;
	size_t *size = is_template ? &set->template_size : &set->size;
	if (*count >= CEDAR_POLICIES_MAX)
		return FAIL(why, E_LIMIT, "more than %u policies", CEDAR_POLICIES_MAX);
	if (*count == *size) {
		size_t bigger_size = *size ? *size * 2 : 8;
		const struct policy **bigger = ARENA_ARRAY(&set->arena, bigger_size, const struct policy *);
		if (!bigger)
			return FAIL(why, E_MEMORY, "no memory for %zu policies", bigger_size);
		if (*count)
			memcpy(bigger, *list, *count * sizeof(*bigger));
		*list = bigger;
		*size = bigger_size;
	}
	(*list)[(*count)++] = policy;
	return E_OK;
}

/* `prefix` with the number, or alone where the text has one policy. */
static slice make_id(struct cedar_policyset *set, const struct cedar_source *source, size_t number)
{
	if (source->has_one)
		return arena_copy(&set->arena, source->id_prefix);
	slice prefix = source->id_prefix.len ? source->id_prefix : SLICE("policy");
	return arena_print(&set->arena, "%.*s%zu", SLICE_ARG(prefix), number);
}

static enum error add_policy(struct cedar_policyset *set, struct parser *parser, struct policy *policy, slice id)
{
	policy->id = id;
	if (!id.ptr)
		return FAIL(parser->why, E_MEMORY, "no memory for a policy id");
	if (map_get(&set->by_id, id))
		return PARSER_FAIL(parser, E_CONFLICT, policy->offset, "a policy with the id `%.*s` is already there",
				   SLICE_ARG(id));
	TRY(map_put(&set->by_id, id, policy, NULL, parser->why));
	return list_policy(set, policy, parser->why);
}

/* Reads all policies of one text. `*number` counts over all texts that share the usual ids. */
static enum error read_source(struct cedar_policyset *set, struct parser *parser, const struct cedar_source *source,
			      uint32_t index, size_t *number)
{
	size_t own = 0, *count = source->id_prefix.len ? &own : number;
	size_t found = 0;
	TRY(parser_start(parser, set->sources[index].text));
	while (parser->token.kind != TOKEN_END) {
		struct policy *policy = ARENA_NEW(&set->arena, struct policy);
		if (!policy)
			return FAIL(parser->why, E_MEMORY, "no memory for a policy");
		TRY(parser_policy(parser, policy));
		policy->source = index;
		if (source->has_one && found++)
			return PARSER_FAIL(parser, E_SYNTAX, policy->offset, "only one policy may stand in this text");
		TRY(add_policy(set, parser, policy, make_id(set, source, *count)));
		(*count)++;
	}
	if (source->has_one && !found)
		return PARSER_FAIL(parser, E_SYNTAX, 0, "a policy must stand in this text");
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
					.problem = problem, .why = why};
		TRY(read_source(set, &parser, &sources[i], i, &number));
	}
	for (size_t i = 0; i < set->template_count; i++) {
		const struct policy *template = set->templates[i];
		return cedar_problem_set(problem, why, E_UNSUPPORTED, set->sources[template->source].name,
					 set->sources[template->source].text, template->offset,
					 "this is a template: templates with slots are not supported here");
	}
	return E_OK;
}

enum error cedar_policyset_parse(const struct hash_key *key, const struct cedar_source *sources, size_t count,
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
	map_init(&set->by_id, key, 2 * (size_t)CEDAR_POLICIES_MAX);
	enum error error = read_sources(set, sources, count, problem, why);
	if (error == E_OK)
		error = index_build(&set->index, set->policies, set->count, &set->arena, why);
	if (error != E_OK) {
		cedar_policyset_free(set);
		return error;
	}
	*ret_set = set;
	return E_OK;
}

void cedar_policyset_free(struct cedar_policyset *set)
{
	if (!set)
		return;
	map_free(&set->by_id);
	arena_free(&set->arena);
	memory_free(set);
}

size_t cedar_policyset_count(const struct cedar_policyset *set)
{
	return set->count;
}

static uint32_t line_of(slice text, size_t offset)
{
	uint32_t line = 1;
	for (size_t i = 0; i < offset && i < text.len; i++)
		line += text.ptr[i] == '\n';
	return line;
}

struct cedar_policy_info cedar_policyset_info(const struct cedar_policyset *set, size_t index)
{
	const struct policy *policy = set->policies[index];
	const struct source_text *source = &set->sources[policy->source];
	return (struct cedar_policy_info){
		.id = policy->id,
		.source = source->name,
		.line = line_of(source->text, policy->offset),
		.effect = (enum cedar_effect)policy->effect,
		.annotations = policy->annotations,
		.annotation_count = policy->annotation_count,
		.text = policy->text,
	};
}

size_t cedar_policyset_find(const struct cedar_policyset *set, slice id)
{
	const struct policy *policy = map_get(&set->by_id, id);
	for (size_t i = 0; policy && i < set->count; i++)
		if (set->policies[i] == policy)
			return i;
	return SIZE_MAX;
}

slice cedar_policyset_annotation(const struct cedar_policyset *set, size_t index, slice key)
{
	const struct policy *policy = set->policies[index];
	for (uint32_t i = 0; i < policy->annotation_count; i++)
		if (slice_equal(policy->annotations[i].key, key))
			return policy->annotations[i].value;
	return (slice){NULL, 0};
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
