/* Objects of the registry on screen: a table of many, or one with all its fields. */
#ifndef TIPSTAFF_CLI_SHOW_H
#define TIPSTAFF_CLI_SHOW_H

#include "cli/remote.h"
#include "registry/kind.h"

/* A value as text: strings as they are, lists joined by ", ", objects as JSON, "-" for nothing. Lives in the arena. */
slice show_value(const struct json_doc *doc, const struct json_node *node, struct arena *arena);

/* The columns of the kind, one line for each of the `count` objects. */
struct show_row {
	const struct json_doc *doc;
	const struct json_node *object;
};
MUST_USE enum error show_objects(const struct kind_row *kind, const struct show_row *rows, size_t count,
				      struct arena *arena, struct fault *why);
/* "label  value" for each field that has one; long texts (policies) as a block at the end. */
void show_object(const struct json_doc *doc, const struct json_node *object, struct arena *arena);

#endif
