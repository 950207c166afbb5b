/*
 * What a request with unknowns leaves of the policies: the decision where it is certain, and residual policies for the
 * rest.
 *
 * A residual is the policy with all that is known put in: a smaller policy that reads only what is unknown. Once the
 * request is whole, the residuals give exactly the decision, the reasons and the errors that all policies would give.
 */
#ifndef TIPSTAFF_CEDAR_RESIDUAL_H
#define TIPSTAFF_CEDAR_RESIDUAL_H

#include "cedar/authorize.h"
#include "cedar/schema.h"

struct policy;
struct json_writer;

/* A policy that may or may not hold, or that errs. */
struct cedar_residual {
	slice id;
	uint32_t set;    /* position in the world's sets */
	uint32_t policy; /* index in that set */
	enum cedar_effect effect;
	bool may_hold;
	bool may_err;
	const struct policy *left; /* what is left of it */
};

/* Lives in the arena of the request; refers to the policy sets. */
struct cedar_partial {
	/* ALWAYS: allowed whatever the unknowns are. NEVER: denied. */
	enum cedar_possibility possibility;
	const struct cedar_reason *permits; /* that hold whatever the unknowns are */
	size_t permit_count;
	const struct cedar_reason *forbids;
	size_t forbid_count;
	const struct cedar_residual *residuals; /* in the order of the sets */
	size_t residual_count;
};

/*
 * Unknown may be principal, action, resource (see cedar_request) and fields of the context, also inside of records.
 * With a schema, to which request and entities must conform, more is certain; NULL: none.
 * E_INVALID: mixed hash keys, or a context that is no record.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error cedar_partial_make(const struct cedar_request *request, const struct cedar_world *world,
				       const struct cedar_schema *schema, struct arena *arena,
				       struct cedar_partial *ret_partial, struct fault *why);

/*
 * Decides with the unknowns filled in: `request` is the one that `partial` was made of, made whole, and so is the
 * world. Fills `*result` as cedar_authorize does, but for facts.
 */
MUST_USE enum cedar_decision cedar_partial_complete(const struct cedar_partial *partial,
						    const struct cedar_request *request,
						    const struct cedar_world *world, struct arena *arena,
						    struct cedar_result *result);

/* What is left as a policy: in Cedar text on one line, without annotations; and as policy JSON. */
void cedar_residual_write(const struct cedar_residual *residual, struct buffer *out);
void cedar_residual_write_json(const struct cedar_residual *residual, struct json_writer *writer);

/*
 * An unknown as a schema or a person names its type: bool, long, string, set, record, decimal, datetime, duration,
 * ipaddr in any case, or the name of an entity type. E_INVALID: neither.  E_MEMORY.
 */
MUST_USE enum error cedar_unknown_parse(struct arena *arena, const struct hash_key *key, slice type,
					struct cedar_value *ret_unknown, struct fault *why);
/*
 * A field of the context as the schema declares it for the action: an unknown of its type that may be absent where it
 * is optional. E_NOT_FOUND: no such action or field.
 */
MUST_USE enum error cedar_unknown_field(const struct cedar_schema *schema, const struct cedar_uid *action, slice name,
					struct arena *arena, struct cedar_value *ret_unknown, struct fault *why);

#endif
