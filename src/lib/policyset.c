#include "lib/inside.h"

#include "base/memory.h"

/* Of one policy set: what the text holds is bounded by the text, and links by this. */
#define LINKS_BYTES_MAX (512u * 1024u * 1024u)

static enum error read_slot(struct lib_call *call, struct tip_text type, struct tip_text id, const char *what,
			    struct arena *arena, const struct cedar_uid **ret_uid)
{
	TRY(lib_text_check(call, type, what));
	if (!type.len && !id.len)
		return E_OK;
	struct cedar_uid *uid = ARENA_NEW(arena, struct cedar_uid);
	if (!uid)
		return FAIL(&call->why, E_MEMORY, "no memory for links");
	*ret_uid = uid;
	return lib_uid_make(call, type, id, what, uid);
}

static enum error read_links(struct lib_call *call, const struct tip_parse_options *options, struct arena *arena,
			     struct cedar_link **ret_links)
{
	struct cedar_link *links = ARENA_ARRAY(arena, options->link_count + 1, struct cedar_link);
	if (!links)
		return FAIL(&call->why, E_MEMORY, "no memory for links");
	for (size_t i = 0; i < options->link_count; i++) {
		const struct tip_link *given = &options->links[i];
		TRY(lib_text_check(call, given->template_id, "the id of a template"));
		TRY(lib_text_check(call, given->id, "the id of a link"));
		links[i] = (struct cedar_link){.template_id = lib_slice(given->template_id), .id = lib_slice(given->id)};
		TRY(read_slot(call, given->principal_type, given->principal_id, "principal of a link", arena,
			      &links[i].principal));
		TRY(read_slot(call, given->resource_type, given->resource_id, "resource of a link", arena, &links[i].resource));
	}
	*ret_links = links;
	return E_OK;
}

static enum error build(struct lib_call *call, const struct cedar_source *source, const struct tip_parse_options *options,
			struct cedar_policyset **ret_set)
{
	struct arena arena;
	struct cedar_link *links = NULL;
	arena_init(&arena, LINKS_BYTES_MAX);
	enum error code = read_links(call, options, &arena, &links);
	if (code == E_OK)
		code = cedar_policyset_build(&call->key, source, 1, links, options->link_count, ret_set, &call->problem, &call->why);
	arena_free(&arena);
	return code;
}

static enum error read_policies(struct lib_call *call, slice text, const struct tip_parse_options *options,
				struct tip_policyset **ret_set)
{
	struct cedar_source source = {.name = lib_slice(options->name), .text = text,
				      .id_prefix = lib_slice(options->id_prefix), .is_json = options->format == TIP_JSON};
	struct tip_policyset *set = memory_alloc(sizeof(*set));
	if (!set)
		return FAIL(&call->why, E_MEMORY, "no memory for a policy set");
	enum error error = build(call, &source, options, &set->set);
	if (error != E_OK) {
		memory_free(set);
		return error;
	}
	*ret_set = set;
	return E_OK;
}

int tip_policyset_parse(const char *text, size_t len, const struct tip_parse_options *options,
			struct tip_policyset **ret_set, struct tip_error *error)
{
	struct lib_call call;
	struct tip_parse_options known;
	enum error code = lib_call_start(&call);
	if (code == E_OK && !ret_set)
		code = FAIL(&call.why, E_USAGE, "there is no place for the policy set");
	if (ret_set)
		*ret_set = NULL;
	if (code == E_OK)
		code = lib_options(&call, text, len, options, &known);
	if (code == E_OK)
		code = read_policies(&call, (slice){text, len}, &known, ret_set);
	return lib_call_end(&call, code, error);
}

void tip_policyset_free(struct tip_policyset *set)
{
	if (!set)
		return;
	cedar_policyset_free(set->set);
	memory_free(set);
}

size_t tip_policyset_count(const struct tip_policyset *set)
{
	return set ? cedar_policyset_count(set->set) : 0;
}

static int give_policy(const struct cedar_policy_info *info, struct tip_policy *policy)
{
	struct tip_policy known = {.id = lib_text(info->id), .text = lib_text(info->text),
				   .effect = info->effect == CEDAR_PERMIT ? TIP_PERMIT : TIP_FORBID, .line = info->line,
				   .annotation_count = info->annotation_count};
	return lib_give(policy, &known, sizeof(known), LIB_POLICY_BYTES) ? TIP_OK : TIP_USAGE;
}

int tip_policyset_policy(const struct tip_policyset *set, size_t index, struct tip_policy *policy)
{
	if (!set || !policy)
		return TIP_USAGE;
	if (index >= cedar_policyset_count(set->set))
		return TIP_NOT_FOUND;
	struct cedar_policy_info info = cedar_policyset_info(set->set, index);
	return give_policy(&info, policy);
}

size_t tip_policyset_template_count(const struct tip_policyset *set)
{
	return set ? cedar_policyset_template_count(set->set) : 0;
}

int tip_policyset_template(const struct tip_policyset *set, size_t index, struct tip_policy *policy)
{
	if (!set || !policy)
		return TIP_USAGE;
	if (index >= cedar_policyset_template_count(set->set))
		return TIP_NOT_FOUND;
	struct cedar_policy_info info = cedar_policyset_template(set->set, index);
	return give_policy(&info, policy);
}

size_t tip_policyset_find(const struct tip_policyset *set, const char *id, size_t len)
{
	return set && (id || !len) ? cedar_policyset_find(set->set, (slice){id, len}) : SIZE_MAX;
}

int tip_policyset_annotation(const struct tip_policyset *set, size_t index, size_t nth, struct tip_text *ret_key,
			     struct tip_text *ret_value)
{
	if (!set || !ret_key || !ret_value)
		return TIP_USAGE;
	if (index >= cedar_policyset_count(set->set))
		return TIP_NOT_FOUND;
	struct cedar_policy_info info = cedar_policyset_info(set->set, index);
	if (nth >= info.annotation_count)
		return TIP_NOT_FOUND;
	*ret_key = lib_text(info.annotations[nth].key);
	*ret_value = lib_text(info.annotations[nth].value);
	return TIP_OK;
}
