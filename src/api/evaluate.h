/* From a question in AuthZEN's terms to a decision; pure, so that the conformance vectors run against it directly. */
#ifndef TIPSTAFF_API_EVALUATE_H
#define TIPSTAFF_API_EVALUATE_H

#include "api/asserted.h"
#include "decision/decide.h"
#include "protocol/authzen.h"

struct evaluate_setting {
	const struct snapshot *snapshot;
	struct asker asker;
	bool without_facts;            /* what was read need not be told */
	bool evidence_ready;
	int64_t now_ms;
};

/* A decision with what it was made from, for its record. Lives in the arena. */
struct evaluated {
	struct decision_input input;
	struct decision decision;
	struct caller caller;
	slice asker;                   /* who asked, for its record; empty: the record does not say */
	slice subject;                 /* who it was about, where that is no agent: `type:id` */
	struct asserted_left_out left_out; /* properties that were not believed */
};

/*
 * Subjects of type `agent` are registered agents, and the call is decided as the gateway would: the tool is the
 * resource's id where its type is `tool`, else the action's name; arguments are context.input, else action.properties,
 * else (where the resource is no tool) the resource's id as the tool's target; without any of these the tool as a whole
 * is meant. context.purpose, context.task and
 * context.on_behalf_of say what for. All other types are Cedar entities of that name.
 * E_INVALID with the field: the question cannot be asked so.  E_FORBIDDEN: not for this asker: an agent about somebody
 * else, an enforcement point about an agent, which comes with a token of its own.
 * E_LIMIT, E_MEMORY.
 */
MUST_USE enum error evaluate_asked(const struct evaluate_setting *setting, const struct json_doc *doc,
			     const struct authzen_evaluation *asked, struct arena *arena, struct evaluated *ret,
			     struct fault *why);

/* A question about entities, in Cedar's terms. Lives in an arena. */
struct evaluate_entities {
	struct cedar_uid principal;
	struct cedar_uid action;
	struct cedar_uid resource;
	struct decision_direct direct;       /* borrows the three */
	struct asserted_left_out left_out;
};

/*
 * Prepares a question whose subject is no agent; an id may be empty where it is left open. The snapshot is there.
 * Errors as evaluate_asked.
 */
MUST_USE enum error evaluate_prepare(const struct evaluate_setting *setting, const struct json_doc *doc,
				     const struct authzen_evaluation *asked, struct arena *arena,
				     struct evaluate_entities *ret, struct fault *why);

/* What an operator asks on behalf of an agent. `purpose` and `task` may be empty: then those of task and agent hold. */
struct evaluate_question {
	slice agent;
	slice purpose;
	slice task;
	slice on_behalf_of;
};

/* A caller without a token. `*ret` is borrowed from question, snapshot and arena. */
void evaluate_caller(const struct snapshot *snapshot, const struct evaluate_question *question, struct caller *ret);

#endif
