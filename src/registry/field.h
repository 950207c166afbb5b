/* Is a JSON value acceptable for a field? */
#ifndef TIPSTAFF_REGISTRY_FIELD_H
#define TIPSTAFF_REGISTRY_FIELD_H

#include "registry/kind.h"
#include "text/json.h"

/*
 * Checks type, length and shape; null is not looked at here and never acceptable.
 * E_INVALID: another type or not acceptable.  E_LIMIT: too long or too many. The field is named ("tools[3]",
 * "target.type").
 */
MUST_USE enum error field_check(const struct field *field, const struct json_doc *doc, const struct json_node *node,
				struct fault *why);

#endif
