/* Reading values out of JSON, led by the type that is expected where there is one. */
#ifndef TIPSTAFF_CEDAR_JSON_VALUE_H
#define TIPSTAFF_CEDAR_JSON_VALUE_H

#include "cedar/problem.h"
#include "cedar/type.h"
#include "text/json.h"

struct json_reader {
	const struct json_doc *doc;
	struct arena *arena;
	const struct hash_key *key;
	slice source; /* its name, for messages */
	struct cedar_problem *problem;
	struct fault *why;
	struct arena *nodes; /* where a document goes but for its strings; NULL: to `arena` as well */
};

/*
 * Parses `text`, which must live as long as the reader, into the reader's arenas: sets `doc`, which the caller made. What is
 * no JSON is told with its place, as READER_FAIL does. Errors as json_parse.
 */
MUST_USE enum error json_read_document(struct json_reader *reader, struct json_doc *doc, slice text,
				       const struct json_limits *limits);

/* An error at a node. */
#define READER_FAIL(reader, code, node, ...)                                                                           \
	cedar_problem_set((reader)->problem, (reader)->why, (code), (reader)->source, (reader)->doc->text,             \
			  (node)->start, __VA_ARGS__)

/*
 * `type` NULL: nothing is expected. E_INVALID also where the schema expects a set, a record with other members, an
 * entity or an extension value; whether a bool, long or string is what it expects is for cedar_conform_* to say.
 */
MUST_USE enum error json_read_value(const struct json_reader *reader, const struct json_node *node,
				    const struct type *type, struct cedar_value *ret_value);
/*
 * Where nothing is expected, every number is an integer, also in members that an escape does not ask for. E_INVALID: one is
 * not.
 */
MUST_USE enum error json_check_numbers(const struct json_reader *reader, const struct json_node *node);
/* `{"type":T,"id":I}`, or the same below `__entity`. The name is borrowed from the document and the arena. */
MUST_USE enum error json_read_uid(const struct json_reader *reader, const struct json_node *node,
				  struct cedar_uid *ret_uid);

#endif
