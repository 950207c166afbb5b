/* Policies that look the same but for ids, annotations and layout: found without any search. */
#ifndef TIPSTAFF_ANALYSIS_TWINS_H
#define TIPSTAFF_ANALYSIS_TWINS_H

#include "cedar/policies.h"

#define TWIN_NONE UINT32_MAX

/*
 * For each policy of `set` the first of `among` that looks the same, or TWIN_NONE; where the sets are one, each finds at
 * least itself. In the arena. E_MEMORY.
 */
MUST_USE enum error twins_find(const struct cedar_policyset *set, const struct cedar_policyset *among,
			       struct arena *arena, const uint32_t **ret_twins, struct fault *why);

#endif
