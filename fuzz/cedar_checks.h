/* What holds for every policy set that was read, from whatever form. */
#ifndef TIPSTAFF_FUZZ_CEDAR_CHECKS_H
#define TIPSTAFF_FUZZ_CEDAR_CHECKS_H

#include "fuzz.h"

#include "cedar/cedar.h"

#define CHECKS_BYTES_MAX (64u << 20)

static const struct hash_key key = {1, 2};

static inline void write_policy(const struct cedar_policyset *set, size_t index, bool as_json, struct buffer *out)
{
	if (as_json)
		cedar_policy_write_json(set, index, out);
	else
		cedar_policy_write_text(set, index, out);
}

/* What is written is read again, and then written as the same. */
static inline void check_again(const struct cedar_policyset *set, size_t index, bool as_json)
{
	struct buffer first, second;
	struct cedar_policyset *again;
	buffer_init(&first, CHECKS_BYTES_MAX);
	buffer_init(&second, CHECKS_BYTES_MAX);
	write_policy(set, index, as_json, &first);
	struct cedar_source source = {.name = SLICE("again"), .text = buffer_slice(&first), .is_json = as_json};
	/* Parentheses and JSON nest deeper than what was written: a limit is the one way out. */
	enum error error = first.failed ? E_LIMIT : cedar_policyset_build(&key, &source, 1, NULL, 0, &again, NULL, NULL);
	assert(error == E_OK || error == E_LIMIT);
	if (error == E_OK) {
		assert(cedar_policyset_count(again) == 1);
		write_policy(again, 0, as_json, &second);
		assert(slice_equal(buffer_slice(&first), buffer_slice(&second)));
		cedar_policyset_free(again);
	}
	buffer_free(&first);
	buffer_free(&second);
}

/* Whatever is unknown, what is left of the policies completes to the decision of all of them; and a remedy is found or not. */
static inline void check_partial(const struct cedar_request *whole, const struct cedar_world *world,
				 const struct cedar_result *expected, struct arena *arena)
{
	for (unsigned unknown = 0; unknown < 8; unknown++) {
		struct cedar_request request = *whole;
		struct cedar_partial partial;
		struct cedar_result result;
		request.principal_unknown = unknown & 1;
		request.action_unknown = unknown & 2;
		request.resource_unknown = unknown & 4;
		if (cedar_partial_make(&request, world, NULL, arena, &partial, NULL) != E_OK)
			continue;
		enum cedar_decision decision = cedar_partial_complete(&partial, whole, world, arena, &result);
		assert(result.failure || (decision == expected->decision && result.reason_count == expected->reason_count &&
					  result.error_count == expected->error_count));
	}
	struct cedar_remedy remedy;
	if (cedar_remedy_find(whole, world, arena, &remedy, NULL) == E_OK)
		assert(remedy.count == 0 || expected->decision == CEDAR_DENY);
}

/* The decision on one request, and that what may be permitted leaves room for it. */
static inline enum cedar_decision check_decision(const struct cedar_policyset *set)
{
	struct arena arena;
	struct cedar_result result;
	enum cedar_possibility possibility;
	struct cedar_uid uid = cedar_uid_make(&key, SLICE("A"), SLICE("a"));
	struct cedar_request request = {.principal = &uid, .action = &uid, .resource = &uid, .with_facts = true};
	struct cedar_world world = {NULL, 0, &set, 1};
	arena_init(&arena, CHECKS_BYTES_MAX);
	enum cedar_decision decision = cedar_authorize(&request, &world, &arena, &result);
	assert(decision == result.decision);
	/* What a session has seen before is open to it. */
	bool is_open = cedar_policyset_history_conditions(set) > 0;
	if (!result.failure && cedar_may_permit(&request, &world, &arena, &possibility, NULL) == E_OK)
		assert(possibility == (decision == CEDAR_ALLOW ? CEDAR_ALWAYS : CEDAR_NEVER) ||
		       (is_open && possibility == CEDAR_MAYBE));
	request.resource_unknown = true;
	if (!result.failure && cedar_may_permit(&request, &world, &arena, &possibility, NULL) == E_OK)
		assert(decision == CEDAR_ALLOW ? possibility != CEDAR_NEVER : possibility != CEDAR_ALWAYS);
	if (!result.failure)
		check_partial(&(struct cedar_request){.principal = &uid, .action = &uid, .resource = &uid}, &world, &result,
			      &arena);
	arena_free(&arena);
	return decision;
}

#endif
