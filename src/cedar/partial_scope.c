/* The head and the conditions of a policy against a request with unknowns. */
#include "cedar/bytes.h"
#include "cedar/partial.h"

/* `type` NULL: not even the type is known. */
static unsigned possible_matches(const struct cedar_uid *type, const struct scope *scope)
{
	switch ((enum scope_kind)scope->kind) {
	case SCOPE_ALL:
		return CEDAR_CAN_TRUE;
	case SCOPE_EQUAL:
		return !type || bytes_equal(type->type, scope->entity->type) ? CEDAR_CAN_BOOL : CEDAR_CAN_FALSE;
	case SCOPE_IN:
		return scope->is_list && !scope->entity_count ? CEDAR_CAN_FALSE : CEDAR_CAN_BOOL;
	case SCOPE_IS:
		if (!type)
			return CEDAR_CAN_BOOL;
		return bytes_equal(type->type, scope->type->type) ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE;
	case SCOPE_IS_IN:
		return !type || bytes_equal(type->type, scope->type->type) ? CEDAR_CAN_BOOL : CEDAR_CAN_FALSE;
	}
	return CEDAR_CAN_FALSE;
}

static unsigned possible_subject(const struct partial *partial, const struct policy *policy, unsigned variable)
{
	const struct closure *subject = &partial->evaluation.subjects[variable];
	const struct scope *scope = &policy->scopes[variable];
	if (subject->uid)
		return scope_matches(subject, scope) ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE;
	return possible_matches(partial->evaluation.variables[variable].as.uid, scope);
}

unsigned partial_scope(const struct partial *partial, const struct policy *policy)
{
	/* The action first: it tells most policies apart. */
	static const unsigned char order[3] = {VARIABLE_ACTION, VARIABLE_RESOURCE, VARIABLE_PRINCIPAL};
	unsigned bits = CEDAR_CAN_TRUE;
	for (unsigned i = 0; i < 3; i++) {
		unsigned possible = possible_subject(partial, policy, order[i]);
		if (possible == CEDAR_CAN_FALSE)
			return CEDAR_CAN_FALSE;
		bits |= possible;
	}
	return bits;
}

/* Conditions are a chain of &&, each `unless` negated. What is left of them goes to `kept`, unless that is NULL. */
static unsigned evaluate_clauses(struct partial *partial, const struct policy *policy, struct clause *kept,
				 uint32_t *ret_count)
{
	unsigned bits = 0;
	*ret_count = 0;
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		unsigned pass = clause->is_unless ? CEDAR_CAN_FALSE : CEDAR_CAN_TRUE;
		struct part part;
		if (!partial_evaluate(partial, clause->code, &part))
			return 0;
		unsigned possible = possible_of(part.value);
		if (possible == pass)
			continue;
		if (kept) {
			const struct node *left = residue_child(partial->evaluation.arena, &part, clause->code);
			if (!left)
				return (unsigned)evaluation_fail(&partial->evaluation, E_MEMORY);
			kept[*ret_count] = *clause;
			kept[*ret_count].body = left;
			kept[*ret_count].places = NULL;
			kept[(*ret_count)++].code = left;
		}
		if (possible & CEDAR_CAN_BOOL & ~pass)
			bits |= CEDAR_CAN_FALSE;
		if (possible & ~(unsigned)CEDAR_CAN_BOOL)
			bits |= CEDAR_CAN_ERROR;
		if (!(possible & pass))
			return bits;
	}
	return bits | CEDAR_CAN_TRUE;
}

unsigned partial_conditions(struct partial *partial, const struct policy *policy)
{
	uint32_t count;
	return evaluate_clauses(partial, policy, NULL, &count);
}

/* The head without what is known to match. */
static void open_scopes(const struct partial *partial, struct policy *policy)
{
	for (unsigned i = 0; i < 3; i++) {
		struct scope *scope = &policy->scopes[i];
		if (possible_subject(partial, policy, i) == CEDAR_CAN_TRUE)
			*scope = (struct scope){.kind = SCOPE_ALL};
	}
}

unsigned partial_policy(struct partial *partial, const struct policy *policy, const struct policy **ret_residual)
{
	struct arena *arena = partial->evaluation.arena;
	unsigned scope = partial_scope(partial, policy);
	uint32_t count;
	*ret_residual = NULL;
	if (scope == CEDAR_CAN_FALSE)
		return scope;
	struct clause *kept = ARENA_ARRAY(arena, policy->clause_count, struct clause);
	struct policy *residual = ARENA_NEW(arena, struct policy);
	if (!kept || !residual)
		return (unsigned)evaluation_fail(&partial->evaluation, E_MEMORY);
	unsigned bits = evaluate_clauses(partial, policy, kept, &count);
	if (bits == 0)
		return 0;
	bits |= scope & CEDAR_CAN_FALSE;
	if (bits == CEDAR_CAN_TRUE || bits == CEDAR_CAN_FALSE)
		return bits;
	*residual = *policy;
	residual->clauses = kept;
	residual->clause_count = count;
	open_scopes(partial, residual);
	*ret_residual = residual;
	return bits;
}
