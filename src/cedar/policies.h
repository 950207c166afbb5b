/* The inside of a policy set. */
#ifndef TIPSTAFF_CEDAR_POLICIES_H
#define TIPSTAFF_CEDAR_POLICIES_H

#include "cedar/cons.h"
#include "cedar/ids.h"
#include "cedar/index.h"
#include "cedar/policy.h"
#include "text/place.h"

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
	struct ids ids; /* of policies and templates */
	struct policy_index index;
	struct cons cons; /* while the set is being built; the next too */
	struct text_place place; /* of the policy that was read last */
	bool has_remedies; /* some policy has a @remedy */
	bool has_history;  /* some policy has a history condition */
	struct temporal_shapes *shapes; /* monitor.h; NULL: no history condition */
};

/* ptr NULL where it is not there. */
slice policy_annotation(const struct policy *policy, slice key);

struct parser;

/* Adds a policy or template under its id. E_CONFLICT: the id is taken.  E_LIMIT, E_MEMORY. */
MUST_USE enum error policyset_add(struct cedar_policyset *set, struct parser *parser, struct policy *policy, slice id);
MUST_USE enum error policyset_link(struct cedar_policyset *set, const struct cedar_link *link, struct fault *why);
/* Reads policy JSON from the parser's text: one policy with this id, or a set with ids of its own. */
MUST_USE enum error policyset_read_json(struct cedar_policyset *set, struct parser *parser, uint32_t source, slice id,
					bool *ret_has_ids);

#endif
