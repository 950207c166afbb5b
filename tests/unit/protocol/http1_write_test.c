#include "protocol/http1.h"

#include "check.h"

#include <string.h>

#define FIELD(name, value)                          \
	{                                           \
		SLICE_INIT(name), SLICE_INIT(value) \
	}

TEST(a_written_request_is_read_back)
{
	static const struct http1_field fields[] = {FIELD("Content-Type", "application/json"), FIELD("X-A", "")};
	struct buffer out;
	struct fault why = {0};
	struct http1_request request;
	buffer_init(&out, 4096);
	CHECK_OK(http1_request_write(&out, SLICE("POST"), SLICE("/mcp?x=1"), SLICE("a.example:80"), HTTP1_LENGTH, 17,
				     fields, 2, &why),
		 why);
	CHECK_SLICE(buffer_slice(&out), SLICE("POST /mcp?x=1 HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 17\r\n"
					      "Content-Type: application/json\r\nX-A: \r\n\r\n"));
	http1_request_init(&request);
	CHECK_OK(http1_request_read(&request, buffer_slice(&out), &why), why);
	CHECK_INT(request.length, 17);
	buffer_free(&out);
}

TEST(a_written_answer_is_read_back)
{
	static const struct http1_field fields[] = {FIELD("Cache-Control", "no-store")};
	struct buffer out;
	struct fault why = {0};
	struct http1_response response;
	buffer_init(&out, 4096);
	CHECK_OK(http1_response_write(&out, 403, SLICE("Sun, 06 Nov 1994 08:49:37 GMT"), HTTP1_CHUNKED, 0, true, fields,
				      1, &why),
		 why);
	CHECK_SLICE(buffer_slice(&out),
		    SLICE("HTTP/1.1 403 Forbidden\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
			  "Transfer-Encoding: chunked\r\nConnection: close\r\nCache-Control: no-store\r\n\r\n"));
	http1_response_init(&response, false);
	CHECK_OK(http1_response_read(&response, buffer_slice(&out), &why), why);
	CHECK_INT(response.framing, HTTP1_CHUNKED);
	buffer_clear(&out);
	CHECK_OK(http1_response_write(&out, 204, SLICE(""), HTTP1_NO_BODY, 0, false, NULL, 0, &why), why);
	CHECK_SLICE(buffer_slice(&out), SLICE("HTTP/1.1 204 No Content\r\n\r\n"));
	buffer_clear(&out);
	CHECK_OK(http1_response_write(&out, 299, SLICE(""), HTTP1_LENGTH, 0, false, NULL, 0, &why), why);
	CHECK_SLICE(buffer_slice(&out), SLICE("HTTP/1.1 299 Status\r\nContent-Length: 0\r\n\r\n"));
	buffer_free(&out);
}

TEST(no_field_can_end_its_line)
{
	static const struct http1_field bad[] = {
		FIELD("X", "a\r\nSet-Cookie: b"),
		FIELD("X", "a\nb"),
		FIELD("X", "a\rb"),
		FIELD("X", "a\0b"),
		FIELD("X", "a\x7f"),
		FIELD("X", "12345678\x01"),
		FIELD("X: y\r\nZ", "a"),
		FIELD("", "a"),
		FIELD("X Y", "a"),
		FIELD("X:", "a"),
		FIELD("Content-Length", "5"),
		FIELD("transfer-encoding", "chunked"),
		FIELD("HOST", "b"),
		FIELD("Connection", "close"),
		FIELD("Trailer", "x"),
		FIELD("Upgrade", "h2c"),
	};
	struct buffer out;
	buffer_init(&out, 4096);
	buffer_add_text(&out, "before");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_ERROR(http1_request_write(&out, SLICE("GET"), SLICE("/"), SLICE("a"), HTTP1_NO_BODY, 0, &bad[i],
						1, NULL),
			    E_INVALID);
		CHECK_ERROR(http1_response_write(&out, 200, SLICE(""), HTTP1_LENGTH, 0, false, &bad[i], 1, NULL),
			    E_INVALID);
	}
	CHECK_SLICE(buffer_slice(&out), SLICE("before"));
	buffer_free(&out);
}

static enum error write_request(slice method, slice target, slice host, enum http1_framing framing)
{
	struct buffer out;
	buffer_init(&out, 4096);
	enum error code = http1_request_write(&out, method, target, host, framing, 0, NULL, 0, NULL);
	buffer_free(&out);
	return code;
}

TEST(no_first_line_can_be_bent)
{
	CHECK_ERROR(write_request(SLICE("GET"), SLICE("/a"), SLICE("h"), HTTP1_NO_BODY), E_OK);
	CHECK_ERROR(write_request(SLICE("GET /x"), SLICE("/a"), SLICE("h"), HTTP1_NO_BODY), E_INVALID);
	CHECK_ERROR(write_request(SLICE(""), SLICE("/a"), SLICE("h"), HTTP1_NO_BODY), E_INVALID);
	CHECK_ERROR(write_request(SLICE("GET"), SLICE("/a b"), SLICE("h"), HTTP1_NO_BODY), E_INVALID);
	CHECK_ERROR(write_request(SLICE("GET"), SLICE("/a\r\n"), SLICE("h"), HTTP1_NO_BODY), E_INVALID);
	CHECK_ERROR(write_request(SLICE("GET"), SLICE("a"), SLICE("h"), HTTP1_NO_BODY), E_INVALID);
	CHECK_ERROR(write_request(SLICE("GET"), SLICE(""), SLICE("h"), HTTP1_NO_BODY), E_INVALID);
	CHECK_ERROR(write_request(SLICE("GET"), SLICE("/a"), SLICE("h\r\nX: y"), HTTP1_NO_BODY), E_INVALID);
	CHECK_ERROR(write_request(SLICE("GET"), SLICE("/a"), SLICE(""), HTTP1_NO_BODY), E_INVALID);
	CHECK_ERROR(write_request(SLICE("GET"), SLICE("/a"), SLICE("h"), HTTP1_UNTIL_CLOSE), E_INVALID);
}

TEST(an_answer_with_a_bad_first_line_or_end_is_refused)
{
	struct buffer out;
	buffer_init(&out, 4096);
	CHECK_ERROR(http1_response_write(&out, 199, SLICE(""), HTTP1_LENGTH, 0, false, NULL, 0, NULL), E_INVALID);
	CHECK_ERROR(http1_response_write(&out, 600, SLICE(""), HTTP1_LENGTH, 0, false, NULL, 0, NULL), E_INVALID);
	CHECK_ERROR(http1_response_write(&out, 200, SLICE("\r\n"), HTTP1_LENGTH, 0, false, NULL, 0, NULL), E_INVALID);
	CHECK_ERROR(http1_response_write(&out, 200, SLICE(""), HTTP1_UNTIL_CLOSE, 0, false, NULL, 0, NULL), E_INVALID);
	buffer_free(&out);
	buffer_init(&out, 20);
	CHECK_ERROR(http1_response_write(&out, 200, SLICE(""), HTTP1_LENGTH, 0, false, NULL, 0, NULL), E_LIMIT);
	CHECK_INT(out.len, 0);
	buffer_free(&out);
}

TEST(a_chunk_head_is_hexadecimal)
{
	char head[18];
	CHECK_SLICE(slice_from(head, http1_chunk_head(head, 0x1a2b)), SLICE("1a2b\r\n"));
	CHECK_SLICE(slice_from(head, http1_chunk_head(head, UINT64_MAX)), SLICE("ffffffffffffffff\r\n"));
}

TEST(methods_and_reasons_have_their_names)
{
	CHECK_INT(http1_method_of(SLICE("DELETE")), HTTP1_DELETE);
	CHECK_INT(http1_method_of(SLICE("delete")), HTTP1_METHOD_NONE);
	CHECK_SLICE(http1_method_text(HTTP1_PATCH), SLICE("PATCH"));
	CHECK_SLICE(http1_reason(421), SLICE("Misdirected Request"));
}
