/* What the parts of the public library share: handles, the way of errors, the key of the hash tables. */
#ifndef TIPSTAFF_LIB_INSIDE_H
#define TIPSTAFF_LIB_INSIDE_H

#include "cedar/cedar.h"

#include <tipstaff/tipstaff.h>

struct tip_policyset {
	struct cedar_policyset *set;
};

struct tip_entities {
	struct cedar_entities *entities;
};

struct tip_schema {
	struct cedar_schema *schema;
};

/* What one call needs: where its mistakes are collected until they are told, and the process's key. */
struct lib_call {
	struct hash_key key;
	struct cedar_problem problem;
	struct fault why;
};

/* E_INTERNAL: the system gave the process no random bytes. */
MUST_USE enum error lib_call_start(struct lib_call *call);
/* Tells the caller how the call ended and gives the public code. `out` may be NULL. */
MUST_USE int lib_call_end(const struct lib_call *call, enum error code, struct tip_error *out);

/* Checks and completes what the caller gave; NULL is all zeros. E_USAGE. */
MUST_USE enum error lib_options(struct lib_call *call, const char *text, size_t len,
				const struct tip_parse_options *given, struct tip_parse_options *ret_options);
/* E_USAGE: NULL with a length. */
MUST_USE enum error lib_text_check(struct lib_call *call, struct tip_text text, const char *what);

/*
 * Copies the part of a struct that both sides know out to the caller, who set `given_size`; the `size` field stays.
 * False: it is smaller than the first version, and nothing is written.
 */
MUST_USE bool lib_give(void *to, const void *from, size_t own_size, size_t first_size);
/* As lib_give, the other way: fields that the caller does not know are zero. */
MUST_USE bool lib_take(void *own, size_t own_size, const void *given, size_t first_size);

static inline slice lib_slice(struct tip_text text)
{
	return (slice){text.ptr, text.len};
}
static inline struct tip_text lib_text(slice text)
{
	return (struct tip_text){text.ptr, text.len};
}

#endif
