/* The object that a call touches, taken from its arguments and brought to one spelling. */
#ifndef TIPSTAFF_DECISION_TARGET_H
#define TIPSTAFF_DECISION_TARGET_H

#include "decision/snapshot.h"
#include "text/json.h"

/* Objects that one call may touch: each is decided on its own. */
#define TARGETS_MAX 64u
/* PATH_MAX of Linux, and longer than any URL that proxies let pass. */
#define TARGET_BYTES_MAX 4096u

struct targets {
	slice items[TARGETS_MAX];
	size_t count; /* 0: the tool has no target */
};

/*
 * The target argument of the tool: a string, or an array of strings. E_INVALID with the argument named: it is absent,
 * of another type, empty, or refused as below.  E_LIMIT: TARGETS_MAX, TARGET_BYTES_MAX.  E_MEMORY.
 */
MUST_USE enum error targets_extract(const struct tool_row *tool, const struct json_doc *doc,
				    const struct json_node *arguments, struct arena *arena, struct targets *ret,
				    struct fault *why);

/*
 * Lexical: `.`, `..` and repeated slashes are resolved, a slash at the end is dropped. Symbolic links are not known.
 * E_INVALID: it climbs above the root, is relative with `..`, begins with `~` (a shell's home), or has a NUL or a
 * backslash in it (readers disagree about these).  E_MEMORY.
 */
MUST_USE enum error target_normalise_path(slice path, struct arena *arena, slice *ret_path, struct fault *why);
/*
 * Scheme and host in lower case, default port and fragment dropped, dot segments of the path resolved, an empty path
 * becomes "/". E_INVALID: not `scheme://host...`, with a user in it, control characters, spaces or backslashes, an
 * encoded dot, slash or NUL in the path, or a numeric host that is not four plain decimal numbers.  E_MEMORY.
 */
MUST_USE enum error target_normalise_url(slice url, struct arena *arena, slice *ret_url, struct fault *why);

/* Does the pattern cover the target? `*` stands for any bytes, slashes included; everything else for itself. */
bool target_matches(slice pattern, slice target);

#endif
