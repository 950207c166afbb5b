#include "protocol/http1.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REST " HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define HEAD "POST /mcp HTTP/1.1\r\nHost: a.example\r\n"

static enum error read_request(struct http1_request *request, slice input, struct fault *why)
{
	http1_request_init(request);
	return http1_request_read(request, input, why);
}

/* What must be refused, with what, and how it is answered. */
static const struct refused {
	const char *what;
	slice input;
	enum error code;
	int status;
} refused[] = {
	/* The eleven of reference/craft.md 3.2. */
	{"bare CR", SLICE_INIT(HEAD "X: a\rb\r\n\r\n"), E_SYNTAX, 400},
	{"CL and TE", SLICE_INIT(HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), E_SYNTAX, 400},
	{"two CL", SLICE_INIT(HEAD "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), E_SYNTAX, 400},
	{"space before colon", SLICE_INIT(HEAD "Content-Length : 5\r\n\r\n"), E_SYNTAX, 400},
	{"folded line", SLICE_INIT(HEAD "X: a\r\n b\r\n\r\n"), E_SYNTAX, 400},
	{"two Host", SLICE_INIT(HEAD "Host: b.example\r\n\r\n"), E_SYNTAX, 400},
	{"no Host", SLICE_INIT("GET / HTTP/1.1\r\nX: y\r\n\r\n"), E_SYNTAX, 400},
	{"bare LF", SLICE_INIT("GET / HTTP/1.1\nHost: a.example\n\n"), E_SYNTAX, 400},
	{"signed CL", SLICE_INIT(HEAD "Content-Length: +1\r\n\r\n"), E_SYNTAX, 400},
	{"control byte", SLICE_INIT(HEAD "X: a\x01z\r\n\r\n"), E_SYNTAX, 400},
	{"chunked, identity", SLICE_INIT(HEAD "Transfer-Encoding: chunked, identity\r\n\r\n"), E_SYNTAX, 400},
	/* Framing. */
	{"two equal CL", SLICE_INIT(HEAD "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), E_SYNTAX, 400},
	{"CL list", SLICE_INIT(HEAD "Content-Length: 5, 5\r\n\r\n"), E_SYNTAX, 400},
	{"empty CL", SLICE_INIT(HEAD "Content-Length:\r\n\r\n"), E_SYNTAX, 400},
	{"negative CL", SLICE_INIT(HEAD "Content-Length: -1\r\n\r\n"), E_SYNTAX, 400},
	{"hex CL", SLICE_INIT(HEAD "Content-Length: 0x5\r\n\r\n"), E_SYNTAX, 400},
	{"padded CL", SLICE_INIT(HEAD "Content-Length: 05\r\n\r\n"), E_SYNTAX, 400},
	{"huge CL", SLICE_INIT(HEAD "Content-Length: 18446744073709551616\r\n\r\n"), E_SYNTAX, 400},
	{"two TE", SLICE_INIT(HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), E_SYNTAX, 400},
	{"TE twice in one", SLICE_INIT(HEAD "Transfer-Encoding: chunked, chunked\r\n\r\n"), E_SYNTAX, 400},
	{"unknown TE", SLICE_INIT(HEAD "Transfer-Encoding: gzip\r\n\r\n"), E_UNSUPPORTED, 501},
	{"disguised TE", SLICE_INIT(HEAD "Transfer-Encoding: xchunked\r\n\r\n"), E_UNSUPPORTED, 501},
	{"vertical tab in TE",
	 SLICE_INIT(HEAD "Transfer-Encoding: \x0b"
			 "chunked\r\n\r\n"),
	 E_SYNTAX, 400},
	{"TE in 1.0", SLICE_INIT("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), E_SYNTAX, 400},
	/* Header lines. */
	{"NUL", SLICE_INIT(HEAD "X: a\0b\r\n\r\n"), E_SYNTAX, 400},
	{"DEL", SLICE_INIT(HEAD "X: a\x7f\r\n\r\n"), E_SYNTAX, 400},
	{"fold before any header", SLICE_INIT("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), E_SYNTAX, 400},
	{"no colon", SLICE_INIT(HEAD "novalue\r\n\r\n"), E_SYNTAX, 400},
	{"no name", SLICE_INIT(HEAD ": x\r\n\r\n"), E_SYNTAX, 400},
	{"name beyond ASCII", SLICE_INIT(HEAD "X\xc3\xa9: x\r\n\r\n"), E_SYNTAX, 400},
	{"authorization beyond ASCII", SLICE_INIT(HEAD "Authorization: Bearer \xc3\xa9\r\n\r\n"), E_SYNTAX, 400},
	{"bare LF in the middle", SLICE_INIT(HEAD "X: y\nContent-Length: 5\r\n\r\n"), E_SYNTAX, 400},
	{"CR LF CR without LF", SLICE_INIT(HEAD "X: y\r\n\rZ: z\r\n\r\n"), E_SYNTAX, 400},
	{"two authorization", SLICE_INIT(HEAD "Authorization: a\r\nauthorization: a\r\n\r\n"), E_SYNTAX, 400},
	{"two content-type", SLICE_INIT(HEAD "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n"), E_SYNTAX, 400},
	{"two origin", SLICE_INIT(HEAD "Origin: http://a\r\nORIGIN: http://a\r\n\r\n"), E_SYNTAX, 400},
	{"two session ids", SLICE_INIT(HEAD "Mcp-Session-Id: a\r\nmcp-session-id: b\r\n\r\n"), E_SYNTAX, 400},
	{"two versions", SLICE_INIT(HEAD "MCP-Protocol-Version: a\r\nMcp-Protocol-Version: b\r\n\r\n"), E_SYNTAX, 400},
	{"two mcp-method", SLICE_INIT(HEAD "Mcp-Method: a\r\nMcp-Method: b\r\n\r\n"), E_SYNTAX, 400},
	{"two mcp-name", SLICE_INIT(HEAD "Mcp-Name: a\r\nMcp-Name: a\r\n\r\n"), E_SYNTAX, 400},
	{"two idempotency keys", SLICE_INIT(HEAD "Idempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n"), E_SYNTAX, 400},
	/* Host and target. */
	{"empty Host", SLICE_INIT("GET / HTTP/1.1\r\nHost:\r\n\r\n"), E_SYNTAX, 400},
	{"Host with userinfo", SLICE_INIT("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), E_SYNTAX, 400},
	{"Host with path", SLICE_INIT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), E_SYNTAX, 400},
	{"Host with two", SLICE_INIT("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), E_SYNTAX, 400},
	{"Host with bad port", SLICE_INIT("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n"), E_SYNTAX, 400},
	{"Host with no port", SLICE_INIT("GET / HTTP/1.1\r\nHost: a:\r\n\r\n"), E_SYNTAX, 400},
	{"open bracket", SLICE_INIT("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"), E_SYNTAX, 400},
	{"other host in target", SLICE_INIT("GET http://b.example/" REST), E_SYNTAX, 400},
	{"userinfo in target", SLICE_INIT("GET http://u@a.example/" REST), E_SYNTAX, 400},
	{"authority only", SLICE_INIT("GET http://a.example" REST), E_SYNTAX, 400},
	{"other scheme", SLICE_INIT("GET ftp://a.example/" REST), E_SYNTAX, 400},
	{"relative target", SLICE_INIT("GET mcp" REST), E_SYNTAX, 400},
	{"no target", SLICE_INIT("GET " REST), E_SYNTAX, 400},
	{"fragment", SLICE_INIT("GET /a#b" REST), E_SYNTAX, 400},
	{"target beyond ASCII", SLICE_INIT("GET /\xc3\xa9" REST), E_SYNTAX, 400},
	{"backslash", SLICE_INIT("GET /a\\b" REST), E_SYNTAX, 400},
	{"control in target", SLICE_INIT("GET /a\x01" REST), E_SYNTAX, 400},
	{"NUL in target", SLICE_INIT("GET /a\0b" REST), E_SYNTAX, 400},
	{"encoded NUL", SLICE_INIT("GET /a%00b" REST), E_SYNTAX, 400},
	{"cut percent", SLICE_INIT("GET /a%4" REST), E_SYNTAX, 400},
	{"no hex", SLICE_INIT("GET /a%zz" REST), E_SYNTAX, 400},
	{"star of GET", SLICE_INIT("GET *" REST), E_SYNTAX, 400},
	/* First line. */
	{"empty first line", SLICE_INIT("\r\nGET /" REST), E_SYNTAX, 400},
	{"leading space", SLICE_INIT(" GET /" REST), E_SYNTAX, 400},
	{"two spaces", SLICE_INIT("GET  /" REST), E_SYNTAX, 400},
	{"tab", SLICE_INIT("GET\t/" REST), E_SYNTAX, 400},
	{"trailing space", SLICE_INIT("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), E_SYNTAX, 400},
	{"HTTP/0.9", SLICE_INIT("GET /\r\n"), E_SYNTAX, 400},
	{"lower-case version", SLICE_INIT("GET / http/1.1\r\nHost: a\r\n\r\n"), E_SYNTAX, 400},
	{"version with more digits", SLICE_INIT("GET / HTTP/1.10\r\nHost: a\r\n\r\n"), E_SYNTAX, 400},
	{"HTTP/2", SLICE_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), E_UNSUPPORTED, 505},
	{"HTTP/1.2", SLICE_INIT("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), E_UNSUPPORTED, 505},
	{"bad method", SLICE_INIT("G@T /" REST), E_SYNTAX, 400},
	{"lower-case method", SLICE_INIT("get /" REST), E_UNSUPPORTED, 501},
	{"CONNECT", SLICE_INIT("CONNECT a.example:443" REST), E_UNSUPPORTED, 501},
	{"TRACE", SLICE_INIT("TRACE /" REST), E_UNSUPPORTED, 501},
	{"TLS", SLICE_INIT("\x16\x03\x01\x02"), E_SYNTAX, 400},
	{"expectation", SLICE_INIT(HEAD "Expect: miracles\r\nContent-Length: 1\r\n\r\n"), E_UNSUPPORTED, 417},
};

TEST(every_ambiguous_request_is_refused)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct http1_request request;
		struct fault why = {0};
		enum error code = read_request(&request, refused[i].input, &why);
		if (code != refused[i].code || request.refusal_status != refused[i].status)
			print_error("%s: %s, %d\n", refused[i].what, error_name(code), request.refusal_status);
		CHECK_INT(code, refused[i].code);
		CHECK_INT(request.refusal_status, refused[i].status);
		CHECK(why.sentence[0] != '\0');
	}
}

TEST(what_is_refused_whole_is_refused_byte_by_byte)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct http1_request request;
		http1_request_init(&request);
		enum error code = E_AGAIN;
		for (size_t length = 1; length <= refused[i].input.len && code == E_AGAIN; length++)
			code = http1_request_read(&request, slice_sub(refused[i].input, 0, length), NULL);
		CHECK_INT(code, refused[i].code);
		CHECK_INT(request.refusal_status, refused[i].status);
	}
}

TEST(a_usual_request_is_read)
{
	slice input = SLICE(
		"POST /mcp/files?a=1&b=%20x?y HTTP/1.1\r\nHost: gate.example:7475\r\nAccept: text/event-stream;q=1"
		", application/json\r\ncontent-TYPE: \t application/json; charset=utf-8 \r\nX-Empty:\r\n"
		"Content-Length: 12\r\nUpgrade: h2c\r\nX-Name: caf\xc3\xa9\r\n\r\n{\"a\":1}");
	struct http1_request request;
	struct fault why = {0};
	CHECK_OK(read_request(&request, input, &why), why);
	CHECK_INT(request.method, HTTP1_POST);
	CHECK_SLICE(request.path, SLICE("/mcp/files"));
	CHECK_SLICE(request.query, SLICE("a=1&b=%20x?y"));
	CHECK_SLICE(request.host, SLICE("gate.example:7475"));
	CHECK(request.keep_alive && !request.expects_continue);
	CHECK_INT(request.framing, HTTP1_LENGTH);
	CHECK_INT(request.length, 12);
	CHECK_SLICE(slice_from_offset(input, request.head_bytes), SLICE("{\"a\":1}"));
	CHECK_SLICE(http1_header(&request.headers, HTTP1_NAME_CONTENT_TYPE), SLICE("application/json; charset=utf-8"));
	CHECK_SLICE(http1_media_type(&request.headers), SLICE("application/json"));
	CHECK_SLICE(http1_header_named(&request.headers, SLICE("x-name")), SLICE("caf\xc3\xa9"));
	CHECK(http1_header_named(&request.headers, SLICE("X-Empty")).ptr != NULL);
	CHECK(http1_header_named(&request.headers, SLICE("X-Absent")).ptr == NULL);
	CHECK(http1_header(&request.headers, HTTP1_NAME_AUTHORIZATION).ptr == NULL);
	CHECK(http1_header_has_token(&request.headers, HTTP1_NAME_ACCEPT, SLICE("TEXT/event-stream")));
	CHECK(http1_header_has_token(&request.headers, HTTP1_NAME_ACCEPT, SLICE("application/json")));
	CHECK(!http1_header_has_token(&request.headers, HTTP1_NAME_ACCEPT, SLICE("text")));
}

TEST(a_request_may_come_byte_by_byte)
{
	slice input = SLICE("GET /a HTTP/1.1\r\nHost: [::1]:80\r\nConnection: keep-alive, Close\r\n\r\n");
	struct http1_request request;
	http1_request_init(&request);
	for (size_t length = 0; length < input.len; length++)
		CHECK_ERROR(http1_request_read(&request, slice_sub(input, 0, length), NULL), E_AGAIN);
	CHECK_ERROR(http1_request_read(&request, input, NULL), E_OK);
	CHECK_INT(request.head_bytes, input.len);
	CHECK(!request.keep_alive);
	CHECK_INT(request.framing, HTTP1_NO_BODY);
}

TEST(requests_of_other_forms_are_read)
{
	struct http1_request request;
	CHECK_ERROR(read_request(&request, SLICE("OPTIONS *" REST), NULL), E_OK);
	CHECK_SLICE(request.path, SLICE("*"));
	CHECK_ERROR(read_request(&request, SLICE("GET HTTP://A.example/x?y" REST), NULL), E_OK);
	CHECK_SLICE(request.path, SLICE("/x"));
	CHECK_SLICE(request.query, SLICE("y"));
	CHECK_ERROR(read_request(&request, SLICE("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"), NULL),
		    E_OK);
	CHECK(!request.keep_alive);
	CHECK_ERROR(
		read_request(&request, SLICE(HEAD "Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n"), NULL),
		E_OK);
	CHECK_INT(request.framing, HTTP1_CHUNKED);
	CHECK(request.expects_continue);
	CHECK_ERROR(read_request(&request, SLICE(HEAD "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n"), NULL),
		    E_OK);
	CHECK_INT(request.framing, HTTP1_NO_BODY);
	CHECK(!request.expects_continue);
}

TEST(the_next_request_starts_where_this_one_ends)
{
	slice input = SLICE("GET /1" REST "GET /2" REST);
	struct http1_request request;
	CHECK_ERROR(read_request(&request, input, NULL), E_OK);
	CHECK_SLICE(request.path, SLICE("/1"));
	CHECK_ERROR(read_request(&request, slice_from_offset(input, request.head_bytes), NULL), E_OK);
	CHECK_SLICE(request.path, SLICE("/2"));
}

/* A request of `count` repetitions of `unit` between `before` and `after`. */
static slice repeated(slice before, slice unit, size_t count, slice after)
{
	char *all = malloc(before.len + unit.len * count + after.len);
	memcpy(all, before.ptr, before.len);
	for (size_t i = 0; i < count; i++)
		memcpy(all + before.len + i * unit.len, unit.ptr, unit.len);
	memcpy(all + before.len + count * unit.len, after.ptr, after.len);
	return slice_from(all, before.len + unit.len * count + after.len);
}

static void check_repeated(slice before, slice unit, size_t count, slice after, enum error code, int status)
{
	struct http1_request request;
	slice input = repeated(before, unit, count, after);
	enum error got = read_request(&request, input, NULL);
	free((void *)(uintptr_t)input.ptr);
	CHECK_INT(got, code);
	CHECK_INT(request.refusal_status, status);
}

TEST(every_limit_holds_at_its_number)
{
	slice end = SLICE("\r\n");
	check_repeated(SLICE(HEAD), SLICE("X: y\r\n"), HTTP1_HEADERS_MAX - 1, end, E_OK, 400);
	check_repeated(SLICE(HEAD), SLICE("X: y\r\n"), HTTP1_HEADERS_MAX, end, E_LIMIT, 431);
	check_repeated(SLICE("GET /"), SLICE("a"), HTTP1_TARGET_BYTES_MAX - 1, SLICE(REST), E_OK, 400);
	check_repeated(SLICE("GET /"), SLICE("a"), HTTP1_TARGET_BYTES_MAX, SLICE(REST), E_LIMIT, 414);
	check_repeated(SLICE("GET /"), SLICE("a"), HTTP1_HEAD_BYTES_MAX, SLICE(""), E_LIMIT, 414);
	check_repeated(SLICE(HEAD "X: "), SLICE("a"), HTTP1_HEAD_BYTES_MAX, SLICE(""), E_LIMIT, 431);
	size_t room = HTTP1_HEAD_BYTES_MAX - strlen(HEAD "X: \r\n\r\n");
	check_repeated(SLICE(HEAD "X: "), SLICE("a"), room, SLICE("\r\n\r\n"), E_OK, 400);
	check_repeated(SLICE(HEAD "X: "), SLICE("a"), room + 1, SLICE("\r\n\r\n"), E_LIMIT, 431);
	check_repeated(SLICE("G"), SLICE("E"), HTTP1_METHOD_BYTES_MAX, SLICE(" /" REST), E_SYNTAX, 400);
}

#define ROW_CASE(id, text, single) {HTTP1_NAME_##id, SLICE_INIT(text), single},
static const struct name_case {
	enum http1_name id;
	slice text;
	bool single;
} name_cases[] = {HTTP1_NAME_ROWS(ROW_CASE)};

TEST(every_known_header_is_found_and_single_ones_come_once)
{
	for (size_t i = 0; i < sizeof(name_cases) / sizeof(name_cases[0]); i++) {
		const struct name_case *row = &name_cases[i];
		char one[128], two[256];
		struct http1_response response;
		snprintf(one, sizeof(one), "HTTP/1.1 204 N\r\n%.*s: 0\r\n\r\n", SLICE_ARG(row->text));
		snprintf(two, sizeof(two), "HTTP/1.1 204 N\r\n%.*s: 0\r\n%.*s: 0\r\n\r\n", SLICE_ARG(row->text),
			 SLICE_ARG(row->text));
		http1_response_init(&response, false);
		enum error read = http1_response_read(&response, slice_of(one), NULL);
		CHECK_INT(read, row->id == HTTP1_NAME_TRANSFER_ENCODING ? E_UNSUPPORTED : E_OK);
		CHECK_SLICE(http1_header(&response.headers, row->id), SLICE("0"));
		http1_response_init(&response, false);
		CHECK_INT(http1_response_read(&response, slice_of(two), NULL), row->single ? E_SYNTAX : E_OK);
	}
}

static enum error read_response(struct http1_response *response, slice input, bool to_head)
{
	http1_response_init(response, to_head);
	return http1_response_read(response, input, NULL);
}

TEST(answers_are_framed_as_they_say)
{
	struct http1_response response;
	CHECK_ERROR(read_response(&response, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), false), E_OK);
	CHECK_INT(response.framing, HTTP1_LENGTH);
	CHECK(response.keep_alive && response.length == 3);
	CHECK_ERROR(read_response(&response, SLICE("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n"), false),
		    E_OK);
	CHECK_INT(response.framing, HTTP1_CHUNKED);
	CHECK_ERROR(read_response(&response, SLICE("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), false), E_OK);
	CHECK_INT(response.framing, HTTP1_UNTIL_CLOSE);
	CHECK_ERROR(read_response(&response, SLICE("HTTP/1.0 200 OK\r\n\r\n"), false), E_OK);
	CHECK_INT(response.framing, HTTP1_UNTIL_CLOSE);
	CHECK_ERROR(read_response(&response, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"), true), E_OK);
	CHECK_INT(response.framing, HTTP1_NO_BODY);
	CHECK_ERROR(read_response(&response, SLICE("HTTP/1.1 304 X\r\nContent-Length: 3\r\n\r\n"), false), E_OK);
	CHECK_INT(response.framing, HTTP1_NO_BODY);
	CHECK_ERROR(read_response(&response, SLICE("HTTP/1.1 200 OK\r\nContent-Le"), false), E_AGAIN);
}

TEST(interim_answers_are_skipped_but_not_without_end)
{
	struct http1_response response;
	slice input = SLICE("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
			    "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
	CHECK_ERROR(read_response(&response, input, false), E_OK);
	CHECK_INT(response.status, 202);
	CHECK_INT(response.headers.count, 1);
	CHECK_INT(response.head_bytes, input.len);
	slice many = repeated(SLICE(""), SLICE("HTTP/1.1 100 C\r\n\r\n"), HTTP1_INTERIM_MAX + 1, SLICE(""));
	CHECK_ERROR(read_response(&response, many, false), E_LIMIT);
	free((void *)(uintptr_t)many.ptr);
}

TEST(ambiguous_answers_are_refused)
{
	static const struct {
		slice input;
		enum error code;
	} rows[] = {
		{SLICE_INIT("HTTP/1.1 200 OK\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 200 OK\nContent-Length: 3\n\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 20 OK\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 099 OK\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 600 OK\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 2000 OK\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 200 O\x01K\r\n"), E_SYNTAX},
		{SLICE_INIT("ICY 200 OK\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/2.0 200 OK\r\n"), E_UNSUPPORTED},
		{SLICE_INIT("HTTP/1.1 101 Switching\r\n"), E_UNSUPPORTED},
		{SLICE_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n x\r\n\r\n"), E_SYNTAX},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http1_response response;
		enum error code = read_response(&response, rows[i].input, false);
		if (code != rows[i].code)
			print_error("%.*s\n", SLICE_ARG(rows[i].input));
		CHECK_INT(code, rows[i].code);
	}
}

TEST(names_differ_from_known_ones_by_more_than_case)
{
	static const slice near[] = {
		SLICE_INIT("content_length"),
		SLICE_INIT("content-lengt"),
		SLICE_INIT("content-lengths"),
		SLICE_INIT("c0ntent-length"),
		SLICE_INIT("transfer-encodinG-"),
		SLICE_INIT("transfer_encoding"),
		SLICE_INIT("hos"),
		SLICE_INIT("hosts"),
		SLICE_INIT("(ost"),
	};
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		char head[128];
		struct http1_request request;
		snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nhOsT: a\r\n%.*s: 5\r\n\r\n", SLICE_ARG(near[i]));
		bool token = http1_token_is_valid(near[i]);
		CHECK_INT(read_request(&request, slice_of(head), NULL), token ? E_OK : E_SYNTAX);
		CHECK(http1_header(&request.headers, HTTP1_NAME_CONTENT_LENGTH).ptr == NULL);
		CHECK(http1_header(&request.headers, HTTP1_NAME_TRANSFER_ENCODING).ptr == NULL);
	}
	struct http1_request request;
	CHECK_ERROR(read_request(&request, SLICE("GET / HTTP/1.1\r\nHost: a\r\ncontent\rlength: 5\r\n\r\n"), NULL),
		    E_SYNTAX);
}
