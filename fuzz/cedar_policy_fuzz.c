/* Whatever policies parse can be written as text and as JSON and formatted, read again, and then mean the same. */
#include "cedar_checks.h"

/* Formatted policies are as many, decide the same, and stay as they are when formatted again. */
static void check_format(slice text, size_t count, enum cedar_decision decision)
{
	struct buffer once, twice;
	struct cedar_policyset *again;
	buffer_init(&once, CHECKS_BYTES_MAX);
	buffer_init(&twice, CHECKS_BYTES_MAX);
	enum error error = cedar_format(SLICE("fuzz"), text, &once, NULL, NULL);
	assert(error == E_OK || error == E_LIMIT);
	struct cedar_source source = {.name = SLICE("formatted"), .text = buffer_slice(&once)};
	if (error == E_OK && cedar_policyset_build(&key, &source, 1, NULL, 0, &again, NULL, NULL) == E_OK) {
		assert(cedar_policyset_count(again) == count && check_decision(again) == decision);
		error = cedar_format(SLICE("formatted"), buffer_slice(&once), &twice, NULL, NULL);
		assert(error == E_LIMIT || (error == E_OK && slice_equal(buffer_slice(&once), buffer_slice(&twice))));
		cedar_policyset_free(again);
	}
	buffer_free(&once);
	buffer_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cedar_policyset *set;
	struct cedar_problem problem;
	struct cedar_source source = {.name = SLICE("fuzz"), .text = slice_from(bytes, length)};
	if (cedar_policyset_build(&key, &source, 1, NULL, 0, &set, &problem, NULL) != E_OK)
		return 0;
	for (size_t i = 0; i < cedar_policyset_count(set); i++) {
		check_again(set, i, false);
		check_again(set, i, true);
	}
	check_format(source.text, cedar_policyset_count(set), check_decision(set));
	cedar_policyset_free(set);
	return 0;
}
