/* The inside of a schema. */
#ifndef TIPSTAFF_CEDAR_SCHEMA_DATA_H
#define TIPSTAFF_CEDAR_SCHEMA_DATA_H

#include "cedar/schema.h"

struct cedar_schema {
	struct arena arena;
	struct hash_key key;
	const struct raw_schema *raw; /* as it was written */
	struct entity_type *types; /* sorted by name */
	size_t type_count;
	struct action_type *actions; /* sorted by hash of the name */
	size_t action_count;
	struct cedar_entities *action_entities;
};

#endif
