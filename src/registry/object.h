/* An object of the registry as the values of its fields; from JSON, to JSON, checked against the table of kinds. */
#ifndef TIPSTAFF_REGISTRY_OBJECT_H
#define TIPSTAFF_REGISTRY_OBJECT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "registry/kind.h"
#include "text/json.h"

/* The values are JSON texts, in the order of the kind's fields; ptr NULL where a field has none. Zeroed: no object. */
struct object {
	const struct kind_row *row;
	slice values[KIND_FIELDS_MAX];
};

/* How a JSON object is meant. */
enum object_use {
	OBJECT_CREATE = 0, /* a whole one; object_need checks that nothing is missing */
	OBJECT_PATCH,      /* members replace, null removes (RFC 7396); nothing is required */
	OBJECT_STORED      /* what was stored before: unknown fields are left out, nothing else is checked */
};

/*
 * Takes the fields of `node`, whose kind is `row`. Times are brought to UTC with milliseconds, everything else stays as
 * it was written. Values lie in `doc` or `arena`. In OBJECT_PATCH a field that is to be removed has the value `null`.
 * E_INVALID, the field named: unknown field (with a suggestion), of another type, or not acceptable.
 * E_LIMIT (field named): too long, too many.  E_MEMORY.
 */
MUST_USE enum error object_read(struct object *object, const struct kind_row *row, const struct json_doc *doc,
				const struct json_node *node, enum object_use use, struct arena *arena,
				struct fault *why);
/* As above from JSON text. E_SYNTAX too. */
MUST_USE enum error object_parse(struct object *object, const struct kind_row *row, slice text, enum object_use use,
				 struct arena *arena, struct fault *why);
/* E_INVALID, the field named: a required one is missing. */
MUST_USE enum error object_need(const struct object *object, struct fault *why);

/* The JSON text of a field's value; ptr NULL where it has none or the kind has no such field. */
slice object_value(const struct object *object, slice name);
/* The field must exist. */
void object_set(struct object *object, slice name, slice json);
/* The decoded string of a field; empty where there is none. Memory out of `arena` only where it was escaped. */
slice object_text(const struct object *object, slice name, struct arena *arena);
/* Sets a string value. E_MEMORY. */
MUST_USE enum error object_set_text(struct object *object, slice name, slice text, struct arena *arena,
				    struct fault *why);
MUST_USE enum error object_set_u64(struct object *object, slice name, uint64_t value, struct arena *arena,
				   struct fault *why);

/* The object as JSON, RFC 8785, secrets included (they are sealed): what is stored. E_LIMIT: OBJECT_BYTES_MAX. */
MUST_USE enum error object_write(const struct object *object, struct arena *arena, slice *ret_json, struct fault *why);
/*
 * As it is shown: fields in the order of the table, no secrets but whether they are set. `extra` (may be empty) is a
 * list of further members, written as they are after a comma.
 */
void object_show(const struct object *object, slice extra, struct buffer *out);
/* object_show of what is stored. */
MUST_USE enum error object_show_stored(enum kind kind, slice json, slice extra, struct arena *arena,
				       struct buffer *out, struct fault *why);

#endif
