/* What two versions of a policy set are to each other: what changed in the text, and in what is decided. */
#ifndef TIPSTAFF_CLI_POLICY_DIFF_H
#define TIPSTAFF_CLI_POLICY_DIFF_H

#include "cli/diagnostics.h"
#include "cli/policy.h"

/* What happened to a policy. */
enum policy_change_kind { CHANGE_ADDED = 0, CHANGE_REMOVED, CHANGE_CHANGED };

struct policy_change {
	enum policy_change_kind kind;
	slice id;
	slice before; /* without comments; empty where it was not there */
	slice after;
};

struct policy_diff {
	struct arena *arena;
	struct policy_world old;
	struct policy_world new;
	struct cedar_problem problem;
	struct policy_beside beside;
	uint64_t new_max;
	bool has_new_max;
	bool disjoint;
	struct diagnostics_form form;
	struct policy_change *changes;
	size_t change_count;
	size_t same_count;
	struct analysis_differences gained; /* NEW allows, OLD denies */
	struct analysis_differences lost;
	struct analysis_differences common; /* of --disjoint: both allow */
};

/* Differences that are certain. */
static inline size_t policy_diff_found(const struct analysis_differences *differences)
{
	return differences->count - differences->unknown_count;
}
/* Tells all of it, in the form that is wanted. E_LIMIT, E_MEMORY. */
MUST_USE enum error policy_diff_report(const struct policy_diff *diff, struct fault *why);

#endif
