/* Request environments: the combinations of principal type, action and resource type that a schema allows. */
#ifndef TIPSTAFF_ANALYSIS_ENVIRONMENT_H
#define TIPSTAFF_ANALYSIS_ENVIRONMENT_H

#include "cedar/policy.h"
#include "cedar/schema.h"

struct environment {
	const struct cedar_schema *schema; /* NULL: nothing is known, and the rest is NULL too */
	const struct action_type *action;
	const struct type *principal;      /* an entity of one type */
	const struct type *resource;
};

struct environments {
	const struct environment *items;
	size_t count;
};

/* All of the schema's; one that says nothing where `schema` is NULL. E_MEMORY. */
MUST_USE enum error environments_make(const struct cedar_schema *schema, struct arena *arena,
				      struct environments *ret_environments, struct fault *why);
/* False: the head of the policy fits no request of this environment. */
bool environment_admits(const struct environment *environment, const struct policy *policy);
/* May an entity of this type be in one of that? */
bool environment_may_be_in(const struct environment *environment, slice type, slice ancestor);

#endif
