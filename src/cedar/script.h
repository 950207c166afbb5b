/* Scripts of characters, and which characters identifiers should have (Unicode technical standards 24 and 39). */
#ifndef TIPSTAFF_CEDAR_SCRIPT_H
#define TIPSTAFF_CEDAR_SCRIPT_H

#include "base/slice.h"

/* A bit for each script. No bit: a character that is not assigned, or private. */
struct script_set {
	uint64_t words[3];
};

/* Scripts that the character is used in; those that are written together count as one more (UTS 39, 5.1). */
struct script_set script_set_of(uint32_t character);
/* Is there a script that all characters of the text, which is UTF-8, are used in? */
bool script_is_single(slice text);
/* Is the character in the general profile of identifiers (UTS 39, 3.1)? */
bool script_allows_identifier(uint32_t character);
/* Characters that turn the direction of text around: embeddings, overrides, isolates. */
bool script_is_bidi_control(uint32_t character);

/* The first character of UTF-8 text that is not empty. `*text` becomes what is behind it. */
uint32_t script_next(slice *text);

/* script_table.c: where each run of characters with one set starts, as character << 8 | set; the first is 0. */
extern const struct script_set script_sets[];
extern const uint32_t script_starts[];
extern const size_t script_start_count;
/* Where allowed and other runs start, in turn; the first is the start of an allowed one. */
extern const uint32_t identifier_edges[];
extern const size_t identifier_edge_count;

#endif
