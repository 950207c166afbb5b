#include "registry/policy_test.h"

#include "registry/policy_history.h"

#include <stdio.h>

#define OUTCOME_BYTES_MAX (64u * 1024u)

/* Policies of a result, and how a test names them. */
struct decided {
	const struct cedar_policyset *set;
	const uint32_t *policies;
	size_t count;
};

static bool is_named(const struct cedar_policyset *set, size_t index, slice name)
{
	return slice_equal(cedar_policyset_info(set, index).id, name) ||
	       (name.len > 0 && slice_equal(cedar_policyset_annotation(set, index, SLICE("id")), name));
}

static enum error check_name(const struct cedar_policyset *set, slice name, const char *list, size_t number,
			     struct fault *why)
{
	char field[32];
	for (size_t i = 0; i < cedar_policyset_count(set); i++)
		if (is_named(set, i, name))
			return E_OK;
	snprintf(field, sizeof(field), "%s[%zu]", list, number);
	return FAIL_FIELD(why, E_INVALID, field, "no policy has the id or @id `%.*s`", SLICE_ARG(name));
}

static bool names_one(const struct decided *decided, slice name)
{
	for (size_t i = 0; i < decided->count; i++)
		if (is_named(decided->set, decided->policies[i], name))
			return true;
	return false;
}

/* Are these exactly the policies that the list names? */
static enum error compare(const struct decided *decided, const slice *names, size_t count, const char *list,
			  bool *ret_same, struct fault *why)
{
	*ret_same = true;
	for (size_t i = 0; i < count; i++) {
		TRY(check_name(decided->set, names[i], list, i, why));
		*ret_same = *ret_same && names_one(decided, names[i]);
	}
	for (size_t i = 0; i < decided->count; i++) {
		size_t named = 0;
		while (named < count && !is_named(decided->set, decided->policies[i], names[named]))
			named++;
		*ret_same = *ret_same && named < count;
	}
	return E_OK;
}

static void add_names(struct buffer *out, const slice *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buffer_print(out, "%s%.*s", i ? ", " : "", SLICE_ARG(names[i]));
	if (count == 0)
		buffer_add_text(out, "no policy");
}

static void add_policies(struct buffer *out, const struct decided *decided)
{
	for (size_t i = 0; i < decided->count; i++) {
		struct cedar_policy_info info = cedar_policyset_info(decided->set, decided->policies[i]);
		buffer_print(out, "%s%.*s (%.*s:%u)", i ? ", " : "", SLICE_ARG(info.id), SLICE_ARG(info.source), info.line);
	}
	if (decided->count == 0)
		buffer_add_text(out, "no policy");
}

static const char *word(bool permits)
{
	return permits ? "permit" : "deny";
}

static void say(const struct policy_test *test, const struct cedar_result *result, const struct decided *reasons,
		const struct decided *errors, bool errors_differ, struct buffer *expected, struct buffer *got)
{
	buffer_add_text(expected, word(test->permits));
	if (!test->any_reasons) {
		buffer_add_text(expected, " by ");
		add_names(expected, test->reasons, test->reason_count);
	}
	buffer_print(got, "%s by ", word(result->decision == CEDAR_ALLOW));
	add_policies(got, reasons);
	if (!errors_differ)
		return;
	buffer_add_text(expected, test->error_count ? " with errors in " : " without errors");
	if (test->error_count)
		add_names(expected, test->errors, test->error_count);
	buffer_add_text(got, errors->count ? " with errors in " : " without errors");
	if (errors->count) {
		add_policies(got, errors);
		buffer_print(got, ": %.*s", SLICE_ARG(result->errors[0].message));
	}
}

static enum error judge(const struct policy_ground *ground, const struct policy_test *test,
			const struct cedar_result *result, struct arena *arena, struct policy_test_outcome *outcome,
			struct fault *why)
{
	uint32_t *decided = ARENA_ARRAY(arena, result->reason_count + 1, uint32_t);
	uint32_t *erred = ARENA_ARRAY(arena, result->error_count + 1, uint32_t);
	if (!decided || !erred)
		return FAIL(why, E_MEMORY, "no memory for a test");
	for (size_t i = 0; i < result->reason_count; i++)
		decided[i] = result->reasons[i].policy;
	for (size_t i = 0; i < result->error_count; i++)
		erred[i] = result->errors[i].policy;
	const struct decided reasons = {ground->set, decided, result->reason_count};
	const struct decided errors = {ground->set, erred, result->error_count};
	bool same_reasons = true, same_errors;
	if (!test->any_reasons)
		TRY(compare(&reasons, test->reasons, test->reason_count, "reasons", &same_reasons, why));
	TRY(compare(&errors, test->errors, test->error_count, "errors", &same_errors, why));
	bool same_decision = test->permits == (result->decision == CEDAR_ALLOW);
	outcome->passed = same_decision && same_reasons && same_errors;
	if (outcome->passed)
		return E_OK;
	struct buffer expected, got;
	buffer_init(&expected, OUTCOME_BYTES_MAX);
	buffer_init(&got, OUTCOME_BYTES_MAX);
	say(test, result, &reasons, &errors, !same_errors, &expected, &got);
	outcome->expected = arena_copy(arena, buffer_slice(&expected));
	outcome->got = arena_copy(arena, buffer_slice(&got));
	buffer_free(&expected);
	buffer_free(&got);
	return outcome->expected.ptr && outcome->got.ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for a test");
}

static enum error decide(const struct policy_ground *ground, const struct policy_test *test,
			 const struct policy_question *question, struct arena *arena,
			 struct policy_test_outcome *outcome, struct fault *why)
{
	struct cedar_result result;
	TRY(policy_question_decide(ground, question, arena, &result, why));
	return judge(ground, test, &result, arena, outcome, why);
}

enum error policy_test_run(const struct policy_ground *ground, const struct policy_test *test, struct arena *arena,
			   struct policy_test_outcome *ret_outcome, struct fault *why)
{
	struct policy_question question = test->question;
	*ret_outcome = (struct policy_test_outcome){.passed = false};
	if (test->time.len)
		TRY(policy_time_read(test->time, &question.now_ms, why));
	TRY(policy_history_read(ground, test->history, arena, &question.history, why));
	enum error error = decide(ground, test, &question, arena, ret_outcome, why);
	cedar_history_free(question.history);
	return error;
}
