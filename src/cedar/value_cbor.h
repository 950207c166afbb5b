/*
 * Values as CBOR, for what is kept over a restart: one flat array for each value, what holds others before what it holds,
 * so that deep values need no deep CBOR.
 *
 *	value    = bool / int / text / [ENTITY, type, id] / [DECIMAL | DATETIME | DURATION, int]
 *	         / [IP, bytes (4 or 16), prefix] / [SET, count], then that many values
 *	         / [RECORD, count], then that many keys (text, ascending), each with its value
 */
#ifndef TIPSTAFF_CEDAR_VALUE_CBOR_H
#define TIPSTAFF_CEDAR_VALUE_CBOR_H

#include "cedar/value.h"
#include "text/cbor.h"

/* An unknown has no such form and marks the buffer as failed; so does CEDAR_NONE. */
void value_cbor_put(struct cbor_writer *writer, struct cedar_value value);
/*
 * Texts are borrowed from the input, all else is in the arena. Strict: what value_cbor_put would not have written is
 * refused. E_SYNTAX, E_TYPE, E_OVERFLOW: as cbor_next.  E_INVALID: no such value.  E_LIMIT: CEDAR_VALUE_DEPTH_MAX.  E_MEMORY.
 */
MUST_USE enum error value_cbor_read(struct cbor_reader *reader, struct arena *arena, const struct hash_key *key,
				    struct cedar_value *ret_value, struct fault *why);

/* The name of an entity: two items, type and id. A type that is none marks the buffer as failed. */
void value_cbor_put_uid(struct cbor_writer *writer, const struct cedar_uid *uid);
/* Borrowed from the input. Errors as above. */
MUST_USE enum error value_cbor_read_uid(struct cbor_reader *reader, const struct hash_key *key, struct cedar_uid *ret_uid,
					struct fault *why);

#endif
