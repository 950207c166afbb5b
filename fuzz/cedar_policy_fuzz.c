/* Whatever policies parse can be written as text and as JSON, read again, and then written as the same. */
#include "fuzz.h"

#include "cedar/cedar.h"

static const struct hash_key key = {1, 2};

static void check_again(const struct cedar_policyset *set, size_t index, bool as_json)
{
	struct buffer first, second;
	struct cedar_policyset *again;
	buffer_init(&first, 64u << 20);
	buffer_init(&second, 64u << 20);
	if (as_json)
		cedar_policy_write_json(set, index, &first);
	else
		cedar_policy_write_text(set, index, &first);
	struct cedar_source source = {.name = SLICE("again"), .text = buffer_slice(&first), .is_json = as_json};
	/* Parentheses and JSON nest deeper than what was written: a limit is the one way out. */
	enum error error = first.failed ? E_LIMIT : cedar_policyset_build(&key, &source, 1, NULL, 0, &again, NULL, NULL);
	assert(error == E_OK || error == E_LIMIT);
	if (error == E_OK) {
		assert(cedar_policyset_count(again) == 1);
		if (as_json)
			cedar_policy_write_json(again, 0, &second);
		else
			cedar_policy_write_text(again, 0, &second);
		assert(slice_equal(buffer_slice(&first), buffer_slice(&second)));
		cedar_policyset_free(again);
	}
	buffer_free(&first);
	buffer_free(&second);
}

static void check_decision(const struct cedar_policyset *set)
{
	struct arena arena;
	struct cedar_result result;
	enum cedar_possibility possibility;
	struct cedar_uid uid = cedar_uid_make(&key, SLICE("A"), SLICE("a"));
	struct cedar_request request = {.principal = &uid, .action = &uid, .resource = &uid, .with_facts = true};
	struct cedar_world world = {NULL, 0, &set, 1};
	arena_init(&arena, 64u << 20);
	enum cedar_decision decision = cedar_authorize(&request, &world, &arena, &result);
	assert(decision == result.decision);
	if (!result.failure && cedar_may_permit(&request, &world, &arena, &possibility, NULL) == E_OK)
		assert(possibility == (decision == CEDAR_ALLOW ? CEDAR_ALWAYS : CEDAR_NEVER));
	/* With an unknown resource the answer must still leave room for this one. */
	request.resource_unknown = true;
	if (!result.failure && cedar_may_permit(&request, &world, &arena, &possibility, NULL) == E_OK)
		assert(decision == CEDAR_ALLOW ? possibility != CEDAR_NEVER : possibility != CEDAR_ALWAYS);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cedar_policyset *set;
	struct cedar_problem problem;
	struct cedar_source source = {.name = SLICE("fuzz"), .text = slice_from(bytes, length)};
	source.is_json = length > 0 && bytes[0] == '{';
	enum error error = cedar_policyset_build(&key, &source, 1, NULL, 0, &set, &problem, NULL);
	if (error != E_OK)
		return 0;
	for (size_t i = 0; i < cedar_policyset_count(set); i++) {
		check_again(set, i, false);
		check_again(set, i, true);
	}
	check_decision(set);
	cedar_policyset_free(set);
	return 0;
}
