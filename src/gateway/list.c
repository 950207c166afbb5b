/* Lists as this caller may see them: tools that are pinned, unchanged and possibly permitted; the rest by method. */
#include "decision/snapshot.h"
#include "gateway/call.h"
#include "gateway/discovery.h"
#include "text/jcs.h"

/* One list being written. */
struct listing {
	struct call *call;
	const struct caller *caller;
	const struct snapshot *snapshot;
	struct arena scratch;
	bool withheld; /* something that is not as it was pinned */
};

#define SCRATCH_BYTES_MAX (16u << 20)
#define DEFINITION_BYTES_MAX (1u << 20)

static bool begin(struct listing *listing, struct call *call)
{
	*listing = (struct listing){.call = call, .caller = call_caller(call),
				    .snapshot = services_snapshot(call->services)};
	loop_arena_take(call->services->loop, &listing->scratch, SCRATCH_BYTES_MAX);
	return listing->caller && listing->snapshot;
}

static void end(struct listing *listing, slice server)
{
	loop_arena_give(listing->call->services->loop, &listing->scratch);
	if (listing->withheld)
		discovery_refresh(listing->call->services, server, NULL, NULL);
}

static struct decision_input input_of(const struct listing *listing, slice server)
{
	return (struct decision_input){
		.snapshot = listing->snapshot,
		.caller = listing->caller,
		.server = server,
		.now_ms = services_now_ns(listing->call->services) / 1000000,
		.evidence_ready = true, /* a list permits nothing */
	};
}

static bool tool_is_shown(struct listing *listing, const struct tool_row *tool)
{
	struct decision_input input = input_of(listing, tool->server);
	input.call = CALL_TOOL;
	input.method = SLICE("tools/call");
	input.tool = tool->row.id;
	return decide_is_listed(&input, &listing->scratch);
}

static bool method_is_shown(struct listing *listing, slice server, slice method)
{
	struct decision_input input = input_of(listing, server);
	input.call = CALL_METHOD;
	input.method = method;
	return decide_is_listed(&input, &listing->scratch);
}

/* The digest that a definition is pinned by. */
static bool definition_digest(struct listing *listing, const struct json_doc *doc, const struct json_node *definition,
			      struct sha256 *ret_digest)
{
	struct buffer canonical;
	buffer_init(&canonical, DEFINITION_BYTES_MAX);
	bool done = jcs_write(&canonical, doc, definition, JCS_EXACT_INTEGERS, &listing->scratch, NULL) == E_OK;
	if (done)
		*ret_digest = sha256_of(&listing->call->services->gateway->sha256, buffer_slice(&canonical));
	buffer_free(&canonical);
	return done;
}

/* Exactly the definition that was pinned: a changed one is withheld until it is accepted. */
static const struct tool_row *pinned_tool(struct listing *listing, slice server, const struct json_doc *doc,
					  const struct json_node *definition)
{
	struct sha256 digest;
	slice name;
	if (!json_string(json_get(doc, definition, SLICE("name")), &name))
		return NULL;
	slice id = arena_print(&listing->scratch, "%.*s.%.*s", SLICE_ARG(server), SLICE_ARG(name));
	const struct tool_row *tool = snapshot_tool(listing->snapshot, id);
	if (!tool || !tool->pinned || !definition_digest(listing, doc, definition, &digest))
		return NULL;
	return slice_equal(sha256_slice(&digest), slice_from(tool->definition_sha256, SNAPSHOT_DIGEST_BYTES)) ? tool : NULL;
}

static void write_tools(struct listing *listing, struct json_writer *writer, slice server, const struct json_doc *doc,
			const struct json_node *tools)
{
	json_begin_array(writer);
	for (const struct json_node *item = json_first(tools); item; item = json_next(item)) {
		const struct tool_row *tool = pinned_tool(listing, server, doc, item);
		if (!tool)
			listing->withheld = true;
		else if (tool_is_shown(listing, tool))
			json_write_node(writer, doc, item);
	}
	json_end_array(writer);
}

/* The method whose permission makes a list worth showing. */
static slice read_method(enum mcp_method_id list)
{
	return list == MCP_PROMPTS_LIST ? SLICE("prompts/get") : SLICE("resources/read");
}

static void write_items(struct listing *listing, struct json_writer *writer, enum mcp_method_id method, slice server,
			const struct json_doc *doc, const struct json_node *items)
{
	if (method == MCP_TOOLS_LIST) {
		write_tools(listing, writer, server, doc, items);
	} else if (method_is_shown(listing, server, read_method(method))) {
		json_write_node(writer, doc, items);
	} else {
		json_begin_array(writer);
		json_end_array(writer);
	}
}

/* A list that differs by caller must not be cached for others (2026-07-28 server/utilities/caching). */
static void write_member(struct json_writer *writer, const struct json_doc *doc, const struct json_node *member)
{
	if (slice_equal(json_key(member), SLICE("cacheScope")))
		json_write_string(writer, SLICE("private"));
	else if (slice_equal(json_key(member), SLICE("ttlMs")))
		json_write_i64(writer, 0);
	else
		json_write_node(writer, doc, member);
}

enum error list_filter(struct call *call, enum mcp_method_id method, slice server, const struct json_doc *doc,
		       const struct json_node *result, struct buffer *to, struct fault *why)
{
	struct listing listing;
	struct json_writer writer;
	slice key = mcp_method_row(method)->list_key;
	if (!json_is(json_get(doc, result, key), JSON_ARRAY))
		return FAIL(why, E_UPSTREAM, "a list without its items");
	TRY(jsonrpc_refuse_lookalikes(result, &key, 1, why));
	bool ready = begin(&listing, call);
	json_writer_init(&writer, to, JSON_COMPACT);
	json_begin_object(&writer);
	for (const struct json_node *member = json_first(result); member; member = json_next(member)) {
		json_write_key(&writer, json_key(member));
		if (!slice_equal(json_key(member), key)) {
			write_member(&writer, doc, member);
		} else if (ready) {
			write_items(&listing, &writer, method, server, doc, member);
		} else {
			json_begin_array(&writer);
			json_end_array(&writer);
		}
	}
	json_end_object(&writer);
	end(&listing, server);
	return json_writer_end(&writer, why);
}

/* The pinned definition under its prefixed name. */
static enum error write_pinned(struct listing *listing, struct json_writer *writer, const struct tool_row *tool,
			       struct fault *why)
{
	struct json_doc doc;
	TRY(json_parse(&doc, tool->definition, NULL, &listing->scratch, why));
	json_begin_object(writer);
	for (const struct json_node *member = json_first(json_root(&doc)); member; member = json_next(member)) {
		json_write_key(writer, json_key(member));
		if (slice_equal(json_key(member), SLICE("name")))
			json_write_string(writer, arena_print(&listing->scratch, "%.*s" MCP_NAME_SEPARATOR "%.*s",
							      SLICE_ARG(tool->server), SLICE_ARG(tool->name)));
		else
			json_write_node(writer, &doc, member);
	}
	json_end_object(writer);
	return E_OK;
}

static bool server_speaks(const struct listing *listing, slice server)
{
	const struct server_row *row = snapshot_server(listing->snapshot, server);
	enum mcp_era era = row ? mcp_revision_era(mcp_revision_of(row->protocol_version)) : MCP_ERA_NONE;
	if (era == MCP_ERA_NONE && mcp_sessions_only(listing->call->services->sessions, server))
		era = MCP_ERA_LEGACY;
	return row && row->active && (era == MCP_ERA_NONE || era == listing->call->era);
}

static enum error write_all_pinned(struct listing *listing, struct json_writer *writer, struct fault *why)
{
	const struct tool_row *const *tools;
	size_t count;
	TRY(snapshot_tools(listing->snapshot, SLICE(""), &listing->scratch, &tools, &count, why));
	for (size_t i = 0; i < count; i++)
		if (tools[i]->pinned && server_speaks(listing, tools[i]->server) && tool_is_shown(listing, tools[i]))
			TRY(write_pinned(listing, writer, tools[i], why));
	return E_OK;
}

/* Byte order of ids: the same for every call, so that a model's prompt cache holds. */
enum error list_pinned(struct call *call, struct buffer *to, struct fault *why)
{
	struct listing listing;
	struct json_writer writer;
	enum error error = E_OK;
	bool ready = begin(&listing, call);
	json_writer_init(&writer, to, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_array(&writer, "tools");
	if (ready)
		error = write_all_pinned(&listing, &writer, why);
	if (error == E_OK) {
		json_end_array(&writer);
		if (call->era == MCP_ERA_MODERN) {
			json_put_string(&writer, "resultType", SLICE("complete"));
			json_put_i64(&writer, "ttlMs", 0);
			json_put_string(&writer, "cacheScope", SLICE("private"));
		}
		json_end_object(&writer);
		error = json_writer_end(&writer, why);
	}
	end(&listing, SLICE(""));
	return error;
}
