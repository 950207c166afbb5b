/* Policies and policy sets as JSON, templates and links among them: what is read is written, read again and the same. */
#include "cedar_checks.h"

static void check_set_again(const struct cedar_policyset *set, enum cedar_decision decision)
{
	struct buffer first, second;
	struct cedar_policyset *again;
	buffer_init(&first, CHECKS_BYTES_MAX);
	buffer_init(&second, CHECKS_BYTES_MAX);
	cedar_policyset_write_json(set, &first);
	struct cedar_source source = {.name = SLICE("again"), .text = buffer_slice(&first), .is_json = true};
	enum error error = first.failed ? E_LIMIT : cedar_policyset_build(&key, &source, 1, NULL, 0, &again, NULL, NULL);
	assert(error == E_OK || error == E_LIMIT);
	if (error == E_OK) {
		assert(cedar_policyset_count(again) == cedar_policyset_count(set));
		assert(cedar_policyset_template_count(again) == cedar_policyset_template_count(set));
		assert(check_decision(again) == decision);
		cedar_policyset_write_json(again, &second);
		assert(slice_equal(buffer_slice(&first), buffer_slice(&second)));
		cedar_policyset_free(again);
	}
	buffer_free(&first);
	buffer_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cedar_policyset *set;
	struct cedar_problem problem;
	struct cedar_source source = {.name = SLICE("fuzz"), .text = slice_from(bytes, length), .is_json = true};
	if (cedar_policyset_build(&key, &source, 1, NULL, 0, &set, &problem, NULL) != E_OK)
		return 0;
	for (size_t i = 0; i < cedar_policyset_count(set); i++) {
		check_again(set, i, false);
		check_again(set, i, true);
	}
	check_set_again(set, check_decision(set));
	cedar_policyset_free(set);
	return 0;
}
