/* The head and the conditions of a policy against a request with unknowns. */
#include "cedar/bytes.h"
#include "cedar/partial.h"

/* `type` NULL: not even the type is known. */
static unsigned possible_matches(const struct cedar_uid *type, const struct scope *scope)
{
	unsigned both = CEDAR_CAN_TRUE | CEDAR_CAN_FALSE;
	switch ((enum scope_kind)scope->kind) {
	case SCOPE_ALL:
		return CEDAR_CAN_TRUE;
	case SCOPE_EQUAL:
		return !type || slice_equal(type->type, scope->entity->type) ? both : CEDAR_CAN_FALSE;
	case SCOPE_IN:
		return scope->is_list && !scope->entity_count ? CEDAR_CAN_FALSE : both;
	case SCOPE_IS:
		return !type ? both : slice_equal(type->type, scope->type->type) ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE;
	case SCOPE_IS_IN:
		return !type || slice_equal(type->type, scope->type->type) ? both : CEDAR_CAN_FALSE;
	}
	return CEDAR_CAN_FALSE;
}

unsigned partial_scope(struct evaluation *evaluation, const struct policy *policy)
{
	/* The action first: it tells most policies apart. */
	static const unsigned char order[3] = {VARIABLE_ACTION, VARIABLE_RESOURCE, VARIABLE_PRINCIPAL};
	unsigned result = CEDAR_CAN_TRUE;
	for (unsigned i = 0; i < 3; i++) {
		const struct scope *scope = &policy->scopes[order[i]];
		const struct closure *subject = &evaluation->subjects[order[i]];
		unsigned possible = subject->uid ? (scope_matches(subject, scope) ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE)
						 : possible_matches(evaluation->variables[order[i]].as.uid, scope);
		if (possible == CEDAR_CAN_FALSE)
			return CEDAR_CAN_FALSE;
		result |= possible;
	}
	return result;
}

static unsigned partial_clause(struct evaluation *evaluation, const struct clause *clause)
{
	struct cedar_value value;
	return partial(evaluation, clause->code, &value) ? outcomes_of(value) : CEDAR_CAN_ERROR;
}

/* Conditions are a chain of &&, each `unless` negated. */
unsigned partial_conditions(struct evaluation *evaluation, const struct policy *policy)
{
	unsigned sofar = 0;
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		unsigned outcomes = partial_clause(evaluation, clause);
		unsigned pass = clause->is_unless ? CEDAR_CAN_FALSE : CEDAR_CAN_TRUE;
		unsigned stop = CEDAR_CAN_TRUE + CEDAR_CAN_FALSE - pass;
		if (outcomes & stop)
			sofar |= CEDAR_CAN_FALSE;
		if (outcomes & (CEDAR_CAN_ERROR | CEDAR_CAN_OTHER))
			sofar |= CEDAR_CAN_ERROR;
		if (!(outcomes & pass))
			return sofar;
	}
	return sofar | CEDAR_CAN_TRUE;
}
