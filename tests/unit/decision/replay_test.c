#include "decision/replay.h"

#include "base/memory.h"
#include "decision/report.h"
#include "world.h"

/* The record of one decision in the world as it is now. */
static struct record recorded(struct world *world, const char *tool, const char *arguments)
{
	struct fault why = {0};
	struct record record;
	struct decision decision;
	struct decision_input input = world_input(world, tool, arguments);
	decide(&input, &decision, &world->arena);
	CHECK_OK(decision_record(&input, &decision, &world->arena, &record, &why), why);
	return record;
}

static struct replay_result replayed_since(struct world *world, const struct record *record, const char *candidate,
					   uint64_t entities_revision)
{
	struct fault why = {0};
	struct cedar_policyset *set = NULL;
	struct replay *replay;
	const struct cedar_source source = {.name = SLICE("candidate"), .text = slice_of(candidate)};
	CHECK_OK(cedar_policyset_parse(&world->snapshot->key, &source, 1, &set, NULL, &why), why);
	const struct replay_settings settings = {world->snapshot, set, entities_revision};
	CHECK_OK(replay_make(&replay, &settings, &why), why);
	struct replay_result result = replay_decide(replay, record);
	CHECK((result.verdict == REPLAY_UNKNOWN) == (result.why != NULL));
	replay_free(replay);
	cedar_policyset_free(set);
	return result;
}

static struct replay_result replayed(struct world *world, const struct record *record, const char *candidate)
{
	return replayed_since(world, record, candidate, 0);
}

static void put_policy(struct world *world, const char *text)
{
	struct buffer object;
	buffer_init(&object, 65536);
	buffer_add_text(&object, "\"text\":\"");
	for (const char *at = text; *at; at++) {
		if (*at == '"')
			buffer_add_byte(&object, '\\');
		buffer_add_byte(&object, *at);
	}
	buffer_add_text(&object, "\"");
	buffer_add_byte(&object, '\0');
	world_put(world, "policy", "p", object.ptr);
	buffer_free(&object);
}

#define FORBID(condition) "forbid (principal, action, resource) when { " condition " };"
#define PERMIT_IF(condition) "permit (principal, action, resource) when { " condition " };"

TEST(a_permit_by_a_grant_stays_one_unless_the_candidate_forbids)
{
	struct world world;
	world_make(&world);
	struct record record = recorded(&world, "fs.read_file", READ_OK);
	CHECK_INT(record.decision, RECORD_PERMIT);
	struct replay_result same = replayed(&world, &record, "");
	CHECK(same.verdict == REPLAY_PERMIT && same.by_policies && !replay_flips(&record, &same));
	struct replay_result flip = replayed(&world, &record, FORBID("context.purpose == \"invoices\""));
	CHECK(flip.verdict == REPLAY_DENY && replay_flips(&record, &flip));
	CHECK_INT(replayed(&world, &record, FORBID("context.purpose == \"refunds\"")).verdict, REPLAY_PERMIT);
	CHECK_INT(replayed(&world, &record, FORBID("resource in Tipstaff::Server::\"fs\"")).verdict, REPLAY_DENY);
	CHECK_INT(replayed(&world, &record, FORBID("principal in Tipstaff::Team::\"sales\"")).verdict, REPLAY_PERMIT);
	world_free(&world);
}

TEST(what_nobody_permitted_is_permitted_where_the_candidate_does)
{
	struct world world;
	world_make(&world);
	struct record record = recorded(&world, "fs.read_file", "{\"path\":\"/other/a\"}");
	CHECK_SLICE(record.reason, SLICE("no_matching_permit"));
	struct replay_result flip = replayed(&world, &record, PERMIT_IF("resource.id like \"/other/*\""));
	CHECK(flip.verdict == REPLAY_PERMIT && replay_flips(&record, &flip));
	CHECK_INT(replayed(&world, &record, PERMIT_IF("resource.id like \"/data/*\"")).verdict, REPLAY_DENY);
	/* The record does not tell what the path was: nobody had looked at it. */
	CHECK_INT(replayed(&world, &record, PERMIT_IF("context.input.path like \"/other/*\"")).verdict, REPLAY_UNKNOWN);
	world_free(&world);
}

TEST(the_policy_that_decides_is_named_where_it_is_known)
{
	struct world world;
	world_make(&world);
	struct record record = recorded(&world, "fs.read_file", READ_OK);
	CHECK_INT(replayed(&world, &record, "").policy, 0);
	CHECK_INT(replayed(&world, &record, PERMIT_IF("false") PERMIT_IF("true")).policy, 2);
	CHECK_INT(replayed(&world, &record, PERMIT_IF("true") FORBID("false") FORBID("true")).policy, 3);
	/* Forbidden whatever the unknown is. */
	struct replay_result result = replayed(&world, &record, FORBID("context.task.tools.contains(\"x\") || context.risk >= 0"));
	CHECK_INT(result.verdict, REPLAY_DENY);
	CHECK_INT(result.policy, 0);
	world_free(&world);
}

TEST(what_was_read_of_the_arguments_is_known_and_the_rest_is_not)
{
	struct world world;
	world_make(&world);
	put_policy(&world, FORBID("context has input && context.input has path && context.input.path like \"/secret*\""));
	struct record record = recorded(&world, "fs.read_file", "{\"path\":\"/data/a \\\"b\\\"\",\"size\":3}");
	CHECK_INT(record.decision, RECORD_PERMIT);
	CHECK_INT(replayed(&world, &record, FORBID("context.input.path == \"/data/a \\\"b\\\"\"")).verdict, REPLAY_DENY);
	CHECK_INT(replayed(&world, &record, FORBID("context.input.path == \"/data/b\"")).verdict, REPLAY_PERMIT);
	CHECK_INT(replayed(&world, &record, FORBID("context.input.size == 3")).verdict, REPLAY_UNKNOWN);
	CHECK_INT(replayed(&world, &record, FORBID("context.input has size")).verdict, REPLAY_UNKNOWN);
	CHECK_INT(replayed(&world, &record, FORBID("context.input == {path: \"/data/a\"}")).verdict, REPLAY_UNKNOWN);
	CHECK_INT(replayed(&world, &record, FORBID("context == {}")).verdict, REPLAY_UNKNOWN);
	/* Not needed for the answer, so that it is certain all the same. */
	CHECK_INT(replayed(&world, &record, FORBID("context.mode == \"delegated\" && context.input.size == 3")).verdict, REPLAY_PERMIT);
	CHECK_INT(replayed(&world, &record, FORBID("context.mode == \"autonomous\" || context.input.size == 3")).verdict, REPLAY_DENY);
	world_free(&world);
}

TEST(a_forbidden_call_hides_whether_a_grant_would_have_permitted)
{
	struct world world;
	world_make(&world);
	put_policy(&world, FORBID("context.mode == \"autonomous\""));
	struct record record = recorded(&world, "fs.read_file", READ_OK);
	CHECK_SLICE(record.reason, SLICE("forbidden"));
	CHECK_INT(replayed(&world, &record, "").verdict, REPLAY_UNKNOWN);
	CHECK_INT(replayed(&world, &record, FORBID("context.purpose == \"invoices\"")).verdict, REPLAY_DENY);
	CHECK_INT(replayed(&world, &record, "permit (principal, action, resource);").verdict, REPLAY_PERMIT);
	world_free(&world);
}

TEST(what_policies_were_never_asked_about_stays_denied)
{
	struct world world;
	world_make(&world);
	world_put(&world, "agent", "bot", BOT_WITH("suspended"));
	struct record record = recorded(&world, "fs.read_file", READ_OK);
	struct replay_result result = replayed(&world, &record, "permit (principal, action, resource);");
	CHECK(result.verdict == REPLAY_DENY && !result.by_policies);
	world_free(&world);
}

TEST(what_has_changed_since_makes_the_answer_unknown)
{
	struct world world;
	world_make(&world);
	struct record record = recorded(&world, "fs.read_file", READ_OK);
	CHECK_INT(replayed_since(&world, &record, "", world.revision).verdict, REPLAY_PERMIT);
	CHECK_INT(replayed_since(&world, &record, "", world.revision + 1).verdict, REPLAY_UNKNOWN);
	world_put(&world, "tool", "fs.read_file", READ_FILE("pinned"));
	CHECK_INT(replayed(&world, &record, "").verdict, REPLAY_UNKNOWN);
	record = recorded(&world, "fs.read_file", READ_OK);
	CHECK_INT(replayed(&world, &record, "").verdict, REPLAY_PERMIT);
	world_put(&world, "agent", "bot", BOT_WITH("approved"));
	CHECK_INT(replayed(&world, &record, "").verdict, REPLAY_UNKNOWN);
	record = recorded(&world, "fs.read_file", READ_OK);
	world_delete(&world, "tool", "fs.read_file");
	CHECK_INT(replayed(&world, &record, "").verdict, REPLAY_UNKNOWN);
	record.trigger = SLICE("authzen");
	CHECK_INT(replayed(&world, &record, "").verdict, REPLAY_UNKNOWN);
	world_free(&world);
}

/* Policies that look at all that a context has, true and false in turn. */
static const char *const candidates[] = {
	"",
	"permit (principal, action, resource);",
	FORBID("context.risk > 10"),
	FORBID("context.trust >= 100"),
	FORBID("context has session"),
	FORBID("context.session.id == \"s1\""),
	FORBID("context.delegation.depth == 0"),
	FORBID("context.delegation.chain.contains(\"bot\")"),
	FORBID("context.delegation has on_behalf_of"),
	FORBID("context.task.id == \"task_x\""),
	FORBID("context.task.tools.contains(\"fs.*\")"),
	FORBID("context.system.now > datetime(\"2026-01-01\")"),
	FORBID("context.server == \"fs\" && context.tool == \"fs.read_file\""),
	FORBID("context.input.path like \"/data/*\""),
	FORBID("context has input && context.input has size"),
	FORBID("context.input.size > 2"),
	FORBID("context has input.path && context.input.path == \"/data/a.txt\""),
	FORBID("[context.input].contains({path: \"/data/a.txt\"})"),
	FORBID("context == {mode: \"autonomous\"}"),
	FORBID("principal.owner == \"olga\""),
	FORBID("resource.id == \"/data/a.txt\""),
	FORBID("resource == Tipstaff::Target::\"/data/c\""),
	FORBID("resource in [Tipstaff::Server::\"fs\", Tipstaff::Target::\"/data/c\"]"),
	FORBID("resource in Tipstaff::Tool::\"fs.read_file\" && context.purpose == \"refunds\""),
	FORBID("resource is Tipstaff::Target in Tipstaff::Server::\"other\""),
	FORBID("resource is Tipstaff::Target && [resource.id].contains(\"/other/b\")"),
	FORBID("[resource].contains(Tipstaff::Target::\"/data/a.txt\")"),
	"forbid (principal, action, resource == Tipstaff::Target::\"/data/a.txt\");",
	"forbid (principal, action, resource in Tipstaff::Target::\"/other/b\");",
	FORBID("action in Tipstaff::Action::\"CallTool\""),
	PERMIT_IF("context.input.path like \"/other*\""),
	PERMIT_IF("context.mode == \"autonomous\" && context.input has path"),
	PERMIT_IF("context.purpose == \"invoices\" && resource is Tipstaff::Target"),
};
#define CANDIDATES (sizeof(candidates) / sizeof(candidates[0]))

static const char *const calls[] = {"{\"path\":\"/data/a.txt\"}", "{\"path\":\"/other/b\",\"size\":3}", "{\"path\":\"/data/c\",\"size\":1}",
				    "{}", NULL};

/* Soundness: whatever is not unknown is what the decision itself gives under the candidate. */
TEST(what_replay_says_is_what_would_have_been_decided)
{
	size_t known = 0, unknown = 0;
	for (size_t before = 0; before < CANDIDATES; before++)
		for (size_t call = 0; call < sizeof(calls) / sizeof(calls[0]); call++) {
			struct world world;
			world_make(&world);
			put_policy(&world, before ? candidates[before] : FORBID("false"));
			struct record record = recorded(&world, "fs.read_file", calls[call]);
			for (size_t after = 0; after < CANDIDATES; after++) {
				struct replay_result result = replayed(&world, &record, candidates[after]);
				put_policy(&world, after ? candidates[after] : FORBID("false"));
				bool permits = world_decide(&world, "fs.read_file", calls[call]).verdict == PERMIT;
				known += result.verdict != REPLAY_UNKNOWN;
				unknown += result.verdict == REPLAY_UNKNOWN;
				if (result.verdict == REPLAY_UNKNOWN)
					continue;
				if ((result.verdict == REPLAY_PERMIT) != permits)
					print_error("%s\n-> %s\n%s\n", candidates[before], candidates[after], calls[call]);
				CHECK((result.verdict == REPLAY_PERMIT) == permits);
			}
			world_free(&world);
		}
	print_message("# %zu known, %zu unknown\n", known, unknown);
	CHECK(known > unknown);
}

TEST(an_answer_that_was_kept_is_the_answer)
{
	struct world world;
	struct fault why = {0};
	struct record records[2 * sizeof(calls) / sizeof(calls[0])];
	size_t count = 0;
	world_make(&world);
	put_policy(&world, FORBID("context has input && context.input has path && context.input.path like \"/secret*\""));
	for (size_t call = 0; call < sizeof(calls) / sizeof(calls[0]); call++) {
		records[count++] = recorded(&world, "fs.read_file", calls[call]);
		records[count] = records[count - 1];
		/* A request that differs in what some candidates read, and in nothing else. */
		records[count].purpose = SLICE("refunds");
		records[count++].session = SLICE("s1");
	}
	for (size_t i = 0; i < CANDIDATES; i++) {
		struct cedar_policyset *set;
		struct replay *replay;
		const struct cedar_source source = {.name = SLICE("candidate"), .text = slice_of(candidates[i])};
		CHECK_OK(cedar_policyset_parse(&world.snapshot->key, &source, 1, &set, NULL, &why), why);
		const struct replay_settings settings = {world.snapshot, set, 0};
		CHECK_OK(replay_make(&replay, &settings, &why), why);
		for (size_t j = 0; j < 3 * count; j++) {
			const struct record *record = &records[j % count];
			struct replay_result kept = replay_decide(replay, record), fresh = replayed(&world, record, candidates[i]);
			CHECK_INT(kept.verdict, fresh.verdict);
			CHECK_INT(kept.policy, fresh.policy);
		}
		/* It is not used for a record from before the rows that it was read from. */
		struct record early = records[0];
		early.registry_revision = 1;
		CHECK_INT(replay_decide(replay, &early).verdict, REPLAY_UNKNOWN);
		replay_free(replay);
		cedar_policyset_free(set);
	}
	world_free(&world);
}

/*
 * Requests that do not repeat for a while, a few that do, and the first ones again: what is kept comes and goes, the answer
 * stays. What does not count differs as well.
 */
static void check_answers(const char *candidate)
{
	struct world world;
	struct fault why = {0};
	struct cedar_policyset *set;
	struct replay *replay;
	const struct cedar_source source = {.name = SLICE("candidate"), .text = slice_of(candidate)};
	world_make(&world);
	struct record record = recorded(&world, "fs.read_file", READ_OK);
	CHECK_INT(record.decision, RECORD_PERMIT);
	CHECK_OK(cedar_policyset_parse(&world.snapshot->key, &source, 1, &set, NULL, &why), why);
	const struct replay_settings settings = {world.snapshot, set, 0};
	CHECK_OK(replay_make(&replay, &settings, &why), why);
	for (unsigned i = 0; i < 60000; i++) {
		char *text = memory_alloc(16);
		unsigned number = i < 20000 ? i : i < 40000 ? i % 50 : i - 40000;
		CHECK(text);
		record.purpose = slice_from(text, (size_t)snprintf(text, 16, "x%u-%u", number, number % 3));
		record.target = record.purpose;
		CHECK_INT(replay_decide(replay, &record).verdict, number % 3 == 0 ? REPLAY_DENY : REPLAY_PERMIT);
		/* Nobody may look at it any more. */
		memory_free(text);
	}
	replay_free(replay);
	cedar_policyset_free(set);
	world_free(&world);
}

TEST(answers_do_not_depend_on_how_often_requests_repeat)
{
	check_answers(FORBID("context.purpose like \"*-0\""));
	check_answers(FORBID("context.purpose like \"*-0\" && resource in Tipstaff::Tool::\"fs.read_file\" && resource is Tipstaff::Target"));
	check_answers(FORBID("resource.id like \"*-0\""));
	check_answers(FORBID("resource.id like \"*-0\" && resource in Tipstaff::Tool::\"fs.read_file\" && resource has type"));
}
