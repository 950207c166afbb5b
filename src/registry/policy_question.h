/* A question to policies as a person writes it, decided with no server: for tests and for the command line. Pure. */
#ifndef TIPSTAFF_REGISTRY_POLICY_QUESTION_H
#define TIPSTAFF_REGISTRY_POLICY_QUESTION_H

#include "cedar/cedar.h"
#include "text/json.h"

/* A request in Cedar's own terms, as a person writes it. */
struct policy_question {
	slice principal; /* User::"alice" */
	slice action;
	slice resource;
	slice context; /* JSON; empty: no context */
	bool with_facts;
	bool is_unchecked; /* with a schema: decided although it does not conform */
	struct cedar_history *history; /* see struct cedar_request, as the next two */
	int64_t now_ms;
	slice request_id;
};

/* What questions are decided by. Everything has the same key. */
struct policy_ground {
	const struct hash_key *key;
	const struct cedar_policyset *set;
	const struct cedar_schema *schema;     /* may be NULL */
	const struct cedar_entities *entities; /* may be NULL */
};

/*
 * What the engine decides from: the set over the entities and the actions of the schema. `layers` is room for it; it and
 * the ground live as long as the world.
 */
#define POLICY_GROUND_LAYERS 2u
struct cedar_world policy_ground_world(const struct policy_ground *ground,
				       const struct cedar_entities *layers[POLICY_GROUND_LAYERS]);
/*
 * The result lives in the arena and in the set. The field of the fault is principal, action, resource or context.
 * E_SYNTAX: a name of an entity, or the context is not JSON.  E_INVALID: the context has no Cedar value, the schema no
 * such action, or the request does not conform to it.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error policy_question_decide(const struct policy_ground *ground, const struct policy_question *question,
					   struct arena *arena, struct cedar_result *ret_result, struct fault *why);
/*
 * The request of a question; a part that is empty is left out, for the caller to say what is unknown there. It is not
 * held against the schema: policy_question_conform. Errors as policy_question_decide.
 */
MUST_USE enum error policy_question_read(const struct policy_ground *ground, const struct policy_question *question,
					 struct arena *arena, struct cedar_request *ret_request, struct fault *why);
/* E_INVALID, field principal, resource or context: it does not conform to the schema, which must be there. */
MUST_USE enum error policy_question_conform(const struct policy_ground *ground, const struct cedar_request *request,
					    struct arena *arena, struct fault *why);
/* E_INVALID: there is a schema, and some entity does not conform; the first is named. `name` is for messages. */
MUST_USE enum error policy_ground_conform(const struct policy_ground *ground, slice name, struct arena *arena,
					  struct fault *why);

#endif
