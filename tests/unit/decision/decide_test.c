#include "decision/decide.h"

#include "world.h"

static void check_denied(const struct decision *decision, enum reason reason)
{
	CHECK_SLICE(reason_code(decision->reason), reason_code(reason));
	CHECK(decision->verdict == DENY && !decision_lets_through(decision));
	CHECK(decision->reason_text.len > 0 && decision->public_sentence.len > 0 && decision->public_reason.len > 0);
}

TEST(what_was_only_zeroed_is_denied)
{
	struct arena arena;
	struct decision decision = {.verdict = PERMIT};
	struct decision_input input = {.call = CALL_UNKNOWN};
	arena_init(&arena, 1 << 20);
	decide(&input, &decision, &arena);
	check_denied(&decision, REASON_NOT_READY);
	CHECK(!decide_is_listed(&input, &arena));
	struct decision zeroed = {.verdict = DENY};
	CHECK(!decision_lets_through(&zeroed));
	struct decision_direct direct = {.snapshot = NULL};
	decision.verdict = PERMIT;
	decide_direct(&direct, &decision, &arena);
	CHECK(decision.verdict == DENY && decision.reason == REASON_NOT_READY);
	arena_free(&arena);
}

TEST(a_zeroed_caller_is_denied)
{
	struct world world;
	struct decision decision;
	struct caller nobody = {.depth = 0};
	world_make(&world);
	struct decision_input input = world_input(&world, "fs.read_file", READ_OK);
	input.caller = NULL;
	decide(&input, &decision, &world.arena);
	check_denied(&decision, REASON_AGENT_UNREGISTERED);
	input.caller = &nobody;
	decide(&input, &decision, &world.arena);
	check_denied(&decision, REASON_AGENT_UNREGISTERED);
	world.caller.agent = SLICE("stranger");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_AGENT_UNREGISTERED);
	world_free(&world);
}

TEST(a_granted_call_is_permitted_and_says_why)
{
	struct world world;
	world_make(&world);
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	CHECK_SLICE(decision.reason_text, SLICE("permitted"));
	CHECK(decision.verdict == PERMIT && decision_lets_through(&decision) && !decision.observed);
	CHECK_INT(decision.policy_count, 1);
	CHECK_SLICE(decision.policies[0].id, SLICE("grant_1"));
	CHECK_SLICE(decision.policies[0].source, SLICE("grant"));
	CHECK_SLICE(decision.policies[0].sentence, SLICE("fs.read_file on /data/* for invoices"));
	CHECK_SLICE(decision.target, SLICE("/data/a.txt"));
	CHECK_SLICE(decision.server_id, SLICE("fs"));
	CHECK_SLICE(decision.effect, SLICE("read"));
	CHECK(decision.fact_count > 0 && decision.agent && decision.tool && decision.server && decision.policy_digest);
	CHECK(decision.revision == world.snapshot->revision);
	world_free(&world);
}

TEST(nothing_is_permitted_without_a_grant_or_policy)
{
	struct world world;
	world_make(&world);
	struct decision decision = world_decide(&world, "fs.list_roots", "{}");
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	CHECK_SLICE(decision.missing, SLICE("a grant of fs.list_roots for purpose invoices"));
	world_delete(&world, "grant", "grant_1");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	world_free(&world);
}

TEST(only_an_approved_agent_may_act)
{
	static const char *const states[] = {"registered", "suspended", "quarantined", "decommissioned"};
	static const char *const objects[] = {BOT_WITH("registered"), BOT_WITH("suspended"), BOT_WITH("quarantined"),
					      BOT_WITH("decommissioned")};
	for (size_t i = 0; i < 4; i++) {
		struct world world;
		char expected[64];
		world_make(&world);
		world_put(&world, "agent", "bot", objects[i]);
		struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
		check_denied(&decision, REASON_AGENT_STATE);
		snprintf(expected, sizeof(expected), "agent.state=%s", states[i]);
		CHECK_SLICE(decision.reason_text, slice_of(expected));
		CHECK_SLICE(decision.public_reason, slice_of(expected));
		world_free(&world);
	}
}

TEST(tokens_from_before_a_suspension_do_not_revive)
{
	struct world world;
	world_make(&world);
	world_put_at(&world, NOW_MS + 1000, "agent", "bot", BOT_WITH("suspended"));
	world_put_at(&world, NOW_MS + 2000, "agent", "bot", BOT_WITH("approved"));
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOKEN_REVOKED);
	world.caller.original_issue_ms = NOW_MS + 2000;
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOKEN_REVOKED);
	world.caller.original_issue_ms = NOW_MS + 2001;
	decision = world_decide(&world, "fs.read_file", READ_OK);
	CHECK(decision.verdict == PERMIT);
	/* An edit that changes no state cuts nothing. */
	world_put_at(&world, NOW_MS + 3000, "agent", "bot", BOT_WITH("approved") ",\"description\":\"new\"");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	CHECK(decision.verdict == PERMIT);
	world_free(&world);
}

TEST(revoked_and_expired_tokens_are_refused)
{
	struct world world;
	world_make(&world);
	world_put(&world, "revocation", "t_01HZZZZZZZZZZZZZZZZZZZZZZZ", "");
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOKEN_REVOKED);
	world.caller.token = SLICE("t_01HZZZZZZZZZZZZZZZZZZZZZZY");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	CHECK(decision.verdict == PERMIT);
	world_put(&world, "revocation", "txn_01HZZZZZZZZZZZZZZZZZZZZZZZ", "");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOKEN_REVOKED);
	world.caller.transaction = SLICE("txn_01HZZZZZZZZZZZZZZZZZZZZZZY");
	world.caller.expires_s = NOW_MS / 1000;
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOKEN_REVOKED);
	world_free(&world);
}

TEST(a_delegated_token_needs_an_active_human)
{
	struct world world;
	world_make(&world);
	world.caller.mode = CALLER_DELEGATED;
	world.caller.subject = SLICE("alice");
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	CHECK(decision.verdict == PERMIT);
	world_put(&world, "principal", "alice", "\"type\":\"human\",\"state\":\"disabled\"");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOKEN_REVOKED);
	world.caller.subject = SLICE("mallory");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOKEN_REVOKED);
	world_free(&world);
}

TEST(a_token_is_good_for_its_scope_only)
{
	struct world world;
	world_make(&world);
	world.scope[0] = SLICE("fs.list_roots");
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_SCOPE_TASK);
	CHECK_SLICE(decision.public_reason, SLICE("scope.task"));
	world.caller.scope_count = 0;
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_SCOPE_TASK);
	/* Whether or not there is such a tool. */
	decision = world_decide(&world, "fs.no_such", READ_OK);
	check_denied(&decision, REASON_SCOPE_TASK);
	world_free(&world);
}

#define TASK(more) "\"agent\":\"bot\",\"purpose\":\"invoices\"" more

TEST(a_task_bounds_tools_targets_time_and_purpose)
{
	struct world world;
	world_make(&world);
	world_put(&world, "task", "task_x", TASK(",\"state\":\"open\",\"tools\":[\"fs.list_roots\"]"));
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_SCOPE_TASK);
	world_put(&world, "task", "task_x", TASK(",\"state\":\"open\",\"targets\":[\"/data/b*\"]"));
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_SCOPE_TASK);
	CHECK_SLICE(decision.missing, SLICE("a task that includes fs.read_file on /data/a.txt"));
	decision = world_decide(&world, "fs.read_file", "{\"path\":\"/data/b.txt\"}");
	CHECK(decision.verdict == PERMIT);
	CHECK_SLICE(decision.task->row.id, SLICE("task_x"));
	world_put(&world, "task", "task_x", TASK(",\"state\":\"complete\""));
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TASK_CLOSED);
	world_put(&world, "task", "task_x", TASK(",\"state\":\"open\",\"expires_at\":\"2026-11-18T00:00:00Z\""));
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TASK_CLOSED);
	world_put(&world, "task", "task_x", "\"agent\":\"cat\",\"purpose\":\"invoices\",\"state\":\"open\"");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TASK_CLOSED);
	world_put(&world, "task", "task_x", "\"agent\":\"bot\",\"purpose\":\"refunds\",\"state\":\"open\"");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_PURPOSE_MISMATCH);
	world_free(&world);
}

TEST(a_retired_purpose_stops_its_grants_at_once)
{
	struct world world;
	world_make(&world);
	world_put(&world, "purpose", "invoices", "\"state\":\"retired\"");
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_PURPOSE_RETIRED);
	world.caller.purpose = SLICE("unheard-of");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_PURPOSE_RETIRED);
	world_free(&world);
}

TEST(a_grant_is_for_one_purpose_and_its_targets)
{
	struct world world;
	world_make(&world);
	world.caller.purpose = SLICE("refunds");
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	CHECK(slice_find(decision.missing, SLICE("a token for purpose invoices")) == 0);
	world.caller.purpose = SLICE("invoices");
	decision = world_decide(&world, "fs.read_file", "{\"path\":\"/data/../etc/passwd\"}");
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	CHECK_SLICE(decision.target, SLICE("/etc/passwd"));
	CHECK(slice_find(decision.missing, SLICE("whose targets cover /etc/passwd")) != SIZE_MAX);
	/* One of several targets is enough to deny. */
	decision = world_decide(&world, "fs.read_file", "{\"path\":[\"/data/a\",\"/etc/b\"]}");
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	CHECK_SLICE(decision.target, SLICE("/etc/b"));
	decision = world_decide(&world, "fs.read_file", "{\"path\":[\"/data/a\",\"/data/b\"]}");
	CHECK(decision.verdict == PERMIT);
	CHECK_SLICE(decision.target, SLICE("/data/a, /data/b"));
	world_free(&world);
}

TEST(a_grant_ends_with_its_time_or_when_it_is_revoked)
{
	struct world world;
	world_make(&world);
	world_put(&world, "grant", "grant_1", GRANT("\"fs.*\"", ",\"expires_at\":\"2026-11-18T11:06:40.000Z\""));
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	CHECK(slice_find(decision.missing, SLICE("expired at 2026-11-18T11:06:40")) != SIZE_MAX);
	world_put(&world, "grant", "grant_1", GRANT("\"fs.*\"", ",\"expires_at\":\"2026-11-18T11:06:40.001Z\""));
	decision = world_decide(&world, "fs.read_file", READ_OK);
	CHECK(decision.verdict == PERMIT);
	world_put(&world, "grant", "grant_1",
		  "\"agent\":\"bot\",\"tools\":[\"fs.*\"],\"purpose_id\":\"invoices\",\"state\":\"revoked\"");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	CHECK(slice_find(decision.missing, SLICE("grant_1 was revoked")) != SIZE_MAX);
	world_free(&world);
}

TEST(a_tool_that_is_not_as_it_was_approved_is_withheld)
{
	struct world world;
	world_make(&world);
	world_put(&world, "tool", "fs.read_file", READ_FILE("changed"));
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOOL_CHANGED);
	world_put(&world, "tool", "fs.read_file", READ_FILE("gone"));
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_TOOL_HIDDEN);
	world_put(&world, "tool", "fs.read_file", READ_FILE("pinned"));
	world_put(&world, "server", "fs", SERVER_URL "\"state\":\"disabled\"");
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_SERVER_DISABLED);
	world_free(&world);
}

TEST(a_denial_reads_the_same_whether_or_not_the_tool_exists)
{
	struct world world;
	world_make(&world);
	struct decision exists = world_decide(&world, "fs.list_roots", "{}");
	struct decision absent = world_decide(&world, "fs.list_rootz", "{}");
	check_denied(&absent, REASON_TOOL_UNKNOWN);
	CHECK_SLICE(exists.public_reason, absent.public_reason);
	CHECK_SLICE(exists.public_sentence, SLICE("denied: bot may not use fs.list_roots for purpose invoices"));
	CHECK_SLICE(absent.public_sentence, SLICE("denied: bot may not use fs.list_rootz for purpose invoices"));
	CHECK_SLICE(absent.public_missing, SLICE("a grant of fs.list_rootz for purpose invoices"));
	/* A forbid is told where it would be told of a tool that is not there as well ... */
	world_put(&world, "policy", "stop", "\"text\":\"forbid (principal, action, resource in Tipstaff::Server::\\\"fs\\\");\"");
	exists = world_decide(&world, "fs.list_roots", "{}");
	absent = world_decide(&world, "fs.list_rootz", "{}");
	check_denied(&exists, REASON_FORBIDDEN);
	check_denied(&absent, REASON_TOOL_UNKNOWN);
	CHECK_SLICE(exists.public_reason, SLICE("forbidden"));
	CHECK_SLICE(absent.public_reason, SLICE("forbidden"));
	/* ... and not where it depends on what is only known of a tool that is. */
	world_put(&world, "policy", "stop",
		  "\"text\":\"forbid (principal, action in Tipstaff::Action::\\\"effect:read\\\", resource);\"");
	exists = world_decide(&world, "fs.list_roots", "{}");
	check_denied(&exists, REASON_FORBIDDEN);
	CHECK_SLICE(exists.public_reason, SLICE("no_matching_permit"));
	world_free(&world);
}

TEST(what_is_wrong_with_a_target_is_told_only_to_who_may_see_the_tool)
{
	struct world world;
	world_make(&world);
	struct decision decision = world_decide(&world, "fs.read_file", "{\"path\":\"../etc\"}");
	check_denied(&decision, REASON_TARGET_INVALID);
	CHECK_SLICE(decision.public_reason, SLICE("target.invalid"));
	CHECK_SLICE(decision.public_sentence, SLICE("denied: path: a relative path may not have .. in it"));
	world_delete(&world, "grant", "grant_1");
	decision = world_decide(&world, "fs.read_file", "{\"path\":\"../etc\"}");
	check_denied(&decision, REASON_TARGET_INVALID);
	CHECK_SLICE(decision.public_reason, SLICE("no_matching_permit"));
	CHECK(slice_find(decision.public_sentence, SLICE("path")) == SIZE_MAX);
	world_free(&world);
}

TEST(a_call_that_leaves_its_target_open_is_not_covered_by_targets_of_grant_or_task)
{
	struct world world;
	world_make(&world);
	struct decision decision = world_decide(&world, "fs.read_file", "{}");
	CHECK(!decision_lets_through(&decision));
	CHECK(decision.reason == REASON_NO_MATCHING_PERMIT || decision.reason == REASON_SCOPE_TASK);
	world_put(&world, "grant", "grant_1", GRANT("\"fs.read_file\"", ""));
	decision = world_decide(&world, "fs.read_file", "{}");
	CHECK(decision.verdict == PERMIT && decision.target.len == 0);
	world_free(&world);
}

TEST(a_forbid_wins_and_is_named_with_its_place_and_sentence)
{
	struct world world;
	world_make(&world);
	world_put(&world, "policy", "night",
		  "\"source\":\"policy/night.cedar\",\"text\":\"\\n@reason(\\\"not at night\\\")\\nforbid (principal in "
		  "Tipstaff::Team::\\\"finance\\\", action in Tipstaff::Action::\\\"effect:read\\\", resource in "
		  "Tipstaff::Server::\\\"fs\\\") when { context.input.path like \\\"/data/*\\\" && context.mode == "
		  "\\\"autonomous\\\" && principal.owner == \\\"olga\\\" && context.tool == \\\"fs.read_file\\\" };\"");
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_FORBIDDEN);
	CHECK_INT(decision.policy_count, 1);
	CHECK(decision.policies[0].forbids);
	CHECK_SLICE(decision.policies[0].id, SLICE("night#0"));
	CHECK_SLICE(decision.policies[0].source, SLICE("policy/night.cedar"));
	CHECK_SLICE(decision.policies[0].sentence, SLICE("not at night"));
	CHECK_SLICE(decision.missing, SLICE("policy night#0 forbids it"));
	/* Other paths are permitted, so the tool is listed and it may be told. */
	CHECK_SLICE(decision.public_reason, SLICE("forbidden"));
	world_free(&world);
}

TEST(a_broken_policy_set_stops_every_permit_until_it_is_mended)
{
	struct world world;
	world_make(&world);
	world_put(&world, "policy", "bad", "\"text\":\"permit (principal, action, resource) when { 1 + };\"");
	CHECK(world.snapshot->broken && world.snapshot->broken_sentence[0]);
	struct decision decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_POLICY_ERROR);
	world_put(&world, "agent", "bot", BOT_OBSERVED);
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_POLICY_ERROR);
	world_put(&world, "policy", "bad", "\"text\":\"permit (principal, action, resource);\"");
	CHECK(!world.snapshot->broken);
	decision = world_decide(&world, "fs.list_roots", "{}");
	CHECK(decision.verdict == PERMIT);
	world_free(&world);
}

TEST(no_evidence_no_action)
{
	struct world world;
	struct decision decision;
	world_make(&world);
	struct decision_input input = world_input(&world, "fs.read_file", READ_OK);
	input.evidence_ready = false;
	decide(&input, &decision, &world.arena);
	check_denied(&decision, REASON_EVIDENCE_UNAVAILABLE);
	world_put(&world, "agent", "bot", BOT_OBSERVED);
	input.snapshot = world.snapshot;
	input.tool = SLICE("fs.list_roots");
	decide(&input, &decision, &world.arena);
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	world_free(&world);
}

TEST(an_observed_agent_passes_what_it_lacks_but_never_an_order_to_stop)
{
	struct world world;
	world_make(&world);
	world_put(&world, "agent", "bot", BOT_OBSERVED);
	struct decision decision = world_decide(&world, "fs.list_roots", "{}");
	CHECK(decision.verdict == DENY && decision.observed && decision_lets_through(&decision));
	CHECK(decision.reason == REASON_NO_MATCHING_PERMIT);
	decision = world_decide(&world, "fs.no_such", "{}");
	check_denied(&decision, REASON_TOOL_UNKNOWN);
	world.caller.scope_count = 0;
	decision = world_decide(&world, "fs.no_such", "{}");
	check_denied(&decision, REASON_SCOPE_TASK);
	decision = world_decide(&world, "fs.list_roots", "{}");
	CHECK(decision.observed);
	world_put(&world, "tool", "fs.read_file", READ_FILE("changed"));
	decision = world_decide(&world, "fs.read_file", READ_OK);
	check_denied(&decision, REASON_SCOPE_TASK);
	world_free(&world);
}

TEST(other_methods_are_decided_by_policy_on_their_server)
{
	struct world world;
	struct decision decision;
	world_make(&world);
	world_put(&world, "grant", "grant_1", GRANT("\"fs.*\"", ""));
	struct decision_input input = world_input(&world, "", "{\"uri\":\"file:///a\"}");
	input.call = CALL_METHOD;
	input.method = SLICE("resources/read");
	input.server = SLICE("fs");
	decide(&input, &decision, &world.arena);
	/* A grant of all tools is no grant of all else. */
	check_denied(&decision, REASON_NO_MATCHING_PERMIT);
	CHECK_SLICE(decision.action, SLICE("mcp:resources/read"));
	world_put(&world, "policy", "resources",
		  "\"text\":\"permit (principal, action == Tipstaff::Action::\\\"mcp:resources/read\\\", resource == "
		  "Tipstaff::Server::\\\"fs\\\") when { context.input.uri like \\\"file:///*\\\" };\"");
	input.snapshot = world.snapshot;
	decide(&input, &decision, &world.arena);
	CHECK(decision.verdict == PERMIT);
	input.server = SLICE("other");
	decide(&input, &decision, &world.arena);
	check_denied(&decision, REASON_SERVER_DISABLED);
	input.call = CALL_UNKNOWN;
	decide(&input, &decision, &world.arena);
	check_denied(&decision, REASON_METHOD_UNKNOWN);
	world_free(&world);
}

/* A world in which the caller may send money, as far as the policy allows it. */
static void make_with_pay(struct world *world, const char *policy)
{
	world_make(world);
	world_put(world, "server", "pay", SERVER_URL "\"state\":\"active\"");
	world_put(world, "tool", "pay.send",
		  "\"server\":\"pay\",\"name\":\"send\",\"effect\":\"money\",\"state\":\"pinned\"");
	world_put(world, "policy", "limit", policy);
	world->scope[0] = SLICE("pay.*");
}

TEST(a_number_that_policies_cannot_hold_does_not_slip_past_them)
{
	struct world world;
	make_with_pay(&world, "\"text\":\"permit (principal, action, resource); forbid (principal, action, resource) when { "
			      "context.input has amount && context.input.amount > 100 };\"");
	struct decision decision = world_decide(&world, "pay.send", "{\"amount\":100}");
	CHECK(decision.verdict == PERMIT);
	decision = world_decide(&world, "pay.send", "{\"amount\":101}");
	check_denied(&decision, REASON_FORBIDDEN);
	decision = world_decide(&world, "pay.send", "{\"amount\":1.00001e9}");
	check_denied(&decision, REASON_ARGUMENTS_INVALID);
	CHECK(slice_find(decision.detail, SLICE("amount")) == 0);
	/* Nobody looked at it: it may pass. */
	decision = world_decide(&world, "pay.send", "{\"amount\":7,\"latitude\":48.85661234}");
	CHECK(decision.verdict == PERMIT);
	world_free(&world);
}

TEST(a_denial_names_the_change_that_would_permit_to_operators_only)
{
	struct world world;
	make_with_pay(&world, "\"text\":\"permit (principal, action, resource) when { context has input }; "
			      "@remedy(\\\"context.input.amount\\\") forbid (principal, action, resource) when { "
			      "context.input has amount && context.input.amount > 100 };\"");
	struct decision decision = world_decide(&world, "pay.send", "{\"amount\":101}");
	check_denied(&decision, REASON_FORBIDDEN);
	CHECK_INT(decision.remedy_count, 1);
	CHECK_SLICE(decision.remedy[0].fact, SLICE("context.input.amount"));
	CHECK_SLICE(decision.remedy[0].must, SLICE("context.input.amount <= 100"));
	CHECK_SLICE(decision.missing, SLICE("context.input.amount <= 100: then policy limit#0 permits"));
	CHECK(slice_find(decision.public_sentence, SLICE("amount")) == SIZE_MAX);
	CHECK(slice_find(decision.public_missing, SLICE("amount")) == SIZE_MAX);
	decision = world_decide(&world, "pay.send", "{\"amount\":100}");
	CHECK(decision.verdict == PERMIT && decision.remedy_count == 0);
	/* Another forbid stands in the way, and declares nothing. */
	world_put(&world, "policy", "stop", "\"text\":\"forbid (principal, action, resource);\"");
	decision = world_decide(&world, "pay.send", "{\"amount\":101}");
	check_denied(&decision, REASON_FORBIDDEN);
	CHECK_INT(decision.remedy_count, 0);
	world_free(&world);
}

TEST(lists_show_what_could_be_permitted)
{
	struct world world;
	world_make(&world);
	struct decision_input read = world_input(&world, "fs.read_file", NULL);
	struct decision_input roots = world_input(&world, "fs.list_roots", NULL);
	struct decision_input absent = world_input(&world, "fs.no_such", NULL);
	CHECK(decide_is_listed(&read, &world.arena));
	CHECK(!decide_is_listed(&roots, &world.arena));
	CHECK(!decide_is_listed(&absent, &world.arena));
	world.scope[0] = SLICE("fs.list_roots");
	CHECK(!decide_is_listed(&read, &world.arena));
	world.scope[0] = SLICE("fs.*");
	world_put(&world, "grant", "grant_2", GRANT("\"fs.list_roots\"", ""));
	roots.snapshot = read.snapshot = world.snapshot;
	CHECK(decide_is_listed(&roots, &world.arena));
	world_put(&world, "policy", "stop",
		  "\"text\":\"forbid (principal, action == Tipstaff::Action::\\\"fs.list_roots\\\", resource);\"");
	roots.snapshot = world.snapshot;
	CHECK(!decide_is_listed(&roots, &world.arena));
	world_put(&world, "agent", "bot", BOT_OBSERVED);
	roots.snapshot = absent.snapshot = world.snapshot;
	CHECK(decide_is_listed(&roots, &world.arena) && !decide_is_listed(&absent, &world.arena));
	world_put(&world, "agent", "bot", BOT_WITH("suspended"));
	read.snapshot = world.snapshot;
	CHECK(!decide_is_listed(&read, &world.arena));
	world_free(&world);
}

TEST(a_decision_takes_nothing_from_the_heap)
{
	struct world world;
	struct decision decision;
	struct arena arena;
	world_make(&world);
	struct decision_input input = world_input(&world, "fs.read_file", READ_OK);
	arena_init(&arena, 16 << 20);
	for (int i = 0; i < 3; i++) {
		decide(&input, &decision, &arena);
		arena_reset(&arena);
	}
	uint64_t before = memory_count();
	for (int i = 0; i < 10; i++) {
		decide(&input, &decision, &arena);
		CHECK(decision.verdict == PERMIT);
		arena_reset(&arena);
	}
	CHECK_INT(memory_count() - before, 0);
	arena_free(&arena);
	world_free(&world);
}

TEST(without_memory_it_is_denied)
{
	struct world world;
	struct decision decision;
	world_make(&world);
	struct decision_input input = world_input(&world, "fs.read_file", READ_OK);
	bool permitted = false;
	for (size_t bytes = 0; !permitted && bytes < 1 << 20; bytes += 64) {
		struct arena arena;
		arena_init(&arena, bytes);
		decide(&input, &decision, &arena);
		permitted = decision.verdict == PERMIT;
		CHECK(permitted == (decision.reason == REASON_PERMITTED) && !decision.observed);
		arena_free(&arena);
	}
	CHECK(permitted);
	world_free(&world);
}
