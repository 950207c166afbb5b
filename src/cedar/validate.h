/*
 * The validator: do the policies of a set fit a schema, for every request that the schema allows?
 *
 * Templates are validated for all that their slots may be, and of links what they fill in.
 *
 * Strict is what the language promises soundness for; permissive accepts more (mixed types in ==, empty sets, computed
 * constructor arguments) and is for finding out which of the two objects.
 */
#ifndef TIPSTAFF_CEDAR_VALIDATE_H
#define TIPSTAFF_CEDAR_VALIDATE_H

#include "cedar/policyset.h"
#include "cedar/schema.h"

enum cedar_validation_mode { CEDAR_STRICT = 0, CEDAR_PERMISSIVE };

struct cedar_finding {
	slice id; /* of the policy */
	uint32_t policy;  /* index in the set */
	bool is_template; /* ... among its templates */
	bool is_warning;
	uint32_t line;
	uint32_t column;
	slice message;
};

struct cedar_validation {
	const struct cedar_finding *findings; /* each once, in the order of the policies, templates last */
	size_t count;
	size_t error_count; /* 0: the set is valid */
};

/* The result lives in the arena. E_INVALID: mixed hash keys.  E_MEMORY. */
MUST_USE enum error cedar_validate(const struct cedar_schema *schema, const struct cedar_policyset *set,
				   enum cedar_validation_mode mode, struct arena *arena,
				   struct cedar_validation *ret_validation, struct fault *why);

/*
 * As cedar_validate, and each policy must be of this level at most: see cedar/level.h. Level 0 looks into no entity.
 */
MUST_USE enum error cedar_validate_level(const struct cedar_schema *schema, const struct cedar_policyset *set,
					 enum cedar_validation_mode mode, uint32_t level, struct arena *arena,
					 struct cedar_validation *ret_validation, struct fault *why);

#endif
