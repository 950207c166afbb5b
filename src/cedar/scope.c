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

bool evaluate_scope(const struct evaluation *evaluation, const struct policy *policy)
{
	for (unsigned i = 0; i < 3; i++)
		if (!scope_matches(&evaluation->subjects[i], &policy->scopes[i]))
			return false;
	return true;
}
