/* A schema as it was written, names not yet resolved: what both forms of schema are read into. */
#ifndef TIPSTAFF_CEDAR_SCHEMA_RAW_H
#define TIPSTAFF_CEDAR_SCHEMA_RAW_H

#include "cedar/parser.h"
#include "cedar/schema.h"

enum raw_kind {
	RAW_NAME = 0,  /* common type, entity type or primitive, whichever is found first */
	RAW_ENTITY,    /* an entity type; only the JSON form can say so */
	RAW_COMMON,    /* a common type; only the JSON form can say so */
	RAW_PRIMITIVE, /* Long, String, Bool or an extension type; only the JSON form can say so */
	RAW_SET,
	RAW_RECORD,
};

struct raw_attribute;

struct raw_type {
	enum raw_kind kind;
	bool is_open;
	uint32_t offset;
	uint32_t count;
	slice name;
	const struct raw_type *element;
	const struct raw_attribute *attributes;
};

struct raw_attribute {
	slice name;
	const struct raw_type *type;
	bool is_required;
	const struct cedar_annotation *annotations;
	uint32_t annotation_count;
};

/* A name as written, with its place. `id` is used for actions only. */
struct raw_reference {
	slice type; /* empty: an action of the same namespace */
	slice id;
	uint32_t offset;
};

struct raw_entity {
	slice space; /* namespace; empty for none */
	slice name;
	uint32_t offset;
	bool is_enum;
	uint32_t choice_count;
	uint32_t parent_count;
	const slice *choices;
	const struct raw_reference *parents;
	const struct raw_type *shape; /* NULL: none written */
	const struct raw_type *tags;
	const struct cedar_annotation *annotations;
	uint32_t annotation_count;
};

struct raw_action {
	slice space;
	slice id;
	uint32_t offset;
	bool applies;
	uint32_t parent_count;
	uint32_t principal_count;
	uint32_t resource_count;
	const struct raw_reference *parents;
	const struct raw_reference *principals;
	const struct raw_reference *resources;
	const struct raw_type *context; /* NULL: none written */
	const struct cedar_annotation *annotations;
	uint32_t annotation_count;
};

struct raw_common {
	slice space;
	slice name;
	uint32_t offset;
	const struct raw_type *type;
	const struct cedar_annotation *annotations;
	uint32_t annotation_count;
};

struct raw_namespace {
	slice name;
	const struct cedar_annotation *annotations;
	uint32_t annotation_count;
};

struct raw_schema {
	struct arena *arena;
	const struct hash_key *key;
	slice source;
	slice text;
	bool is_json; /* what it was read from */
	struct cedar_problem *problem; /* while it is read; NULL later */
	struct fault *why;
	struct pointer_list spaces;   /* struct raw_namespace, declared ones only */
	struct pointer_list entities; /* struct raw_entity */
	struct pointer_list actions;  /* struct raw_action */
	struct pointer_list commons;  /* struct raw_common */
};

#define RAW_FAIL(raw, code, offset, ...)                                                                               \
	cedar_problem_set((raw)->problem, (raw)->why, (code), (raw)->source, (raw)->text, (offset), __VA_ARGS__)

/* Both check what can be seen without resolving names. */
MUST_USE enum error raw_schema_parse(struct raw_schema *raw, slice text);
MUST_USE enum error raw_schema_parse_json(struct raw_schema *raw, slice text);
/* Adds a declaration; E_INVALID where it is there already in this namespace, or its name is reserved. */
MUST_USE enum error raw_add_entity(struct raw_schema *raw, const struct raw_entity *entity);
MUST_USE enum error raw_add_action(struct raw_schema *raw, const struct raw_action *action);
MUST_USE enum error raw_add_common(struct raw_schema *raw, const struct raw_common *common);
/* Is anything declared in this namespace? */
bool raw_space_is_used(const struct raw_schema *raw, slice space);
bool raw_has_common(const struct raw_schema *raw, slice space, slice name);
/* Resolves all names into `*schema`, whose arena and key are set. */
MUST_USE enum error raw_schema_resolve(struct raw_schema *raw, struct cedar_schema *schema);

#endif
