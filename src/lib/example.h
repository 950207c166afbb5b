/* Examples of an analysis, as the public library gives them. Internal to the library. */
#ifndef TIPSTAFF_LIB_EXAMPLE_H
#define TIPSTAFF_LIB_EXAMPLE_H

#include "analysis/analysis.h"
#include "lib/inside.h"

/* Of one analysis or comparison: of the findings, and of one question at a time. */
#define LIB_ANALYSIS_BYTES_MAX (1024ull * 1024u * 1024u)

/* NULL where there is none. Texts that live as long as the arena, names taken apart. E_MEMORY. */
MUST_USE enum error lib_example_make(struct lib_call *call, const struct analysis_example *found, struct arena *arena,
				     const struct tip_example **ret_example);
/* As tip_analysis_example; `known` may be NULL. */
MUST_USE int lib_example_give(const struct tip_example *known, struct tip_example *to);

#endif
