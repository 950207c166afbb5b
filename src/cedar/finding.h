/* The policies that matter for a decision, as they are found, and the result that they make. */
#ifndef TIPSTAFF_CEDAR_FINDING_H
#define TIPSTAFF_CEDAR_FINDING_H

#include "cedar/evaluate.h"

struct finding {
	uint32_t set;
	uint32_t policy;
	slice message; /* of an error; of a reason its witness */
};

#define FINDINGS_FEW 4u

/* The first few are here, more of them in the arena. */
struct finding_list {
	struct finding *items; /* NULL: none yet */
	size_t count;
	size_t size;
	struct finding few[FINDINGS_FEW];
};

/* Zeroed, or after findings_start, nothing was found. It stays where it is. */
struct findings {
	struct finding_list permits;
	struct finding_list forbids;
	struct finding_list errors;
};

static inline void findings_start(struct findings *findings)
{
	struct finding_list *const lists[] = {&findings->permits, &findings->forbids, &findings->errors};
	for (unsigned i = 0; i < 3; i++) {
		lists[i]->items = lists[i]->few;
		lists[i]->count = 0;
		lists[i]->size = FINDINGS_FEW;
	}
}

/* Makes room for more. False: no memory, and the evaluation has failed. */
bool finding_list_grow(struct finding_list *list, struct evaluation *evaluation);
/* False: as finding_list_grow. */
static inline bool finding_list_add(struct finding_list *list, struct evaluation *evaluation, uint32_t set,
				    uint32_t policy, slice message)
{
	if (list->count == list->size && !finding_list_grow(list, evaluation))
		return false;
	struct finding *finding = &list->items[list->count++];
	finding->set = set;
	finding->policy = policy;
	finding->message = message;
	return true;
}

/*
 * Notes the outcome of a policy whose head matches; the message of an error is the evaluation's fault. False: the
 * evaluation has failed, for want of memory or because it is not known whether a policy forbids.
 */
bool findings_add(struct findings *findings, struct evaluation *evaluation, struct finding finding,
		  const struct policy *policy, enum outcome outcome);
/* Decision, reasons and errors, in the order of the sets, each policy once. E_MEMORY. */
MUST_USE enum error findings_give(struct findings *findings, const struct cedar_world *world, struct arena *arena,
				  struct cedar_result *result, struct fault *why);

#endif
