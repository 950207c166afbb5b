/* Entities JSON of the usual form, read once into the store without a tree in between. */
#ifndef TIPSTAFF_CEDAR_ENTITIES_PLAIN_H
#define TIPSTAFF_CEDAR_ENTITIES_PLAIN_H

#include "cedar/json_value.h"
#include "cedar/keep.h"
#include "cedar/store.h"
#include "text/json_cursor.h"

struct cedar_schema;

struct plain_reader {
	struct json_cursor cursor;
	struct json_reader *json; /* for what is not of the usual form: its document's text, its key */
	struct arena scratch;     /* of one entity */
	struct keeper *keeper;
	struct cedar_entities *entities;
	const struct cedar_schema *schema;
};

/* Is it done? That there is no memory is remembered. */
static inline bool plain_passed(struct plain_reader *reader, enum error error)
{
	reader->cursor.no_memory = reader->cursor.no_memory || error == E_MEMORY;
	return error == E_OK;
}

/*
 * The entity at the cursor. False: it is of another form, not acceptable, or there is no memory; then nothing of it is
 * in the store but perhaps names, and the cursor is anywhere.
 */
bool plain_read_entity(struct plain_reader *reader);

/* `depth` arrays and objects are open around it. False: as above. */
bool plain_read_value(struct plain_reader *reader, const struct type *type, unsigned depth,
		      struct cedar_value *ret_value);
/* An object as a record, its members typed by `shape`, or all by `every`; both may be NULL. False: as above. */
bool plain_read_record(struct plain_reader *reader, const struct type *shape, const struct type *every, unsigned depth,
		       struct cedar_value *ret_record);
/* `"type":T,"id":I}` behind the brace. */
bool plain_read_type_and_id(struct plain_reader *reader, slice *ret_type, slice *ret_id);

#endif
