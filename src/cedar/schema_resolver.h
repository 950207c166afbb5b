/* While names of a schema are being resolved; for schema_resolve*.c. */
#ifndef TIPSTAFF_CEDAR_SCHEMA_RESOLVER_H
#define TIPSTAFF_CEDAR_SCHEMA_RESOLVER_H

#include "cedar/schema_data.h"
#include "cedar/schema_raw.h"

#include "base/map.h"

/* A common type while it is being unfolded. */
struct common {
	const struct raw_common *raw;
	const struct type *type; /* NULL: not yet */
	bool is_open;            /* its unfolding has begun */
	unsigned depth;          /* of the type; the next too */
	uint32_t parts;
};

struct resolver {
	struct raw_schema *raw;
	struct cedar_schema *schema;
	struct arena *arena;
	struct map entities; /* full name -> struct raw_entity */
	struct map commons;  /* full name -> struct common */
	struct map actions;  /* type, NUL, id -> struct raw_action */
	unsigned depth;
	unsigned deepest; /* that it has been in the common type which is being unfolded */
	uint32_t parts;   /* of the types so far */
};

/* `space::name`; ptr NULL where there is no memory. */
slice resolver_full_name(struct resolver *resolver, slice space, slice name);
/* The key in `actions`; ptr NULL where there is no memory. */
slice resolver_action_key(struct resolver *resolver, slice type, slice id);
bool resolver_is_qualified(slice name);
/* What a name may be declared as; nothing of it: only what the language has itself. */
enum declared { DECLARED_NONE = 0, DECLARED_ENTITY = 1, DECLARED_COMMON = 2, DECLARED_EITHER = 3 };
/* E_INVALID: `name` is not declared as that. */
MUST_USE enum error resolver_undeclared(struct resolver *resolver, slice name, uint32_t offset, enum declared declared);

/* The type of a common type. E_INVALID: it contains itself. */
MUST_USE enum error resolver_unfold(struct resolver *resolver, struct common *common, uint32_t offset,
				    const struct type **ret_type);
/* E_INVALID: a name is not declared.  E_LIMIT: nested too deep, or too many parts. `raw` NULL: an empty record. */
MUST_USE enum error resolver_record_or_empty(struct resolver *resolver, slice space, const struct raw_type *raw,
					     const char *what, uint32_t offset, const struct type **ret_type);
MUST_USE enum error resolver_type(struct resolver *resolver, slice space, const struct raw_type *raw,
				  const struct type **ret_type);
/* Full names of entity types, sorted, each once. */
MUST_USE enum error resolver_names(struct resolver *resolver, slice space, const struct raw_reference *references,
				   uint32_t count, const slice **ret_names, uint32_t *ret_count);

/* Fill the schema. */
MUST_USE enum error resolver_entities(struct resolver *resolver);
MUST_USE enum error resolver_actions(struct resolver *resolver);

#endif
