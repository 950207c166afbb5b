#include "analysis/inquiry.h"

#include "analysis/encode.h"
#include "cedar/policies.h"
#include "cedar/schema_data.h"
#include "cedar/write.h"

#define OBSTACLE_BYTES_MAX 160u

enum error inquiry_init(struct inquiry *inquiry, const struct cedar_schema *schema, const struct cedar_policyset *set,
			struct arena *arena, struct fault *why)
{
	*inquiry = (struct inquiry){.schema = schema, .key = &set->key, .arena = arena, .why = why,
				    .looks_left = ANALYSIS_TOTAL_LOOKS_MAX};
	arena_init(&inquiry->scratch, ANALYSIS_QUESTION_BYTES_MAX);
	if (schema && (schema->key.k0 != set->key.k0 || schema->key.k1 != set->key.k1))
		return FAIL(why, E_INVALID, "the schema and the policies were made with different hash keys");
	return environments_make(schema, arena, &inquiry->environments, why);
}

void inquiry_free(struct inquiry *inquiry)
{
	arena_free(&inquiry->scratch);
}

void inquiry_begin(struct inquiry *inquiry)
{
	inquiry->wish_count = 0;
	inquiry->example = NULL;
	inquiry->obstacle = (struct obstacle){.node = NULL};
}

bool inquiry_wish(struct inquiry *inquiry, const struct cedar_policyset *set, uint32_t policy, enum wish_kind kind)
{
	for (size_t i = 0; i < inquiry->wish_count; i++)
		if (inquiry->wishes[i].set == set && inquiry->wishes[i].policy == policy &&
		    inquiry->wishes[i].kind == kind)
			return false;
	if (inquiry->wish_count == ANALYSIS_BLOCKERS_MAX)
		return false;
	inquiry->wishes[inquiry->wish_count++] = (struct wish){set, policy, kind};
	return true;
}

enum judgement inquiry_keep(struct inquiry *inquiry, const struct example *example)
{
	enum error code = example_write(example, inquiry->arena, &inquiry->example, inquiry->why);
	if (code == E_OK)
		return JUDGE_RIGHT;
	inquiry->failure = code;
	return JUDGE_WRONG;
}

static enum verdict judge(void *context, const struct example *example)
{
	struct inquiry *inquiry = context;
	enum judgement judgement = inquiry->judge(inquiry, example);
	inquiry->is_refined = judgement == JUDGE_AGAIN;
	return judgement == JUDGE_WRONG ? VERDICT_WRONG : VERDICT_RIGHT;
}

static struct formula *encode_wish(struct space *space, const struct wish *wish)
{
	const struct policy *policy = wish->set->policies[wish->policy];
	switch (wish->kind) {
	case WISH_MATCH:
		return encode_match(space, policy);
	case WISH_ERROR:
		return encode_error(space, policy);
	case WISH_NO_MATCH:
		break;
	}
	return formula_not(space, encode_match(space, policy));
}

static bool is_admitted(const struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->wish_count; i++)
		if (inquiry->wishes[i].kind != WISH_NO_MATCH &&
		    !environment_admits(inquiry->environment, inquiry->wishes[i].set->policies[inquiry->wishes[i].policy]))
			return false;
	return true;
}

/* One search in one environment. */
static enum answer ask_once(struct inquiry *inquiry)
{
	struct formula *goals[ANALYSIS_BLOCKERS_MAX];
	struct space space;
	struct question question = {.space = &space, .goals = goals, .judge = judge, .context = inquiry,
				    .looks_max = inquiry->looks_left};
	enum answer answer = ANSWER_UNKNOWN;
	arena_reset(&inquiry->scratch);
	inquiry->is_refined = false;
	space_init(&space, &inquiry->scratch, inquiry->environment, inquiry->key);
	for (size_t i = 0; i < inquiry->wish_count; i++) {
		struct formula *goal = encode_wish(&space, &inquiry->wishes[i]);
		if (goal->kind == FORMULA_FALSE && !space.failure)
			return ANSWER_NONE;
		if (goal->kind != FORMULA_TRUE)
			goals[question.goal_count++] = goal;
	}
	enum error code = solve(&question, &answer, inquiry->why);
	if (code != E_OK)
		inquiry->failure = code;
	inquiry->looks_left -= question.looks < inquiry->looks_left ? question.looks : inquiry->looks_left;
	if (answer == ANSWER_UNKNOWN && !inquiry->obstacle.node && !inquiry->obstacle.reason)
		inquiry->obstacle = question.obstacle;
	return answer;
}

enum answer inquiry_ask(struct inquiry *inquiry, inquiry_judge *judge_example, void *context)
{
	bool is_unknown = false;
	inquiry->judge = judge_example;
	inquiry->context = context;
	for (size_t i = 0; i < inquiry->environments.count && !inquiry->failure; i++) {
		enum answer answer;
		inquiry->environment = &inquiry->environments.items[i];
		if (!is_admitted(inquiry))
			continue;
		do
			answer = ask_once(inquiry);
		while (answer == ANSWER_FOUND && inquiry->is_refined && !inquiry->failure);
		if (answer == ANSWER_FOUND)
			return answer;
		is_unknown = is_unknown || answer == ANSWER_UNKNOWN;
	}
	return is_unknown || inquiry->failure ? ANSWER_UNKNOWN : ANSWER_NONE;
}

slice inquiry_obstacle(const struct inquiry *inquiry)
{
	const struct obstacle *obstacle = &inquiry->obstacle;
	char bytes[OBSTACLE_BYTES_MAX];
	struct buffer text = {.ptr = bytes, .size = sizeof(bytes), .bytes_max = sizeof(bytes)};
	if (!obstacle->node)
		return arena_print(inquiry->arena, "%s", obstacle->reason ? obstacle->reason : "no reason is known");
	node_write(&text, obstacle->node);
	return arena_print(inquiry->arena, "`%.*s%s` is more than can be analysed", SLICE_ARG(buffer_slice(&text)),
			   text.failed ? "..." : "");
}
