/* A small registry for tests of decisions: agent bot with a grant, two tools of a server fs, policies on demand. */
#ifndef TIPSTAFF_TESTS_WORLD_H
#define TIPSTAFF_TESTS_WORLD_H

#include "base/memory.h"
#include "check.h"
#include "decision/decide.h"
#include "text/time.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1795000000000) /* 2026-11-18T11:06:40Z */

struct world {
	struct snapshot_builder *builder;
	const struct snapshot *snapshot;
	struct retire_list retired;
	struct arena arena;
	struct caller caller;
	struct json_doc doc;
	slice scope[4];
	uint64_t revision;
};

static const struct hash_key world_key = {17, 18};

/* Takes in a change and publishes; `object` holds further members. */
static inline enum error world_try(struct world *world, const char *op, const char *kind, const char *id,
				   const char *object, int64_t time_ms, struct fault *why)
{
	struct time_text time = time_format_ms(time_ms);
	struct buffer change;
	buffer_init(&change, 1 << 20);
	buffer_print(&change,
		     "{\"op\":\"%s\",\"kind\":\"%s\",\"id\":\"%s\",\"revision\":%llu,\"time\":\"%.24s\",\"object\":{"
		     "\"id\":\"%s\",\"kind\":\"%s\"%s%s}}",
		     op, kind, id, (unsigned long long)++world->revision, time.bytes, id, kind, *object ? "," : "", object);
	enum error code = snapshot_builder_apply(world->builder, buffer_slice(&change), why);
	buffer_free(&change);
	if (code == E_OK)
		code = snapshot_publish(world->builder, &world->snapshot, &world->retired, why);
	return code;
}

static inline void world_put_at(struct world *world, int64_t time_ms, const char *kind, const char *id,
				const char *object)
{
	struct fault why = {0};
	CHECK_OK(world_try(world, "put", kind, id, object, time_ms, &why), why);
}

static inline void world_put(struct world *world, const char *kind, const char *id, const char *object)
{
	world_put_at(world, NOW_MS, kind, id, object);
}

static inline void world_delete(struct world *world, const char *kind, const char *id)
{
	struct fault why = {0};
	CHECK_OK(world_try(world, "delete", kind, id, "", NOW_MS, &why), why);
}

#define BOT_WITH(state)                                                                                                \
	"\"owner\":\"olga\",\"purpose\":\"invoices\",\"class\":\"agentic\",\"environment\":\"dev\",\"model\":\"m1\","  \
	"\"team\":\"finance\",\"state\":\"" state "\",\"enforcement\":\"enforce\""
#define BOT_OBSERVED                                                                                                   \
	"\"owner\":\"olga\",\"purpose\":\"invoices\",\"class\":\"agentic\",\"environment\":\"dev\",\"model\":\"m1\",\"state\":\"approved\","                    \
	"\"enforcement\":\"observe\""
#define READ_FILE(state)                                                                                               \
	"\"server\":\"fs\",\"name\":\"read_file\",\"effect\":\"read\",\"state\":\"" state "\","                        \
	"\"target\":{\"argument\":\"path\",\"type\":\"path\"},"                                                        \
	"\"definition\":{\"name\":\"read_file\"},"                                                                     \
	"\"definition_sha256\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
#define SERVER_URL "\"url\":\"http://127.0.0.1:1/mcp\",\"protocol_version\":\"auto\","
#define LIST_ROOTS "\"server\":\"fs\",\"name\":\"list_roots\",\"effect\":\"read\",\"state\":\"pinned\""
#define GRANT(tools, more) "\"agent\":\"bot\",\"tools\":[" tools "],\"purpose_id\":\"invoices\",\"state\":\"active\"" more
#define READ_OK "{\"path\":\"/data/a.txt\"}"

static inline void world_make(struct world *world)
{
	*world = (struct world){.snapshot = NULL};
	world->builder = snapshot_builder_new(&world_key);
	arena_init(&world->arena, 64 << 20);
	world_put(world, "principal", "olga", "\"type\":\"human\",\"state\":\"active\"");
	world_put(world, "principal", "alice", "\"type\":\"human\",\"state\":\"active\"");
	world_put(world, "purpose", "invoices", "\"state\":\"active\"");
	world_put(world, "purpose", "refunds", "\"state\":\"active\"");
	world_put(world, "agent", "bot", BOT_WITH("approved"));
	world_put(world, "server", "fs", SERVER_URL "\"state\":\"active\"");
	world_put(world, "tool", "fs.read_file", READ_FILE("pinned"));
	world_put(world, "tool", "fs.list_roots", LIST_ROOTS);
	world_put(world, "grant", "grant_1", GRANT("\"fs.read_file\"", ",\"targets\":[\"/data/*\"]"));
	world->scope[0] = SLICE("fs.*");
	world->caller = (struct caller){
		.agent = SLICE("bot"), .instance = SLICE("bot#1"), .subject = SLICE("bot"), .chain = {SLICE("bot")},
		.chain_count = 1, .requester = SLICE("bot"), .purpose = SLICE("invoices"), .task = SLICE("task_x"),
		.scope = world->scope, .scope_count = 1, .token = SLICE("t_01HZZZZZZZZZZZZZZZZZZZZZZZ"),
		.transaction = SLICE("txn_01HZZZZZZZZZZZZZZZZZZZZZZZ"), .original_issue_ms = NOW_MS - 1000,
		.issued_s = NOW_MS / 1000 - 1, .expires_s = NOW_MS / 1000 + 299,
	};
}

static inline void world_free(struct world *world)
{
	retire_release(&world->retired);
	snapshot_builder_free(world->builder);
	arena_free(&world->arena);
}

/* A tools/call of `tool` with these arguments (JSON, or NULL). */
static inline struct decision_input world_input(struct world *world, const char *tool, const char *arguments)
{
	struct fault why = {0};
	struct decision_input input = {
		.call = CALL_TOOL, .snapshot = world->snapshot, .caller = &world->caller, .method = SLICE("tools/call"),
		.tool = slice_of(tool), .now_ms = NOW_MS, .evidence_ready = true,
	};
	if (arguments) {
		CHECK_OK(json_parse(&world->doc, slice_of(arguments), NULL, &world->arena, &why), why);
		input.doc = &world->doc;
		input.arguments = json_root(&world->doc);
	}
	return input;
}

static inline struct decision world_decide(struct world *world, const char *tool, const char *arguments)
{
	struct decision decision;
	struct decision_input input = world_input(world, tool, arguments);
	decide(&input, &decision, &world->arena);
	return decision;
}

#endif
