#include "registry/policy_history.h"

#include "check.h"
#include "registry/policy_test.h"

#include <string.h>

static const struct hash_key key = {3, 4};

static struct cedar_policyset *policies(const char *text)
{
	struct cedar_policyset *set = NULL;
	struct cedar_source source = {.name = SLICE("p"), .text = slice_of(text)};
	struct fault why = {0};
	CHECK_OK(cedar_policyset_parse(&key, &source, 1, &set, NULL, &why), why);
	return set;
}

#define RULES                                                                                                          \
	"permit(principal, action, resource); forbid(principal, action == Action::\"post\", resource) when temporal { "  \
	"formerly within 1h Action::\"read\"::response{input.table: \"customer\", output.rows: 3} };"
#define READ                                                                                                           \
	"{\"time\":10,\"id\":\"d1\",\"principal\":\"A::\\\"a\\\"\",\"action\":\"Action::\\\"read\\\"\",\"resource\":"      \
	"\"T::\\\"t\\\"\",\"context\":{\"input\":{\"table\":\"customer\"}}}"
#define ROWS "{\"kind\":\"response\",\"time\":\"1970-01-01T00:00:11Z\",\"id\":\"d1\",\"output\":{\"rows\":3}}"

static const struct {
	const char *history;
	const char *time;
	bool permits;
} sessions[] = {
	{"", "60", true},
	{"[]", "60", true},
	{"[" READ "]", "60", true},
	{"[" READ "," ROWS "]", "60", false},
	{"[" READ "," ROWS "]", "", false},
	{"[" READ "," ROWS "]", "1970-01-01T01:00:11Z", false},
	{"[" READ "," ROWS "]", "1970-01-01T01:00:12Z", true},
};

TEST(a_test_is_asked_after_its_history)
{
	struct cedar_policyset *set = policies(RULES);
	const struct policy_ground ground = {.key = &key, .set = set};
	for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
		struct policy_test test = {.permits = sessions[i].permits, .any_reasons = true,
					   .history = slice_of(sessions[i].history), .time = slice_of(sessions[i].time)};
		struct policy_test_outcome outcome;
		struct fault why = {0};
		struct arena arena;
		arena_init(&arena, 1 << 24);
		test.question = (struct policy_question){.principal = SLICE("A::\"a\""), .action = SLICE("Action::\"post\""),
							 .resource = SLICE("T::\"t\"")};
		CHECK_OK(policy_test_run(&ground, &test, &arena, &outcome, &why), why);
		CHECK(outcome.passed);
		arena_free(&arena);
	}
	cedar_policyset_free(set);
}

static const struct {
	const char *history;
	enum error error;
	const char *sentence;
} mistakes[] = {
	{"{", E_SYNTAX, "the history: JSON line 1"},
	{"{}", E_INVALID, "the history must be a list"},
	{"[1]", E_INVALID, "event 1: an event is an object"},
	{"[{}]", E_INVALID, "event 1: an event needs a `time`"},
	{"[" READ ",{\"time\":\"noon\"}]", E_INVALID, "event 2: a time is in seconds"},
	{"[{\"time\":1.5}]", E_INVALID, "event 1: a time is in seconds"},
	{"[{\"time\":1}]", E_INVALID, "event 1: this event needs the text `principal`"},
	{"[{\"time\":1,\"when\":2}]", E_INVALID, "event 1: a request has no `when`"},
	{"[{\"kind\":\"response\",\"time\":1,\"action\":\"x\"}]", E_INVALID, "event 1: a response has no `action`"},
	{"[{\"kind\":\"response\",\"time\":1,\"id\":\"a\",\"\":2}]", E_INVALID, "event 1: a response has no ``"},
	{"[{\"kind\":\"answer\",\"time\":1}]", E_INVALID, "event 1: `kind` is request or response"},
	{"[{\"kind\":\"response\",\"time\":1,\"id\":\"d9\"}]", E_NOT_FOUND, "event 1: the request is not in the history"},
	{"[{\"time\":1,\"principal\":\"a\",\"action\":\"b\",\"resource\":\"c\"}]", E_SYNTAX, "event 1: the principal is written"},
	{"[{\"time\":1,\"principal\":\"A::\\\"a\\\"\",\"action\":\"Action::\\\"b\\\"\",\"resource\":\"T::\\\"c\\\"\","
	 "\"decision\":\"gate\"}]", E_INVALID, "event 1: `decision` is permit or deny"},
};

TEST(what_is_no_history_is_told)
{
	struct cedar_policyset *set = policies(RULES);
	const struct policy_ground ground = {.key = &key, .set = set};
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct cedar_history *history;
		struct fault why = {0};
		struct arena arena;
		arena_init(&arena, 1 << 24);
		CHECK_ERROR(policy_history_read(&ground, slice_of(mistakes[i].history), &arena, &history, &why),
			    mistakes[i].error);
		if (!slice_starts_with(slice_of(why.sentence), slice_of(mistakes[i].sentence)))
			print_error("%s: %s\n", mistakes[i].history, why.sentence);
		CHECK(slice_starts_with(slice_of(why.sentence), slice_of(mistakes[i].sentence)));
		CHECK(history == NULL && strcmp(why.field, "history") == 0);
		arena_free(&arena);
	}
	cedar_policyset_free(set);
}
