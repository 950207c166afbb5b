/* Types, as schemas write them and the validator infers them. */
#ifndef TIPSTAFF_CEDAR_TYPE_H
#define TIPSTAFF_CEDAR_TYPE_H

#include "cedar/value.h"

enum type_kind {
	TYPE_NEVER = 0, /* of the element of the empty set: part of every type */
	TYPE_TRUE,      /* a bool that is always true */
	TYPE_FALSE,
	TYPE_BOOL,
	TYPE_LONG,
	TYPE_STRING,
	TYPE_ENTITY,    /* one of `names` */
	TYPE_ANY_ENTITY,
	TYPE_SET,       /* element */
	TYPE_RECORD,    /* attributes, sorted by name */
	TYPE_EXTENSION, /* extension: enum cedar_kind */
	TYPE_KIND_COUNT
};

struct attribute;

struct type {
	unsigned char kind;      /* enum type_kind */
	unsigned char extension; /* enum cedar_kind, of TYPE_EXTENSION */
	bool is_open;            /* a record that may have further attributes */
	uint32_t count;          /* of names or attributes */
	union {
		const slice *names; /* entity types, sorted */
		const struct type *element;
		const struct attribute *attributes;
	};
};

struct attribute {
	slice name;
	const struct type *type;
	bool is_required;
};

static inline bool type_is_bool(const struct type *type)
{
	return type->kind == TYPE_TRUE || type->kind == TYPE_FALSE || type->kind == TYPE_BOOL;
}
/* Long, String, Bool and the extension types; NULL: no such type. */
const struct type *type_primitive(slice name);
/* Their names, one after the other; ptr NULL behind the last. */
slice type_primitive_name(size_t index);
/* NULL where there is none. `type` is a TYPE_RECORD. */
const struct attribute *type_attribute(const struct type *type, slice name);
/* By name, as a TYPE_RECORD has them. */
void type_sort_attributes(struct attribute *attributes, uint32_t count);
/* As a schema would write it. */
void type_write(struct buffer *out, const struct type *type);
bool type_equal(const struct type *a, const struct type *b);

#endif
