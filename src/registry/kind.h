/* What the registry can hold: one table of kinds and their fields, from which shape checks, descriptions and columns follow. */
#ifndef TIPSTAFF_REGISTRY_KIND_H
#define TIPSTAFF_REGISTRY_KIND_H

#include "base/error.h"
#include "base/slice.h"

/* In the order in which objects can be created: a kind refers only to those before it. */
enum kind {
	KIND_UNKNOWN = 0,
	KIND_PRINCIPAL,
	KIND_PURPOSE,
	KIND_AGENT,
	KIND_SERVER,
	KIND_TOOL,
	KIND_GRANT,
	KIND_TASK,
	KIND_POLICY,
	KIND_SUITE,
	KIND_POLICY_VERSION,
	KIND_ENTITIES,
	KIND_PEP,
	KIND_REVOCATION,
	KIND_COUNT
};

enum field_type {
	FIELD_TEXT = 0, /* any string */
	FIELD_ID,       /* a string that follows the id rule; `refers` says of what */
	FIELD_URL,      /* absolute, http or https, no user, no fragment */
	FIELD_CHOICE,   /* one of `choices` */
	FIELD_TIME,     /* RFC 3339; kept as UTC with milliseconds */
	FIELD_BOOL,
	FIELD_INTEGER,  /* not negative */
	FIELD_TEXTS,    /* a list of strings */
	FIELD_OBJECT,   /* an object of `shape` */
	FIELD_LIST,     /* a list of any JSON values */
	FIELD_SECRET,   /* a string that is stored sealed and never shown */
	FIELD_TYPE_COUNT
};

/* Rules about what lies inside a value, beyond its type. */
enum field_shape {
	SHAPE_ANY = 0,
	SHAPE_TOOL_PATTERNS, /* `server.tool` or `server.*` each */
	SHAPE_TARGET,        /* {"argument": text, "type": "path"|"url"|"string"} */
	SHAPE_JWKS,          /* {"keys": [public JWK...]}; a private member is refused */
	SHAPE_SERVER_ID,     /* [a-z0-9][a-z0-9-]{0,31} */
	SHAPE_TOOL_ID,       /* `server.name` */
	SHAPE_TOOL_NAME,     /* [A-Za-z0-9_.:/-]{1,128} */
	SHAPE_SHA256,        /* 64 hex digits, lower case */
	SHAPE_PROPERTIES     /* `subject.name`, `resource.name`, or `*` for all names, each */
};

enum field_flag {
	FIELD_REQUIRED = 1,   /* must be given */
	FIELD_READ_ONLY = 2,  /* set by Tipstaff; may be sent back only as it is */
	FIELD_KEPT = 4,       /* absent in PUT: stays as it is (authority never changes by silence) */
	FIELD_FIXED = 8,      /* cannot change once the object exists */
	FIELD_NULLABLE = 16,  /* null may be written and means: none */
	FIELD_MAKES = 32,     /* an unknown reference is created in the same change */
	FIELD_FILTER = 64,    /* may be a filter of a list */
	FIELD_COLUMN = 128,   /* shown in a table of objects */
	FIELD_SHOWN_ONLY = 256 /* exists in answers only, not in what is stored */
};

struct field {
	slice name;
	enum field_type type;
	enum field_shape shape;
	unsigned flags;          /* enum field_flag, or-ed */
	enum kind refers;        /* of FIELD_ID: the kind it must name; KIND_UNKNOWN: any id */
	const char *choices;     /* of FIELD_CHOICE: separated by spaces */
	slice fallback;          /* the value where none is given, as JSON text; empty: none */
	uint32_t bytes_max;      /* of a string, of each string of a list, or of the text of an object or a FIELD_LIST */
	uint32_t count_max;      /* of FIELD_TEXTS and FIELD_LIST */
	const char *says;        /* one line */
};

#define KIND_FIELDS_MAX 32u /* of one kind; a test holds the table against it */

struct kind_row {
	enum kind kind;
	slice name;          /* "agent" */
	slice plural;        /* "agents": the path below /v1/ */
	const char *id_prefix; /* of a generated id (before its '_'); NULL: an id must be given (or follows from other fields) */
	const char *says;
	const struct field *fields;
	size_t field_count;
};

#define OBJECT_ID_BYTES_MAX 128u
/* An object is recorded whole in one record of the log, whose maximum is 65535 bytes, with room for what surrounds it. */
#define OBJECT_BYTES_MAX (60u * 1024u)

/* `kind` is not KIND_UNKNOWN. */
const struct kind_row *kind_row(enum kind kind);
/* KIND_UNKNOWN where there is no such name. */
enum kind kind_of_name(slice name);
enum kind kind_of_plural(slice plural);
/* NULL where the kind has no such field. `*ret_number` (may be NULL) is its place in `fields`. */
const struct field *kind_field(const struct kind_row *row, slice name, size_t *ret_number);
/* The field that was probably meant; empty where none is near. */
slice kind_suggest_field(const struct kind_row *row, slice name);
bool field_has_choice(const struct field *field, slice choice);
/* Walks the choices: start with an empty `rest` made by slice_of(field->choices); empty at the end. */
slice field_next_choice(slice *rest);
/* [A-Za-z0-9][A-Za-z0-9._@-]{0,127} */
bool kind_id_valid(slice id);
/* `server.name` cut at the first dot; false where it is not of that form. */
bool kind_tool_id_split(slice id, slice *ret_server, slice *ret_name);

#endif
