/*
 * Does a request or an entity store conform to a schema? What the validator promises of a policy holds only for these.
 *
 * The rules are those of the reference engine: a known action, a principal and a resource of types that it applies to,
 * a context of its type; entities of known types with all required and no undeclared attributes, tags and parents of
 * the types that are declared, ids of an enum that are listed, and actions exactly as the schema has them.
 */
#ifndef TIPSTAFF_CEDAR_CONFORM_H
#define TIPSTAFF_CEDAR_CONFORM_H

#include "cedar/authorize.h"
#include "cedar/schema.h"

/* One thing that does not conform. */
struct cedar_mismatch {
	const struct cedar_uid *uid; /* the entity; NULL: the request */
	slice message;               /* `attribute t.a: expected Long, got "x"`; long values are cut */
};

struct cedar_conformance {
	const struct cedar_mismatch *mismatches; /* in the order of the entities */
	size_t kept;                             /* at most CEDAR_MISMATCHES_MAX */
	size_t count;                            /* 0: it conforms */
};

/*
 * The result lives in the arena and borrows names. Of what is unknown, only the type counts. On failure `count` is not
 * 0.
 * E_INVALID: the entities were made with another hash key than the schema.  E_MEMORY.
 */
MUST_USE enum error cedar_conform_request(const struct cedar_schema *schema, const struct cedar_request *request,
					  struct arena *arena, struct cedar_conformance *ret_conformance,
					  struct fault *why);
MUST_USE enum error cedar_conform_entities(const struct cedar_schema *schema, const struct cedar_entities *entities,
					   struct arena *arena, struct cedar_conformance *ret_conformance,
					   struct fault *why);
/* The mismatch as one sentence that names the entity, if there is one. */
void cedar_mismatch_write(struct buffer *out, const struct cedar_mismatch *mismatch);

#endif
