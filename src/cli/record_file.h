/* Records as JSON from a file of any length, one after the other; what is held of it is one block. */
#ifndef TIPSTAFF_CLI_RECORD_FILE_H
#define TIPSTAFF_CLI_RECORD_FILE_H

#include "text/json.h"

/* The longest single value. A record has at most 64 KiB as CBOR, and a byte of it at most six in JSON. */
#define RECORD_FILE_VALUE_BYTES_MAX (16u << 20)

/*
 * The file holds what `tipstaff decisions --json` and `watch --json` print: objects with "items", lists, and records by
 * themselves, as many as there are, with white space between. Items are read one by one where they are the first member
 * of their object; else the object as a whole must not be longer than a value.
 */
struct record_file;

/* E_NOT_FOUND, E_IO, E_INVALID: not a path.  E_MEMORY. */
MUST_USE enum error record_file_open(struct record_file **ret_file, slice path, struct fault *why);
/* NULL is fine. */
void record_file_close(struct record_file *file);
/*
 * The next item, valid up to the next call; NULL: there are no more. Whether it is a record is for record_of_json to
 * say. E_SYNTAX, with the number of the item.  E_IO, E_LIMIT, E_MEMORY.
 */
MUST_USE enum error record_file_next(struct record_file *file, const struct json_node **ret_item, struct fault *why);
/* Its number, from 1. */
uint64_t record_file_number(const struct record_file *file);

#endif
