/* Grants as policy: each active grant of an agent becomes one Cedar permit (AUT-2). */
#ifndef TIPSTAFF_DECISION_GRANT_H
#define TIPSTAFF_DECISION_GRANT_H

#include "base/buffer.h"
#include "decision/snapshot.h"

/* A grant of 256 tools and 256 targets of 1 KB each, with room. */
#define GRANT_TEXT_BYTES_MAX (1024u * 1024u)
/* Where determining policies say they come from. */
#define GRANT_SOURCE "grant"

/* Writes the permit. Marks the buffer as failed where it does not fit. */
void grant_write(const struct grant_row *grant, struct buffer *out);
/*
 * Compiles all active grants of row->grants into row->policies. A failure that is not E_MEMORY is a bug of
 * grant_write and is told as E_INTERNAL.
 */
MUST_USE enum error grant_compile(const struct hash_key *key, struct authority_row *row, struct fault *why);
/* Does the grant name this tool? */
bool grant_covers_tool(const struct grant_row *grant, slice tool);

#endif
