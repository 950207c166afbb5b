/* Cedar values out of JSON: Cedar's own form with `__entity` and `__extn`, and plain data such as tool arguments. */
#ifndef TIPSTAFF_CEDAR_JSON_H
#define TIPSTAFF_CEDAR_JSON_H

#include "cedar/value.h"

struct json_doc;
struct json_node;

/*
 * Cedar's form: `{"__entity":{"type":T,"id":I}}`, `{"__extn":{"fn":F,"arg":A}}`, integers, text, booleans, arrays (sets)
 * and objects (records). Texts are borrowed from the document.
 * E_INVALID: null, a number that is no 64-bit integer, or a malformed escape; the sentence names the place.
 * E_LIMIT: CEDAR_VALUE_DEPTH_MAX.  E_MEMORY.
 */
MUST_USE enum error cedar_value_from_json(struct arena *arena, const struct hash_key *key, const struct json_doc *doc,
					  const struct json_node *node, struct cedar_value *ret_value,
					  struct fault *why);

/* What a plain reading left out, because Cedar has no value for it. */
struct cedar_json_loss {
	size_t nulls;   /* null: members and elements are left out */
	size_t numbers; /* numbers that are neither 64-bit integers nor decimals of at most four fraction digits */
	slice first;    /* the member, or the span of the element, that was the first to be left out */
};

/*
 * Data of a stranger, which can name no entity and call no constructor: `__entity` and `__extn` are ordinary members.
 * Integers become long, other numbers decimal where that is exact, arrays sets, objects records.
 * `*ret_value` is CEDAR_NONE where the whole is null or not representable. `loss` may be NULL.
 * E_LIMIT: CEDAR_VALUE_DEPTH_MAX.  E_MEMORY.
 */
MUST_USE enum error cedar_value_from_plain_json(struct arena *arena, const struct json_doc *doc,
						const struct json_node *node, struct cedar_value *ret_value,
						struct cedar_json_loss *loss, struct fault *why);

#endif
