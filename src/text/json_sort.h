/* The members of an object in some order; for the files of this folder. */
#ifndef TIPSTAFF_TEXT_JSON_SORT_H
#define TIPSTAFF_TEXT_JSON_SORT_H

#include "text/json.h"

typedef int json_order(const struct json_node *a, const struct json_node *b);

/*
 * `object->count` members, least first, in the arena; NULL where there is no memory. Takes n log n comparisons
 * whatever the names are.
 */
const struct json_node **json_sorted_members(const struct json_node *object, json_order *order, struct arena *arena);

#endif
