/* A decision in words: for operators what would change it, for the agent a sentence that gives nothing away. */
#ifndef TIPSTAFF_DECISION_EXPLAIN_H
#define TIPSTAFF_DECISION_EXPLAIN_H

#include "decision/decide.h"

/*
 * Fills reason_text, missing and the public fields of a decision whose reason is set. `told` is the reason that the
 * agent may know. Where memory is short, texts stay empty.
 */
void explain(const struct decision_input *input, enum reason told, struct decision *decision, struct arena *arena);

/*
 * Of a denied request, the least change of facts that its policies declare changeable (@remedy). Where it cannot be
 * found out, there is none.
 */
void explain_remedy(const struct cedar_request *request, const struct cedar_world *world, struct decision *decision,
		    struct arena *arena);
/* The same in words; empty where there is none. */
slice explain_remedy_text(const struct decision *decision, struct arena *arena);

/* Does the denial rest on an earlier decision? Then the policy that looked back stands first. */
bool explain_sequence(struct decision *decision);
/* The policies of a Cedar result as decision_policy rows. */
void explain_policies(const struct cedar_result *result, const struct cedar_world *world, struct decision *decision,
		      struct arena *arena);

#endif
