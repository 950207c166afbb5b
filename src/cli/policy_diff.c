/* `tipstaff policy diff`: which requests two versions of a policy set decide differently, and what changed in the text. */
#include "cli/policy_diff.h"

#include <string.h>

enum exit_code { EXIT_EQUAL = 0, EXIT_NEW = 10, EXIT_LOST = 11, EXIT_UNKNOWN = 12 };

#define POLICY_BYTES_MAX (16u << 20)

static enum error read_set(struct policy_world *world, const char *path, struct cedar_problem *problem, struct fault *why)
{
	struct folder folder = {.arena = world->arena};
	TRY(policy_files(&folder, &(slice){path, strlen(path)}, 1, why));
	enum error code = policy_world_policies(world, &folder, why);
	if (code != E_OK)
		*problem = world->problem;
	return code;
}

static enum error text_of(struct policy_diff *diff, const struct cedar_policyset *set, size_t index, slice *ret_text,
			  struct fault *why)
{
	struct buffer text;
	buffer_init(&text, POLICY_BYTES_MAX);
	cedar_policy_write_text(set, index, &text);
	enum error code = buffer_check(&text, why);
	*ret_text = arena_copy(diff->arena, buffer_slice(&text));
	buffer_free(&text);
	return code;
}

/* The @id, which survives a new place in the file, or the id. */
static slice name_of(const struct cedar_policyset *set, size_t index)
{
	slice own = policy_own_id(set, index);
	return own.len > 0 ? own : cedar_policyset_info(set, index).id;
}

static enum error add_change(struct policy_diff *diff, enum policy_change_kind kind, size_t old, size_t new, struct fault *why)
{
	struct policy_change *change = &diff->changes[diff->change_count++];
	*change = (struct policy_change){.kind = kind};
	change->id = kind == CHANGE_ADDED ? name_of(diff->new.set, new) : name_of(diff->old.set, old);
	if (kind != CHANGE_ADDED)
		TRY(text_of(diff, diff->old.set, old, &change->before, why));
	if (kind != CHANGE_REMOVED)
		TRY(text_of(diff, diff->new.set, new, &change->after, why));
	return E_OK;
}

/* The policies of one set that the other does not have word for word. */
struct rest {
	uint32_t *policies;
	size_t count;
};

static enum error find_rest(struct policy_diff *diff, const struct cedar_policyset *set, const struct cedar_policyset *other,
			    struct rest *rest, struct fault *why)
{
	const uint32_t *twins;
	size_t count = cedar_policyset_count(set);
	TRY(analysis_twins(set, other, diff->arena, &twins, why));
	rest->policies = ARENA_ARRAY(diff->arena, count + 1, uint32_t);
	if (!rest->policies)
		return FAIL(why, E_MEMORY, "no memory for what changed");
	for (uint32_t i = 0; i < count; i++)
		if (twins[i] == ANALYSIS_NO_TWIN)
			rest->policies[rest->count++] = i;
	return E_OK;
}

/* Takes the policy of this name out of the rest. SIZE_MAX: there is none. */
static size_t take_named(const struct policy_diff *diff, struct rest *old, slice name)
{
	for (size_t i = 0; i < old->count; i++) {
		uint32_t policy = old->policies[i];
		if (!slice_equal(name_of(diff->old.set, policy), name))
			continue;
		for (old->count--; i < old->count; i++)
			old->policies[i] = old->policies[i + 1];
		return policy;
	}
	return SIZE_MAX;
}

static enum error find_changes(struct policy_diff *diff, struct fault *why)
{
	struct rest old = {.count = 0}, new = {.count = 0};
	TRY(find_rest(diff, diff->old.set, diff->new.set, &old, why));
	TRY(find_rest(diff, diff->new.set, diff->old.set, &new, why));
	diff->same_count = cedar_policyset_count(diff->new.set) - new.count;
	diff->changes = ARENA_ARRAY(diff->arena, old.count + new.count + 1, struct policy_change);
	if (!diff->changes)
		return FAIL(why, E_MEMORY, "no memory for what changed");
	for (size_t i = 0; i < new.count; i++) {
		size_t before = take_named(diff, &old, name_of(diff->new.set, new.policies[i]));
		TRY(add_change(diff, before == SIZE_MAX ? CHANGE_ADDED : CHANGE_CHANGED, before, new.policies[i], why));
	}
	for (size_t i = 0; i < old.count; i++)
		TRY(add_change(diff, CHANGE_REMOVED, old.policies[i], 0, why));
	return E_OK;
}

static enum error compare(struct policy_diff *diff, const struct option_words *given, struct fault *why)
{
	TRY(read_set(&diff->old, given->items[0], &diff->problem, why));
	TRY(read_set(&diff->new, given->items[1], &diff->problem, why));
	TRY(policy_beside_find(diff->arena, &(slice){given->items[1], strlen(given->items[1])}, 1, &diff->beside, why));
	if (diff->beside.schema.len > 0) {
		enum error code = policy_world_schema(&diff->old, diff->beside.schema, why);
		diff->problem = diff->old.problem;
		TRY(code);
	}
	const struct cedar_policyset *old = diff->old.set, *new = diff->new.set;
	if (diff->disjoint)
		return analysis_common(diff->old.schema, old, new, diff->arena, &diff->common, why);
	TRY(find_changes(diff, why));
	TRY(analysis_differences(diff->old.schema, new, old, diff->arena, &diff->gained, why));
	return analysis_differences(diff->old.schema, old, new, diff->arena, &diff->lost, why);
}

static int exit_of(const struct policy_diff *diff)
{
	if (diff->disjoint)
		return policy_diff_found(&diff->common) ? EXIT_NEW : diff->common.unknown_count ? EXIT_UNKNOWN : EXIT_EQUAL;
	if (policy_diff_found(&diff->gained) > (diff->has_new_max ? diff->new_max : 0))
		return EXIT_NEW;
	if (diff->has_new_max)
		return diff->gained.unknown_count ? EXIT_UNKNOWN : EXIT_EQUAL;
	if (policy_diff_found(&diff->lost) > 0)
		return EXIT_LOST;
	return diff->gained.unknown_count + diff->lost.unknown_count ? EXIT_UNKNOWN : EXIT_EQUAL;
}

int policy_diff(const struct verb *verb, int count, char **words)
{
	struct arena arena;
	struct policy_diff diff = {.arena = &arena, .old.arena = &arena, .new.arena = &arena, .new_max = UINT64_MAX,
				   .beside.only_schema = true};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"schema", OPTION_TEXT, &diff.beside.schema, "FILE", "for requests that conform to it; JSON where it ends in .json (that of NEW)"},
		{"new-max", OPTION_NUMBER, &diff.new_max, "N", "exit code 0 with at most N new allows, whatever was lost"},
		{"disjoint", OPTION_FLAG, &diff.disjoint, NULL, "rather tell whether both allow some request"},
		DIAGNOSTICS_OPTIONS(&diff.form),
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 2, 2, &given);
	if (go == OPTIONS_GO)
		go = diagnostics_begin(&diff.form, verb);
	if (go != OPTIONS_GO)
		return go;
	diff.has_new_max = diff.new_max != UINT64_MAX;
	arena_init(&arena, POLICY_ARENA_BYTES_MAX);
	enum error code = compare(&diff, &given, &why);
	if (code == E_OK)
		code = policy_diff_report(&diff, &why);
	if (code != E_OK)
		policy_print_fault(stderr, &diff.problem, &why);
	int told = exit_of(&diff);
	policy_world_free(&diff.old);
	policy_world_free(&diff.new);
	arena_free(&arena);
	return code == E_OK ? told : error_exit(code);
}
