#include "protocol/http1_scan.h"

#include <string.h>

#define REFUSE(request, status, why, code, ...) ((request)->refusal_status = (status), FAIL((why), (code), __VA_ARGS__))

static void headers_init(struct http1_headers *headers)
{
	headers->count = 0;
	memset(headers->place, 0, sizeof(headers->place));
}

void http1_request_init(struct http1_request *request)
{
	/* The header lines are not cleared: `count` says which of them mean anything. */
	memset(request, 0, offsetof(struct http1_request, headers));
	headers_init(&request->headers);
	request->head_bytes = 0;
	request->refusal_status = 400;
	request->line_start = 0;
	request->scanned = 0;
}

static enum error version_read(slice version, unsigned *ret_minor, struct fault *why)
{
	if (version.len != 8 || !slice_starts_with(version, SLICE("HTTP/")) || version.ptr[6] != '.' ||
	    version.ptr[5] < '0' || version.ptr[5] > '9' || version.ptr[7] < '0' || version.ptr[7] > '9')
		return FAIL(why, E_SYNTAX, "the first line has no HTTP version");
	if (version.ptr[5] != '1' || version.ptr[7] > '1')
		return FAIL(why, E_UNSUPPORTED, "only HTTP/1.1 and HTTP/1.0 are understood here");
	*ret_minor = version.ptr[7] == '1';
	return E_OK;
}

/* RFC 9112 3.2: origin-form, absolute-form, or "*" of OPTIONS. */
static enum error target_read(struct http1_request *request, struct fault *why)
{
	slice path = request->target;
	if (path.len > HTTP1_TARGET_BYTES_MAX)
		return REFUSE(request, 414, why, E_LIMIT, "the target has more than %u bytes", HTTP1_TARGET_BYTES_MAX);
	if (slice_equal(path, SLICE("*")) && request->method == HTTP1_OPTIONS) {
		request->path = path;
		return E_OK;
	}
	size_t scheme = 0;
	if (path.len >= 8 && slice_equal_fold(slice_sub(path, 0, 7), SLICE("http://")))
		scheme = 7;
	else if (path.len >= 9 && slice_equal_fold(slice_sub(path, 0, 8), SLICE("https://")))
		scheme = 8;
	if (scheme > 0) {
		path = slice_from_offset(path, scheme);
		size_t end = 0;
		while (end < path.len && path.ptr[end] != '/' && path.ptr[end] != '?')
			end++;
		request->host = slice_sub(path, 0, end); /* compared with Host once that has come */
		path = slice_from_offset(path, end);
		if (!http1_host_is_valid(request->host) || path.len == 0 || path.ptr[0] == '?')
			return FAIL(why, E_SYNTAX, "an absolute target needs a plain authority and a path");
	}
	if (!http1_path_is_valid(path))
		return FAIL(why, E_SYNTAX, "the target is not a path with valid percent-encoding");
	request->query = path;
	request->path = slice_cut(&request->query, '?');
	return E_OK;
}

static enum error request_line_read(struct http1_request *request, slice line, struct fault *why)
{
	slice version = line;
	slice method = slice_cut(&version, ' ');
	if (method.len > HTTP1_METHOD_BYTES_MAX || !http1_token_is_valid(method))
		return FAIL(why, E_SYNTAX, "the method is not a token");
	request->target = slice_cut(&version, ' ');
	enum error read = version_read(version, &request->minor, why);
	if (read != E_OK) {
		request->refusal_status = read == E_UNSUPPORTED ? 505 : 400;
		return read;
	}
	request->method = http1_method_of(method);
	if (request->method == HTTP1_METHOD_NONE)
		return REFUSE(request, 501, why, E_UNSUPPORTED, "the method is not one that is understood");
	return target_read(request, why);
}

static enum error host_read(struct http1_request *request, struct fault *why)
{
	slice host = http1_header(&request->headers, HTTP1_NAME_HOST);
	if (!host.ptr)
		return FAIL(why, E_SYNTAX, "there is no Host");
	if (!http1_host_is_valid(host))
		return FAIL(why, E_SYNTAX, "Host is not a name with an optional port");
	/* RFC 9112 3.2.2 lets the target win; here two answers to "which host" are one too many. */
	if (request->host.ptr && !slice_equal_fold(request->host, host))
		return FAIL(why, E_SYNTAX, "the target and Host name different hosts");
	request->host = host;
	return E_OK;
}

static enum error request_finish(struct http1_request *request, struct fault *why)
{
	const struct http1_headers *headers = &request->headers;
	bool chunked, has_length;
	TRY(host_read(request, why));
	enum error framed =
		http1_framing_read(headers, request->minor, &chunked, &has_length, &request->length, why);
	if (framed != E_OK) {
		request->refusal_status = framed == E_UNSUPPORTED ? 501 : 400;
		return framed;
	}
	request->framing = chunked ? HTTP1_CHUNKED : request->length > 0 ? HTTP1_LENGTH : HTTP1_NO_BODY;
	request->keep_alive =
		request->minor == 1 && !http1_header_has_token(headers, HTTP1_NAME_CONNECTION, SLICE("close"));
	slice expect = http1_header(headers, HTTP1_NAME_EXPECT);
	if (expect.ptr && request->minor == 1) {
		if (!slice_equal_fold(expect, SLICE("100-continue")))
			return REFUSE(request, 417, why, E_UNSUPPORTED, "the expectation is not 100-continue");
		request->expects_continue = request->framing != HTTP1_NO_BODY;
	}
	request->head_bytes = request->line_start;
	return E_OK;
}

/* Whoever speaks TLS or nonsense to us is told at once, not when its head is overdue. */
static bool starts_like_no_request(slice input)
{
	return input.len > 0 && !http1_is((unsigned char)input.ptr[0], HTTP1_TOKEN);
}

enum error http1_request_read(struct http1_request *request, slice input, struct fault *why)
{
	for (;;) {
		bool first = request->line_start == 0;
		slice line;
		if (first && starts_like_no_request(input))
			return FAIL(why, E_SYNTAX, "this does not start like an HTTP request");
		enum error next = http1_line_next(input, &request->line_start, &request->scanned, &line, why);
		if (next == E_LIMIT)
			request->refusal_status = first ? 414 : 431;
		if (next != E_OK)
			return next;
		if (first) {
			TRY(request_line_read(request, line, why));
		} else if (line.len == 0) {
			return request_finish(request, why);
		} else {
			enum error read = http1_header_read(&request->headers, line, why);
			if (read == E_LIMIT)
				request->refusal_status = 431;
			TRY(read);
		}
	}
}

void http1_response_init(struct http1_response *response, bool to_head)
{
	memset(response, 0, offsetof(struct http1_response, headers));
	headers_init(&response->headers);
	response->head_bytes = 0;
	response->to_head_request = to_head;
	response->interim = 0;
	response->head_start = response->line_start = response->scanned = 0;
}

static enum error status_line_read(struct http1_response *response, slice line, struct fault *why)
{
	slice rest = line;
	slice version = slice_cut(&rest, ' ');
	slice reason = rest;
	slice status = slice_cut(&reason, ' ');
	uint64_t number;
	TRY(version_read(version, &response->minor, why));
	if (status.len != 3 || !slice_to_u64(status, &number) || number < 100 || number > 599)
		return FAIL(why, E_SYNTAX, "the status is not a number from 100 to 599");
	if (!http1_value_is_valid(reason))
		return FAIL(why, E_SYNTAX, "the reason holds a control byte");
	if (number == 101)
		return FAIL(why, E_UNSUPPORTED, "the answer switches to a protocol that was not asked for");
	response->status = (int)number;
	response->reason = reason;
	return E_OK;
}

/* RFC 9112 6.3, without its generous last resorts. */
static enum error response_finish(struct http1_response *response, struct fault *why)
{
	const struct http1_headers *headers = &response->headers;
	bool chunked, has_length;
	TRY(http1_framing_read(headers, response->minor, &chunked, &has_length, &response->length, why));
	response->keep_alive =
		response->minor == 1 && !http1_header_has_token(headers, HTTP1_NAME_CONNECTION, SLICE("close"));
	response->head_bytes = response->line_start;
	if (response->to_head_request || response->status == 304) {
		response->framing = HTTP1_NO_BODY;
	} else if (response->status == 204) {
		if (chunked || response->length > 0)
			return FAIL(why, E_SYNTAX, "an answer without content declares a body");
		response->framing = HTTP1_NO_BODY;
	} else if (chunked) {
		response->framing = HTTP1_CHUNKED;
	} else if (has_length) {
		response->framing = response->length > 0 ? HTTP1_LENGTH : HTTP1_NO_BODY;
	} else if (!response->keep_alive) {
		response->framing = HTTP1_UNTIL_CLOSE;
	} else {
		return FAIL(why, E_SYNTAX, "the answer has neither a length nor an end of the connection");
	}
	return E_OK;
}

/* After an interim head the next one starts; true where this was one. */
static bool interim_skip(struct http1_response *response)
{
	if (response->status >= 200)
		return false;
	response->interim++;
	response->head_start = response->line_start;
	headers_init(&response->headers);
	return true;
}

enum error http1_response_read(struct http1_response *response, slice input, struct fault *why)
{
	for (;;) {
		slice line;
		bool first = response->line_start == response->head_start;
		TRY(http1_line_next(input, &response->line_start, &response->scanned, &line, why));
		if (first) {
			TRY(status_line_read(response, line, why));
		} else if (line.len > 0) {
			TRY(http1_header_read(&response->headers, line, why));
		} else if (!interim_skip(response)) {
			return response_finish(response, why);
		} else if (response->interim > HTTP1_INTERIM_MAX) {
			return FAIL(why, E_LIMIT, "more than %u interim answers", HTTP1_INTERIM_MAX);
		}
	}
}
