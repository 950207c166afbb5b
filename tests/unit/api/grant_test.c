#include "api/grant.h"

#include "../decision/world.h"

/* A grant_request of `bot` in the small world of decisions. */
struct desk {
	struct world world;
	struct oauth_token_request asked;
	struct caller parent;
	struct issue issue;
	slice title;
	struct fault why;
};

static void open_desk(struct desk *desk)
{
	*desk = (struct desk){.title = {NULL, 0}};
	world_make(&desk->world);
	desk->asked = (struct oauth_token_request){.grant = OAUTH_CLIENT_CREDENTIALS};
}

static enum error ask(struct desk *desk, bool narrows)
{
	struct grant_request request = {
		.snapshot = desk->world.snapshot,
		.agent = snapshot_agent(desk->world.snapshot, SLICE("bot")),
		.asked = &desk->asked,
		.parent = narrows ? &desk->parent : NULL,
		.new_task_id = SLICE("task_new"),
		.now_ms = NOW_MS,
		.lifetime_max_s = 300,
	};
	desk->why = (struct fault){.code = E_OK};
	desk->issue = (struct issue){.now_ms = 0};
	return grant_decide(&request, &desk->world.arena, &desk->issue, &desk->title, &desk->why);
}

static void check_refused(struct desk *desk, bool narrows, enum error code, const char *field)
{
	CHECK_ERROR(ask(desk, narrows), code);
	CHECK_SLICE(slice_of(desk->why.field), slice_of(field));
}

TEST(no_token_without_an_active_purpose)
{
	struct desk desk;
	open_desk(&desk);
	check_refused(&desk, false, E_INVALID, "purpose");
	desk.asked.purpose = SLICE("nobody-knows");
	check_refused(&desk, false, E_INVALID, "purpose");
	world_put(&desk.world, "purpose", "refunds", "\"state\":\"retired\"");
	desk.asked.purpose = SLICE("refunds");
	check_refused(&desk, false, E_INVALID, "purpose");
	world_free(&desk.world);
}

TEST(without_a_task_the_token_is_for_a_new_one)
{
	struct desk desk;
	open_desk(&desk);
	desk.asked.purpose = SLICE("invoices");
	CHECK_OK(ask(&desk, false), desk.why);
	CHECK_SLICE(desk.issue.task, SLICE("task_new"));
	CHECK_SLICE(desk.issue.requester, SLICE("bot"));
	CHECK_INT(desk.issue.scope_count, 1);
	CHECK_SLICE(desk.issue.scope[0], SLICE("*"));
	CHECK_INT(desk.issue.lifetime_s, 300);
	desk.asked.scope = SLICE("fs.read_file  web.* fs.read_file");
	CHECK_OK(ask(&desk, false), desk.why);
	CHECK_INT(desk.issue.scope_count, 2);
	desk.asked.scope = SLICE("nonsense");
	check_refused(&desk, false, E_SCOPE, "scope");
	desk.asked.scope = SLICE("");
	desk.asked.expires_in_s = 59;
	check_refused(&desk, false, E_INVALID, "expires_in");
	world_free(&desk.world);
}

#define TASK(more) "\"agent\":\"bot\",\"purpose\":\"invoices\",\"state\":\"open\",\"tools\":[\"fs.read_file\",\"web.*\"]" more

TEST(a_task_bounds_scope_purpose_time_and_names_the_human)
{
	struct desk desk;
	open_desk(&desk);
	desk.asked.task_id = SLICE("task_1");
	check_refused(&desk, false, E_INVALID, "task_id");
	world_put(&desk.world, "task", "task_1",
		  TASK(",\"on_behalf_of\":\"alice\",\"requester\":\"olga\",\"description\":\"d\","
		       "\"expires_at\":\"2026-11-18T11:08:40Z\""));
	CHECK_OK(ask(&desk, false), desk.why);
	CHECK_INT(desk.issue.scope_count, 2);
	CHECK_INT(desk.issue.lifetime_s, 120);
	CHECK_SLICE(desk.issue.on_behalf_of, SLICE("alice"));
	CHECK_SLICE(desk.issue.requester, SLICE("olga"));
	CHECK_SLICE(desk.issue.purpose, SLICE("invoices"));
	CHECK_SLICE(desk.title, SLICE("d"));
	desk.asked.scope = SLICE("web.get");
	CHECK_OK(ask(&desk, false), desk.why);
	desk.asked.scope = SLICE("fs.*");
	check_refused(&desk, false, E_SCOPE, "scope");
	desk.asked.scope = SLICE("*");
	check_refused(&desk, false, E_SCOPE, "scope");
	desk.asked.scope = SLICE("");
	desk.asked.purpose = SLICE("refunds");
	check_refused(&desk, false, E_INVALID, "purpose");
	desk.asked.purpose = SLICE("");
	world_put(&desk.world, "principal", "alice", "\"type\":\"human\",\"state\":\"disabled\"");
	check_refused(&desk, false, E_GRANT, "on_behalf_of");
	world_free(&desk.world);
}

TEST(a_closed_or_foreign_task_gives_no_token)
{
	struct desk desk;
	open_desk(&desk);
	desk.asked.task_id = SLICE("task_1");
	world_put(&desk.world, "task", "task_1", "\"agent\":\"bot\",\"purpose\":\"invoices\",\"state\":\"complete\"");
	check_refused(&desk, false, E_GRANT, "task_id");
	world_put(&desk.world, "task", "task_1", TASK(",\"expires_at\":\"2026-11-18T11:06:40Z\""));
	check_refused(&desk, false, E_GRANT, "task_id");
	world_put(&desk.world, "task", "task_1", TASK(",\"expires_at\":\"2026-11-18T11:07:00Z\""));
	CHECK_ERROR(ask(&desk, false), E_EXPIRED);
	world_put(&desk.world, "task", "task_1", "\"agent\":\"cat\",\"purpose\":\"invoices\",\"state\":\"open\"");
	check_refused(&desk, false, E_INVALID, "task_id");
	world_free(&desk.world);
}

TEST(an_exchange_only_narrows)
{
	struct desk desk;
	open_desk(&desk);
	desk.parent = desk.world.caller;
	desk.parent.scope = (const slice[]){SLICE_INIT("fs.*")};
	desk.parent.expires_s = NOW_MS / 1000 + 100;
	CHECK_OK(ask(&desk, true), desk.why);
	CHECK_SLICE(desk.issue.scope[0], SLICE("fs.*"));
	CHECK_SLICE(desk.issue.task, SLICE("task_x"));
	CHECK_SLICE(desk.issue.purpose, SLICE("invoices"));
	CHECK_INT(desk.issue.lifetime_s, 100);
	CHECK_SLICE(desk.issue.transaction, desk.parent.transaction);
	CHECK_INT(desk.issue.original_issue_s, (NOW_MS - 1000) / 1000);
	desk.asked.scope = SLICE("fs.read_file");
	CHECK_OK(ask(&desk, true), desk.why);
	desk.asked.scope = SLICE("web.get");
	check_refused(&desk, true, E_SCOPE, "scope");
	desk.asked.scope = SLICE("");
	desk.asked.task_id = SLICE("task_other");
	check_refused(&desk, true, E_SCOPE, "task_id");
	desk.asked.task_id = SLICE("");
	desk.asked.purpose = SLICE("refunds");
	check_refused(&desk, true, E_INVALID, "purpose");
	desk.asked.purpose = SLICE("");
	desk.parent.expires_s = NOW_MS / 1000 + 59;
	CHECK_ERROR(ask(&desk, true), E_EXPIRED);
	world_free(&desk.world);
}
