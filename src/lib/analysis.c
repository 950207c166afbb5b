#include "lib/example.h"

#include "base/memory.h"

/* A finding as it is given; texts live in the analysis. */
struct remark {
	struct tip_remark known;
	struct tip_text *others;
	const struct tip_example *example;
};

struct tip_analysis {
	struct arena arena;
	struct remark *remarks;
	size_t count;
};

static int rule_code(enum analysis_rule rule)
{
	static const int codes[ANALYSIS_RULE_COUNT] = {
		[ANALYSIS_UNKNOWN] = TIP_RULE_UNKNOWN,	   [ANALYSIS_NEVER] = TIP_RULE_NEVER,
		[ANALYSIS_FORBIDDEN] = TIP_RULE_FORBIDDEN, [ANALYSIS_REDUNDANT] = TIP_RULE_REDUNDANT,
		[ANALYSIS_DUPLICATE] = TIP_RULE_DUPLICATE, [ANALYSIS_ERROR] = TIP_RULE_ERROR,
		[ANALYSIS_WIDE] = TIP_RULE_WIDE,
	};
	return codes[rule];
}

const char *tip_rule_name(int rule)
{
	for (int i = 0; i < ANALYSIS_RULE_COUNT; i++)
		if (rule_code((enum analysis_rule)i) == rule)
			return analysis_rule_name((enum analysis_rule)i);
	return "?";
}

static enum error keep_one(struct lib_call *call, const struct cedar_policyset *set,
			   const struct analysis_finding *found, struct arena *arena, struct remark *remark)
{
	*remark = (struct remark){.known = {.rule = rule_code(found->rule), .is_note = found->is_note, .line = found->line,
					    .column = found->column, .other_count = found->other_count}};
	TRY(lib_keep(call, arena, cedar_policyset_info(set, found->policy).id, &remark->known.id));
	TRY(lib_keep(call, arena, found->message, &remark->known.sentence));
	remark->others = ARENA_ARRAY(arena, found->other_count + 1, struct tip_text);
	if (!remark->others)
		return FAIL(&call->why, E_MEMORY, "no memory for an analysis");
	for (size_t i = 0; i < found->other_count; i++)
		TRY(lib_keep(call, arena, cedar_policyset_info(set, found->others[i]).id, &remark->others[i]));
	return lib_example_make(call, found->example, arena, &remark->example);
}

static enum error run(struct lib_call *call, const struct tip_policyset *set, const struct tip_schema *schema,
		      struct tip_analysis *analysis)
{
	struct analysis found;
	if (!set)
		return FAIL(&call->why, E_USAGE, "there is no policy set");
	TRY(analysis_run(schema ? schema->schema : NULL, set->set, &analysis->arena, &found, &call->why));
	analysis->remarks = ARENA_ARRAY(&analysis->arena, found.count + 1, struct remark);
	if (!analysis->remarks)
		return FAIL(&call->why, E_MEMORY, "no memory for an analysis");
	for (; analysis->count < found.count; analysis->count++)
		TRY(keep_one(call, set->set, &found.findings[analysis->count], &analysis->arena,
			     &analysis->remarks[analysis->count]));
	return E_OK;
}

static enum error answer(struct lib_call *call, const struct tip_policyset *set, const struct tip_schema *schema,
			 struct tip_analysis **ret_analysis)
{
	if (!ret_analysis)
		return FAIL(&call->why, E_USAGE, "there is no place for the analysis");
	struct tip_analysis *analysis = memory_alloc(sizeof(*analysis));
	if (!analysis)
		return FAIL(&call->why, E_MEMORY, "no memory for an analysis");
	analysis->count = 0;
	arena_init(&analysis->arena, LIB_ANALYSIS_BYTES_MAX);
	enum error code = run(call, set, schema, analysis);
	if (code == E_OK)
		*ret_analysis = analysis;
	else
		tip_analysis_free(analysis);
	return code;
}

int tip_analyze(const struct tip_policyset *set, const struct tip_schema *schema, struct tip_analysis **ret_analysis,
		struct tip_error *error)
{
	struct lib_call call;
	if (ret_analysis)
		*ret_analysis = NULL;
	enum error code = lib_call_start(&call);
	if (code == E_OK)
		code = answer(&call, set, schema, ret_analysis);
	return lib_call_end(&call, code, error);
}

void tip_analysis_free(struct tip_analysis *analysis)
{
	if (!analysis)
		return;
	arena_free(&analysis->arena);
	memory_free(analysis);
}

size_t tip_analysis_count(const struct tip_analysis *analysis)
{
	return analysis ? analysis->count : 0;
}

int tip_analysis_remark(const struct tip_analysis *analysis, size_t nth, struct tip_remark *remark)
{
	if (!analysis || !remark)
		return TIP_USAGE;
	if (nth >= analysis->count)
		return TIP_NOT_FOUND;
	const struct tip_remark *known = &analysis->remarks[nth].known;
	return lib_give(remark, known, sizeof(*known), LIB_REMARK_BYTES) ? TIP_OK : TIP_USAGE;
}

int tip_analysis_example(const struct tip_analysis *analysis, size_t nth, struct tip_example *example)
{
	if (!analysis || !example)
		return TIP_USAGE;
	return lib_example_give(nth < analysis->count ? analysis->remarks[nth].example : NULL, example);
}

struct tip_text tip_analysis_other(const struct tip_analysis *analysis, size_t nth, size_t other)
{
	if (nth >= tip_analysis_count(analysis) || other >= analysis->remarks[nth].known.other_count)
		return (struct tip_text){NULL, 0};
	return analysis->remarks[nth].others[other];
}
