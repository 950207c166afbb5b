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

bool scope_matches(const struct closure *subject, const struct scope *scope)
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

bool evaluate_scope(struct evaluation *evaluation, const struct policy *policy)
{
	/* The action first: it tells most policies apart. */
	static const unsigned char order[3] = {VARIABLE_ACTION, VARIABLE_RESOURCE, VARIABLE_PRINCIPAL};
	for (unsigned i = 0; i < 3; i++)
		if (!scope_matches(&evaluation->subjects[order[i]], &policy->scopes[order[i]]))
			return false;
	return true;
}

/* What was found once in this request holds for all policies with this condition; errors are told to each. */
static enum outcome evaluate_clause(struct evaluation *evaluation, const struct clause *clause)
{
	enum outcome known = evaluation->memo ? (enum outcome)evaluation->memo[clause->root] : OUTCOME_NONE;
	struct cedar_value value;
	if (known)
		return known;
	if (!evaluate(evaluation, clause->code, &value))
		return OUTCOME_ERROR;
	if (value.kind != CEDAR_BOOL) {
		(void)evaluation_type_error(evaluation, "bool", value);
		return OUTCOME_ERROR;
	}
	known = value.as.boolean ? OUTCOME_TRUE : OUTCOME_FALSE;
	if (evaluation->memo)
		evaluation->memo[clause->root] = (unsigned char)known;
	return known;
}

/* Conditions are a chain of &&, each `unless` negated. */
enum outcome evaluate_conditions(struct evaluation *evaluation, const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		enum outcome outcome = evaluate_clause(evaluation, clause);
		if (outcome == OUTCOME_ERROR)
			return OUTCOME_ERROR;
		if (outcome == (clause->is_unless ? OUTCOME_TRUE : OUTCOME_FALSE))
			return OUTCOME_FALSE;
	}
	return OUTCOME_TRUE;
}
