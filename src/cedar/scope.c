/* The head of a policy against a request. It cannot err. */
#include "cedar/bytes.h"
#include "cedar/evaluate.h"

static bool is_in_list(const struct closure *subject, const struct scope *scope)
{
	for (uint32_t i = 0; i < scope->entity_count; i++)
		if (closure_has(subject, scope->entities[i]))
			return true;
	return false;
}

static bool is_type(const struct cedar_uid *uid, const struct cedar_uid *type)
{
	return uid->type_hash == type->type_hash && bytes_equal(uid->type, type->type);
}

static bool matches(const struct closure *subject, const struct scope *scope)
{
	switch ((enum scope_kind)scope->kind) {
	case SCOPE_ALL:
		return true;
	case SCOPE_EQUAL:
		return cedar_uid_equal(subject->uid, scope->entity);
	case SCOPE_IN:
		return scope->is_list ? is_in_list(subject, scope) : closure_has(subject, scope->entity);
	case SCOPE_IS:
		return is_type(subject->uid, scope->type);
	case SCOPE_IS_IN:
		return is_type(subject->uid, scope->type) && closure_has(subject, scope->entity);
	}
	return false;
}

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

unsigned evaluate_scope(struct evaluation *evaluation, const struct policy *policy)
{
	/* The action first: it tells most policies apart. */
	static const unsigned char order[3] = {VARIABLE_ACTION, VARIABLE_RESOURCE, VARIABLE_PRINCIPAL};
	unsigned result = CEDAR_CAN_TRUE;
	for (unsigned i = 0; i < 3; i++) {
		const struct scope *scope = &policy->scopes[order[i]];
		const struct closure *subject = &evaluation->subjects[order[i]];
		if (subject->uid) {
			if (!matches(subject, scope))
				return CEDAR_CAN_FALSE;
			continue;
		}
		unsigned possible = possible_matches(evaluation->variables[order[i]].as.uid, scope);
		if (possible == CEDAR_CAN_FALSE)
			return CEDAR_CAN_FALSE;
		result |= possible;
	}
	return result;
}

/* What was found once in this request holds for all policies with this condition; errors are told to each. */
static unsigned evaluate_clause(struct evaluation *evaluation, const struct clause *clause)
{
	unsigned known = evaluation->memo ? evaluation->memo[clause->root] : 0;
	struct cedar_value value;
	if (known)
		return known;
	if (!evaluate(evaluation, clause->code, &value))
		return CEDAR_CAN_ERROR;
	unsigned outcomes = outcomes_of(value);
	if (outcomes == CEDAR_CAN_OTHER)
		evaluation_type_error(evaluation, "bool", value);
	else if (evaluation->memo)
		evaluation->memo[clause->root] = (unsigned char)outcomes;
	return outcomes;
}

/* Conditions are a chain of &&, each `unless` negated. */
unsigned evaluate_conditions(struct evaluation *evaluation, const struct policy *policy)
{
	unsigned sofar = 0;
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		unsigned outcomes = evaluate_clause(evaluation, clause);
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
