/*
 * Schemas: which entity types and actions there are, their attributes, and who may do what to what.
 *
 * Read from Cedar's schema language or from its JSON form; immutable once read, shared by threads.
 */
#ifndef TIPSTAFF_CEDAR_SCHEMA_H
#define TIPSTAFF_CEDAR_SCHEMA_H

#include "cedar/entities.h"
#include "cedar/problem.h"
#include "cedar/type.h"

struct cedar_schema;

/*
 * E_SYNTAX: not a schema.  E_INVALID: a name that is not declared, a cycle, a name twice.  E_LIMIT: types nested too deep or
 * too large, common types written out; the text.  E_MEMORY.
 * On failure `*problem` (may be NULL) tells the place where there is one, and `*ret_schema` is NULL.
 */
MUST_USE enum error cedar_schema_parse(const struct hash_key *key, slice name, slice text,
				       struct cedar_schema **ret_schema, struct cedar_problem *problem,
				       struct fault *why);
/* As cedar_schema_parse, from Cedar's schema JSON. */
MUST_USE enum error cedar_schema_parse_json(const struct hash_key *key, slice name, slice json,
					    struct cedar_schema **ret_schema, struct cedar_problem *problem,
					    struct fault *why);
/* NULL is fine. */
void cedar_schema_free(struct cedar_schema *schema);

/*
 * Append the schema in Cedar's schema language, or as JSON, whatever it was read from. What is read back means the same,
 * annotations included; comments are not kept. E_LIMIT: the buffer, or JSON nested too deep.
 * To text, E_UNSUPPORTED: an entity type has the name of a common type, which only JSON can tell apart.
 */
MUST_USE enum error cedar_schema_write_text(const struct cedar_schema *schema, struct buffer *out, struct fault *why);
MUST_USE enum error cedar_schema_write_json(const struct cedar_schema *schema, struct buffer *out, struct fault *why);
/* Do they mean the same? Annotations and names of common types do not count. */
bool cedar_schema_equal(const struct cedar_schema *a, const struct cedar_schema *b);

/* All actions as entities with their hierarchy: a layer for every decision under this schema. Lives as long as it. */
const struct cedar_entities *cedar_schema_actions(const struct cedar_schema *schema);

/*
 * As cedar_entities_add_json, and text stands for an extension value or an entity where the schema says so.
 * Does not check that the entities conform (see conform.h), but inside of attributes the forms must be those expected.
 */
MUST_USE enum error cedar_entities_add_typed_json(struct cedar_entities_builder *builder,
						  const struct cedar_schema *schema, slice name, slice json,
						  struct cedar_problem *problem, struct fault *why);
struct json_doc;
struct json_node;
/*
 * A request's context out of JSON, as the action declares it: attributes that are missing or not declared are
 * E_INVALID, and so is an unknown action; the rest is for cedar_conform_request. Errors else as cedar_value_from_json.
 */
MUST_USE enum error cedar_context_from_json(struct arena *arena, const struct cedar_schema *schema,
					    const struct cedar_uid *action, const struct json_doc *doc,
					    const struct json_node *node, struct cedar_value *ret_context,
					    struct fault *why);

/* What the validator and the readers need of a schema. */
struct entity_type {
	slice name;
	bool is_enum;
	uint32_t choice_count;
	const slice *choices;     /* ids of an enum */
	const struct type *shape; /* a record */
	const struct type *tags;  /* NULL: none */
	uint32_t ancestor_count;
	const slice *ancestors;   /* types it may be in, all of them; sorted */
};

struct action_type {
	const struct cedar_uid *uid;
	bool applies;               /* it has an appliesTo */
	uint32_t principal_count;
	uint32_t resource_count;
	uint32_t ancestor_count;
	const slice *principals;    /* entity types; sorted */
	const slice *resources;
	const struct cedar_uid *const *ancestors;
	const struct type *context; /* a record */
};

size_t schema_entity_type_count(const struct cedar_schema *schema);
const struct entity_type *schema_entity_type_at(const struct cedar_schema *schema, size_t index);
/* NULL where there is none; actions have types too, but are not found here. */
const struct entity_type *schema_entity_type(const struct cedar_schema *schema, slice name);
size_t schema_action_count(const struct cedar_schema *schema);
const struct action_type *schema_action_at(const struct cedar_schema *schema, size_t index);
const struct action_type *schema_action(const struct cedar_schema *schema, const struct cedar_uid *uid);

#endif
