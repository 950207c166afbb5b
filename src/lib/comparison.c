#include "lib/example.h"

#include "base/memory.h"

/* A difference as it is given; texts live in the comparison. */
struct row {
	struct tip_difference known;
	const struct tip_example *example;
};

struct tip_comparison {
	struct arena arena;
	struct row *rows;
	size_t count;
	size_t unknown_count;
};

/* Two sets, and what is asked of them. */
struct question {
	const struct tip_policyset *first;
	const struct tip_policyset *second;
	const struct tip_schema *schema;
	enum error (*ask)(const struct cedar_schema *schema, const struct cedar_policyset *first,
			  const struct cedar_policyset *second, struct arena *arena,
			  struct analysis_differences *ret_found, struct fault *why);
};

static enum error keep(struct lib_call *call, const struct question *question,
		       const struct analysis_differences *found, struct tip_comparison *comparison)
{
	struct arena *arena = &comparison->arena;
	comparison->rows = ARENA_ARRAY(arena, found->count + 1, struct row);
	if (!comparison->rows)
		return FAIL(&call->why, E_MEMORY, "no memory for a comparison");
	for (; comparison->count < found->count; comparison->count++) {
		const struct analysis_difference *one = &found->items[comparison->count];
		const struct tip_policyset *set = one->is_of_permit ? question->first : question->second;
		struct row *row = &comparison->rows[comparison->count];
		*row = (struct row){.known = {.is_unknown = one->is_unknown, .is_of_permit = one->is_of_permit}};
		TRY(lib_keep(call, arena, cedar_policyset_info(set->set, one->policy).id, &row->known.id));
		TRY(lib_keep(call, arena, one->message, &row->known.sentence));
		TRY(lib_example_make(call, one->example, arena, &row->example));
	}
	comparison->unknown_count = found->unknown_count;
	return E_OK;
}

static enum error run(struct lib_call *call, const struct question *question, struct tip_comparison *comparison)
{
	struct analysis_differences found;
	if (!question->first || !question->second)
		return FAIL(&call->why, E_USAGE, "there is no policy set to compare");
	TRY(question->ask(question->schema ? question->schema->schema : NULL, question->first->set, question->second->set,
			  &comparison->arena, &found, &call->why));
	return keep(call, question, &found, comparison);
}

static enum error answer(struct lib_call *call, const struct question *question, struct tip_comparison **ret_comparison)
{
	if (!ret_comparison)
		return FAIL(&call->why, E_USAGE, "there is no place for the comparison");
	struct tip_comparison *comparison = memory_alloc(sizeof(*comparison));
	if (!comparison)
		return FAIL(&call->why, E_MEMORY, "no memory for a comparison");
	comparison->count = 0;
	arena_init(&comparison->arena, LIB_ANALYSIS_BYTES_MAX);
	enum error code = run(call, question, comparison);
	if (code == E_OK)
		*ret_comparison = comparison;
	else
		tip_comparison_free(comparison);
	return code;
}

static int compare(const struct question *question, struct tip_comparison **ret_comparison, struct tip_error *error)
{
	struct lib_call call;
	if (ret_comparison)
		*ret_comparison = NULL;
	enum error code = lib_call_start(&call);
	if (code == E_OK)
		code = answer(&call, question, ret_comparison);
	return lib_call_end(&call, code, error);
}

int tip_compare(const struct tip_policyset *allowing, const struct tip_policyset *denying, const struct tip_schema *schema,
		struct tip_comparison **ret_comparison, struct tip_error *error)
{
	return compare(&(struct question){allowing, denying, schema, analysis_differences}, ret_comparison, error);
}

int tip_compare_both(const struct tip_policyset *a, const struct tip_policyset *b, const struct tip_schema *schema,
		     struct tip_comparison **ret_comparison, struct tip_error *error)
{
	return compare(&(struct question){a, b, schema, analysis_common}, ret_comparison, error);
}

void tip_comparison_free(struct tip_comparison *comparison)
{
	if (!comparison)
		return;
	arena_free(&comparison->arena);
	memory_free(comparison);
}

size_t tip_comparison_count(const struct tip_comparison *comparison)
{
	return comparison ? comparison->count : 0;
}

size_t tip_comparison_unknown_count(const struct tip_comparison *comparison)
{
	return comparison ? comparison->unknown_count : SIZE_MAX;
}

int tip_comparison_difference(const struct tip_comparison *comparison, size_t nth, struct tip_difference *difference)
{
	if (!comparison || !difference)
		return TIP_USAGE;
	if (nth >= comparison->count)
		return TIP_NOT_FOUND;
	const struct tip_difference *known = &comparison->rows[nth].known;
	return lib_give(difference, known, sizeof(*known), LIB_DIFFERENCE_BYTES) ? TIP_OK : TIP_USAGE;
}

int tip_comparison_example(const struct tip_comparison *comparison, size_t nth, struct tip_example *example)
{
	if (!comparison || !example)
		return TIP_USAGE;
	return lib_example_give(nth < comparison->count ? comparison->rows[nth].example : NULL, example);
}
