/* What does not conform to a schema, collected as sentences; for conform.c. */
#ifndef TIPSTAFF_CEDAR_MISMATCH_H
#define TIPSTAFF_CEDAR_MISMATCH_H

#include "cedar/conform.h"
#include "cedar/type.h"

/* Where a value lies: `context.a["b c"][]`, `attribute a.b`, `tag k`. */
struct place {
	const struct place *outer; /* NULL: `name` says what it is */
	slice name;
	bool is_label;   /* no value has this name: a space stands behind it, not a dot */
	bool is_element; /* one of the set `outer`; it has no name */
};

struct mismatch_list {
	struct arena *arena;
	const struct cedar_uid *uid; /* the entity that is looked at; NULL: the request */
	struct cedar_mismatch *items;
	size_t size;
	size_t kept;
	size_t count;
	struct fault *why;
};

/* Each adds one sentence. E_MEMORY. */
MUST_USE enum error mismatch_about(struct mismatch_list *list, const struct place *place, const char *says);
MUST_USE enum error mismatch_missing(struct mismatch_list *list, const struct place *place, const struct type *type);
MUST_USE enum error mismatch_wrong(struct mismatch_list *list, const struct place *place, const struct type *type,
				   struct cedar_value value);
/* `principal: User::"a" ` and what is said of it. */
MUST_USE enum error mismatch_entity(struct mismatch_list *list, const struct place *place, const struct cedar_uid *uid,
				    const char *says);
/* The action does not apply to the type of `uid`, but to `types`. */
MUST_USE enum error mismatch_applies(struct mismatch_list *list, const struct place *place, const struct cedar_uid *uid,
				     const struct cedar_uid *action, const slice *types, uint32_t count);

#endif
