/* A small world for tests: policies and entities as text in, decisions out. */
#ifndef TIPSTAFF_TESTS_CEDAR_WORLD_H
#define TIPSTAFF_TESTS_CEDAR_WORLD_H

#include "cedar/cedar.h"

extern const struct hash_key world_key;

/* What evaluating one expression as the only condition of a permit gives: "allow", "deny", "error: ...", "refused: ...".
 * The principal is User::"a", the action Action::"x", the resource R::"r"; context and entities are JSON. */
slice world_evaluate(slice expression, slice context, slice entities);

#endif
