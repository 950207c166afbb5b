#include "cli/client.h"

#include "base/memory.h"
#include "cli/wire.h"
#include "protocol/http1.h"

#include <stdio.h>
#include <string.h>

#define INPUT_BYTES (HTTP1_HEAD_BYTES_MAX * 4u)
#define FIELDS_MAX 8u

struct client {
	struct wire *wire;
	bool reused; /* the connection has already carried a call */
	bool tls;
	char url[1024];
	char host[256];
	char port[8];
	slice authority; /* of url */
	slice path;      /* of url, without a slash at the end */
	size_t input_len;
	char input[INPUT_BYTES];
};

static bool is_loopback(slice host)
{
	return slice_equal(host, SLICE("localhost")) || slice_equal(host, SLICE("::1")) ||
	       slice_starts_with(host, SLICE("127."));
}

static bool has_only_url_bytes(slice url)
{
	for (size_t i = 0; i < url.len; i++)
		if (url.ptr[i] <= ' ' || url.ptr[i] == 0x7f || url.ptr[i] == '@' || url.ptr[i] == '#')
			return false;
	return true;
}

/* host, [v6], host:port, [v6]:port */
static bool split_authority(struct client *client, slice authority)
{
	slice rest = authority, host;
	if (slice_starts_with(authority, SLICE("["))) {
		rest = slice_from_offset(authority, 1);
		host = slice_cut(&rest, ']');
		if (!rest.ptr || (rest.len > 0 && rest.ptr[0] != ':'))
			return false;
		rest = slice_from_offset(rest, 1);
	} else {
		host = slice_cut(&rest, ':');
	}
	uint64_t port = client->tls ? 443 : 80;
	if (rest.len > 0 && (!slice_to_u64(rest, &port) || port == 0 || port > 65535))
		return false;
	snprintf(client->host, sizeof(client->host), "%.*s", SLICE_ARG(host));
	snprintf(client->port, sizeof(client->port), "%u", (unsigned)port);
	return host.len > 0 && host.len < sizeof(client->host);
}

static enum error read_url(struct client *client, slice url, struct fault *why)
{
	snprintf(client->url, sizeof(client->url), "%.*s", SLICE_ARG(url));
	slice rest = slice_of(client->url);
	client->tls = slice_starts_with(rest, SLICE("https://"));
	if (!client->tls && !slice_starts_with(rest, SLICE("http://")))
		return FAIL(why, E_USAGE, "\"%.*s\" is not a URL; write http://127.0.0.1:7475 or https://HOST",
			    SLICE_ARG(url));
	rest = slice_from_offset(rest, client->tls ? 8 : 7);
	size_t slash = slice_find_byte(rest, '/', 0);
	client->authority = slice_sub(rest, 0, slash);
	client->path = slash == SIZE_MAX ? SLICE("") : slice_from_offset(rest, slash);
	if (url.len >= sizeof(client->url) || !has_only_url_bytes(rest) || !split_authority(client, client->authority))
		return FAIL(why, E_USAGE, "\"%.*s\" is not a URL of a server", SLICE_ARG(url));
	if (!client->tls && !is_loopback(slice_of(client->host)))
		return FAIL(why, E_USAGE, "%s is another machine; use https, so that the admin key is not shown to the network",
			    client->host);
	return E_OK;
}

enum error client_open(slice url, struct client **ret_client, struct fault *why)
{
	while (url.len > 0 && url.ptr[url.len - 1] == '/')
		url.len--;
	struct client *client = memory_alloc(sizeof(*client));
	if (!client)
		return FAIL(why, E_MEMORY, "no memory for a connection");
	enum error code = read_url(client, url, why);
	if (code != E_OK) {
		memory_free(client);
		return code;
	}
	*ret_client = client;
	return E_OK;
}

slice client_url(const struct client *client)
{
	return slice_of(client->url);
}

static void drop_connection(struct client *client)
{
	wire_free(client->wire);
	client->wire = NULL;
	client->reused = false;
	client->input_len = 0;
}

static void add_field(struct http1_field *fields, size_t *count, slice name, slice value)
{
	if (value.len > 0)
		fields[(*count)++] = (struct http1_field){name, value};
}

static enum error write_request(const struct client *client, const struct client_request *request, struct buffer *out,
				struct fault *why)
{
	struct http1_field fields[FIELDS_MAX];
	size_t count = 0;
	add_field(fields, &count, SLICE("Accept"), request->accept.len ? request->accept : SLICE("application/json"));
	add_field(fields, &count, SLICE("User-Agent"), SLICE("tipstaff/" TIPSTAFF_VERSION));
	add_field(fields, &count, SLICE("Authorization"), request->authorization);
	add_field(fields, &count, SLICE("Content-Type"), request->body.ptr ? request->content_type : SLICE(""));
	add_field(fields, &count, SLICE("Idempotency-Key"), request->idempotency_key);
	add_field(fields, &count, SLICE("If-Match"), request->if_match);
	add_field(fields, &count, SLICE("Last-Event-ID"), request->last_event_id);
	char target[HTTP1_TARGET_BYTES_MAX + 1];
	int length = snprintf(target, sizeof(target), "%.*s%.*s", SLICE_ARG(client->path), SLICE_ARG(request->path));
	if (length < 0 || (size_t)length >= sizeof(target))
		return FAIL(why, E_LIMIT, "the path is too long");
	TRY(http1_request_write(out, request->method, slice_of(target), client->authority,
				request->body.ptr ? HTTP1_LENGTH : HTTP1_NO_BODY, request->body.len, fields, count, why));
	buffer_add(out, request->body);
	return buffer_check(out, why);
}

/* Reads more bytes behind those of the head. */
static enum error read_more(struct client *client, struct fault *why)
{
	size_t count;
	if (client->input_len == INPUT_BYTES)
		return FAIL(why, E_LIMIT, "the head of the answer is too long");
	TRY(wire_receive(client->wire, client->input + client->input_len, INPUT_BYTES - client->input_len, &count, why));
	client->input_len += count;
	return E_OK;
}

static enum error read_head(struct client *client, struct http1_response *response, struct fault *why)
{
	for (;;) {
		enum error code = client->input_len == 0 ? E_AGAIN
			: http1_response_read(response, slice_from(client->input, client->input_len), why);
		if (code == E_AGAIN) {
			TRY(read_more(client, why));
			continue;
		}
		if (code != E_OK) {
			char says[160];
			snprintf(says, sizeof(says), "%s", fault_sentence(why));
			return FAIL(why, E_UPSTREAM, "%s does not answer as a Tipstaff server would: %s", client->url, says);
		}
		return E_OK;
	}
}

/* Sends the request and reads the head; a connection that the server closed meanwhile is opened again once. */
static enum error begin(struct client *client, const struct client_request *request, struct http1_response *response,
			struct fault *why)
{
	struct buffer out;
	buffer_init(&out, CLIENT_BODY_BYTES_MAX);
	enum error code = write_request(client, request, &out, why);
	for (bool again = true; code == E_OK && again;) {
		bool reused = client->reused;
		client->input_len = 0;
		if (!client->wire)
			code = wire_connect(client->host, client->port, client->tls, CLIENT_TIMEOUT_S, &client->wire, why);
		if (code == E_OK)
			code = wire_send(client->wire, buffer_slice(&out), why);
		http1_response_init(response, false);
		if (code == E_OK)
			code = read_head(client, response, why);
		again = code == E_CLOSED && reused && client->input_len == 0;
		if (code != E_OK)
			drop_connection(client);
		if (again)
			code = E_OK;
	}
	memory_wipe(out.ptr, out.len);
	buffer_free(&out);
	client->reused = code == E_OK;
	return code == E_CLOSED ? FAIL(why, E_UPSTREAM, "%s closed the connection without an answer", client->url) : code;
}

static void keep_head(const struct http1_response *response, struct client_reply *reply)
{
	reply->status = response->status;
	snprintf(reply->media_type, sizeof(reply->media_type), "%.*s", SLICE_ARG(http1_media_type(&response->headers)));
	snprintf(reply->location, sizeof(reply->location), "%.*s",
		 SLICE_ARG(http1_header(&response->headers, HTTP1_NAME_LOCATION)));
}

/* Gets each piece of a body; false ends the reading. */
typedef enum error take_piece(void *context, slice piece, struct fault *why);

static enum error read_body(struct client *client, const struct http1_response *response, take_piece *take,
			    void *context, struct fault *why)
{
	struct http1_body body;
	http1_body_init(&body, response->framing, response->length);
	slice input = slice_from(client->input + response->head_bytes, client->input_len - response->head_bytes);
	while (!body.done) {
		slice piece;
		enum error code = http1_body_read(&body, &input, &piece, why);
		if (code == E_OK && piece.len > 0)
			TRY(take(context, piece, why));
		if (code == E_OK)
			continue;
		if (code != E_AGAIN)
			return code;
		client->input_len = 0;
		code = read_more(client, why);
		if (code == E_CLOSED)
			return http1_body_end(&body, why);
		TRY(code);
		input = slice_from(client->input, client->input_len);
	}
	return E_OK;
}

static enum error take_into_buffer(void *context, slice piece, struct fault *why)
{
	struct buffer *buffer = context;
	buffer_add(buffer, piece);
	return buffer_check(buffer, why);
}

static enum error finish(struct client *client, const struct http1_response *response, struct client_reply *reply,
			 struct fault *why)
{
	enum error code = read_body(client, response, take_into_buffer, &reply->body, why);
	if (code != E_OK || !response->keep_alive)
		drop_connection(client);
	return code;
}

enum error client_call(struct client *client, const struct client_request *request, struct client_reply *ret_reply,
		       struct fault *why)
{
	struct http1_response response;
	*ret_reply = (struct client_reply){.status = 0};
	buffer_init(&ret_reply->body, CLIENT_BODY_BYTES_MAX);
	TRY(begin(client, request, &response, why));
	keep_head(&response, ret_reply);
	return finish(client, &response, ret_reply, why);
}

/* An event stream while it runs. */
struct stream {
	struct sse_reader reader;
	client_event *on_event;
	void *context;
	bool stopped;
};

static enum error take_events(void *context, slice piece, struct fault *why)
{
	struct stream *stream = context;
	for (;;) {
		struct sse_event event;
		enum error code = sse_reader_next(&stream->reader, &piece, &event, why);
		if (code == E_AGAIN)
			return E_OK;
		TRY(code);
		if (event.kind == SSE_EVENT && !stream->on_event(stream->context, &event)) {
			stream->stopped = true;
			return FAIL(why, E_CLOSED, "the stream is no longer wanted");
		}
	}
}

enum error client_stream(struct client *client, const struct client_request *request, client_event *on_event,
			 void *context, struct client_reply *ret_reply, struct fault *why)
{
	struct http1_response response;
	struct stream stream = {.on_event = on_event, .context = context};
	*ret_reply = (struct client_reply){.status = 0};
	buffer_init(&ret_reply->body, CLIENT_BODY_BYTES_MAX);
	TRY(begin(client, request, &response, why));
	keep_head(&response, ret_reply);
	if (response.status != 200)
		return finish(client, &response, ret_reply, why);
	wire_set_timeout(client->wire, 0);
	sse_reader_init(&stream.reader, SSE_EVENT_BYTES_USUAL);
	enum error code = read_body(client, &response, take_events, &stream, why);
	sse_reader_free(&stream.reader);
	drop_connection(client);
	if (stream.stopped)
		return E_OK;
	return code == E_OK ? FAIL(why, E_CLOSED, "the server ended the stream") : code;
}

void client_reply_free(struct client_reply *reply)
{
	buffer_free(&reply->body);
}

void client_free(struct client *client)
{
	if (!client)
		return;
	wire_free(client->wire);
	memory_free(client);
}
