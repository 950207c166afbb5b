#include "cedar/residual.h"

#include "cedar/cedar.h"
#include "check.h"
#include "text/json_writer.h"
#include "unit/cedar/random_case.h"
#include "unit/cedar/world.h"

struct bench {
	struct random_bench in;
	const struct cedar_schema *schema;
	struct cedar_partial partial;
};

static void start(struct bench *bench, slice policies)
{
	*bench = (struct bench){.in.store = NULL};
	random_bench_start(&bench->in, policies);
}

static void stop(struct bench *bench)
{
	random_bench_stop(&bench->in);
}

static void make(struct bench *bench)
{
	struct fault why = {0};
	CHECK_OK(cedar_partial_make(&bench->in.request, &bench->in.world, bench->schema, &bench->in.arena, &bench->partial, &why),
		 why);
}

/* Certain reasons and residuals as text, joined by blanks. */
static slice print(struct bench *bench)
{
	static const char *const possibilities[] = {"never", "maybe", "always"};
	struct buffer text;
	buffer_init(&text, 1 << 16);
	buffer_add_text(&text, possibilities[bench->partial.possibility]);
	for (size_t i = 0; i < bench->partial.permit_count; i++)
		buffer_print(&text, " +%.*s", SLICE_ARG(bench->partial.permits[i].id));
	for (size_t i = 0; i < bench->partial.forbid_count; i++)
		buffer_print(&text, " -%.*s", SLICE_ARG(bench->partial.forbids[i].id));
	for (size_t i = 0; i < bench->partial.residual_count; i++) {
		buffer_add_byte(&text, ' ');
		cedar_residual_write(&bench->partial.residuals[i], &text);
	}
	slice copy = arena_copy(&bench->in.arena, buffer_slice(&text));
	buffer_free(&text);
	return copy;
}

static void set_context(struct bench *bench, struct cedar_field *fields, size_t count)
{
	struct fault why = {0};
	CHECK_OK(cedar_record(&bench->in.arena, fields, count, &bench->in.request.context, &why), why);
}

#define PERMIT(condition) "permit(principal, action, resource) when { " condition " };"

/* principal is an unknown User; context.ok a bool, context.n a long, context.x anything or nothing; purpose is "x". */
TEST(residuals_hold_what_is_unknown_and_nothing_else)
{
	static const struct {
		slice policies;
		slice left;
	} rows[] = {
		{SLICE_INIT(""), SLICE_INIT("never")},
		{SLICE_INIT("permit(principal, action, resource);"), SLICE_INIT("always +policy0")},
		{SLICE_INIT("permit(principal is User, action == Action::\"read\", resource);"), SLICE_INIT("always +policy0")},
		{SLICE_INIT("permit(principal is File, action, resource);"), SLICE_INIT("never")},
		{SLICE_INIT("permit(principal == User::\"a\", action, resource == File::\"f\");"),
		 SLICE_INIT("maybe permit(principal == User::\"a\", action, resource);")},
		{SLICE_INIT("permit(principal is User in Group::\"g\", action, resource);"),
		 SLICE_INIT("maybe permit(principal is User in Group::\"g\", action, resource);")},
		{SLICE_INIT(PERMIT("resource.owner == principal")), SLICE_INIT("maybe " PERMIT("User::\"a\" == principal"))},
		{SLICE_INIT(PERMIT("resource == principal")), SLICE_INIT("never")},
		{SLICE_INIT(PERMIT("context.ok && context.purpose == \"x\" && resource.open")),
		 SLICE_INIT("maybe " PERMIT("context.ok"))},
		{SLICE_INIT(PERMIT("context.ok || context.purpose == \"x\"")), SLICE_INIT("always +policy0")},
		{SLICE_INIT(PERMIT("context.ok && context.purpose == \"y\"")), SLICE_INIT("never")},
		/* What may err before it is reached must stay. */
		{SLICE_INIT(PERMIT("context.x && context.purpose == \"y\"")),
		 SLICE_INIT("never " PERMIT("context.x && false"))},
		{SLICE_INIT(PERMIT("context.x && context.purpose == \"x\"")), SLICE_INIT("maybe " PERMIT("context.x && true"))},
		{SLICE_INIT(PERMIT("context.ok && resource.nope")), SLICE_INIT("never " PERMIT("context.ok && resource.nope"))},
		{SLICE_INIT(PERMIT("resource.nope && context.ok")), SLICE_INIT("never " PERMIT("resource.nope"))},
		{SLICE_INIT(PERMIT("context.n + resource.size < 10 * 2")), SLICE_INIT("maybe " PERMIT("context.n + 3 < 20"))},
		{SLICE_INIT(PERMIT("if context.ok then resource.open else false")),
		 SLICE_INIT("maybe " PERMIT("if context.ok then true else false"))},
		{SLICE_INIT(PERMIT("if resource.open then context.n > 1 else principal.nope")),
		 SLICE_INIT("maybe " PERMIT("context.n > 1"))},
		{SLICE_INIT(PERMIT("context has ok && context has n && !(context has no)")), SLICE_INIT("always +policy0")},
		{SLICE_INIT(PERMIT("context has x")), SLICE_INIT("maybe " PERMIT("context has x"))},
		{SLICE_INIT(PERMIT("{a: resource.size, b: context.n}.a == 3")), SLICE_INIT("always +policy0")},
		{SLICE_INIT(PERMIT("resource.labels.contains(context.x)")),
		 SLICE_INIT("maybe " PERMIT("[\"x\", \"y\"].contains(context.x)"))},
		{SLICE_INIT(PERMIT("context.n < true")), SLICE_INIT("never " PERMIT("context.n < true"))},
		{SLICE_INIT(PERMIT("ip(\"10.0.0.1\") == context.x && datetime(\"1970-01-02\") < context.x")),
		 SLICE_INIT("maybe " PERMIT("ip(\"10.0.0.1\") == context.x && datetime(\"1970-01-02\") < context.x"))},
		{SLICE_INIT("permit(principal, action, resource) when { context.ok } unless { resource.open && context.n == 1 };"),
		 SLICE_INIT("maybe permit(principal, action, resource) when { context.ok } unless { context.n == 1 };")},
		{SLICE_INIT("permit(principal, action, resource); forbid(principal, action, resource) when { context.ok };"),
		 SLICE_INIT("maybe +policy0 forbid(principal, action, resource) when { context.ok };")},
		{SLICE_INIT("permit(principal, action, resource) when { context.ok }; forbid(principal, action, resource);"),
		 SLICE_INIT("never -policy1 permit(principal, action, resource) when { context.ok };")},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;
		start(&bench, rows[i].policies);
		bench.in.request.principal_unknown = true;
		set_context(&bench,
			    (struct cedar_field[]){{SLICE("ok"), cedar_unknown_of(CEDAR_BOOL)},
						   {SLICE("n"), cedar_unknown_of(CEDAR_LONG)},
						   {SLICE("purpose"), cedar_string(SLICE("x"))},
						   {SLICE("x"), cedar_unknown()}},
			    4);
		make(&bench);
		CHECK_SLICE(print(&bench), rows[i].left);
		stop(&bench);
	}
}

TEST(a_residual_is_told_as_policy_json)
{
	struct bench bench;
	struct buffer text;
	struct json_writer writer;
	struct fault why = {0};
	start(&bench, SLICE(PERMIT("principal == resource.owner && context.at < datetime(\"2024-01-01\")")));
	buffer_init(&text, 1 << 16);
	set_context(&bench, (struct cedar_field[]){{SLICE("at"), cedar_datetime(86400000)}}, 1);
	bench.in.request.principal_unknown = true;
	make(&bench);
	CHECK_INT(bench.partial.residual_count, 1);
	json_writer_init(&writer, &text, JSON_COMPACT);
	cedar_residual_write_json(&bench.partial.residuals[0], &writer);
	CHECK_OK(json_writer_end(&writer, &why), why);
	CHECK(slice_find(buffer_slice(&text), SLICE("{\"==\":{\"left\":{\"Var\":\"principal\"},\"right\":{\"Value\":{\"__entity\":"
						    "{\"type\":\"User\",\"id\":\"a\"}}}}}")) != SIZE_MAX);
	buffer_free(&text);
	stop(&bench);
}

TEST(unknowns_are_named_by_their_type)
{
	struct arena arena;
	struct cedar_value unknown;
	struct fault why = {0};
	arena_init(&arena, 1 << 16);
	CHECK_OK(cedar_unknown_parse(&arena, &world_key, SLICE("Long"), &unknown, &why), why);
	CHECK_INT(unknown.mask, 1 << CEDAR_LONG);
	CHECK_OK(cedar_unknown_parse(&arena, &world_key, SLICE("bool"), &unknown, &why), why);
	CHECK_INT(unknown.mask, CEDAR_CAN_BOOL);
	CHECK_OK(cedar_unknown_parse(&arena, &world_key, SLICE("A::User"), &unknown, &why), why);
	CHECK_SLICE(unknown.as.uid->type, SLICE("A::User"));
	CHECK_ERROR(cedar_unknown_parse(&arena, &world_key, SLICE("no type"), &unknown, &why), E_INVALID);
	CHECK_ERROR(cedar_unknown_parse(&arena, &world_key, SLICE(""), &unknown, &why), E_INVALID);
	CHECK_ERROR(cedar_unknown_parse(&arena, &world_key, SLICE("__cedar::X"), &unknown, &why), E_INVALID);
	arena_free(&arena);
}

TEST(a_partial_request_that_cannot_be_decided_is_refused)
{
	struct bench bench;
	struct fault why = {0};
	start(&bench, SLICE("permit(principal, action, resource);"));
	bench.in.request.context = cedar_long(1);
	CHECK_ERROR(cedar_partial_make(&bench.in.request, &bench.in.world, NULL, &bench.in.arena, &bench.partial, &why), E_INVALID);
	bench.in.request.context = (struct cedar_value){0};
	bench.in.request.resource = NULL;
	CHECK_ERROR(cedar_partial_make(&bench.in.request, &bench.in.world, NULL, &bench.in.arena, &bench.partial, &why), E_INVALID);
	CHECK_INT(bench.partial.possibility, CEDAR_NEVER);
	/* Made whole, it must be whole. */
	bench.in.request.resource_unknown = true;
	make(&bench);
	struct cedar_result result;
	CHECK_INT(cedar_partial_complete(&bench.partial, &bench.in.request, &bench.in.world, &bench.in.arena, &result), CEDAR_DENY);
	CHECK_INT(result.failure, E_INVALID);
	stop(&bench);
}

/* Too little memory is told, and nothing is certain then. */
TEST(without_memory_there_is_an_error_and_no_residual)
{
	struct bench bench;
	size_t refused = 0;
	start(&bench, SLICE(PERMIT("resource.owner == principal && [1, context.n].contains(2) && {a: context.n}.a < 3 && "
				   "(if context.ok then resource.labels else [\"q\"]).contains(principal.name)")
			    "permit(principal, action, resource == File::\"f\") unless { context.ok || principal in Group::\"h\" };"));
	bench.in.request.principal_unknown = true;
	set_context(&bench,
		    (struct cedar_field[]){{SLICE("ok"), cedar_unknown_of(CEDAR_BOOL)}, {SLICE("n"), cedar_unknown()}}, 2);
	for (size_t bytes = 0; bytes < 40000; bytes += 32) {
		struct arena arena;
		struct fault why = {0};
		arena_init(&arena, bytes);
		enum error error = cedar_partial_make(&bench.in.request, &bench.in.world, NULL, &arena, &bench.partial, &why);
		refused += error != E_OK;
		CHECK(error == E_OK || error == E_MEMORY);
		CHECK(error == E_OK ? bench.partial.residual_count == 2 : bench.partial.possibility == CEDAR_NEVER);
		arena_free(&arena);
	}
	CHECK(refused > 50);
	CHECK_INT(bench.partial.possibility, CEDAR_MAYBE);
	stop(&bench);
}

/* --- any policies, any request: what is left and completed is what all policies give --- */

static bool is_same(const struct cedar_result *full, const struct cedar_result *completed)
{
	if (full->failure || completed->failure || completed->decision != full->decision ||
	    completed->reason_count != full->reason_count || completed->error_count != full->error_count)
		return false;
	for (size_t i = 0; i < full->reason_count; i++)
		if (!slice_equal(completed->reasons[i].id, full->reasons[i].id))
			return false;
	for (size_t i = 0; i < full->error_count; i++)
		if (!slice_equal(completed->errors[i].id, full->errors[i].id) ||
		    !slice_equal(completed->errors[i].message, full->errors[i].message))
			return false;
	return true;
}

/* Some of the request becomes unknown: of its type, of the schema's, or of none. */
static void hide(struct random *random, struct bench *bench, const struct cedar_request *full)
{
	struct cedar_fields fields;
	struct fault why = {0};
	bench->in.request = *full;
	bench->in.request.principal_unknown = random_below(random, 2);
	bench->in.request.action_unknown = random_below(random, 6) == 0;
	bench->in.request.resource_unknown = random_below(random, 3) == 0;
	if (bench->in.request.resource_unknown && !bench->schema && random_below(random, 3) == 0)
		bench->in.request.resource = NULL;
	cedar_fields_init(&fields, &bench->in.arena);
	for (size_t i = 0; i < random_field_count; i++) {
		const struct random_field *field = &random_fields[i];
		const struct cedar_value *known = cedar_record_get(full->context, field->name);
		struct cedar_value unknown = cedar_unknown();
		if (random_below(random, 2)) {
			if (known)
				cedar_fields_add(&fields, field->name, *known);
			continue;
		}
		if (bench->schema)
			CHECK_OK(cedar_unknown_field(bench->schema, full->action, field->name, &bench->in.arena, &unknown, &why), why);
		else if (random_below(random, 3))
			CHECK_OK(cedar_unknown_parse(&bench->in.arena, &world_key, field->type, &unknown, &why), why);
		/* No promise that is not kept. */
		if (known && !(unknown.mask & (known->kind == CEDAR_BOOL ? CEDAR_CAN_BOOL : 1u << known->kind)))
			unknown = cedar_unknown();
		if (field->is_optional)
			unknown = cedar_unknown_optional(unknown);
		cedar_fields_add(&fields, field->name, unknown);
	}
	CHECK_OK(cedar_fields_finish(&fields, &bench->in.request.context, &why), why);
}

/* The residuals, written as text and read again, decide alike. */
static bool is_same_as_text(struct bench *bench, const struct cedar_request *full, const struct cedar_result *expected)
{
	struct buffer text;
	struct cedar_result result;
	buffer_init(&text, 1 << 22);
	for (size_t i = 0; i < bench->partial.residual_count; i++)
		cedar_residual_write(&bench->partial.residuals[i], &text);
	if (bench->partial.permit_count)
		buffer_add_text(&text, "permit(principal, action, resource);");
	if (bench->partial.forbid_count)
		buffer_add_text(&text, "forbid(principal, action, resource);");
	struct cedar_policyset *set = world_policies(buffer_slice(&text));
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {bench->in.layers, 1, sets, 1};
	bool same = cedar_authorize(full, &world, &bench->in.arena, &result) == expected->decision &&
		    result.error_count == expected->error_count;
	cedar_policyset_free(set);
	buffer_free(&text);
	return same;
}

/* NULL, or what is wrong. */
static const char *find_difference(struct random *random, struct bench *bench)
{
	static const slice principals[] = {SLICE_INIT("User::\"a\""), SLICE_INIT("User::\"b\""), SLICE_INIT("User::\"zz\"")};
	static const slice resources[] = {SLICE_INIT("File::\"f\""), SLICE_INIT("File::\"e\""), SLICE_INIT("File::\"zz\"")};
	struct cedar_result expected, completed;
	enum cedar_possibility possibility;
	struct fault why = {0};
	struct cedar_request full = {
		.principal = world_uid(&bench->in.arena, principals[random_below(random, 3)]),
		.action = world_uid(&bench->in.arena, random_below(random, 2) ? SLICE("Action::\"read\"") : SLICE("Action::\"write\"")),
		.resource = world_uid(&bench->in.arena, resources[random_below(random, 3)]),
		.context = random_context(random, &bench->in.arena, bench->schema)};
	hide(random, bench, &full);
	make(bench);
	enum cedar_decision decision = cedar_authorize(&full, &bench->in.world, &bench->in.arena, &expected);
	CHECK_OK(cedar_may_permit(&bench->in.request, &bench->in.world, &bench->in.arena, &possibility, &why), why);
	if (bench->partial.possibility == (decision == CEDAR_ALLOW ? CEDAR_NEVER : CEDAR_ALWAYS))
		return "what is told as certain does not hold";
	if (!bench->schema && possibility != bench->partial.possibility)
		return "cedar_may_permit says something else";
	if (cedar_partial_complete(&bench->partial, &full, &bench->in.world, &bench->in.arena, &completed) != completed.decision ||
	    !is_same(&expected, &completed))
		return "the completed decision differs";
	return is_same_as_text(bench, &full, &expected) ? NULL : "the decision of the residuals as text differs";
}

static void check_cases(uint64_t first_seed, unsigned rounds, const struct cedar_schema *schema)
{
	for (uint64_t seed = first_seed; seed < first_seed + rounds; seed++) {
		struct random random = {seed};
		const char *difference = NULL;
		struct buffer text;
		struct bench bench;
		buffer_init(&text, 1 << 20);
		random_policies(&random, &text, 1 + random_below(&random, 6));
		start(&bench, buffer_slice(&text));
		bench.schema = schema;
		for (unsigned i = 0; i < 8 && !difference; i++)
			difference = find_difference(&random, &bench);
		if (difference)
			print_error("# seed %llu: %s\n%.*s# left: %.*s\n", (unsigned long long)seed, difference,
				    SLICE_ARG(buffer_slice(&text)), SLICE_ARG(print(&bench)));
		CHECK(!difference);
		stop(&bench);
		buffer_free(&text);
	}
}

TEST(completing_what_is_left_gives_what_all_policies_give)
{
	check_cases(1, 1500, NULL);
}

TEST(a_schema_makes_more_certain_and_nothing_different)
{
	struct cedar_schema *schema;
	struct fault why = {0};
	CHECK_OK(cedar_schema_parse(&world_key, SLICE("schema"), random_schema, &schema, NULL, &why), why);
	check_cases(1000000, 1500, schema);
	cedar_schema_free(schema);
}
