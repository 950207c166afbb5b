/* Examples: tried with the real engine, and written as texts. */
#ifndef TIPSTAFF_ANALYSIS_EXAMPLE_H
#define TIPSTAFF_ANALYSIS_EXAMPLE_H

#include "analysis/analysis.h"
#include "analysis/environment.h"
#include "analysis/model.h"

/* The decision of `set`. False: there is none (a limit, no memory), or the example does not conform to the schema. */
bool example_decide(const struct example *example, const struct environment *environment,
		    const struct cedar_policyset *set, struct arena *arena, struct cedar_result *ret_result);
/* Is the policy satisfied? */
bool example_satisfies(const struct example *example, const struct environment *environment,
		       const struct cedar_policyset *set, uint32_t policy, struct arena *arena);
/* Where the innermost expression of the policy stands that errs, and why; false: none does. */
bool example_error(const struct example *example, const struct environment *environment,
		   const struct cedar_policyset *set, uint32_t policy, struct arena *arena, uint32_t *ret_place,
		   struct fault *ret_error);
/* E_MEMORY; E_LIMIT where it is too long to show. */
MUST_USE enum error example_write(const struct example *example, struct arena *arena,
				  const struct analysis_example **ret_example, struct fault *why);

#endif
