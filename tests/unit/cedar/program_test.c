#include "cedar/program.h"

#include "cedar/cedar.h"
#include "cedar/policies.h"
#include "check.h"
#include "unit/cedar/world.h"

#include <stdio.h>

#define POLICIES 48u
#define PICK(state, list) (list)[below((state), sizeof(list) / sizeof((list)[0]))]

static uint32_t below(uint64_t *state, size_t end)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) % end);
}

static const char *const principals[] = {"principal", "principal", "principal == U::\"a\"", "principal in G::\"g\"",
					 "principal in G::\"top\"", "principal is U", "principal is G", "principal is U in G::\"g\"",
					 "principal == G::\"g\""};
static const char *const actions[] = {"action", "action", "action == Action::\"read\"", "action in Action::\"any\"",
				      "action == Action::\"any\"", "action in [Action::\"any\", Action::\"read\"]",
				      "action in [Action::\"write\"]", "action in []"};
static const char *const resources[] = {"resource", "resource", "resource == R::\"r\"", "resource in F::\"f\"",
					"resource is R", "resource is R in F::\"f\"", "resource == F::\"f\""};

/* Few, so that policies share what they start with; many that err; the same constant in several forms. */
static const char *const atoms[] = {
	"context.s == \"a\"", "context.s == \"b\"", "\"b\" == context.s", "context.s == \"c\"", "context.s == 1",
	"context.n == 1", "context.n == 2", "context.n == 3", "context.n == true", "context.n != 2", "context.n > 1",
	"context.d == decimal(\"1.0\")", "context.d == decimal(\"1.00\")", "context.d == decimal(\"2.0\")",
	"context.e == U::\"a\"", "context.e == U::\"b\"", "context.e == U::\"c\"", "context.t == [1]", "context.t == [1, 1]",
	"context has s", "context has nope", "context.nope == 1", "context.nope == 2", "context.nope == 3", "context.nope",
	"context.n", "context.s", "principal.level == 1", "principal.level == 2", "principal.level == 3", "principal.nope == 1",
	"principal.level > context.n", "resource.owner == principal", "resource.owner == U::\"a\"", "principal in G::\"g\"",
	"context.e in G::\"top\"", "true", "false", "1 == 1", "context.n + 9223372036854775807 > 0",
	"context.b", "!context.b", "context.b == true", "context.b == false", "context.m == 1"};

/* The first of them are picked as often as all others. */
#define COMPARISONS 14u

static void write_condition(struct buffer *text, uint64_t *state, unsigned depth)
{
	static const char *const joints[] = {" && ", " && ", " || "};
	if (depth == 0 || below(state, 3) == 0) {
		buffer_add_text(text, atoms[below(state, below(state, 2) ? COMPARISONS : sizeof(atoms) / sizeof(atoms[0]))]);
		return;
	}
	unsigned kind = below(state, 5);
	const char *joint = PICK(state, joints);
	buffer_add_text(text, kind == 0 ? "!(" : "(");
	for (unsigned i = 0, count = 2 + below(state, 3); i < count; i++) {
		if (i)
			buffer_add_text(text, joint);
		write_condition(text, state, depth - 1);
	}
	buffer_add_byte(text, ')');
}

/* In some rounds all heads are alike. */
static void write_policy(struct buffer *text, uint64_t *state, bool is_alike)
{
	const char *principal = PICK(state, principals), *action = PICK(state, actions), *resource = PICK(state, resources);
	buffer_print(text, "%s(%s, %s, %s)", below(state, 3) ? "permit" : "forbid", is_alike ? "principal" : principal,
		     is_alike ? "action" : action, is_alike ? "resource" : resource);
	for (unsigned i = 0, count = below(state, 4); i < count; i++) {
		buffer_add_text(text, below(state, 4) ? " when { " : " unless { ");
		write_condition(text, state, 2);
		buffer_add_text(text, " }");
	}
	buffer_add_text(text, ";\n");
}

static const slice entities_text = SLICE_INIT(
	"[{\"uid\":{\"type\":\"U\",\"id\":\"a\"},\"attrs\":{\"level\":2},\"parents\":[{\"type\":\"G\",\"id\":\"g\"}]},"
	"{\"uid\":{\"type\":\"U\",\"id\":\"b\"},\"attrs\":{\"level\":\"x\"},\"parents\":[]},"
	"{\"uid\":{\"type\":\"G\",\"id\":\"g\"},\"attrs\":{},\"parents\":[{\"type\":\"G\",\"id\":\"top\"}]},"
	"{\"uid\":{\"type\":\"R\",\"id\":\"r\"},\"attrs\":{\"owner\":{\"__entity\":{\"type\":\"U\",\"id\":\"a\"}}},"
	"\"parents\":[{\"type\":\"F\",\"id\":\"f\"}]},"
	"{\"uid\":{\"type\":\"Action\",\"id\":\"read\"},\"attrs\":{},\"parents\":[{\"type\":\"Action\",\"id\":\"any\"}]}]");

struct round {
	struct arena arena;
	struct cedar_entities *entities;
	struct cedar_policyset *whole;
	struct cedar_policyset *alone[POLICIES];
	struct cedar_request request;
};

static struct cedar_policyset *parse_one(slice text, slice id)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("one"), .text = text, .id_prefix = id, .has_one = true};
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	return set;
}

static void start_round(struct round *round, uint64_t *state)
{
	struct buffer text;
	bool is_alike = below(state, 2);
	arena_init(&round->arena, 1 << 22);
	buffer_init(&text, 1 << 20);
	for (unsigned i = 0; i < POLICIES; i++) {
		char id[20];
		size_t start = text.len;
		write_policy(&text, state, is_alike);
		snprintf(id, sizeof(id), "policy%u", i);
		round->alone[i] = parse_one(slice_from_offset(buffer_slice(&text), start), slice_of(id));
	}
	round->whole = world_policies(buffer_slice(&text));
	round->entities = world_entities(entities_text);
	buffer_free(&text);
}

static void stop_round(struct round *round)
{
	for (unsigned i = 0; i < POLICIES; i++)
		cedar_policyset_free(round->alone[i]);
	cedar_policyset_free(round->whole);
	cedar_entities_free(round->entities);
	arena_free(&round->arena);
}

static void add_maybe(struct cedar_fields *fields, uint64_t *state, slice key, struct cedar_value value)
{
	if (below(state, 6))
		cedar_fields_add(fields, key, value);
}

static void make_request(struct round *round, uint64_t *state)
{
	static const slice who[] = {SLICE_INIT("U::\"a\""), SLICE_INIT("U::\"b\""), SLICE_INIT("G::\"g\"")};
	static const slice what[] = {SLICE_INIT("Action::\"read\""), SLICE_INIT("Action::\"any\""), SLICE_INIT("Action::\"write\"")};
	static const slice where[] = {SLICE_INIT("R::\"r\""), SLICE_INIT("R::\"q\""), SLICE_INIT("F::\"f\"")};
	static const slice texts[] = {SLICE_INIT("a"), SLICE_INIT("b"), SLICE_INIT("long enough not to be short")};
	struct arena *arena = &round->arena;
	struct cedar_fields fields;
	struct cedar_value decimal;
	struct fault why = {0};
	round->request.principal = world_uid(arena, PICK(state, who));
	round->request.action = world_uid(arena, PICK(state, what));
	round->request.resource = world_uid(arena, PICK(state, where));
	CHECK_OK(cedar_extension(arena, SLICE("decimal"), SLICE("1.0"), &decimal, &why), why);
	cedar_fields_init(&fields, arena);
	add_maybe(&fields, state, SLICE("s"), cedar_string(PICK(state, texts)));
	add_maybe(&fields, state, SLICE("n"), cedar_long(below(state, 4)));
	add_maybe(&fields, state, SLICE("d"), decimal);
	add_maybe(&fields, state, SLICE("e"), cedar_entity(world_uid(arena, PICK(state, who))));
	add_maybe(&fields, state, SLICE("b"), cedar_bool(below(state, 2)));
	CHECK_OK(cedar_fields_finish(&fields, &round->request.context, &why), why);
}

static struct cedar_result ask(struct round *round, const struct cedar_policyset *set)
{
	const struct cedar_entities *layers[] = {round->entities};
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {layers, 1, sets, 1};
	struct cedar_result result;
	enum cedar_decision decision = cedar_authorize(&round->request, &world, &round->arena, &result);
	CHECK_INT(decision, result.decision);
	CHECK_INT(result.failure, E_OK);
	return result;
}

/* What each policy says alone, put together, is what the set says. */
static void check_request(struct round *round)
{
	struct cedar_result whole = ask(round, round->whole);
	size_t reasons[2] = {0, 0}, errors = 0;
	bool is_forbidden = false, is_permitted = false;
	for (unsigned i = 0; i < POLICIES; i++) {
		struct cedar_result alone = ask(round, round->alone[i]);
		is_permitted |= alone.decision == CEDAR_ALLOW;
		is_forbidden |= alone.decision == CEDAR_DENY && alone.reason_count;
		if (alone.reason_count && (whole.decision == alone.decision)) {
			CHECK(reasons[0] < whole.reason_count);
			CHECK_SLICE(whole.reasons[reasons[0]++].id, alone.reasons[0].id);
		}
		if (alone.error_count) {
			CHECK(errors < whole.error_count);
			CHECK_SLICE(whole.errors[errors].id, alone.errors[0].id);
			CHECK_SLICE(whole.errors[errors++].message, alone.errors[0].message);
		}
	}
	CHECK_INT(whole.decision, is_permitted && !is_forbidden ? CEDAR_ALLOW : CEDAR_DENY);
	CHECK_INT(whole.reason_count, reasons[0]);
	CHECK_INT(whole.error_count, errors);
}

TEST(many_policies_together_say_what_each_says_alone)
{
	uint64_t state = 20261122;
	for (unsigned i = 0; i < 60; i++) {
		struct round round = {0};
		start_round(&round, &state);
		for (unsigned j = 0; j < 12; j++) {
			make_request(&round, &state);
			check_request(&round);
			arena_reset(&round.arena);
		}
		stop_round(&round);
	}
}

/* A chain so long that its end is not shared, and one that is the start of the other. */
TEST(conditions_of_any_length_are_kept_apart)
{
	struct buffer text;
	struct arena arena;
	struct fault why = {0};
	struct cedar_fields fields;
	buffer_init(&text, 1 << 20);
	arena_init(&arena, 1 << 20);
	for (unsigned i = 0; i < 3; i++) {
		buffer_add_text(&text, "permit(principal, action, resource) when { context.n0 == 0");
		for (unsigned j = 1; j < 100; j++)
			buffer_print(&text, " && context.n%u == %u", j % 7, j == 99 && i == 1 ? 9 : j % 7);
		buffer_add_text(&text, i == 2 ? " && context.nope };\n" : " };\n");
	}
	struct cedar_policyset *set = world_policies(buffer_slice(&text));
	cedar_fields_init(&fields, &arena);
	for (unsigned i = 0; i < 7; i++)
		cedar_fields_add(&fields, arena_print(&arena, "n%u", i), cedar_long(i));
	struct cedar_request request = {.principal = world_uid(&arena, SLICE("U::\"a\"")),
					.action = world_uid(&arena, SLICE("Action::\"read\"")),
					.resource = world_uid(&arena, SLICE("R::\"r\""))};
	CHECK_OK(cedar_fields_finish(&fields, &request.context, &why), why);
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {NULL, 0, sets, 1};
	struct cedar_result result;
	CHECK_INT(cedar_authorize(&request, &world, &arena, &result), CEDAR_ALLOW);
	CHECK_INT(result.reason_count, 1);
	CHECK_SLICE(result.reasons[0].id, SLICE("policy0"));
	CHECK_INT(result.error_count, 1);
	CHECK_SLICE(result.errors[0].id, SLICE("policy2"));
	cedar_policyset_free(set);
	buffer_free(&text);
	arena_free(&arena);
}

/* Ten thousand comparisons of one expression are one step, whatever the constants. */
TEST(policies_that_compare_one_expression_are_one_choice)
{
	struct buffer text;
	struct arena arena;
	struct fault why = {0};
	buffer_init(&text, 1 << 22);
	arena_init(&arena, 1 << 22);
	for (unsigned i = 0; i < 10000; i++)
		buffer_print(&text, "permit(principal, action, resource) when { context.s == \"s%u\" };\n", i);
	struct cedar_policyset *set = world_policies(buffer_slice(&text));
	const struct program *program = &set->index.program;
	unsigned tests = 0, choices = 0;
	for (uint32_t i = 0; i < program->count; i++) {
		tests += program->steps[i].kind == STEP_TEST;
		choices += program->steps[i].kind == STEP_CHOICE;
	}
	CHECK_INT(tests, 0);
	CHECK_INT(choices, 1);
	struct cedar_request request = {.principal = world_uid(&arena, SLICE("U::\"a\"")),
					.action = world_uid(&arena, SLICE("Action::\"read\"")),
					.resource = world_uid(&arena, SLICE("R::\"r\""))};
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {NULL, 0, sets, 1};
	struct cedar_result result;
	struct cedar_fields fields;
	/* Without the field, every single one of them errs. */
	CHECK_INT(cedar_authorize(&request, &world, &arena, &result), CEDAR_DENY);
	CHECK_INT(result.error_count, 10000);
	cedar_fields_init(&fields, &arena);
	cedar_fields_add(&fields, SLICE("s"), cedar_string(SLICE("s9999")));
	CHECK_OK(cedar_fields_finish(&fields, &request.context, &why), why);
	CHECK_INT(cedar_authorize(&request, &world, &arena, &result), CEDAR_ALLOW);
	CHECK_INT(result.reason_count, 1);
	CHECK_SLICE(result.reasons[0].id, SLICE("policy9999"));
	CHECK_INT(result.error_count, 0);
	cedar_policyset_free(set);
	buffer_free(&text);
	arena_free(&arena);
}
