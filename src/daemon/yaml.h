/*
 * Strict YAML for configuration and `apply`: a small tree in which every node knows its line.
 *
 * What may surprise a reader is refused instead of interpreted: anchors, aliases, tags, directives, duplicate keys,
 * keys that are not plain text, a byte order mark, and anything beyond the limits below. Of the plain scalars only
 * `true`, `false`, `null`, `~` and numbers are not text; `yes`, `no`, `on` and `off` must be quoted, since readers of
 * YAML disagree on them.
 *
 * Every sentence in a fault starts with "source:line:column: ", counted from 1.
 */
#ifndef TIPSTAFF_DAEMON_YAML_H
#define TIPSTAFF_DAEMON_YAML_H

#include "base/arena.h"
#include "base/error.h"
#include "text/json_writer.h"

#define YAML_BYTES_MAX     (4u * 1024 * 1024) /* one file; policies and tool definitions are far smaller */
#define YAML_DEPTH_MAX     32u                /* as much as any object of ours needs, with room */
#define YAML_NODES_MAX     100000u
#define YAML_KEYS_MAX      1000u              /* of one mapping; they are compared pairwise */
#define YAML_DOCUMENTS_MAX 10000u

enum yaml_type { YAML_SCALAR = 0, YAML_SEQUENCE, YAML_MAPPING };

/* What a scalar is when it is read by itself. A quoted scalar is always text. */
enum yaml_sort { YAML_TEXT = 0, YAML_NULL, YAML_BOOLEAN, YAML_INTEGER, YAML_FLOAT, YAML_AMBIGUOUS };

/* Lives in the arena. Children hang in the order of the file; those of a mapping carry their key. */
struct yaml_node {
	enum yaml_type type;
	bool quoted;
	unsigned line;
	unsigned column;
	const char *source;
	slice text;            /* of a scalar */
	slice key;             /* where the parent is a mapping */
	unsigned key_line;
	unsigned key_column;
	size_t count;          /* of children */
	const struct yaml_node *first;
	const struct yaml_node *next;
};

/*
 * Reads all documents of `text`; empty ones are left out. `*ret_first` is NULL where there is none, the others hang
 * behind it on `next`. `source` (a file name) is borrowed for as long as the nodes live.
 * E_SYNTAX: not YAML, or refused as above.  E_LIMIT.  E_MEMORY.
 */
MUST_USE enum error yaml_parse_all(slice text, const char *source, struct arena *arena,
				   const struct yaml_node **ret_first, struct fault *why);
/* As above for a file of one document. An empty file gives NULL. E_SYNTAX: also where a second document follows. */
MUST_USE enum error yaml_parse(slice text, const char *source, struct arena *arena, const struct yaml_node **ret_root,
			       struct fault *why);

/* The child under `key`; NULL where there is none, or where `node` is NULL or not a mapping. */
const struct yaml_node *yaml_get(const struct yaml_node *node, slice key);
enum yaml_sort yaml_sort(const struct yaml_node *scalar);
/* "a number", "a list": for sentences. */
const char *yaml_says(const struct yaml_node *node);

/* Typed reading. E_TYPE, naming the key and what stands there instead; `*ret` is as it was. */
MUST_USE enum error yaml_read_text(const struct yaml_node *node, slice *ret, struct fault *why);
MUST_USE enum error yaml_read_boolean(const struct yaml_node *node, bool *ret, struct fault *why);
MUST_USE enum error yaml_read_integer(const struct yaml_node *node, int64_t low, int64_t high, int64_t *ret,
				      struct fault *why);
MUST_USE enum error yaml_expect(const struct yaml_node *node, enum yaml_type type, struct fault *why);
/* E_INVALID: a key that is not among the `count` names, with the nearest one as a suggestion. */
MUST_USE enum error yaml_check_keys(const struct yaml_node *mapping, const char *const *names, size_t count,
				    struct fault *why);

/* Writes the node as JSON. E_TYPE: a scalar of which readers disagree what it is. */
MUST_USE enum error yaml_write_json(struct json_writer *writer, const struct yaml_node *node, struct fault *why);

/* Raises `code` at the place of `node`: "config.yaml:3:1: ...". The field of the fault is the node's key. */
MUST_USE enum error yaml_fail(const struct yaml_node *node, struct fault *why, enum error code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same at the place of its key. */
MUST_USE enum error yaml_fail_key(const struct yaml_node *node, struct fault *why, enum error code, const char *format,
				  ...) __attribute__((format(printf, 4, 5)));

#endif
