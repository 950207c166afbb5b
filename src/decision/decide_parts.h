/* The parts of a decision in the making; for the files decide*.c only. */
#ifndef TIPSTAFF_DECISION_DECIDE_PARTS_H
#define TIPSTAFF_DECISION_DECIDE_PARTS_H

#include "decision/decide.h"
#include "decision/target.h"

#define DECIDE_LAYERS_MAX 2u /* of a call: the agent, and the tool with its target */

/* One decision in the making. */
struct making {
	const struct decision_input *input;
	struct decision *decision;
	struct arena *arena;
	struct cedar_value arguments;
	struct cedar_json_loss loss;
	struct cedar_value context;
	struct targets targets;
	const struct authority_row *authority;
};

/* What policies see. */
struct decide_view {
	const struct cedar_entities *layers[DECIDE_LAYERS_MAX + 1];
	const struct cedar_policyset *sets[2];
	struct cedar_world world;
};

/* Each of these: REASON_PERMITTED, or why not. What they find is noted in the decision. */

/* The caller is known, may act, and its token holds. */
enum reason decide_check_caller(const struct decision_input *input, struct decision *ret);
/* The tool and its server exist and are as they were approved. */
enum reason decide_check_tool(const struct decision_input *input, struct decision *ret);
enum reason decide_check_server(const struct decision_input *input, struct decision *ret);
/* Policies and grants could be read. */
enum reason decide_check_policies(struct making *making);
/* The context that policies see. */
enum reason decide_make_context(struct making *making);

/* Names what is asked for, known or not. */
void decide_name(const struct decision_input *input, struct decision *ret, struct arena *arena);
/* The layers of the call, then the operator's entities; the operator's policies, then what the agent's grants permit. */
const struct cedar_world *decide_view(struct decide_view *view, const struct making *making,
				      const struct cedar_entities *const *layers, size_t layer_count);

#define CHECK_STEP(call)                                                                                               \
	do {                                                                                                           \
		enum reason step_ = (call);                                                                            \
		if (step_ != REASON_PERMITTED)                                                                         \
			return step_;                                                                                  \
	} while (0)

#endif
