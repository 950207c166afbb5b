/* What the parts of the public library share: handles, the way of errors, the key of the hash tables. */
#ifndef TIPSTAFF_LIB_INSIDE_H
#define TIPSTAFF_LIB_INSIDE_H

#include "cedar/cedar.h"

#include <tipstaff/tipstaff.h>

#include <stddef.h>

struct tip_policyset {
	struct cedar_policyset *set;
};

struct tip_entities {
	struct cedar_entities *entities;
};

struct tip_schema {
	struct cedar_schema *schema;
};

/*
 * Sizes of the first versions of the structs that grow: what a program built against any header gives at least. They
 * never change; what is added stands behind them.
 */
#define LIB_ERROR_BYTES 536u
#define LIB_PARSE_OPTIONS_BYTES 56u
#define LIB_POLICY_BYTES 56u
#define LIB_REQUEST_BYTES 136u
#define LIB_FINDING_BYTES 56u
#define LIB_WORLD_BYTES 40u
#define LIB_SEARCH_BYTES 48u
#define LIB_REMARK_BYTES 64u
#define LIB_EXAMPLE_BYTES 136u
#define LIB_DIFFERENCE_BYTES 48u
#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(struct tip_error) == LIB_ERROR_BYTES, "first version");
_Static_assert(offsetof(struct tip_parse_options, links) == LIB_PARSE_OPTIONS_BYTES, "first version");
_Static_assert(sizeof(struct tip_policy) == LIB_POLICY_BYTES, "first version");
_Static_assert(sizeof(struct tip_request) == LIB_REQUEST_BYTES, "first version");
_Static_assert(sizeof(struct tip_finding) == LIB_FINDING_BYTES, "first version");
_Static_assert(sizeof(struct tip_world) == LIB_WORLD_BYTES, "first version");
_Static_assert(sizeof(struct tip_search) == LIB_SEARCH_BYTES, "first version");
_Static_assert(sizeof(struct tip_remark) == LIB_REMARK_BYTES, "first version");
_Static_assert(sizeof(struct tip_example) == LIB_EXAMPLE_BYTES, "first version");
_Static_assert(sizeof(struct tip_difference) == LIB_DIFFERENCE_BYTES, "first version");
_Static_assert(sizeof(struct tip_link) == 96, "it never grows");
#endif

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

/* A copy that lives as long as the arena. E_MEMORY. */
MUST_USE enum error lib_keep(struct lib_call *call, struct arena *arena, slice text, struct tip_text *ret_text);

/*
 * Copies the part of a struct that both sides know out to the caller, who set `given_size`; the `size` field stays.
 * False: it is smaller than the first version, and nothing is written.
 */
MUST_USE bool lib_give(void *to, const void *from, size_t own_size, size_t first_size);
/* As lib_give, the other way: fields that the caller does not know are zero. */
MUST_USE bool lib_take(void *own, size_t own_size, const void *given, size_t first_size);

/* E_INVALID: the type is no name, or the id not UTF-8.  E_LIMIT, E_USAGE. `what` is for messages. */
MUST_USE enum error lib_uid_make(struct lib_call *call, struct tip_text type, struct tip_text id, const char *what,
				 struct cedar_uid *ret_uid);

/* A request as the engine takes it; it must not move, since it points into itself. */
struct lib_request {
	struct cedar_request request;
	struct cedar_uid principal;
	struct cedar_uid action;
	struct cedar_uid resource;
	const struct cedar_schema *schema; /* may be NULL */
};

/* `flags` are those that may be set. The context lives in the arena. */
MUST_USE enum error lib_request_read(struct lib_call *call, const struct tip_request *given, uint32_t flags,
				     struct arena *arena, struct lib_request *ret);

/* As above: it must not move. */
struct lib_world {
	const struct cedar_policyset *sets[CEDAR_POLICYSETS_MAX];
	const struct cedar_entities *layers[CEDAR_LAYERS_MAX];
	struct cedar_world world;
};

/* With the actions of the schema, which may be NULL. */
MUST_USE enum error lib_world_read(struct lib_call *call, const struct tip_world *given,
				   const struct cedar_schema *schema, struct lib_world *ret);

static inline slice lib_slice(struct tip_text text)
{
	return (slice){text.ptr, text.len};
}
static inline struct tip_text lib_text(slice text)
{
	return (struct tip_text){text.ptr, text.len};
}

#endif
