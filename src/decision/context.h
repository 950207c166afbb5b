/* The context of a request as Cedar sees it (DESIGN D5). */
#ifndef TIPSTAFF_DECISION_CONTEXT_H
#define TIPSTAFF_DECISION_CONTEXT_H

#include "decision/decide.h"

/* What the decision found so far. */
struct context_input {
	const struct decision_input *asked;
	slice server;
	slice tool;
	struct cedar_value input;    /* the arguments, or cedar_unknown() */
	struct cedar_value scope;    /* set of text: the tools of the task */
};

/*
 * input, purpose, task {id, tools}, mode, delegation {depth, chain, on_behalf_of}, session {id}, server, tool, risk,
 * trust, system {now}; what is empty is left out. E_INVALID, E_LIMIT: a text or list that is no value.  E_MEMORY.
 */
MUST_USE enum error context_make(const struct context_input *input, struct arena *arena, struct cedar_value *ret_context,
				 struct fault *why);
/* The scope of the caller as a set of text. Errors as above. */
MUST_USE enum error context_scope(const struct caller *caller, const struct task_row *task, struct arena *arena,
				  struct cedar_value *ret_set, struct fault *why);

#endif
