#include "gateway/discovery.h"

#include "base/memory.h"
#include "decision/snapshot.h"
#include "gateway/ask.h"
#include "gateway/call.h"

#include <string.h>

/* When each server was asked last, so that a server that changes all the time is not asked all the time. */
#define ASKED_MAX 1024u
#define SERVER_BYTES_MAX 32u
#define ARENA_BYTES_MAX (64u << 20)
/* The change that tells of a server comes before the snapshot that has it. */
#define SETTLE_MS 100u

struct asked {
	char server[SERVER_BYTES_MAX];
	size_t length;
	uint64_t when_ms;
	unsigned failures; /* in a row; 0: it has answered */
};

/* A server that did not answer is asked again, at longer and longer intervals. */
#define AGAIN_TICK_MS 1000u
#define AGAIN_FIRST_MS 5000u
#define AGAIN_DOUBLINGS_MAX 6u

struct discoveries {
	struct services *services;
	struct loop_timer again;
	struct asked asked[ASKED_MAX];
	size_t count;
};

/* One conversation with one server. */
struct discovery {
	struct services *services;
	struct arena arena;
	struct target target;
	slice server;
	recorder_answered *done;
	void *context;
	struct loop_timer timer;
	enum mcp_revision revision;
	slice session;
	slice cursor;
	unsigned pages;
	size_t tools;
	struct buffer command; /* grows page by page */
};

static void ask_failed_again(void *context);

struct discoveries *discoveries_new(struct services *services)
{
	struct discoveries *discoveries = memory_alloc(sizeof(*discoveries));
	if (!discoveries)
		return NULL;
	discoveries->services = services;
	discoveries->again = (struct loop_timer){.run = ask_failed_again, .context = discoveries};
	return discoveries;
}

void discoveries_free(struct discoveries *discoveries)
{
	if (discoveries)
		loop_timer_stop(discoveries->services->loop, &discoveries->again);
	memory_free(discoveries);
}

static void note_outcome(struct discovery *discovery, bool failed)
{
	struct discoveries *discoveries = discovery->services->gateway->discoveries;
	for (size_t i = 0; i < discoveries->count; i++) {
		struct asked *asked = &discoveries->asked[i];
		if (!slice_equal(slice_from(asked->server, asked->length), discovery->server))
			continue;
		asked->failures = failed ? asked->failures + 1 : 0;
		if (failed)
			loop_timer_start(discoveries->services->loop, &discoveries->again, AGAIN_TICK_MS);
	}
}

static void ask_failed_again(void *context)
{
	struct discoveries *discoveries = context;
	uint64_t now_ms = loop_now_ms(discoveries->services->loop);
	bool waiting = false;
	for (size_t i = 0; i < discoveries->count; i++) {
		const struct asked *asked = &discoveries->asked[i];
		if (asked->failures == 0)
			continue;
		unsigned doublings = asked->failures - 1 < AGAIN_DOUBLINGS_MAX ? asked->failures - 1 : AGAIN_DOUBLINGS_MAX;
		waiting = true;
		if (now_ms - asked->when_ms >= (uint64_t)AGAIN_FIRST_MS << doublings)
			discovery_refresh(discoveries->services, slice_from(asked->server, asked->length), NULL, NULL);
	}
	if (waiting)
		loop_timer_start(discoveries->services->loop, &discoveries->again, AGAIN_TICK_MS);
}

/* May this server be asked without anybody having ordered it? Notes that it is. */
static bool take_turn(struct discoveries *discoveries, slice server)
{
	uint64_t now_ms = loop_now_ms(discoveries->services->loop);
	for (size_t i = 0; i < discoveries->count; i++) {
		struct asked *asked = &discoveries->asked[i];
		if (!slice_equal(slice_from(asked->server, asked->length), server))
			continue;
		if (now_ms - asked->when_ms < DISCOVERY_PAUSE_MS)
			return false;
		asked->when_ms = now_ms;
		return true;
	}
	if (server.len > SERVER_BYTES_MAX || discoveries->count == ASKED_MAX)
		return false;
	struct asked *asked = &discoveries->asked[discoveries->count++];
	memcpy(asked->server, server.ptr, server.len);
	asked->length = server.len;
	asked->when_ms = now_ms;
	return true;
}

static void discovery_free(struct discovery *discovery)
{
	loop_timer_stop(discovery->services->loop, &discovery->timer);
	buffer_free(&discovery->command);
	loop_arena_give(discovery->services->loop, &discovery->arena);
	memory_free(discovery);
}

/* The session that was opened for asking is not needed any more. */
static void end_session(struct discovery *discovery)
{
	if (discovery->session.len == 0)
		return;
	struct ask ask = {
		.target = &discovery->target,
		.http = HTTP1_DELETE,
		.session = discovery->session,
		.revision = discovery->revision,
	};
	ask_start(discovery->services, &ask, NULL, NULL);
}

static void answer(struct discovery *discovery, int status, slice reply)
{
	end_session(discovery);
	if (discovery->done)
		discovery->done(discovery->context, status, reply);
	discovery_free(discovery);
}

static void fail(struct discovery *discovery, int status, const char *sentence)
{
	struct buffer reply;
	char server[SERVER_BYTES_MAX + 1] = {0};
	memcpy(server, discovery->server.ptr,
	       discovery->server.len < SERVER_BYTES_MAX ? discovery->server.len : SERVER_BYTES_MAX);
	/* A server that is no longer there, or disabled, need not be asked again. */
	note_outcome(discovery, status != 404);
	services_log(discovery->services, "discovery.failed", "server", server, "reason", sentence, NULL);
	buffer_init(&reply, 4096);
	buffer_print(&reply, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":",
		     status == 404 ? "Not Found" : "Bad Gateway", status);
	json_quote(&reply, slice_of(sentence));
	buffer_add_byte(&reply, '}');
	answer(discovery, status, buffer_slice(&reply));
	buffer_free(&reply);
}

/* The result of an answer, or NULL. */
static const struct json_node *result_of(struct discovery *discovery, const struct ask_answer *answered,
					 struct json_doc *doc)
{
	struct jsonrpc_message message;
	slice text = arena_copy(&discovery->arena, answered->message);
	if (answered->outcome != E_OK || text.len == 0 ||
	    json_parse(doc, text, NULL, &discovery->arena, NULL) != E_OK || jsonrpc_read(doc, &message, NULL) != E_OK)
		return NULL;
	return message.kind == JSONRPC_RESULT ? message.result : NULL;
}

static void recorded(void *context, int status, slice reply)
{
	note_outcome(context, status >= 500);
	answer(context, status, reply);
}

static void tell_registry(struct discovery *discovery)
{
	buffer_add(&discovery->command, SLICE("]}}"));
	if (buffer_check(&discovery->command, NULL) != E_OK) {
		fail(discovery, 502, "the server offers more than the registry can take at once");
		return;
	}
	recorder_call(discovery->services->recorder, RECORDER_COMMAND, buffer_slice(&discovery->command), recorded,
		      discovery);
}

static void add_tools(struct discovery *discovery, const struct json_doc *doc, const struct json_node *tools)
{
	struct json_writer writer;
	for (const struct json_node *tool = json_first(tools); tool; tool = json_next(tool)) {
		if (discovery->tools++ > 0)
			buffer_add_byte(&discovery->command, ',');
		json_writer_init(&writer, &discovery->command, JSON_COMPACT);
		json_write_node(&writer, doc, tool);
		if (json_writer_end(&writer, NULL) != E_OK)
			discovery->command.failed = true;
	}
}

static void ask_page(struct discovery *discovery);

static void page_came(void *context, const struct ask_answer *answered)
{
	struct discovery *discovery = context;
	struct json_doc doc;
	slice cursor = SLICE("");
	const struct json_node *result = result_of(discovery, answered, &doc);
	const struct json_node *tools = json_get(&doc, result, SLICE("tools"));
	if (!json_is(tools, JSON_ARRAY)) {
		fail(discovery, 502, "the server did not tell its tools");
		return;
	}
	add_tools(discovery, &doc, tools);
	(void)json_string(json_get(&doc, result, SLICE("nextCursor")), &cursor);
	if (cursor.len == 0) {
		tell_registry(discovery);
	} else if (++discovery->pages == DISCOVERY_PAGES_MAX || discovery->tools > DISCOVERY_TOOLS_MAX) {
		fail(discovery, 502, "the server's list of tools does not end");
	} else {
		discovery->cursor = cursor;
		ask_page(discovery);
	}
}

/* Some servers offer tools only to clients that could answer what these tools ask. */
#define CAPABILITIES "{\"sampling\":{},\"elicitation\":{\"form\":{},\"url\":{}},\"roots\":{}}"

/* `params` of a request of the gateway itself. */
static void write_params(struct discovery *discovery, struct buffer *to)
{
	bool modern = mcp_revision_era(discovery->revision) == MCP_ERA_MODERN;
	buffer_add(to, SLICE("{"));
	if (discovery->cursor.len > 0) {
		buffer_add(to, SLICE("\"cursor\":"));
		json_quote(to, discovery->cursor);
	}
	if (modern) {
		buffer_add_text(to, discovery->cursor.len > 0 ? "," : "");
		buffer_add(to, SLICE("\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\""));
		buffer_add(to, mcp_revision_name(discovery->revision));
		buffer_add(to, SLICE("\",\"io.modelcontextprotocol/clientCapabilities\":" CAPABILITIES ","
				     "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"tipstaff\",\"version\":\""
				     TIPSTAFF_VERSION "\"}}"));
	}
	buffer_add_byte(to, '}');
}

static void ask_method(struct discovery *discovery, slice method, slice params, ask_done *done)
{
	struct ask ask = {
		.target = &discovery->target,
		.http = HTTP1_POST,
		.session = discovery->session,
		.revision = discovery->revision,
		.method = method,
		.answered = true,
	};
	ask.body = arena_print(&discovery->arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%.*s\",\"params\":%.*s}",
			       SLICE_ARG(method), SLICE_ARG(params));
	ask_start(discovery->services, &ask, done, discovery);
}

static void ask_page(struct discovery *discovery)
{
	struct buffer params;
	buffer_init(&params, 65536);
	write_params(discovery, &params);
	ask_method(discovery, SLICE("tools/list"), buffer_slice(&params), page_came);
	buffer_free(&params);
}

static void initialized_told(void *context, const struct ask_answer *answered)
{
	(void)answered;
	ask_page(context);
}

static void initialized(void *context, const struct ask_answer *answered)
{
	struct discovery *discovery = context;
	struct json_doc doc;
	slice version = SLICE("");
	const struct json_node *result = result_of(discovery, answered, &doc);
	(void)json_string(json_get(&doc, result, SLICE("protocolVersion")), &version);
	discovery->revision = mcp_revision_of(version);
	discovery->session = arena_copy(&discovery->arena, answered->session);
	if (result)
		mcp_sessions_note_server(discovery->services->sessions, discovery->server, true);
	if (!result || mcp_revision_era(discovery->revision) != MCP_ERA_LEGACY) {
		fail(discovery, 502, answered->outcome != E_OK && answered->why->code ? fault_sentence(answered->why)
										      : "the server cannot be initialized");
		return;
	}
	struct ask ask = {
		.target = &discovery->target,
		.http = HTTP1_POST,
		.session = discovery->session,
		.revision = discovery->revision,
		.body = SLICE("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"),
	};
	ask_start(discovery->services, &ask, initialized_told, discovery);
}

static void begin_legacy(struct discovery *discovery)
{
	discovery->revision = MCP_REVISION_NONE; /* a header belongs to what was agreed on */
	ask_method(discovery, SLICE("initialize"),
		   SLICE("{\"protocolVersion\":\"2025-11-25\",\"capabilities\":" CAPABILITIES
			 ",\"clientInfo\":{\"name\":\"tipstaff\","
			 "\"version\":\"" TIPSTAFF_VERSION "\"}}"),
		   initialized);
}

/* A server that does not know `server/discover` is of the era of sessions (2026-07-28 basic/versioning). */
static void discovered(void *context, const struct ask_answer *answered)
{
	struct discovery *discovery = context;
	struct json_doc doc;
	bool modern = false;
	slice name;
	const struct json_node *result = result_of(discovery, answered, &doc);
	const struct json_node *versions = json_get(&doc, result, SLICE("supportedVersions"));
	for (const struct json_node *item = json_first(versions); item; item = json_next(item))
		modern = modern || (json_string(item, &name) && slice_equal(name, mcp_revision_name(discovery->revision)));
	if (modern)
		mcp_sessions_note_server(discovery->services->sessions, discovery->server, false);
	if (modern)
		ask_page(discovery);
	else if (discovery->target.revision == MCP_REVISION_NONE && answered->outcome != E_UNAVAILABLE)
		begin_legacy(discovery);
	else
		fail(discovery, 502, answered->outcome != E_OK && answered->why->code ? fault_sentence(answered->why)
										      : "the server does not speak 2026-07-28");
}

static void begin(void *context)
{
	struct discovery *discovery = context;
	struct buffer params;
	const struct snapshot *snapshot = services_snapshot(discovery->services);
	const struct server_row *row = snapshot ? snapshot_server(snapshot, discovery->server) : NULL;
	if (!row || !row->active || target_of(row, &discovery->arena, &discovery->target, NULL) != E_OK) {
		fail(discovery, 404, "no such server, or it is disabled");
		return;
	}
	if (mcp_revision_era(discovery->target.revision) == MCP_ERA_LEGACY) {
		begin_legacy(discovery);
		return;
	}
	discovery->revision = MCP_REVISION_MODERN_LATEST;
	buffer_init(&params, 4096);
	write_params(discovery, &params);
	ask_method(discovery, SLICE("server/discover"), buffer_slice(&params), discovered);
	buffer_free(&params);
}

static void begin_command(struct discovery *discovery)
{
	buffer_init(&discovery->command, RECORDER_CALL_BYTES_MAX);
	buffer_add(&discovery->command, SLICE("{\"op\":\"discover\",\"kind\":\"server\",\"id\":"));
	json_quote(&discovery->command, discovery->server);
	buffer_add(&discovery->command, SLICE(",\"actor\":\"system:discovery\",\"object\":{\"tools\":["));
}

void discovery_refresh(struct services *services, slice server, recorder_answered *done, void *context)
{
	struct discovery *discovery;
	if ((!take_turn(services->gateway->discoveries, server) && !done) || server.len == 0)
		return;
	discovery = memory_alloc(sizeof(*discovery));
	if (!discovery) {
		if (done)
			done(context, 503, SLICE("{\"title\":\"Service Unavailable\",\"status\":503}"));
		return;
	}
	discovery->services = services;
	discovery->done = done;
	discovery->context = context;
	loop_arena_take(services->loop, &discovery->arena, ARENA_BYTES_MAX);
	discovery->server = arena_copy(&discovery->arena, server);
	begin_command(discovery);
	discovery->timer = (struct loop_timer){.run = begin, .context = discovery};
	loop_timer_start(services->loop, &discovery->timer, done ? 1 : SETTLE_MS);
}

static bool refresh_one(void *context, slice id, void *value)
{
	const struct server_row *row = value;
	if (row->active)
		discovery_refresh(context, id, NULL, NULL);
	return true;
}

void discovery_start(struct services *services)
{
	const struct snapshot *snapshot = services_snapshot(services);
	if (snapshot)
		trie_each(&snapshot->servers, refresh_one, services);
}

void discovery_on_change(struct services *services, slice change)
{
	struct json_doc doc;
	struct arena arena;
	slice kind = SLICE("");
	slice op = SLICE("");
	slice id = SLICE("");
	loop_arena_take(services->loop, &arena, 1u << 20);
	if (json_parse(&doc, change, NULL, &arena, NULL) == E_OK) {
		(void)json_string(json_get(&doc, json_root(&doc), SLICE("kind")), &kind);
		(void)json_string(json_get(&doc, json_root(&doc), SLICE("op")), &op);
		(void)json_string(json_get(&doc, json_root(&doc), SLICE("id")), &id);
		if (slice_equal(kind, SLICE("server")) && slice_equal(op, SLICE("put")))
			discovery_refresh(services, id, NULL, NULL);
	}
	loop_arena_give(services->loop, &arena);
}
