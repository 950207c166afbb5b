/* What is wrong inside one policy set. */
#include "analysis/analysis.h"

#include "analysis/inquiry.h"
#include "cedar/policies.h"
#include "cedar/sort.h"

#include <string.h>

/* More others than this are named, but not reduced to those that are needed. */
#define OTHERS_REDUCED_MAX 12u
/* So many are drawn into a question at once. */
#define OTHERS_AT_ONCE 32u

struct run {
	struct inquiry inquiry;
	const struct cedar_policyset *set;
	const uint32_t *twins;   /* by policy: the first that looks the same; itself */
	uint32_t policy;         /* that is looked at */
	bool only_forbids;       /* only they may cover it */
	struct fault error;      /* of an example that errs */
	uint32_t error_place;
	struct text_place place; /* of the policy that was told of last */
	struct analysis_finding *findings;
	size_t count;
	size_t size;
};

static const char *const rule_names[ANALYSIS_RULE_COUNT] = {
	[ANALYSIS_UNKNOWN] = "unknown",	    [ANALYSIS_NEVER] = "never-matches", [ANALYSIS_FORBIDDEN] = "always-forbidden",
	[ANALYSIS_REDUNDANT] = "redundant", [ANALYSIS_DUPLICATE] = "duplicate", [ANALYSIS_ERROR] = "can-err",
	[ANALYSIS_WIDE] = "over-wide"};

const char *analysis_rule_name(enum analysis_rule rule)
{
	return rule_names[rule];
}

static const struct policy *policy_of(const struct run *run)
{
	return run->set->policies[run->policy];
}

static slice text_of(const struct run *run)
{
	return run->set->sources[policy_of(run)->source].text;
}

static struct analysis_finding *add(struct run *run, enum analysis_rule rule, slice message)
{
	if (run->count == run->size) {
		size_t size = run->size ? run->size * 2 : 16;
		struct analysis_finding *bigger = ARENA_ARRAY(run->inquiry.arena, size, struct analysis_finding);
		if (!bigger || !message.ptr) {
			run->inquiry.failure = FAIL(run->inquiry.why, E_MEMORY, "no memory for the findings");
			return NULL;
		}
		if (run->count)
			memcpy(bigger, run->findings, run->count * sizeof(*bigger));
		run->findings = bigger;
		run->size = size;
	}
	struct analysis_finding *finding = &run->findings[run->count++];
	*finding = (struct analysis_finding){.rule = rule, .policy = run->policy, .message = message};
	text_place_move(&run->place, text_of(run), policy_of(run)->offset);
	finding->line = run->place.line;
	finding->column = run->place.column;
	return finding;
}

/* The finding is about one expression of the policy. */
static void set_place(const struct run *run, struct analysis_finding *finding, uint32_t offset)
{
	/* The next one starts before this again, so this walk is not kept. */
	struct text_place place = run->place;
	text_place_move(&place, text_of(run), offset);
	finding->line = place.line;
	finding->column = place.column;
}

static void add_unknown(struct run *run, const char *what)
{
	const struct obstacle *obstacle = &run->inquiry.obstacle;
	slice reason = inquiry_obstacle(&run->inquiry);
	struct analysis_finding *finding =
		add(run, ANALYSIS_UNKNOWN,
		    arena_print(run->inquiry.arena, "cannot tell whether %s: %.*s", what, SLICE_ARG(reason)));
	if (!finding)
		return;
	finding->is_note = true;
	if (obstacle->node && obstacle->policy == policy_of(run))
		set_place(run, finding, policy_place(policy_of(run), obstacle->node));
}

static int compare_numbers(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* The policies of the question that must not match. */
static void set_others(struct run *run, struct analysis_finding *finding)
{
	const struct inquiry *inquiry = &run->inquiry;
	uint32_t *others = ARENA_ARRAY(inquiry->arena, inquiry->wish_count + 1, uint32_t);
	if (!finding || !others)
		return;
	finding->others = others;
	for (size_t i = 0; i < inquiry->wish_count; i++)
		if (inquiry->wishes[i].kind == WISH_NO_MATCH)
			others[finding->other_count++] = inquiry->wishes[i].policy;
	sort_items(others, finding->other_count, sizeof(*others), compare_numbers);
}

static enum judgement judge_match(struct inquiry *inquiry, const struct example *example)
{
	struct run *run = inquiry->context;
	return example_satisfies(example, inquiry->environment, run->set, run->policy, &inquiry->scratch) ? JUDGE_RIGHT
													  : JUDGE_WRONG;
}

/* Right where the policy alone makes the decision; else the others that take part are drawn in. */
static enum judgement judge_alone(struct inquiry *inquiry, const struct example *example)
{
	struct run *run = inquiry->context;
	struct cedar_result result;
	bool is_reason = false, has_others = false;
	size_t added = 0;
	if (!example_decide(example, inquiry->environment, run->set, &inquiry->scratch, &result))
		return JUDGE_WRONG;
	for (size_t i = 0; i < result.reason_count; i++) {
		uint32_t other = result.reasons[i].policy;
		if (other == run->policy)
			is_reason = true;
		else if (run->twins[other] != run->policy &&
			 !(run->only_forbids && run->set->policies[other]->effect == CEDAR_PERMIT)) {
			has_others = true;
			if (added < OTHERS_AT_ONCE)
				added += inquiry_wish(inquiry, run->set, other, WISH_NO_MATCH);
		}
	}
	if (!has_others)
		return is_reason ? JUDGE_RIGHT : JUDGE_WRONG;
	return added ? JUDGE_AGAIN : JUDGE_WRONG;
}

static enum answer ask_match(struct run *run)
{
	inquiry_begin(&run->inquiry);
	inquiry_wish(&run->inquiry, run->set, run->policy, WISH_MATCH);
	return inquiry_ask(&run->inquiry, judge_match, run);
}

static enum answer ask_alone(struct run *run, bool only_forbids)
{
	run->only_forbids = only_forbids;
	inquiry_begin(&run->inquiry);
	inquiry_wish(&run->inquiry, run->set, run->policy, WISH_MATCH);
	return inquiry_ask(&run->inquiry, judge_alone, run);
}

/* Drops from the question whom it does not need for its answer, which is NONE. */
static void reduce_others(struct run *run)
{
	struct inquiry *inquiry = &run->inquiry;
	for (size_t i = inquiry->wish_count; i-- > 1 && inquiry->wish_count <= OTHERS_REDUCED_MAX + 1;) {
		struct wish dropped = inquiry->wishes[i];
		inquiry->wishes[i] = inquiry->wishes[--inquiry->wish_count];
		if (inquiry_ask(inquiry, judge_match, run) == ANSWER_NONE)
			continue;
		inquiry->wishes[inquiry->wish_count++] = inquiry->wishes[i];
		inquiry->wishes[i] = dropped;
	}
}

/* Does the one other policy of the question match only where this one does? */
static bool is_same_as_other(struct run *run)
{
	struct inquiry *inquiry = &run->inquiry;
	uint32_t mine = run->policy, other = inquiry->wishes[1].policy;
	bool same = false;
	if (inquiry->wish_count != 2 || run->set->policies[other]->effect != policy_of(run)->effect)
		return false;
	struct wish kept[2] = {inquiry->wishes[0], inquiry->wishes[1]};
	inquiry_begin(inquiry);
	inquiry_wish(inquiry, run->set, other, WISH_MATCH);
	inquiry_wish(inquiry, run->set, mine, WISH_NO_MATCH);
	run->policy = other;
	same = inquiry_ask(inquiry, judge_match, run) == ANSWER_NONE;
	run->policy = mine;
	inquiry_begin(inquiry);
	inquiry->wishes[0] = kept[0];
	inquiry->wishes[1] = kept[1];
	inquiry->wish_count = 2;
	return same;
}

static void find_redundant(struct run *run)
{
	bool is_permit = policy_of(run)->effect == CEDAR_PERMIT;
	reduce_others(run);
	if (is_same_as_other(run)) {
		uint32_t other = run->inquiry.wishes[1].policy;
		if (other < run->policy)
			set_others(run, add(run, ANALYSIS_DUPLICATE, SLICE("it means the same as another policy")));
		return; /* else it is told there */
	}
	set_others(run, add(run, ANALYSIS_REDUNDANT,
			    is_permit ? SLICE("every request that it permits is permitted or forbidden by others anyway")
				      : SLICE("every request that it forbids is forbidden by others anyway")));
}

/* It is never the only one to decide: why? */
static void find_reason(struct run *run)
{
	struct inquiry *inquiry = &run->inquiry;
	bool is_permit = policy_of(run)->effect == CEDAR_PERMIT;
	enum answer match = ask_match(run);
	if (match == ANSWER_NONE) {
		add(run, ANALYSIS_NEVER, inquiry->schema ? SLICE("it matches no request that the schema allows")
							 : SLICE("it matches no request: its conditions contradict each other, or always err"));
		return;
	}
	if (match == ANSWER_UNKNOWN) {
		add_unknown(run, "it ever matches");
		return;
	}
	if (is_permit && ask_alone(run, true) == ANSWER_NONE) {
		reduce_others(run);
		set_others(run, add(run, ANALYSIS_FORBIDDEN, SLICE("every request that it permits is forbidden")));
		return;
	}
	enum answer alone = ask_alone(run, false);
	if (alone == ANSWER_NONE)
		find_redundant(run);
	else if (alone == ANSWER_UNKNOWN)
		add_unknown(run, "it ever decides alone");
}

static enum judgement judge_error(struct inquiry *inquiry, const struct example *example)
{
	struct run *run = inquiry->context;
	struct cedar_result result;
	if (!example_decide(example, inquiry->environment, run->set, &inquiry->scratch, &result))
		return JUDGE_WRONG;
	for (size_t i = 0; i < result.error_count; i++) {
		if (result.errors[i].policy != run->policy)
			continue;
		return example_error(example, inquiry->environment, run->set, run->policy, &inquiry->scratch,
				     &run->error_place, &run->error)
			       ? inquiry_keep(inquiry, example)
			       : JUDGE_WRONG;
	}
	return JUDGE_WRONG;
}

static void find_errors(struct run *run)
{
	struct inquiry *inquiry = &run->inquiry;
	inquiry_begin(inquiry);
	inquiry_wish(inquiry, run->set, run->policy, WISH_ERROR);
	enum answer answer = inquiry_ask(inquiry, judge_error, run);
	if (answer == ANSWER_UNKNOWN && !inquiry->failure)
		add_unknown(run, "it can err");
	if (answer != ANSWER_FOUND)
		return;
	struct analysis_finding *finding =
		add(run, ANALYSIS_ERROR, arena_print(inquiry->arena, "it can err and then does nothing: %s",
						     fault_sentence(&run->error)));
	if (!finding)
		return;
	finding->example = inquiry->example;
	/* Without a schema, everything that is not guarded can be missing. */
	finding->is_note = !inquiry->schema;
	set_place(run, finding, run->error_place);
}

static bool mentions(const struct node *node, enum variable variable)
{
	const struct node *child;
	if (node_is_variable(node, variable))
		return true;
	/* What is no expression may look at anything. */
	if (node->kind > NODE_CALL)
		return true;
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		if (mentions(child, variable))
			return true;
	return false;
}

/* Neither the head nor a condition says anything of the variable. */
static bool is_free(const struct policy *policy, enum variable variable)
{
	if (variable != VARIABLE_CONTEXT && policy->scopes[variable].kind != SCOPE_ALL)
		return false;
	for (uint32_t i = 0; i < policy->clause_count; i++)
		if (mentions(policy->clauses[i].body, variable))
			return false;
	return true;
}

static void find_width(struct run *run)
{
	const struct policy *policy = policy_of(run);
	bool who = is_free(policy, VARIABLE_PRINCIPAL), what = is_free(policy, VARIABLE_ACTION);
	bool where = is_free(policy, VARIABLE_RESOURCE), how = is_free(policy, VARIABLE_CONTEXT);
	if (policy->effect != CEDAR_PERMIT || who + what + where + how < 3)
		return;
	const char *says = who && what && where ? how ? "it permits everything to everyone"
						      : "it permits everything to everyone, if only the context is right"
			   : who && what ? "it permits every action to everyone, and asks for nothing"
			   : who	 ? "it lets everyone do this to everything, and asks for nothing"
					 : "it permits every action on everything, and asks for nothing";
	struct analysis_finding *finding = add(run, ANALYSIS_WIDE, slice_of(says));
	if (finding)
		finding->is_note = !(who && what && where && how);
}

static void look_at_policy(struct run *run)
{
	size_t before = run->count;
	uint32_t twin = run->twins[run->policy];
	if (twin != run->policy) {
		struct analysis_finding *finding = add(run, ANALYSIS_DUPLICATE, SLICE("it says the same as another policy"));
		uint32_t *other = ARENA_NEW(run->inquiry.arena, uint32_t);
		if (!finding || !other)
			return;
		*other = twin;
		finding->others = other;
		finding->other_count = 1;
		return;
	}
	if (ask_alone(run, false) != ANSWER_FOUND && !run->inquiry.failure)
		find_reason(run);
	if (!run->inquiry.failure)
		find_errors(run);
	if (!run->inquiry.failure && !(run->count > before && run->findings[before].rule == ANALYSIS_NEVER))
		find_width(run);
}

enum error analysis_run(const struct cedar_schema *schema, const struct cedar_policyset *set, struct arena *arena,
			struct analysis *ret_analysis, struct fault *why)
{
	struct run run = {.set = set};
	*ret_analysis = (struct analysis){.findings = NULL};
	enum error code = inquiry_init(&run.inquiry, schema, set, arena, why);
	if (code == E_OK)
		code = analysis_twins(set, set, arena, &run.twins, why);
	for (; code == E_OK && run.policy < set->count; run.policy++) {
		look_at_policy(&run);
		code = run.inquiry.failure;
	}
	inquiry_free(&run.inquiry);
	for (size_t i = 0; i < run.count; i++) {
		ret_analysis->counts[run.findings[i].rule]++;
		ret_analysis->defects += !run.findings[i].is_note;
	}
	ret_analysis->findings = run.findings;
	ret_analysis->count = run.count;
	return code;
}
