#include "cedar/remedy.h"

#include "cedar/cedar.h"
#include "check.h"
#include "text/json.h"
#include "unit/cedar/random_case.h"
#include "unit/cedar/world.h"

struct bench {
	struct random_bench in;
	struct cedar_remedy remedy;
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

static void set_context(struct bench *bench, slice json)
{
	struct json_doc doc;
	struct fault why = {0};
	CHECK_OK(json_parse(&doc, json, NULL, &bench->in.arena, &why), why);
	CHECK_OK(cedar_value_from_json(&bench->in.arena, &world_key, &doc, json_root(&doc), &bench->in.request.context, &why), why);
}

/* The remedy as text; `none` where there is none. */
static slice find(struct bench *bench)
{
	struct fault why = {0};
	slice text = SLICE("none");
	CHECK_OK(cedar_remedy_find(&bench->in.request, &bench->in.world, &bench->in.arena, &bench->remedy, &why), why);
	for (size_t i = 0; i < bench->remedy.count; i++)
		text = i ? arena_print(&bench->in.arena, "%.*s and %.*s", SLICE_ARG(text), SLICE_ARG(bench->remedy.changes[i].must))
			 : bench->remedy.changes[i].must;
	return text;
}

#define REMEDY(facts)	    "@remedy(\"" facts "\") "
#define PERMIT(condition)   "permit(principal, action, resource) when { " condition " };"
#define FORBID(condition)   "forbid(principal, action, resource) when { " condition " };"

/* amount is 500, purpose "browse", tags ["a"], order.total 5; approval is not there. */
#define CONTEXT "{\"amount\":500,\"purpose\":\"browse\",\"tags\":[\"a\"],\"order\":{\"total\":5},\"by\":{\"__entity\":{\"type\":\"User\",\"id\":\"b\"}},\"cost\":{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"9.5\"}}}"

static const struct {
	slice policies;
	slice remedy;
} rows[] = {
	{SLICE_INIT(""), SLICE_INIT("none")},
	/* Not declared: not a remedy. */
	{SLICE_INIT(PERMIT("context.approval")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.other") PERMIT("context.approval")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.approval") PERMIT("context.approval")), SLICE_INIT("context.approval == true")},
	{SLICE_INIT(REMEDY("context.approval") PERMIT("context has approval && context.approval == true")),
	 SLICE_INIT("context.approval == true")},
	{SLICE_INIT(REMEDY("context.approval") PERMIT("context has approval")), SLICE_INIT("context has approval")},
	{SLICE_INIT(REMEDY("context.amount") PERMIT("context.amount <= 100")), SLICE_INIT("context.amount <= 100")},
	{SLICE_INIT(REMEDY("context.amount") PERMIT("100 > context.amount")), SLICE_INIT("100 > context.amount")},
	{SLICE_INIT(REMEDY("context.amount") PERMIT("!(context.amount > 100)")), SLICE_INIT("context.amount <= 100")},
	{SLICE_INIT(REMEDY("context.purpose") PERMIT("context.purpose == \"refund\"")),
	 SLICE_INIT("context.purpose == \"refund\"")},
	{SLICE_INIT(REMEDY("context.purpose") PERMIT("[\"refund\", \"return\"].contains(context.purpose)")),
	 SLICE_INIT("[\"refund\", \"return\"].contains(context.purpose)")},
	{SLICE_INIT(REMEDY("context.purpose") PERMIT("context.purpose like \"re*\"")),
	 SLICE_INIT("context.purpose like \"re*\"")},
	{SLICE_INIT(REMEDY("context.tags") PERMIT("context.tags.containsAll([\"x\", \"y\"])")),
	 SLICE_INIT("context.tags.containsAll([\"x\", \"y\"])")},
	{SLICE_INIT(REMEDY("context.order.total") PERMIT("context.order.total < 3")),
	 SLICE_INIT("context.order.total < 3")},
	{SLICE_INIT(REMEDY("context.cost") PERMIT("context.cost.lessThan(decimal(\"1.0\"))")),
	 SLICE_INIT("context.cost.lessThan(decimal(\"1.0\"))")},
	/* The least of several. */
	{SLICE_INIT(REMEDY("context.amount, context.purpose, context.approval")
		    PERMIT("(context.amount < 10 && context.purpose == \"x\") || context.approval")),
	 SLICE_INIT("context.approval == true")},
	{SLICE_INIT(REMEDY("context.amount,context.purpose") PERMIT("context.amount < 10 && context.purpose == \"x\"")
		    REMEDY("context.purpose") PERMIT("context.purpose == \"y\"")),
	 SLICE_INIT("context.purpose == \"y\"")},
	{SLICE_INIT(REMEDY("context.amount, context.purpose") PERMIT("context.amount < 10 && context.purpose == \"x\"")),
	 SLICE_INIT("context.amount < 10 and context.purpose == \"x\"")},
	/* Facts of one policy do not serve another. */
	{SLICE_INIT(REMEDY("context.approval") PERMIT("false") PERMIT("context.approval")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.purpose") PERMIT("context.approval") REMEDY("context.approval") PERMIT("false")),
	 SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.amount") PERMIT("context.amount >= 500") REMEDY("context.purpose") FORBID("context.amount > 100")),
	 SLICE_INIT("none")},
	/* What does not hang on a declared fact cannot be helped. */
	{SLICE_INIT(REMEDY("context.approval") PERMIT("context.approval && resource.size > 100")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.approval") "permit(principal == User::\"b\", action, resource) when { context.approval };"),
	 SLICE_INIT("none")},
	/* Forbids. */
	{SLICE_INIT("permit(principal, action, resource);" REMEDY("context.amount") FORBID("context.amount > 100")),
	 SLICE_INIT("context.amount <= 100")},
	{SLICE_INIT("permit(principal, action, resource);" FORBID("context.amount > 100")), SLICE_INIT("none")},
	{SLICE_INIT("permit(principal, action, resource);" REMEDY("context.approval")
		    "forbid(principal, action, resource) unless { context has approval && context.approval };"),
	 SLICE_INIT("context.approval == true")},
	{SLICE_INIT(REMEDY("context.approval") PERMIT("context.approval")
		    REMEDY("context.purpose") FORBID("context.purpose == \"browse\"")),
	 SLICE_INIT("context.approval == true and context.purpose != \"browse\"")},
	{SLICE_INIT("permit(principal, action, resource);" REMEDY("context.amount") FORBID("context.amount > 100")
		    FORBID("resource.open")),
	 SLICE_INIT("none")},
	/* A change that would set off another forbid is none. */
	{SLICE_INIT(REMEDY("context.approval") PERMIT("context.approval") FORBID("context has approval")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.amount") PERMIT("context.amount < 10") FORBID("context.amount < 100")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.amount") PERMIT("context.amount < 10 || context.amount > 1000") FORBID("context.amount < 100")),
	 SLICE_INIT("context.amount > 1000")},
	/* What entities say is never told. */
	{SLICE_INIT(REMEDY("context.amount") PERMIT("context.amount <= resource.size")),
	 SLICE_INIT("context.amount <= resource.size")},
	{SLICE_INIT(REMEDY("context.by") PERMIT("context.by == resource.owner")), SLICE_INIT("context.by == resource.owner")},
	{SLICE_INIT(REMEDY("context.by") PERMIT("context.by in Group::\"g\"")), SLICE_INIT("context.by in Group::\"g\"")},
	{SLICE_INIT(REMEDY("context.by") PERMIT("context.by != User::\"b\"")), SLICE_INIT("context.by != User::\"b\"")},
	/* Permitted already. */
	{SLICE_INIT("permit(principal, action, resource);" REMEDY("context.approval") PERMIT("context.approval")),
	 SLICE_INIT("none")},
	/* Nobody knows how. */
	{SLICE_INIT(REMEDY("context.amount") PERMIT("context.amount * 2 == 7")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.amount") PERMIT("context.amount > 9223372036854775807")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("amount") PERMIT("context.amount < 1")), SLICE_INIT("none")},
	{SLICE_INIT(REMEDY("context.amount") PERMIT("if context.purpose == \"browse\" then context.amount == 3 else true")),
	 SLICE_INIT("context.amount == 3")},
};

TEST(the_least_change_of_declared_facts_is_found)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;
		start(&bench, rows[i].policies);
		set_context(&bench, SLICE(CONTEXT));
		CHECK_SLICE(find(&bench), rows[i].remedy);
		stop(&bench);
	}
}

TEST(a_remedy_names_the_permit_and_the_facts)
{
	struct bench bench;
	struct fault why = {0};
	start(&bench, SLICE("permit(principal, action, resource == File::\"zz\");" REMEDY("context.approval") PERMIT("context.approval")));
	CHECK_SLICE(find(&bench), SLICE("context.approval == true"));
	CHECK_SLICE(bench.remedy.changes[0].fact, SLICE("context.approval"));
	CHECK_SLICE(bench.remedy.permit.id, SLICE("policy1"));
	bench.in.request.context = cedar_long(1);
	CHECK_ERROR(cedar_remedy_find(&bench.in.request, &bench.in.world, &bench.in.arena, &bench.remedy, &why), E_INVALID);
	CHECK_INT(bench.remedy.count, 0);
	bench.in.request.context = (struct cedar_value){0};
	bench.in.request.resource_unknown = true;
	CHECK_ERROR(cedar_remedy_find(&bench.in.request, &bench.in.world, &bench.in.arena, &bench.remedy, &why), E_INVALID);
	stop(&bench);
}

TEST(what_remedies_may_declare)
{
	struct fault why = {0};
	CHECK_OK(cedar_remedy_check(SLICE("context.a"), &why), why);
	CHECK_OK(cedar_remedy_check(SLICE("context.a.b.c , context.d"), &why), why);
	static const slice bad[] = {SLICE_INIT(""), SLICE_INIT("context"), SLICE_INIT("context."), SLICE_INIT("principal.a"),
				    SLICE_INIT("context.a,"), SLICE_INIT("context.if"), SLICE_INIT("context.a b"),
				    SLICE_INIT("context.a..b"), SLICE_INIT("approval")};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_ERROR(cedar_remedy_check(bad[i], &why), E_SYNTAX);
	CHECK_ERROR(cedar_remedy_check(SLICE("context.a.b.c.d.e.f.g.h.i"), &why), E_LIMIT);
	CHECK_ERROR(cedar_remedy_check(SLICE("context.a,context.a,context.a,context.a,context.a,context.a,context.a,context.a,"
					     "context.a,context.a,context.a,context.a,context.a,context.a,context.a,context.a,context.a"),
				       &why),
		    E_LIMIT);
}

/* Too little memory is told; it never makes a remedy that is none. */
TEST(without_memory_there_is_an_error_and_no_remedy)
{
	struct bench bench;
	size_t refused = 0;
	start(&bench, SLICE(REMEDY("context.amount, context.purpose, context.tags")
			    PERMIT("context.amount < 10 && context.purpose like \"x*\" && context.tags.contains(\"b\")")
			    REMEDY("context.by") FORBID("context.by == User::\"b\"")));
	set_context(&bench, SLICE(CONTEXT));
	for (size_t bytes = 0; bytes < 200000; bytes += bytes < 20000 ? 64 : 1024) {
		struct arena arena;
		struct fault why = {0};
		arena_init(&arena, bytes);
		enum error error = cedar_remedy_find(&bench.in.request, &bench.in.world, &arena, &bench.remedy, &why);
		refused += error != E_OK;
		CHECK(error == E_OK || error == E_MEMORY || error == E_LIMIT);
		CHECK(bench.remedy.count == 0 || bench.remedy.count == 4);
		for (size_t i = 0; i < bench.remedy.count; i++)
			CHECK(bench.remedy.changes[i].must.len > 0);
		arena_free(&arena);
	}
	CHECK(refused > 100);
	CHECK_INT(bench.remedy.count, 4);
	stop(&bench);
}

/* --- any policies: a remedy permits, changes only what was declared, and no smaller change would do --- */

static void add_condition(struct random *random, struct buffer *out, unsigned depth)
{
	static const char *const atoms[] = {
		"context.ok", "context has ok", "context.ok == false", "context.amount < 2", "context.amount >= 4", "3 == context.amount",
		"context.amount != 1", "context.purpose == \"x\"", "context.purpose != \"y\"", "context.purpose == \"\"",
		"context has purpose", "resource.open", "resource.size > 5", "principal.nope", "context.frozen"};
	unsigned choice = depth ? random_below(random, 10) : 9;
	if (choice >= 5) {
		buffer_add_text(out, atoms[random_below(random, sizeof(atoms) / sizeof(atoms[0]))]);
		return;
	}
	buffer_add_text(out, choice == 4 ? "!(" : choice == 3 ? "(if " : "(");
	add_condition(random, out, depth - 1);
	for (unsigned i = 0; i < (choice == 3 ? 2u : choice < 3); i++) {
		buffer_add_text(out, choice == 3 ? (i ? " else " : " then ") : choice < 2 ? " && " : " || ");
		buffer_add_byte(out, '(');
		add_condition(random, out, depth - 1);
		buffer_add_byte(out, ')');
	}
	buffer_add_byte(out, ')');
}

static const char *const facts[] = {"ok", "amount", "purpose"};

static void add_policies(struct random *random, struct buffer *out, unsigned *ret_declared)
{
	*ret_declared = 0;
	unsigned shared = 1 + random_below(random, 7);
	for (unsigned i = 1 + random_below(random, 3); i > 0; i--) {
		const char *separator = "@remedy(\"";
		for (unsigned j = 0; j < 3; j++)
			if (shared & 1u << j) {
				buffer_print(out, "%scontext.%s", separator, facts[j]);
				separator = ", ";
			}
		*ret_declared = shared;
		buffer_print(out, "\")\n%s(principal, action, resource) %s { (", i == 1 || random_below(random, 2) ? "permit" : "forbid",
			     random_below(random, 4) ? "when" : "unless");
		add_condition(random, out, 2);
		buffer_add_text(out, ") };\n");
	}
}

static bool is_permitted(struct bench *bench, struct cedar_value context)
{
	struct cedar_request request = bench->in.request;
	struct cedar_result result;
	request.context = context;
	return cedar_authorize(&request, &bench->in.world, &bench->in.arena, &result) == CEDAR_ALLOW;
}

/* Permitted, and no forbid is out of the way only because it errs. */
static bool is_well_permitted(struct bench *bench, struct cedar_value context)
{
	struct cedar_request request = bench->in.request;
	struct cedar_result result;
	request.context = context;
	if (cedar_authorize(&request, &bench->in.world, &bench->in.arena, &result) != CEDAR_ALLOW)
		return false;
	for (size_t i = 0; i < result.error_count; i++)
		if (cedar_policyset_info(bench->in.set, result.errors[i].policy).effect == CEDAR_FORBID)
			return false;
	return true;
}

#define VALUES 9u

/* Of each fact all values that tell conditions apart; the last is that it is not there. */
static struct cedar_value value_at(unsigned fact, unsigned number)
{
	static const char *const purposes[] = {"x", "y", "", "z"};
	if (number == VALUES - 1)
		return (struct cedar_value){0};
	return fact == 0 ? cedar_bool(number & 1) : fact == 1 ? cedar_long(number) : cedar_string(slice_of(purposes[number & 3]));
}

static struct cedar_value make_context(struct bench *bench, const struct cedar_value values[3])
{
	struct cedar_fields fields;
	struct cedar_value context;
	struct fault why = {0};
	cedar_fields_init(&fields, &bench->in.arena);
	cedar_fields_add(&fields, SLICE("frozen"), cedar_bool(true));
	for (unsigned i = 0; i < 3; i++)
		if (values[i].kind)
			cedar_fields_add(&fields, slice_of(facts[i]), values[i]);
	CHECK_OK(cedar_fields_finish(&fields, &context, &why), why);
	return context;
}

/*
 * The least number of declared facts that must change; 0: none of all that are tried permits. Facts are not taken out.
 */
static unsigned least_by_trying(struct bench *bench, const struct cedar_value now[3], unsigned declared)
{
	unsigned least = 0;
	for (unsigned number = 0; number < VALUES * VALUES * VALUES; number++) {
		unsigned numbers[3] = {number % VALUES, number / VALUES % VALUES, number / VALUES / VALUES}, changed = 0;
		struct cedar_value values[3];
		bool skip = false;
		for (unsigned i = 0; i < 3; i++) {
			values[i] = declared & 1u << i ? value_at(i, numbers[i]) : now[i];
			skip = skip || (!(declared & 1u << i) && numbers[i] > 0) || (!values[i].kind && now[i].kind);
			changed += values[i].kind != now[i].kind || !(cedar_value_equal(values[i], now[i]) || !values[i].kind);
		}
		if (!skip && (least == 0 || changed < least) && is_well_permitted(bench, make_context(bench, values)))
			least = changed;
	}
	return least;
}

static bool is_fact_changed(const struct bench *bench, slice name)
{
	const struct cedar_value *old = cedar_record_get(bench->in.request.context, name);
	const struct cedar_value *new = cedar_record_get(bench->remedy.context, name);
	return !old != !new || (old && !cedar_value_equal(*old, *new));
}

/* What must hold is Cedar, and holds with the remedy. */
static bool are_words_true(struct bench *bench)
{
	for (size_t i = 0; i < bench->remedy.count; i++) {
		slice text = arena_print(&bench->in.arena, "permit(principal, action, resource) when { %.*s };",
					 SLICE_ARG(bench->remedy.changes[i].must));
		struct cedar_policyset *set = world_policies(text);
		const struct cedar_policyset *sets[] = {set};
		struct cedar_world world = {bench->in.layers, 1, sets, 1};
		struct cedar_request request = bench->in.request;
		struct cedar_result result;
		request.context = bench->remedy.context;
		bool holds = cedar_authorize(&request, &world, &bench->in.arena, &result) == CEDAR_ALLOW;
		cedar_policyset_free(set);
		if (!holds)
			return false;
	}
	return true;
}

/* NULL, or what is wrong. */
static const char *check_remedy(struct bench *bench, const struct cedar_value now[3], unsigned declared, bool permitted)
{
	struct fault why = {0};
	CHECK_OK(cedar_remedy_find(&bench->in.request, &bench->in.world, &bench->in.arena, &bench->remedy, &why), why);
	if (permitted)
		return bench->remedy.count == 0 ? NULL : "a remedy for what is permitted";
	unsigned least = least_by_trying(bench, now, declared), changed = 0;
	if (bench->remedy.count == 0)
		return least == 0 ? NULL : "a remedy was not found";
	if (!is_permitted(bench, bench->remedy.context))
		return "the remedy does not permit";
	if (!are_words_true(bench))
		return "the words are not true of the remedy";
	if (is_fact_changed(bench, SLICE("frozen")))
		return "the remedy changes what is not declared";
	for (unsigned i = 0; i < 3; i++) {
		bool is_changed = is_fact_changed(bench, slice_of(facts[i]));
		if (is_changed && !(declared & 1u << i))
			return "the remedy changes what is not declared";
		changed += is_changed;
	}
	return least == 0 || changed <= least ? NULL : "there is a smaller remedy";
}

TEST(a_remedy_permits_and_is_the_least)
{
	unsigned remedies = 0, none = 0;
	for (uint64_t seed = 1; seed <= 4000; seed++) {
		struct random random = {seed};
		struct buffer text;
		struct bench bench;
		unsigned declared;
		buffer_init(&text, 1 << 20);
		add_policies(&random, &text, &declared);
		start(&bench, buffer_slice(&text));
		struct cedar_value now[3];
		for (unsigned i = 0; i < 3; i++)
			now[i] = value_at(i, random_below(&random, VALUES));
		bench.in.request.context = make_context(&bench, now);
		bool permitted = is_permitted(&bench, bench.in.request.context);
		const char *wrong = check_remedy(&bench, now, declared, permitted);
		if (wrong)
			print_error("# seed %llu: %s\n%.*s", (unsigned long long)seed, wrong, SLICE_ARG(buffer_slice(&text)));
		CHECK(!wrong);
		remedies += bench.remedy.count > 0;
		none += !permitted && bench.remedy.count == 0;
		stop(&bench);
		buffer_free(&text);
	}
	CHECK(remedies > 50);
	CHECK(none > 20);
}
