/*
 * The entities of one question: what is stored of subject and resource, with the properties that the asker may assert
 * laid over it.
 *
 * A property that the asker may not assert is left out, and told in `left_out`; so is nothing else: a stored attribute
 * stays what it is unless a believed property of the same name replaces it. Parents and tags are always the stored ones.
 */
#ifndef TIPSTAFF_API_ASSERTED_H
#define TIPSTAFF_API_ASSERTED_H

#include "api/asker.h"
#include "protocol/authzen.h"

struct asserted_entity {
	const char *part; /* "subject" or "resource" */
	const struct cedar_uid *uid;
	const struct json_node *properties; /* NULL: none */
};

/* Properties that were not believed, as `subject.role`. In the arena. */
struct asserted_left_out {
	const slice *names;
	size_t count;
};

/*
 * `*ret_layer` comes before the entities of the snapshot; NULL where it would add nothing. Lives in the arena.
 * E_INVALID, E_LIMIT: a believed property that is no value.  E_MEMORY.
 */
MUST_USE enum error asserted_layer(const struct snapshot *snapshot, const struct asker *asker,
				   const struct json_doc *doc, const struct asserted_entity *subject,
				   const struct asserted_entity *resource, struct arena *arena,
				   struct cedar_entities **ret_layer, struct asserted_left_out *ret_left_out,
				   struct fault *why);

#endif
