/* The beginning and the end of a session, on both sides. */
#include "decision/snapshot.h"
#include "gateway/ask.h"
#include "gateway/call.h"
#include "text/base64.h"

/* A name that evidence may show, and a part that cannot be guessed; the session is bound to its caller besides. */
static slice make_id(struct call *call)
{
	unsigned char random[ULID_RANDOM_BYTES];
	char secret[16];
	char text[BASE64URL_TEXT_BYTES(sizeof(secret))];
	services_random(call->services, random, sizeof(random));
	services_random(call->services, secret, sizeof(secret));
	struct ulid name = ulid_make(SLICE("s"), services_now_ns(call->services) / 1000000, random);
	size_t length = base64url_write(text, slice_from(secret, sizeof(secret)));
	return arena_print(call->arena, "%.*s.%.*s", SLICE_ARG(ulid_slice(&name)), SLICE_ARG(slice_from(text, length)));
}

enum error call_open_session(struct call *call, enum mcp_revision revision, slice hello, struct fault *why)
{
	struct session_new session = {
		.key = {make_id(call), call->agent, call->subject, call->multiplex ? SLICE("") : call->server},
		.revision = revision,
		.upstream = call->upstream_session,
		.opened = !call->multiplex,
		.hello = hello,
		.now_ns = services_monotonic_ns(call->services),
	};
	if (!session.key.id.ptr)
		return FAIL(why, E_MEMORY, "no memory for a session");
	TRY(session_open(call->services->sessions, &session, why));
	call->session = session.key;
	call->view.revision = revision;
	return E_OK;
}

enum error call_opened(struct call *call, const struct json_doc *doc, const struct json_node *result, struct fault *why)
{
	slice version = SLICE("");
	(void)json_string(json_get(doc, result, SLICE("protocolVersion")), &version);
	enum mcp_revision revision = mcp_revision_of(version);
	if (mcp_revision_era(revision) != MCP_ERA_LEGACY)
		return FAIL(why, E_UPSTREAM, "the server speaks a revision that is not offered here");
	if (call->upstream_session.len > 0 && !mcp_session_id_valid(call->upstream_session))
		return FAIL(why, E_UPSTREAM, "the server's session id is not valid");
	return call_open_session(call, revision, SLICE(""), why);
}

static void end_upstream(struct call *call, slice server, slice upstream)
{
	struct target target;
	const struct snapshot *snapshot = services_snapshot(call->services);
	if (!snapshot || upstream.len == 0 ||
	    target_of(snapshot_server(snapshot, server), call->arena, &target, NULL) != E_OK)
		return;
	struct ask ask = {
		.target = &target,
		.http = HTTP1_DELETE,
		.session = upstream,
		.revision = call->view.revision,
	};
	ask_start(call->services, &ask, NULL, NULL);
}

enum step call_end_session(struct call *call)
{
	slice server;
	slice upstream;
	for (size_t n = 0; session_nth_upstream(call->services->sessions, &call->session, n, call->arena, &server, &upstream,
						NULL) == E_OK;
	     n++)
		end_upstream(call, server, upstream);
	(void)!session_close(call->services->sessions, &call->session, NULL);
	return call_reply(call, 204, SLICE(""), SLICE(""));
}
