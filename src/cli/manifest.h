/* The objects that `apply` is given: YAML documents, .cedar and .entities.json files, read whole and checked before anything is sent. */
#ifndef TIPSTAFF_CLI_MANIFEST_H
#define TIPSTAFF_CLI_MANIFEST_H

#include "daemon/yaml.h"
#include "registry/kind.h"

#define MANIFEST_OBJECTS_MAX 10000u

/* One object as it should be. Lives in the arena. */
struct manifest_object {
	const struct kind_row *kind;
	slice id;
	slice json;                   /* the fields that were given, id included */
	const char *source;           /* the file */
	const struct yaml_node *node; /* NULL for a file that is the object */
};

struct manifest {
	struct arena *arena;
	struct manifest_object *objects;
	size_t count;
	size_t file_count;
};

/*
 * Adds a file, or all .yaml, .yml, .cedar and .entities.json files of a folder and those in it; hidden ones and tests of
 * policies (.test.yaml, .test.yml) are passed over.
 * Every sentence begins with "file:line:column: ".
 * E_SYNTAX, E_TYPE, E_INVALID: not such objects; E_CONFLICT: an object given twice; E_NOT_FOUND, E_IO, E_LIMIT, E_MEMORY.
 */
MUST_USE enum error manifest_add(struct manifest *manifest, slice path, struct fault *why);
/* Adds the objects of one YAML text; `source` is borrowed. */
MUST_USE enum error manifest_add_yaml(struct manifest *manifest, slice text, const char *source, struct fault *why);
/* Adds one that was made here. E_CONFLICT, E_LIMIT, E_MEMORY. */
MUST_USE enum error manifest_add_object(struct manifest *manifest, const struct manifest_object *object,
					struct fault *why);
/* Puts what others refer to, and what forbids, before what depends on it or permits. */
void manifest_order(struct manifest *manifest);
/* Raises an error at the object, or at its field where `field` names one. */
MUST_USE enum error manifest_fail(const struct manifest_object *object, slice field, enum error code, const char *says,
				  struct fault *why);

#endif
