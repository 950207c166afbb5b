/*
 * The decision: a request, layers of entities and policy sets in, ALLOW or DENY with reasons, errors and facts out.
 *
 * Any satisfied forbid denies; else any satisfied permit allows; else it is denied. A policy that errs is skipped and
 * listed. Nothing is allocated but from the request's arena, and everything in the result lives there or in the sets.
 */
#ifndef TIPSTAFF_CEDAR_AUTHORIZE_H
#define TIPSTAFF_CEDAR_AUTHORIZE_H

#include "cedar/entities.h"
#include "cedar/fact.h"
#include "cedar/history.h"
#include "cedar/policyset.h"
#include "cedar/value.h"

/* Zero denies. */
enum cedar_decision { CEDAR_DENY = 0, CEDAR_ALLOW };

struct cedar_request {
	/* For cedar_may_permit, `*_unknown` says that only the type of the entity counts; its uid may then be NULL too. */
	const struct cedar_uid *principal;
	const struct cedar_uid *action;
	const struct cedar_uid *resource;
	struct cedar_value context; /* a record; zeroed: an empty one; fields may be cedar_unknown() for may_permit */
	bool principal_unknown;
	bool action_unknown;
	bool resource_unknown;
	bool with_facts; /* list what was read; costs time and arena */
	/*
	 * For `when temporal`. The session is the caller's alone until it has added the decision to the history. NULL: what
	 * asks for a history is not decided, so that it permits nothing, and a forbid that asks makes it a failure.
	 */
	struct cedar_history *history;
	int64_t now_ms;   /* since 1970; only history conditions ask for it */
	slice request_id; /* `requestId` of the event that this request becomes; may be empty */
};

/* What a decision is made from. Layers and sets are searched in order. */
struct cedar_world {
	const struct cedar_entities *const *layers;
	size_t layer_count;
	const struct cedar_policyset *const *sets;
	size_t set_count;
};

struct cedar_reason {
	slice id;
	uint32_t set;    /* position in the world's sets */
	uint32_t policy; /* index in that set */
	slice witness;   /* request id of the earlier event that its history condition found; empty: none alone */
};

struct cedar_policy_error {
	slice id;
	uint32_t set;
	uint32_t policy;
	slice message; /* for a person; names no value of the context */
};

struct cedar_result {
	enum cedar_decision decision;
	const struct cedar_reason *reasons; /* satisfied forbids where denied by one, satisfied permits where allowed */
	size_t reason_count;
	const struct cedar_policy_error *errors;
	size_t error_count;
	const struct cedar_fact *facts; /* without duplicates, in the order they were first read */
	size_t fact_count;
	size_t facts_left_out; /* beyond CEDAR_FACTS_MAX */
	/*
	 * E_OK, or why no decision could be made (a limit, no memory, mixed hash keys; E_UNAVAILABLE: it is not known whether
	 * the history of the session lets a policy forbid): then it is a DENY without reasons.
	 */
	enum error failure;
	const char *failure_sentence;
};

/* Always fills `*result`. The return value is its decision. */
MUST_USE enum cedar_decision cedar_authorize(const struct cedar_request *request, const struct cedar_world *world,
					     struct arena *arena, struct cedar_result *result);

/* Zero shows nothing. */
enum cedar_possibility {
	CEDAR_NEVER = 0, /* no value of the unknowns is permitted */
	CEDAR_MAYBE,
	CEDAR_ALWAYS     /* every value of the unknowns is permitted */
};

/*
 * Could the request be permitted for some value of its unknowns? NEVER and ALWAYS are certain; where the engine cannot
 * tell, it is MAYBE. Any failure is NEVER, and told in `*why`.
 * E_INVALID: mixed hash keys, or a context that is no record.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error cedar_may_permit(const struct cedar_request *request, const struct cedar_world *world,
				     struct arena *arena, enum cedar_possibility *ret_possibility, struct fault *why);

#endif
