/* Entities JSON, with or without a schema that says what text means. */
#ifndef TIPSTAFF_CEDAR_ENTITIES_JSON_H
#define TIPSTAFF_CEDAR_ENTITIES_JSON_H

#include "cedar/entities.h"
#include "cedar/json_value.h"

struct cedar_schema;

/* As cedar_entities_add_json; `entities` is what is being built, `schema` may be NULL. */
MUST_USE enum error entities_add_json(struct cedar_entities_builder *builder, struct cedar_entities *entities, slice name,
				      slice json, const struct cedar_schema *schema, struct cedar_problem *problem,
				      struct fault *why);

#endif
