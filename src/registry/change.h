/* One change of the registry: what the log records, the database applies and every snapshot follows. */
#ifndef TIPSTAFF_REGISTRY_CHANGE_H
#define TIPSTAFF_REGISTRY_CHANGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "registry/kind.h"

enum change_op { CHANGE_NONE = 0, CHANGE_PUT, CHANGE_DELETE };

/*
 * As JSON: {"op":"put|delete","kind","id","revision","object":{...},"actor","time"}, and where they say something
 * "verb" (create, update, delete, approve, ...) and "reason".
 */
struct change {
	enum change_op op;
	enum kind kind;
	slice id;
	uint64_t revision; /* of the registry with this change */
	slice object;      /* the whole object after the change, RFC 8785; of a delete: as it was */
	slice actor;       /* who ordered it: "operator:admin" */
	slice time;        /* RFC 3339, UTC, milliseconds */
	slice verb;
	slice reason;
};

/* What surrounds the object in a change. */
#define CHANGE_BYTES_MAX (OBJECT_BYTES_MAX + 8192u)

void change_write(const struct change *change, struct buffer *out);
/*
 * The slices of `*change` lie in `text` or in `arena`.
 * E_SYNTAX, E_INVALID: not a change.  E_LIMIT.  E_MEMORY.
 */
MUST_USE enum error change_read(struct change *change, slice text, struct arena *arena, struct fault *why);

#endif
