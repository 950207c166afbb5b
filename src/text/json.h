/* A strict reader of JSON (RFC 8259): one pass, one meaning, or none at all. */
#ifndef TIPSTAFF_TEXT_JSON_H
#define TIPSTAFF_TEXT_JSON_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Refused, because two readers could disagree about it: a byte order mark, invalid UTF-8 (also overlong forms and
 * surrogates), a \u escape that is half of a pair, two members of one object whose decoded names are equal, bytes after
 * the value, control characters in strings, NaN, leading zeros and every other liberty.
 *
 * Integers without fraction and exponent that fit are exact int64_t; every other number stays as its text.
 */

enum json_type {
	JSON_NULL = 0,
	JSON_BOOL,
	JSON_INT,    /* an integer literal that fits int64_t; -0 is not one */
	JSON_NUMBER, /* every other number */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
	JSON_TYPE_COUNT
};

/* Read the fields freely, change none. Lives as long as the arena and the text that was parsed. */
struct json_node {
	unsigned char type;     /* enum json_type */
	unsigned char boolean;  /* of JSON_BOOL: 0 or 1 */
	unsigned char member;   /* 1 where the node is the value of a member, so that `key` means something */
	uint32_t count;         /* elements or members */
	uint32_t start;         /* first byte in the text */
	uint32_t end;           /* byte after the last */
	uint32_t key_start;     /* of a member: where its name's opening quote is */
	slice key;              /* of a member: its decoded name */
	struct json_node *next; /* the next element or member, or NULL */
	union {
		slice string;    /* JSON_STRING: decoded; lies in the text where nothing was escaped */
		int64_t integer; /* JSON_INT */
		struct {
			struct json_node *first; /* JSON_ARRAY, JSON_OBJECT; NULL where empty */
			struct json_node *last;
		} children;
	};
};

struct json_doc {
	slice text;
	struct json_node *root;
	uint32_t node_count;
};

#define JSON_DEPTH_MAX 256u /* whatever the limits say: writer and canonical form recurse as deep as a value */

/* Zero stands for the default of that field. */
struct json_limits {
	size_t bytes_max; /* never beyond 2^32 - 1 */
	uint32_t depth_max;
	uint32_t nodes_max;
};

/* A message of a stranger: no agent protocol nests deeper or says more at once. */
#define JSON_BYTES_MAX_DEFAULT (4u * 1024u * 1024u)
#define JSON_LIMITS_DEFAULT ((struct json_limits){JSON_BYTES_MAX_DEFAULT, 64, 262144})

/*
 * Parses all of `text`, which must outlive `*doc`. Nodes and unescaped strings go into `arena`; on failure what was
 * taken from it stays taken. `limits` NULL means JSON_LIMITS_DEFAULT. The sentence says line and column (in bytes).
 * E_SYNTAX: not JSON, or ambiguous (see above).  E_LIMIT: size, depth or nodes.  E_MEMORY.
 */
MUST_USE enum error json_parse(struct json_doc *doc, slice text, const struct json_limits *limits, struct arena *arena,
			       struct fault *why);

/* The same, with decoded strings in an arena of their own, which may live longer than the nodes. */
MUST_USE enum error json_parse_apart(struct json_doc *doc, slice text, const struct json_limits *limits,
				     struct arena *nodes, struct arena *strings, struct fault *why);

/*
 * Parses the one value that begins at `*at`, white space before it left out, and moves `*at` behind it; the rest is not
 * looked at. Places count from the start of `text`. Errors as json_parse.
 */
MUST_USE enum error json_parse_at(struct json_doc *doc, slice text, size_t *at, const struct json_limits *limits,
				  struct arena *arena, struct fault *why);

static inline const struct json_node *json_root(const struct json_doc *doc)
{
	return doc->root;
}

/* `for (node = json_first(array); node; node = json_next(node))`; NULL and scalars have no children. */
static inline const struct json_node *json_first(const struct json_node *node)
{
	return node && node->type >= JSON_ARRAY ? node->children.first : NULL;
}
static inline const struct json_node *json_next(const struct json_node *node)
{
	return node->next;
}
static inline slice json_key(const struct json_node *node)
{
	return node->key;
}
/* The bytes of the value as they came. */
static inline slice json_span(const struct json_doc *doc, const struct json_node *node)
{
	return (slice){doc->text.ptr + node->start, node->end - node->start};
}

/* "null", "boolean", "integer", "number", "string", "array", "object". */
const char *json_type_name(enum json_type type);

/* The value of the member `name`; NULL where there is none, or `object` is NULL or no object. */
const struct json_node *json_get(const struct json_doc *doc, const struct json_node *object, slice name);
/* A member whose name equals `name` only when (ASCII) case is ignored, or NULL: a reader that is less strict than we
 * are would take it for `name`. */
const struct json_node *json_find_fold(const struct json_doc *doc, const struct json_node *object, slice name);

/* False where `node` is NULL or of another type; then the output is unchanged. */
bool json_string(const struct json_node *node, slice *ret_value);
bool json_i64(const struct json_node *node, int64_t *ret_value);
bool json_bool(const struct json_node *node, bool *ret_value);
bool json_is(const struct json_node *node, enum json_type type);
/* Any number, rounded to nearest; false also where it is beyond every finite double. */
bool json_double(const struct json_doc *doc, const struct json_node *node, double *ret_value);

/*
 * The member `name` of `object`. E_INVALID with the field named: of another type, or, for json_need_*, absent.
 * json_opt_*: absent leaves `*ret_value` as it is and is E_OK; null counts as another type.
 * json_opt_node gives NULL where the member is absent.
 */
MUST_USE enum error json_need_string(const struct json_doc *doc, const struct json_node *object, const char *name,
				     slice *ret_value, struct fault *why);
MUST_USE enum error json_opt_string(const struct json_doc *doc, const struct json_node *object, const char *name,
				    slice *ret_value, struct fault *why);
MUST_USE enum error json_need_i64(const struct json_doc *doc, const struct json_node *object, const char *name,
				  int64_t *ret_value, struct fault *why);
MUST_USE enum error json_opt_i64(const struct json_doc *doc, const struct json_node *object, const char *name,
				 int64_t *ret_value, struct fault *why);
MUST_USE enum error json_need_bool(const struct json_doc *doc, const struct json_node *object, const char *name,
				   bool *ret_value, struct fault *why);
MUST_USE enum error json_opt_bool(const struct json_doc *doc, const struct json_node *object, const char *name,
				  bool *ret_value, struct fault *why);
MUST_USE enum error json_need_node(const struct json_doc *doc, const struct json_node *object, const char *name,
				   enum json_type type, const struct json_node **ret_node, struct fault *why);
MUST_USE enum error json_opt_node(const struct json_doc *doc, const struct json_node *object, const char *name,
				  enum json_type type, const struct json_node **ret_node, struct fault *why);

#endif
