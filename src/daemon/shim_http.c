/* The HTTP side of the shim: who may use it, and which process a message is for. */
#include "daemon/shim.h"

#include "text/json_writer.h"

void shim_refuse(struct http_exchange *exchange, int status, slice id, int64_t code, const char *sentence)
{
	struct buffer text;
	struct http1_field fields[] = {{SLICE("Content-Type"), SLICE("application/json")}};
	buffer_init(&text, 4096);
	jsonrpc_write_error(&text, id, code, slice_of(sentence), SLICE(""));
	http_respond(exchange, status, fields, 1, buffer_slice(&text));
	buffer_free(&text);
}

static void refuse(struct http_exchange *exchange, int status, const char *sentence)
{
	shim_refuse(exchange, status, SLICE(""), status, sentence);
}

static bool is_authorized(const struct shim *shim, const struct http_exchange *exchange)
{
	slice rest = http1_header(&exchange->request->headers, HTTP1_NAME_AUTHORIZATION);
	slice scheme = slice_cut(&rest, ' ');
	return slice_equal_fold(scheme, SLICE("Bearer")) && slice_equal_constant_time(slice_trim(rest), shim->token);
}

static struct shim_peer *session_of(struct shim *shim, struct http_exchange *exchange)
{
	slice id = http1_header(&exchange->request->headers, HTTP1_NAME_MCP_SESSION_ID);
	if (!id.ptr) {
		refuse(exchange, 400, "Mcp-Session-Id is missing; initialize first");
		return NULL;
	}
	struct shim_peer *peer = shim_peer_find(shim, id);
	if (!peer)
		refuse(exchange, 404, "no such session; initialize again");
	return peer;
}

/* The process a message is for, started where need be; NULL: answered. */
static struct shim_peer *peer_for(struct shim *shim, struct http_exchange *exchange, const struct mcp_request *request)
{
	struct fault why = {0};
	struct shim_peer *peer = shim->stateless;
	bool modern = request->era == MCP_ERA_MODERN;
	bool opens = request->method && request->method->id == MCP_INITIALIZE &&
		     request->message.kind == JSONRPC_REQUEST;
	if (!modern && !opens)
		return session_of(shim, exchange);
	if (modern && peer)
		return peer;
	enum error error = shim_peer_start(shim, modern, &peer, &why);
	if (error == E_OK)
		return peer;
	refuse(exchange, error_http_status(error), fault_sentence(&why));
	return NULL;
}

static void handle_post(struct shim *shim, struct http_exchange *exchange)
{
	struct json_doc doc;
	struct mcp_request request;
	struct fault why = {0};
	if (!slice_equal_fold(http1_media_type(&exchange->request->headers), SLICE("application/json"))) {
		refuse(exchange, 415, "Content-Type must be application/json");
		return;
	}
	enum error error = json_parse(&doc, exchange->body, NULL, &exchange->arena, &why);
	if (error == E_OK)
		error = mcp_read_request(&doc, &request, &why);
	if (error != E_OK) {
		shim_refuse(exchange, 400, SLICE(""), error_jsonrpc(error), fault_sentence(&why));
		return;
	}
	struct shim_peer *peer = peer_for(shim, exchange, &request);
	if (!peer)
		return;
	if (request.message.kind == JSONRPC_REQUEST) {
		shim_peer_ask(peer, exchange, &doc, &request);
		return;
	}
	error = shim_peer_tell(peer, &doc, &request, &why);
	if (error == E_OK)
		http_respond(exchange, 202, NULL, 0, SLICE(""));
	else
		refuse(exchange, 502, fault_sentence(&why));
}

static void handle_session(struct shim *shim, struct http_exchange *exchange)
{
	struct shim_peer *peer = session_of(shim, exchange);
	if (!peer)
		return;
	if (exchange->request->method == HTTP1_GET) {
		shim_peer_listen(peer, exchange);
		return;
	}
	shim_peer_end(peer);
	http_respond(exchange, 204, NULL, 0, SLICE(""));
}

void shim_handle(struct http_exchange *exchange, void *context)
{
	struct shim *shim = context;
	const struct http1_request *request = exchange->request;
	if (http1_header(&request->headers, HTTP1_NAME_ORIGIN).ptr)
		refuse(exchange, 403, "no browser has business here");
	else if (!is_authorized(shim, exchange))
		refuse(exchange, 401, "the bearer token of the shim is needed");
	else if (shim->stopping)
		refuse(exchange, 503, "stopping");
	else if (!slice_equal(request->path, SLICE("/mcp")))
		refuse(exchange, 404, "the endpoint is /mcp");
	else if (request->method == HTTP1_POST)
		handle_post(shim, exchange);
	else if (request->method == HTTP1_GET || request->method == HTTP1_DELETE)
		handle_session(shim, exchange);
	else
		refuse(exchange, 405, "Method Not Allowed");
}
