/* Findings and differences as lines of text, so that tests are tables. */
#ifndef TIPSTAFF_TESTS_ANALYSIS_SAY_H
#define TIPSTAFF_TESTS_ANALYSIS_SAY_H

#include "analysis/analysis.h"

extern const struct hash_key say_key;

/* Fails the test where the text is not right. Free the results. */
struct cedar_policyset *say_policies(slice text);
struct cedar_schema *say_schema(slice text);

/*
 * All findings: `0 never-matches; 2 redundant by 0 1; 3 unknown`, notes behind a `~`. An empty schema: none. Each example
 * was decided again from its texts. The text is static.
 */
slice say_findings(slice policies, slice schema);
/*
 * What `allowing` allows and `denying` denies: `permit 0; forbid 2; unknown 1`, each policy of its own set. An empty
 * schema: none. The text is static.
 */
slice say_differences(slice allowing, slice denying, slice schema);
/* The same of what both allow. */
slice say_common(slice a, slice b, slice schema);

#endif
