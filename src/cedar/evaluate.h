/* Evaluating expressions for one request whose values are all known; see partial.h for those that are not. */
#ifndef TIPSTAFF_CEDAR_EVALUATE_H
#define TIPSTAFF_CEDAR_EVALUATE_H

#include "base/memory.h"
#include "cedar/authorize.h"
#include "cedar/policy.h"
#include "cedar/store.h"

/* An entity with all its ancestors, over all layers. */
struct closure {
	const struct cedar_uid *uid;   /* NULL: an unknown entity, only in partial evaluation */
	const struct vertex *vertex;   /* in the first layer that has it; NULL where it does not exist */
	const struct cedar_uid *const *ancestors; /* sorted by hash */
	size_t count;
	uint64_t signature;
	const struct closure *next;
};

struct fact_list {
	struct cedar_fact *facts;
	size_t count;
	size_t size;     /* grows up to CEDAR_FACTS_MAX */
	size_t left_out;
};

struct evaluation {
	const struct cedar_request *request;
	const struct cedar_world *world;
	struct arena *arena;
	struct closure subjects[3];                       /* by enum variable */
	struct cedar_value variables[VARIABLE_COUNT];
	const struct closure *others;                     /* closures of further entities, as they were needed */
	uint64_t steps;
	struct fault fault;                               /* of the expression that erred last */
	enum error failure;                               /* no decision can be made */
	struct fact_list *facts;                          /* NULL: not wanted */
	const char *unknown_sentence;                     /* why the last history condition cannot be decided */
	slice witness;                                    /* of the last that held: see struct cedar_reason */
	uint64_t question;                                /* struct temporal_question's number; 0: none was put */
};

/* E_INVALID: the layers and sets were made with different hash keys.  E_LIMIT: too many of them. */
MUST_USE enum error world_check(const struct cedar_world *world, struct fault *why);
/*
 * E_INVALID: the world or the request is not usable, as one with unknowns.  E_LIMIT, E_MEMORY. Keeps pointers to all
 * of them.
 */
MUST_USE enum error evaluation_start(struct evaluation *evaluation, const struct cedar_request *request,
				     const struct cedar_world *world, struct arena *arena, struct fault *why);

/* False: an error, told in `fault`; where `failure` is set the whole evaluation is void. */
MUST_USE bool evaluate(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value);

/*
 * What all conditions of a policy came to. An error is told in `fault`. UNKNOWN comes of a history that is not known
 * (`unknown_sentence`): it permits nothing, and a policy that may forbid ends the decision.
 */
enum outcome { OUTCOME_NONE = 0, OUTCOME_TRUE, OUTCOME_FALSE, OUTCOME_ERROR, OUTCOME_UNKNOWN };

bool scope_matches(const struct closure *subject, const struct scope *scope);
/* The whole head. */
bool evaluate_scope(const struct evaluation *evaluation, const struct policy *policy);

/* The entity in the first layer that has it, or NULL. */
static inline const struct vertex *world_find(const struct cedar_world *world, const struct cedar_uid *uid)
{
	const struct vertex *vertex = NULL;
	for (size_t i = 0; !vertex && i < world->layer_count; i++)
		vertex = store_find(world->layers[i], uid);
	return vertex;
}

/* Gives a closure the ancestors that its vertex has over all layers. E_MEMORY, E_LIMIT. */
MUST_USE enum error closure_collect(struct closure *closure, const struct cedar_world *world, struct arena *arena,
				    struct fault *why);
/* With the ancestors that the vertex itself has; `vertex` may be NULL. */
static inline void closure_fill(struct closure *closure, const struct cedar_uid *uid, const struct vertex *vertex)
{
	closure->uid = uid;
	closure->vertex = vertex;
	closure->count = vertex ? vertex->ancestor_count : 0;
	closure->ancestors = closure->count ? vertex->ancestors : NULL;
	closure->signature = closure->count ? vertex->signature : 0;
}
/* With all that the world knows. E_MEMORY, E_LIMIT. */
MUST_USE enum error closure_make(struct closure *closure, const struct cedar_uid *uid, const struct cedar_world *world,
				 struct arena *arena, struct fault *why);
/* Is `uid` the entity itself or one of its ancestors? */
bool closure_has(const struct closure *closure, const struct cedar_uid *uid);
/* The closure of any entity, kept for the rest of the request; NULL on failure. */
const struct closure *evaluation_closure(struct evaluation *evaluation, const struct cedar_uid *uid);

/* Operators and methods. False: an error, as of evaluate. */
MUST_USE bool operate(struct evaluation *evaluation, enum node_kind kind, struct cedar_value left,
		      struct cedar_value right, struct cedar_value *ret_value);
MUST_USE bool operate_negate(struct evaluation *evaluation, struct cedar_value value, struct cedar_value *ret_value);
MUST_USE bool operate_like(struct evaluation *evaluation, struct cedar_value text, const struct pattern *pattern,
			   struct cedar_value *ret_value);
MUST_USE bool operate_is_empty(struct evaluation *evaluation, struct cedar_value set, struct cedar_value *ret_value);
/* `*ret_value` is NULL where the entity or record has no such attribute. */
MUST_USE bool operate_find(struct evaluation *evaluation, struct cedar_value holder, slice name,
			   const struct cedar_value **ret_value, bool *ret_exists);
MUST_USE bool operate_attribute(struct evaluation *evaluation, struct cedar_value holder, slice name,
				struct cedar_value *ret_value);
/* The function of the node, with its first two arguments; the number of all is checked here. */
MUST_USE bool operate_call(struct evaluation *evaluation, const struct node *node,
			   const struct cedar_value arguments[2], struct cedar_value *ret_value);
/* Type error: `expected` is a list in words. Always false. */
bool evaluation_type_error(struct evaluation *evaluation, const char *expected, struct cedar_value got);
/* Gives up on the whole request. Always false. */
bool evaluation_fail(struct evaluation *evaluation, enum error failure);
#define EVALUATION_ERROR(evaluation, code, ...)                                                                        \
	((void)!fault_set(&(evaluation)->fault, (code), __FILE__, __LINE__, __VA_ARGS__), false)

/* The history condition of a clause: any outcome but NONE. */
enum outcome temporal_evaluate(struct evaluation *evaluation, const struct node *node);

/* Notes what was read, where facts are wanted. `value` CEDAR_NONE: it was not there. */
void fact_add_node(struct evaluation *evaluation, const struct node *node, struct cedar_value value);
void fact_add_scope(struct evaluation *evaluation, const struct policy *policy);
/* `context.input.x` is not there. */
void fact_add_missing(struct evaluation *evaluation, const slice *path, size_t count);
/* What a history condition came to: true, false or unknown, and which request made it true. */
void fact_add_history(struct evaluation *evaluation, const struct node *node, const char *answer, slice witness);

#endif
