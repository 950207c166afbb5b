/*
 * Cedar values: 16 bytes each, immutable, borrowed from the arena or store they were made in.
 *
 * Sets are sorted and without duplicates, records sorted by key, so equal values look equal. Strings may hold NUL.
 * A zeroed value is no value (CEDAR_NONE); nothing accepts it.
 */
#ifndef TIPSTAFF_CEDAR_VALUE_H
#define TIPSTAFF_CEDAR_VALUE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

enum cedar_kind {
	CEDAR_NONE = 0,
	CEDAR_BOOL,
	CEDAR_LONG,
	CEDAR_STRING,
	CEDAR_ENTITY,
	CEDAR_SET,
	CEDAR_RECORD,
	CEDAR_DECIMAL,  /* as.integer is the number times 10,000 */
	CEDAR_DATETIME, /* as.integer is milliseconds since 1970-01-01T00:00:00Z */
	CEDAR_DURATION, /* as.integer is milliseconds */
	CEDAR_IP,
	CEDAR_UNKNOWN,  /* only in requests that may have unknowns: see authorize.h, residual.h */
	CEDAR_KIND_COUNT
};

/*
 * The name of an entity: `Type::"id"`. The hashes are keyed, so policy sets, entity stores and requests that meet in
 * one decision must be made with the same hash_key (drawn once per process); cedar_authorize refuses mixtures.
 */
struct cedar_uid {
	slice type; /* full name, such as Tipstaff::Agent */
	slice id;   /* any text; NUL allowed */
	uint64_t hash;
	uint64_t type_hash;
};

/* Borrows both texts. Does not check that `type` is a valid name: see cedar_name_check. */
struct cedar_uid cedar_uid_make(const struct hash_key *key, slice type, slice id);
/* The same where the type was hashed before. */
struct cedar_uid cedar_uid_join(const struct hash_key *key, slice type, uint64_t type_hash, slice id);
bool cedar_uid_equal(const struct cedar_uid *a, const struct cedar_uid *b);
/* A copy, texts included, that lives as long as the arena. NULL where there is no memory. */
const struct cedar_uid *cedar_uid_new(struct arena *arena, const struct hash_key *key, slice type, slice id);
const struct cedar_uid *cedar_uid_copy(struct arena *arena, const struct cedar_uid *uid);
/*
 * Reads `Type::"id"` as it stands in a policy. E_SYNTAX: it is not that.  E_MEMORY.
 */
MUST_USE enum error cedar_uid_parse(struct arena *arena, const struct hash_key *key, slice text,
				    const struct cedar_uid **ret_uid, struct fault *why);
/* Is it `ident{::ident}` with no reserved word and no `__cedar` in it? */
bool cedar_name_check(slice name);

struct cedar_ip {
	unsigned char address[16]; /* the first 4 bytes for IPv4 */
	unsigned char prefix;
	bool is_v6;
};

struct cedar_field;
struct type;

struct cedar_value {
	unsigned char kind; /* enum cedar_kind */
	bool has_unknown;   /* a set or record with an unknown somewhere inside */
	uint16_t mask;      /* of CEDAR_UNKNOWN: what it can be, enum cedar_can; of sets, records: depth */
	uint32_t length;    /* bytes of a string, items of a set, fields of a record */
	union {
		bool boolean;
		int64_t integer;
		const char *text;
		const struct cedar_uid *uid; /* of CEDAR_UNKNOWN that is an entity: its type, id without meaning; or NULL */
		const struct type *type;     /* of CEDAR_UNKNOWN that is a record: its type in the schema; or NULL */
		const struct cedar_value *items;
		const struct cedar_field *fields;
		const struct cedar_ip *ip;
	} as;
};
_Static_assert(sizeof(struct cedar_value) == 16, "values are passed in two registers");

struct cedar_field {
	slice key;
	struct cedar_value value;
};

/* What something unknown can be: for kinds but bool, 1 << kind; beside them these. */
enum cedar_can {
	CEDAR_CAN_TRUE = 1,
	CEDAR_CAN_FALSE = 2,
	CEDAR_CAN_BOOL = 3,
	CEDAR_CAN_VALUE = (1 << (CEDAR_IP + 1)) - 1, /* of any kind */
	CEDAR_CAN_ERROR = 1 << CEDAR_UNKNOWN,        /* evaluating it errs */
	CEDAR_CAN_ABSENT = 1 << (CEDAR_UNKNOWN + 1)  /* of a field: it is not there */
};

static inline struct cedar_value cedar_bool(bool boolean)
{
	return (struct cedar_value){.kind = CEDAR_BOOL, .as.boolean = boolean};
}
static inline struct cedar_value cedar_long(int64_t integer)
{
	return (struct cedar_value){.kind = CEDAR_LONG, .as.integer = integer};
}
/* Borrows the text, which must be valid UTF-8 of at most CEDAR_TEXT_BYTES_MAX. */
static inline struct cedar_value cedar_string(slice text)
{
	return (struct cedar_value){.kind = CEDAR_STRING, .length = (uint32_t)text.len, .as.text = text.ptr};
}
static inline struct cedar_value cedar_entity(const struct cedar_uid *uid)
{
	return (struct cedar_value){.kind = CEDAR_ENTITY, .as.uid = uid};
}
static inline struct cedar_value cedar_datetime(int64_t milliseconds)
{
	return (struct cedar_value){.kind = CEDAR_DATETIME, .as.integer = milliseconds};
}
static inline struct cedar_value cedar_duration(int64_t milliseconds)
{
	return (struct cedar_value){.kind = CEDAR_DURATION, .as.integer = milliseconds};
}
/* Any value at all, or none: the field may be absent. */
static inline struct cedar_value cedar_unknown(void)
{
	return (struct cedar_value){.kind = CEDAR_UNKNOWN, .mask = CEDAR_CAN_VALUE | CEDAR_CAN_ABSENT};
}
/* Some value of this kind, which is none of CEDAR_NONE and CEDAR_UNKNOWN. */
static inline struct cedar_value cedar_unknown_of(enum cedar_kind kind)
{
	unsigned mask = kind == CEDAR_BOOL ? CEDAR_CAN_BOOL : 1u << kind;
	return (struct cedar_value){.kind = CEDAR_UNKNOWN, .mask = (uint16_t)mask};
}
/* Some entity of this type, whose id has no meaning. */
static inline struct cedar_value cedar_unknown_entity(const struct cedar_uid *type)
{
	return (struct cedar_value){.kind = CEDAR_UNKNOWN, .mask = 1u << CEDAR_ENTITY, .as.uid = type};
}
/* An unknown field that may also be absent. */
static inline struct cedar_value cedar_unknown_optional(struct cedar_value unknown)
{
	unknown.mask |= CEDAR_CAN_ABSENT;
	return unknown;
}
static inline slice cedar_text(struct cedar_value value)
{
	return (slice){value.as.text, value.length};
}

/* Calls a constructor: `function` is decimal, ip, datetime or duration. E_INVALID: not its form.  E_MEMORY. */
MUST_USE enum error cedar_extension(struct arena *arena, slice function, slice argument, struct cedar_value *ret_value,
				    struct fault *why);

/*
 * A set of the `count` items (sorted and deduplicated in a copy).
 * E_LIMIT: CEDAR_ELEMENTS_MAX, or deeper than CEDAR_VALUE_DEPTH_MAX.  E_INVALID: an item is CEDAR_NONE.  E_MEMORY.
 */
MUST_USE enum error cedar_set(struct arena *arena, const struct cedar_value *items, size_t count,
			      struct cedar_value *ret_value, struct fault *why);

/*
 * A record of the `count` fields (sorted in a copy; keys and values are borrowed).
 * E_CONFLICT: a key twice.  E_LIMIT, E_INVALID, E_MEMORY: as cedar_set.
 */
MUST_USE enum error cedar_record(struct arena *arena, const struct cedar_field *fields, size_t count,
				 struct cedar_value *ret_value, struct fault *why);

/* A record of fields that are in byte order of their keys, each once; borrowed. E_LIMIT, E_INVALID: as cedar_set. */
MUST_USE enum error cedar_record_sorted(const struct cedar_field *fields, size_t count, struct cedar_value *ret_value,
					struct fault *why);

/* Collects the fields of one record in an arena. Errors wait until cedar_fields_finish. */
struct cedar_fields {
	struct arena *arena;
	struct cedar_field *fields;
	size_t count;
	size_t size;
	bool failed;
};

void cedar_fields_init(struct cedar_fields *fields, struct arena *arena);
/* Borrows the key. */
void cedar_fields_add(struct cedar_fields *fields, slice key, struct cedar_value value);
/* As cedar_record, of the fields where they are: none may be added afterwards. */
MUST_USE enum error cedar_fields_finish(const struct cedar_fields *fields, struct cedar_value *ret_record,
					struct fault *why);

/* The field's value, or NULL. `record` is a CEDAR_RECORD. */
const struct cedar_value *cedar_record_get(struct cedar_value record, slice key);
bool cedar_set_contains(struct cedar_value set, struct cedar_value item);
/* As Cedar's ==; never fails. Different kinds are different. */
bool cedar_value_equal(struct cedar_value a, struct cedar_value b);
/* A total order over all values; its meaning is only that it is one. */
int cedar_value_compare(struct cedar_value a, struct cedar_value b);
/* A copy, everything below included. E_MEMORY. */
MUST_USE enum error cedar_value_copy(struct arena *arena, struct cedar_value value, struct cedar_value *ret_copy,
				     struct fault *why);
/* Writes it as a Cedar expression, such as `["a", User::"b"]` or `decimal("1.5")`. */
void cedar_value_write(struct buffer *out, struct cedar_value value);
/* `"text"` with what needs an escape escaped. */
void cedar_string_write(struct buffer *out, slice text);
/* bool, long, string, set, record, or the entity type and extension type names. */
const char *cedar_kind_name(enum cedar_kind kind);

#endif
