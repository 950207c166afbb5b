/* What the parts of registry_plan share while a plan grows. Internal to registry/plan*.c. */
#ifndef TIPSTAFF_REGISTRY_PLAN_WORK_H
#define TIPSTAFF_REGISTRY_PLAN_WORK_H

#include "registry/plan.h"

struct plan_work {
	const struct registry *registry;
	const struct command *command;
	const struct plan_context *context;
	struct arena *arena;
	struct change *changes;
	const struct registry_entry **before; /* of each change: what was there; NULL: nothing */
	size_t count;
	size_t room;
	slice now;     /* RFC 3339 */
	slice affects; /* JSON list of what else stops or starts working; empty: nothing */
	slice report;  /* JSON object that is the answer instead of the object; empty: none */
	bool brief;    /* `report` is the whole answer, of a dry run too */
	slice failed_tests; /* JSON list; empty: none failed */
	slice version; /* JSON: {"id","digest"} of the policy version that is made; empty: none is */
	size_t tests_passed;
	struct object result;      /* the object that the command is about, as it will be */
	int status;
};

MUST_USE enum error plan_create(struct plan_work *work, struct fault *why);
MUST_USE enum error plan_put(struct plan_work *work, struct fault *why);
MUST_USE enum error plan_patch(struct plan_work *work, struct fault *why);
MUST_USE enum error plan_delete(struct plan_work *work, struct fault *why);
MUST_USE enum error plan_move(struct plan_work *work, struct fault *why);
MUST_USE enum error plan_discover(struct plan_work *work, struct fault *why);
MUST_USE enum error plan_policies(struct plan_work *work, struct fault *why);
/* Brings the policies and suites of a version back. */
MUST_USE enum error plan_rollback(struct plan_work *work, const struct registry_entry *version, struct fault *why);
/*
 * The last word on a plan that touches policies or suites: every suite concerned must hold, and the version is added.
 * E_INVALID: a suite fails, or the set cannot be compiled.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error plan_guard_policies(struct plan_work *work, struct fault *why);
/* Puts one object as `plan_put` does; `field` begins the fields of faults. */
MUST_USE enum error plan_put_object(struct plan_work *work, enum kind kind, const struct json_doc *doc,
				    const struct json_node *node, const char *field, struct fault *why);

/*
 * Adds the change that puts `object`, unless it equals `before` (NULL: it is new); then nothing is added. Fills in id,
 * kind, revision and times. `*ret_object` (may be NULL) is the object as it will be.
 */
MUST_USE enum error plan_add_put(struct plan_work *work, const struct object *object, slice id,
				 const struct registry_entry *before, slice verb, slice reason,
				 struct object *ret_object, struct fault *why);
MUST_USE enum error plan_add_delete(struct plan_work *work, const struct registry_entry *before, slice reason,
				    struct fault *why);
/* The change of this plan that puts the object; NULL where there is none. */
const struct change *plan_find(const struct plan_work *work, enum kind kind, slice id);

/*
 * References, and what else a kind demands of the values that differ from `before` (NULL: it is new). Objects that are
 * referred to and may be made on the way are added to the plan.
 */
MUST_USE enum error plan_check(struct plan_work *work, struct object *object, slice id,
			       const struct registry_entry *before, struct fault *why);
/* Sets `definition_sha256` or the like: SHA-256 over RFC 8785 of the JSON text `definition`. */
MUST_USE enum error plan_set_digest(struct plan_work *work, struct object *object, slice field, slice definition,
				    struct fault *why);
/* E_CONFLICT where something still refers to `entry`, naming it. */
MUST_USE enum error plan_check_unreferenced(struct plan_work *work, const struct registry_entry *entry,
					    struct fault *why);

static inline slice plan_text(const struct plan_work *work, const struct object *object, slice name)
{
	return object_text(object, name, work->arena);
}
MUST_USE enum error plan_no_memory(struct fault *why);

#endif
