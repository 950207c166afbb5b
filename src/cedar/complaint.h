/* What is wrong or odd with the policies of a set, each told once; for validate.c and confusable.c. */
#ifndef TIPSTAFF_CEDAR_COMPLAINT_H
#define TIPSTAFF_CEDAR_COMPLAINT_H

#include "cedar/policies.h"
#include "cedar/validate.h"

struct complaint_list {
	const struct cedar_policyset *set;
	struct arena *arena;
	/* what is looked at */
	const struct policy *policy;
	uint32_t index;
	bool is_template;
	/* what was found */
	struct cedar_finding *items;
	size_t count;
	size_t size;
	size_t errors;
	struct text_place place; /* of the policy that was complained of last */
	struct fault *why;
};

/* At a place in the text of the policy's source. The message must live as long as the arena. E_MEMORY. */
MUST_USE enum error complaint_add(struct complaint_list *list, uint32_t offset, bool is_warning, slice message);

#endif
