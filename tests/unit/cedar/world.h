/* A small world for tests: policies and entities as text in, decisions out. */
#ifndef TIPSTAFF_TESTS_CEDAR_WORLD_H
#define TIPSTAFF_TESTS_CEDAR_WORLD_H

#include "cedar/cedar.h"

extern const struct hash_key world_key;

/* What evaluating one expression as the only condition of a permit gives: "allow", "deny", "error: ...", "refused: ...".
 * The principal is User::"a", the action Action::"x", the resource R::"r"; context and entities are JSON. */
slice world_evaluate(slice expression, slice context, slice entities);

/* Policies and entities that must be good; freed by the caller. */
struct cedar_policyset *world_policies(slice text);
struct cedar_entities *world_entities(slice json);
/* `Type::"id"`, in the arena. */
const struct cedar_uid *world_uid(struct arena *arena, slice text);

#endif
