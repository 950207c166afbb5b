/*
 * What can be said of policies without a request at hand: which never match, are covered by others, can err; and in
 * which requests two sets decide differently.
 *
 * With a schema, all requests and entities that conform to it are meant, and that the entities which are looked at are
 * there. Without one, anything goes: every entity and attribute may be missing or of any type.
 *
 * "Never", "always", "the same" are said only after all possibilities were gone through. Every example was decided by
 * cedar_authorize and, under a schema, found to conform. Where neither can be had, it is told as unknown, with the
 * expression that is in the way.
 */
#ifndef TIPSTAFF_ANALYSIS_ANALYSIS_H
#define TIPSTAFF_ANALYSIS_ANALYSIS_H

#include "cedar/policyset.h"
#include "cedar/schema.h"

/* A request with the entities it needs, as texts. */
struct analysis_example {
	slice principal; /* User::"alice" */
	slice action;
	slice resource;
	slice context;   /* a JSON object */
	slice entities;  /* Cedar's entities JSON: an array */
};

enum analysis_rule {
	ANALYSIS_UNKNOWN = 0, /* it was not possible to tell */
	ANALYSIS_NEVER,       /* it matches no request */
	ANALYSIS_FORBIDDEN,   /* whatever it permits, `others` forbid */
	ANALYSIS_REDUNDANT,   /* without it all would be decided the same, because of `others` */
	ANALYSIS_DUPLICATE,   /* it means the same as the one in `others`, which stands before it */
	ANALYSIS_ERROR,       /* there are requests in which it errs and so does nothing */
	ANALYSIS_WIDE,        /* a permit that asks for nothing, or for next to nothing */
	ANALYSIS_RULE_COUNT
};

struct analysis_finding {
	enum analysis_rule rule;
	bool is_note;           /* worth knowing, but no defect */
	uint32_t policy;        /* index in the set */
	uint32_t line;          /* of the policy, or of the expression at fault */
	uint32_t column;        /* in bytes, from 1 */
	slice message;
	const uint32_t *others;
	size_t other_count;
	const struct analysis_example *example; /* NULL: none */
};

struct analysis {
	const struct analysis_finding *findings; /* in the order of the policies */
	size_t count;
	size_t counts[ANALYSIS_RULE_COUNT];
	size_t defects; /* findings that are no notes and not unknown */
};

/* A word for the rule: `never-matches`. */
const char *analysis_rule_name(enum analysis_rule rule);

/* The result lives in the arena. `schema` may be NULL. E_MEMORY.  E_INVALID: schema and set have different hash keys. */
MUST_USE enum error analysis_run(const struct cedar_schema *schema, const struct cedar_policyset *set,
				 struct arena *arena, struct analysis *ret_analysis, struct fault *why);

#define ANALYSIS_NO_TWIN UINT32_MAX
/*
 * For each policy of `set` the first of `among` that says the same but for id, annotations and layout, or
 * ANALYSIS_NO_TWIN; found without any search. In the arena. E_MEMORY.
 */
MUST_USE enum error analysis_twins(const struct cedar_policyset *set, const struct cedar_policyset *among,
				   struct arena *arena, const uint32_t **ret_twins, struct fault *why);

/* A request that one set allows and the other does not. */
struct analysis_difference {
	bool is_unknown;         /* it was not possible to tell; there is no example */
	bool is_of_permit;       /* `policy` is a permit of the set that allows; else a forbid of the one that denies */
	uint32_t policy;
	slice message;
	const struct analysis_example *example;
};

struct analysis_differences {
	const struct analysis_difference *items;
	size_t count;
	size_t unknown_count;
};

/*
 * Requests that `allowing` allows and `denying` denies: at least one for each permit of `allowing`, and for each forbid of `denying`,
 * that makes such a difference. None and no unknown: whatever `allowing` allows, `denying` allows too. Errors as
 * analysis_run.
 */
MUST_USE enum error analysis_differences(const struct cedar_schema *schema, const struct cedar_policyset *allowing,
					 const struct cedar_policyset *denying, struct arena *arena,
					 struct analysis_differences *ret_differences, struct fault *why);

/* Requests that both sets allow, one for each permit of `a` where there is one. None and no unknown: they are disjoint. */
MUST_USE enum error analysis_common(const struct cedar_schema *schema, const struct cedar_policyset *a,
				    const struct cedar_policyset *b, struct arena *arena,
				    struct analysis_differences *ret_common, struct fault *why);

#endif
