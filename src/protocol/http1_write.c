#include "protocol/http1_scan.h"

#include <string.h>

/* Room for a whole head was reserved, so nothing below can fail half-way. */
static void put(struct buffer *out, slice text)
{
	if (text.len)
		memcpy(out->ptr + out->len, text.ptr, text.len);
	out->len += text.len;
}

static void put_number(struct buffer *out, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	put(out, slice_from(digits + at, sizeof(digits) - at));
}

/* Headers that only the writer may set: they say where the message ends or what becomes of the connection. */
static bool belongs_to_writer(slice name)
{
	static const slice owned[] = {
		SLICE_INIT("host"),       SLICE_INIT("content-length"), SLICE_INIT("transfer-encoding"),
		SLICE_INIT("connection"), SLICE_INIT("keep-alive"),     SLICE_INIT("proxy-connection"),
		SLICE_INIT("te"),         SLICE_INIT("trailer"),        SLICE_INIT("upgrade"),
		SLICE_INIT("expect"),     SLICE_INIT("date"),
	};
	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		if (owned[i].len == name.len && slice_equal_fold(owned[i], name))
			return true;
	return false;
}

#define FRAME_BYTES 160u /* the first line's fixed parts, framing and Connection */

static enum error fields_check(const struct http1_field *fields, size_t count, size_t *ret_bytes, struct fault *why)
{
	size_t bytes = 0;
	if (count > HTTP1_HEADERS_MAX)
		return FAIL(why, E_INVALID, "more than %u headers", HTTP1_HEADERS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (!http1_token_is_valid(fields[i].name))
			return FAIL(why, E_INVALID, "the name of header %zu is not a token", i);
		if (belongs_to_writer(fields[i].name))
			return FAIL_FIELD(why, E_INVALID, "header", "%.*s is set by the writer alone",
					  SLICE_ARG(fields[i].name));
		if (!http1_value_is_valid(fields[i].value))
			return FAIL(why, E_INVALID, "the value of %.*s holds a control byte",
				    SLICE_ARG(fields[i].name));
		bytes += fields[i].name.len + fields[i].value.len + 4;
	}
	*ret_bytes = bytes;
	return E_OK;
}

static void put_fields(struct buffer *out, const struct http1_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put(out, fields[i].name);
		put(out, SLICE(": "));
		put(out, fields[i].value);
		put(out, SLICE("\r\n"));
	}
}

static void put_framing(struct buffer *out, enum http1_framing framing, uint64_t length)
{
	switch (framing) {
	case HTTP1_LENGTH:
		put(out, SLICE("Content-Length: "));
		put_number(out, length);
		put(out, SLICE("\r\n"));
		break;
	case HTTP1_CHUNKED:
		put(out, SLICE("Transfer-Encoding: chunked\r\n"));
		break;
	case HTTP1_NO_BODY:
	case HTTP1_UNTIL_CLOSE:
		break;
	}
}

enum error http1_request_write(struct buffer *out, slice method, slice target, slice host,
			       enum http1_framing framing, uint64_t length, const struct http1_field *fields,
			       size_t count, struct fault *why)
{
	size_t bytes;
	if (method.len > HTTP1_METHOD_BYTES_MAX || !http1_token_is_valid(method))
		return FAIL(why, E_INVALID, "the method is not a token");
	if (target.len > HTTP1_TARGET_BYTES_MAX || !http1_path_is_valid(target))
		return FAIL(why, E_INVALID, "the target is not a path");
	if (!http1_host_is_valid(host))
		return FAIL(why, E_INVALID, "the host is not a name with an optional port");
	if (framing == HTTP1_UNTIL_CLOSE)
		return FAIL(why, E_INVALID, "a request cannot end with its connection");
	TRY(fields_check(fields, count, &bytes, why));
	TRY(buffer_reserve(out, FRAME_BYTES + method.len + target.len + host.len + bytes, why));
	put(out, method);
	put(out, SLICE(" "));
	put(out, target);
	put(out, SLICE(" HTTP/1.1\r\nHost: "));
	put(out, host);
	put(out, SLICE("\r\n"));
	put_framing(out, framing, length);
	put_fields(out, fields, count);
	put(out, SLICE("\r\n"));
	return E_OK;
}

enum error http1_response_write(struct buffer *out, int status, slice date, enum http1_framing framing,
				uint64_t length, bool close, const struct http1_field *fields, size_t count,
				struct fault *why)
{
	size_t bytes;
	if (status < 200 || status > 599)
		return FAIL(why, E_INVALID, "the status is not from 200 to 599");
	if (framing == HTTP1_UNTIL_CLOSE && !close)
		return FAIL(why, E_INVALID, "a body that ends with the connection needs its end");
	if (!http1_value_is_valid(date))
		return FAIL(why, E_INVALID, "the date holds a control byte");
	TRY(fields_check(fields, count, &bytes, why));
	slice reason = http1_reason(status);
	TRY(buffer_reserve(out, FRAME_BYTES + reason.len + date.len + bytes, why));
	put(out, SLICE("HTTP/1.1 "));
	put_number(out, (uint64_t)status);
	put(out, SLICE(" "));
	put(out, reason);
	put(out, SLICE("\r\n"));
	if (date.len > 0) {
		put(out, SLICE("Date: "));
		put(out, date);
		put(out, SLICE("\r\n"));
	}
	put_framing(out, framing, length);
	if (close)
		put(out, SLICE("Connection: close\r\n"));
	put_fields(out, fields, count);
	put(out, SLICE("\r\n"));
	return E_OK;
}

size_t http1_chunk_head(char out[18], uint64_t length)
{
	char digits[16];
	size_t at = sizeof(digits);
	do {
		digits[--at] = "0123456789abcdef"[length & 15];
		length >>= 4;
	} while (length);
	size_t count = sizeof(digits) - at;
	memcpy(out, digits + at, count);
	out[count] = '\r';
	out[count + 1] = '\n';
	return count + 2;
}
