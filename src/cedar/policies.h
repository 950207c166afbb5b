/* The inside of a policy set. */
#ifndef TIPSTAFF_CEDAR_POLICIES_H
#define TIPSTAFF_CEDAR_POLICIES_H

#include "base/map.h"
#include "cedar/index.h"
#include "cedar/policy.h"

struct source_text {
	slice name;
	slice text;
};

struct cedar_policyset {
	struct arena arena;
	struct hash_key key;
	struct source_text *sources;
	size_t source_count;
	const struct policy **policies; /* static ones and links, in order */
	size_t count;
	size_t size;
	const struct policy **templates;
	size_t template_count;
	size_t template_size;
	struct map by_id; /* of policies and templates */
	struct policy_index index;
};

#endif
