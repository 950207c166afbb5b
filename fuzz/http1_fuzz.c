/* HTTP/1.1 heads and bodies: how the bytes are cut must not matter, and what is accepted must be clean. */
#include "fuzz.h"

#include "protocol/http1.h"

#include <string.h>

static void check_headers(const struct http1_headers *headers)
{
	assert(headers->count <= HTTP1_HEADERS_MAX);
	for (unsigned i = 0; i < headers->count; i++) {
		assert(http1_token_is_valid(headers->line[i].name));
		assert(http1_value_is_valid(headers->line[i].value));
		assert(slice_find_byte(headers->line[i].value, '\n', 0) == SIZE_MAX);
		assert(slice_find_byte(headers->line[i].value, '\0', 0) == SIZE_MAX);
	}
	assert(!http1_header(headers, HTTP1_NAME_CONTENT_LENGTH).ptr ||
	       !http1_header(headers, HTTP1_NAME_TRANSFER_ENCODING).ptr);
}

/* What was accepted can be written and is read again as the same. */
static void check_round_trip(const struct http1_request *request)
{
	struct http1_field fields[HTTP1_HEADERS_MAX];
	struct http1_request again;
	struct buffer out;
	size_t count = 0;
	for (unsigned i = 0; i < request->headers.count; i++) {
		enum http1_name id = request->headers.line[i].id;
		if (id == HTTP1_NAME_OTHER || id == HTTP1_NAME_AUTHORIZATION || id == HTTP1_NAME_MCP_NAME)
			fields[count++] = (struct http1_field){request->headers.line[i].name, request->headers.line[i].value};
	}
	if (slice_equal(request->path, SLICE("*")))
		return;
	buffer_init(&out, 1 << 20);
	slice target = {request->path.ptr, request->path.len + (request->query.ptr ? request->query.len + 1 : 0)};
	enum error code = http1_request_write(&out, http1_method_text(request->method), target, request->host,
					      request->framing, request->length, fields, count, NULL);
	if (code == E_OK && out.len <= HTTP1_HEAD_BYTES_MAX) {
		http1_request_init(&again);
		code = http1_request_read(&again, buffer_slice(&out), NULL);
		assert(code == E_OK && again.head_bytes == out.len);
		assert(slice_equal(again.path, request->path) && slice_equal(again.host, request->host));
		assert(again.framing == request->framing && again.length == request->length);
	}
	buffer_free(&out);
}

static void check_request(slice input, size_t step)
{
	static struct http1_request whole, cut;
	http1_request_init(&whole);
	enum error code = http1_request_read(&whole, input, NULL);
	http1_request_init(&cut);
	enum error cut_code = E_AGAIN;
	for (size_t length = step; cut_code == E_AGAIN && length < input.len + step; length += step)
		cut_code = http1_request_read(&cut, slice_sub(input, 0, length), NULL);
	assert(input.len == 0 || code == cut_code);
	if (code != E_OK) {
		assert(code == E_AGAIN || (whole.refusal_status >= 400 && whole.refusal_status <= 505));
		return;
	}
	assert(whole.head_bytes == cut.head_bytes && whole.head_bytes <= input.len);
	assert(whole.host.len > 0 && whole.method != HTTP1_METHOD_NONE);
	assert(whole.path.ptr[0] == '/' || slice_equal(whole.path, SLICE("*")));
	check_headers(&whole.headers);
	check_round_trip(&whole);
}

static void check_response(slice input)
{
	static struct http1_response response;
	http1_response_init(&response, false);
	if (http1_response_read(&response, input, NULL) != E_OK)
		return;
	assert(response.status >= 200 && response.status <= 599);
	assert(response.framing != HTTP1_UNTIL_CLOSE || !response.keep_alive);
	check_headers(&response.headers);
}

/* Bytes of the body, cut as they come; the code that ended it. */
static enum error decode(slice input, size_t step, struct buffer *out, size_t *ret_used)
{
	struct http1_body body;
	http1_body_init(&body, HTTP1_CHUNKED, 0);
	*ret_used = 0;
	for (size_t at = 0; at < input.len; at += step) {
		slice part = slice_sub(input, at, at + step);
		while (!body.done) {
			slice piece;
			size_t before = part.len;
			enum error code = http1_body_read(&body, &part, &piece, NULL);
			*ret_used += before - part.len;
			if (code == E_AGAIN)
				break;
			if (code != E_OK)
				return code;
			buffer_add(out, piece);
		}
		if (body.done)
			return E_OK;
	}
	return E_AGAIN;
}

static void check_body(slice input, size_t step)
{
	struct buffer whole, cut;
	size_t whole_used, cut_used;
	buffer_init(&whole, 1 << 22);
	buffer_init(&cut, 1 << 22);
	enum error code = decode(input, input.len + 1, &whole, &whole_used);
	enum error cut_code = decode(input, step, &cut, &cut_used);
	assert(code == cut_code && whole_used == cut_used);
	assert(slice_equal(buffer_slice(&whole), buffer_slice(&cut)));
	buffer_free(&whole);
	buffer_free(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice input = slice_from(bytes, length);
	size_t step = length > 0 ? 1u + bytes[length - 1] % 17u : 1;
	if (length > 65536)
		return 0;
	check_request(input, step);
	check_response(input);
	check_body(input, step);
	return 0;
}
