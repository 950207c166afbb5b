#include "cedar/validate.h"

#include "cedar/complaint.h"
#include "cedar/level.h"
#include "cedar/schema_data.h"
#include "cedar/typecheck.h"

struct validator {
	struct checker checker;
	bool has_level;
	uint32_t level;
	struct type_notes notes;
	struct complaint_list list;
	const struct node **bodies; /* of the policy at hand, each as it was written */
};

/* Turns what the checker found into a finding. */
static enum error take_mistake(struct validator *validator)
{
	struct checker *checker = &validator->checker;
	if (!checker->has_failed)
		return E_OK;
	if (checker->no_memory)
		return FAIL(validator->list.why, E_MEMORY, "no memory for validation");
	checker->has_failed = false;
	return complaint_add(&validator->list, checker->offset, false, checker->message);
}

static void check_scope_names(struct checker *checker, const struct policy *policy, const struct scope *scope)
{
	if (scope->type)
		typecheck_type_name(checker, scope->type->type, policy->offset);
	if (scope->entity)
		typecheck_uid(checker, scope->entity, policy->offset);
	for (uint32_t i = 0; i < scope->entity_count; i++)
		typecheck_uid(checker, scope->entities[i], policy->offset);
}

static enum error check_names(struct validator *validator)
{
	const struct policy *policy = validator->list.policy;
	for (unsigned i = 0; i < 3; i++) {
		check_scope_names(&validator->checker, policy, &policy->scopes[i]);
		TRY(take_mistake(validator));
	}
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		typecheck_names(&validator->checker, validator->bodies[i]);
		TRY(take_mistake(validator));
	}
	return E_OK;
}

static bool scope_allows_type(const struct cedar_schema *schema, const struct scope *scope, slice type)
{
	switch ((enum scope_kind)scope->kind) {
	case SCOPE_EQUAL:
		return !scope->entity || slice_equal(scope->entity->type, type);
	case SCOPE_IN:
		return !scope->entity || schema_type_descends(schema, type, scope->entity->type);
	case SCOPE_IS:
		return slice_equal(scope->type->type, type);
	case SCOPE_IS_IN:
		return slice_equal(scope->type->type, type) &&
		       (!scope->entity || schema_type_descends(schema, type, scope->entity->type));
	case SCOPE_ALL:
		break;
	}
	return true;
}

static bool is_action_in(const struct action_type *action, const struct cedar_uid *uid)
{
	if (cedar_uid_equal(action->uid, uid))
		return true;
	for (uint32_t i = 0; i < action->ancestor_count; i++)
		if (cedar_uid_equal(action->ancestors[i], uid))
			return true;
	return false;
}

static bool scope_allows_action(const struct scope *scope, const struct action_type *action)
{
	if (scope->kind == SCOPE_ALL)
		return true;
	if (scope->kind == SCOPE_EQUAL)
		return cedar_uid_equal(scope->entity, action->uid);
	if (!scope->is_list)
		return is_action_in(action, scope->entity);
	for (uint32_t i = 0; i < scope->entity_count; i++)
		if (is_action_in(action, scope->entities[i]))
			return true;
	return false;
}

static bool any_type(const struct cedar_schema *schema, const struct scope *scope, const slice *types, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (scope_allows_type(schema, scope, types[i]))
			return true;
	return false;
}

/* Is there an action of the head whose principals and resources the head allows too? */
static enum error check_applies(struct validator *validator)
{
	const struct cedar_schema *schema = validator->checker.schema;
	const struct policy *policy = validator->list.policy;
	for (size_t i = 0; i < schema_action_count(schema); i++) {
		const struct action_type *action = schema_action_at(schema, i);
		if (scope_allows_action(&policy->scopes[VARIABLE_ACTION], action) &&
		    any_type(schema, &policy->scopes[VARIABLE_PRINCIPAL], action->principals, action->principal_count) &&
		    any_type(schema, &policy->scopes[VARIABLE_RESOURCE], action->resources, action->resource_count))
			return E_OK;
	}
	return complaint_add(&validator->list, policy->offset, false,
			   SLICE("unable to find an applicable action given the policy scope constraints"));
}

/* Conditions as a chain of &&. The type is NULL after a mistake. */
static const struct type *check_clauses(struct validator *validator)
{
	struct checker *checker = &validator->checker;
	const struct policy *policy = validator->list.policy;
	const struct capability *known = NULL;
	const struct type *all = &type_true;
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		const struct node *body = validator->bodies[i];
		const struct type *type;
		const struct capability *learned;
		if (!typecheck(checker, body, known, &type, &learned))
			return NULL;
		if (type->kind != TYPE_TRUE && type->kind != TYPE_FALSE && type->kind != TYPE_BOOL) {
			checker_fail(checker, body->offset, "the condition is not a Bool");
			return NULL;
		}
		if (type->kind == (clause->is_unless ? TYPE_TRUE : TYPE_FALSE))
			return &type_false;
		if (type->kind == TYPE_BOOL)
			all = &type_bool;
		while (learned && !clause->is_unless) {
			struct capability *copy = ARENA_NEW(checker->arena, struct capability);
			if (!copy) {
				checker_no_memory(checker);
				return NULL;
			}
			*copy = *learned;
			copy->next = known;
			known = copy;
			learned = learned->next;
		}
	}
	return all;
}

/* Can the head match in this environment? An entity that must be in another may always not be. */
static bool head_may_match(const struct validator *validator)
{
	const struct checker *checker = &validator->checker;
	const struct policy *policy = validator->list.policy;
	return scope_allows_action(&policy->scopes[VARIABLE_ACTION], checker->action) &&
	       scope_allows_type(checker->schema, &policy->scopes[VARIABLE_PRINCIPAL], checker->principal->names[0]) &&
	       scope_allows_type(checker->schema, &policy->scopes[VARIABLE_RESOURCE], checker->resource->names[0]);
}

/* Does this part of the head look at ancestors? The type of `is T in` is looked at first. */
static bool looks_up(const struct scope *scope, const struct type *type)
{
	return scope->kind == SCOPE_IN ||
	       (scope->kind == SCOPE_IS_IN && (!type || slice_equal(scope->type->type, type->names[0])));
}

/* The head is read from left to right, and what is behind a part that cannot match does not count. */
static bool head_looks_up(const struct validator *validator)
{
	const struct checker *checker = &validator->checker;
	const struct scope *scopes = validator->list.policy->scopes;
	if (looks_up(&scopes[VARIABLE_PRINCIPAL], checker->principal))
		return true;
	if (!scope_allows_type(checker->schema, &scopes[VARIABLE_PRINCIPAL], checker->principal->names[0]))
		return false;
	if (looks_up(&scopes[VARIABLE_ACTION], NULL))
		return true;
	return scope_allows_action(&scopes[VARIABLE_ACTION], checker->action) &&
	       looks_up(&scopes[VARIABLE_RESOURCE], checker->resource);
}

static void check_levels(struct validator *validator)
{
	const struct policy *policy = validator->list.policy;
	if (validator->level == 0 && head_looks_up(validator))
		checker_fail(&validator->checker, policy->offset,
			     "the head looks at ancestors: this needs level 1, and at most 0 is allowed");
	for (uint32_t i = 0; i < policy->clause_count; i++)
		if (!level_check(&validator->checker, validator->bodies[i], validator->level))
			return;
}

static enum error check_environment(struct validator *validator, bool *may_hold)
{
	type_notes_clear(&validator->notes);
	const struct type *type = head_may_match(validator) ? check_clauses(validator) : &type_false;
	if (!type || type->kind != TYPE_FALSE)
		*may_hold = true;
	if (type && validator->has_level)
		check_levels(validator);
	return take_mistake(validator);
}

static enum error check_environments(struct validator *validator, const struct action_type *action, bool *may_hold)
{
	struct checker *checker = &validator->checker;
	checker->action = action;
	for (uint32_t i = 0; i < action->principal_count; i++) {
		struct type principal = {.kind = TYPE_ENTITY, .count = 1, .names = &action->principals[i]};
		for (uint32_t j = 0; j < action->resource_count; j++) {
			struct type resource = {.kind = TYPE_ENTITY, .count = 1, .names = &action->resources[j]};
			checker->principal = &principal;
			checker->resource = &resource;
			TRY(check_environment(validator, may_hold));
		}
	}
	return E_OK;
}

/* Types are noted by node and mistakes told by place, so that what policies share is laid out for each of them. */
static enum error write_bodies(struct validator *validator)
{
	const struct policy *policy = validator->list.policy;
	struct arena *arena = validator->checker.arena;
	validator->bodies = ARENA_ARRAY(arena, policy->clause_count, const struct node *);
	bool done = validator->bodies != NULL;
	for (uint32_t i = 0; done && i < policy->clause_count; i++)
		done = (validator->bodies[i] = clause_written(&policy->clauses[i], arena)) != NULL;
	return done ? E_OK : FAIL(validator->list.why, E_MEMORY, "no memory for validation");
}

static enum error check_policy(struct validator *validator)
{
	const struct cedar_schema *schema = validator->checker.schema;
	bool may_hold = false;
	TRY(write_bodies(validator));
	TRY(check_names(validator));
	TRY(check_applies(validator));
	for (size_t i = 0; i < schema_action_count(schema); i++)
		TRY(check_environments(validator, schema_action_at(schema, i), &may_hold));
	if (may_hold)
		return E_OK;
	return complaint_add(&validator->list, validator->list.policy->offset, true,
			   SLICE("policy is impossible: the policy expression evaluates to false for all valid requests"));
}

/* Of a link, what it fills in must be there and apply; the rest is said of its template. */
static enum error check_link(struct validator *validator)
{
	const struct policy *policy = validator->list.policy;
	for (unsigned i = 0; i < 3; i++) {
		const struct scope *filled = &policy->scopes[i];
		if (policy->template->scopes[i].has_slot && filled->entity)
			typecheck_type_name(&validator->checker, filled->entity->type, policy->offset);
		TRY(take_mistake(validator));
	}
	return check_applies(validator);
}

static enum error check_all(struct validator *validator)
{
	const struct cedar_policyset *set = validator->checker.set;
	for (uint32_t i = 0; i < set->count; i++) {
		validator->list.policy = set->policies[i];
		validator->list.index = i;
		TRY(validator->list.policy->template ? check_link(validator) : check_policy(validator));
	}
	validator->list.is_template = true;
	for (uint32_t i = 0; i < set->template_count; i++) {
		validator->list.policy = set->templates[i];
		validator->list.index = i;
		TRY(check_policy(validator));
	}
	return E_OK;
}

static enum error validate(struct validator *validator, struct cedar_validation *ret_validation)
{
	const struct cedar_schema *schema = validator->checker.schema;
	const struct cedar_policyset *set = validator->checker.set;
	*ret_validation = (struct cedar_validation){.error_count = 1};
	if (schema->key.k0 != set->key.k0 || schema->key.k1 != set->key.k1)
		return FAIL(validator->list.why, E_INVALID, "schema and policies were made with different hash keys");
	validator->notes.arena = validator->checker.arena;
	validator->checker.notes = validator->has_level ? &validator->notes : NULL;
	TRY(check_all(validator));
	*ret_validation =
		(struct cedar_validation){validator->list.items, validator->list.count, validator->list.errors};
	return E_OK;
}

enum error cedar_validate(const struct cedar_schema *schema, const struct cedar_policyset *set,
			  enum cedar_validation_mode mode, struct arena *arena,
			  struct cedar_validation *ret_validation, struct fault *why)
{
	struct validator validator = {.list = {.set = set, .arena = arena, .why = why},
				      .checker = {.schema = schema, .set = set, .mode = mode, .arena = arena}};
	return validate(&validator, ret_validation);
}

enum error cedar_validate_level(const struct cedar_schema *schema, const struct cedar_policyset *set,
				enum cedar_validation_mode mode, uint32_t level, struct arena *arena,
				struct cedar_validation *ret_validation, struct fault *why)
{
	struct validator validator = {.has_level = true, .level = level,
				      .list = {.set = set, .arena = arena, .why = why},
				      .checker = {.schema = schema, .set = set, .mode = mode, .arena = arena}};
	return validate(&validator, ret_validation);
}
