#include "protocol/http1.h"

#include "base/buffer.h"
#include "check.h"

#include <string.h>

/* Reads `input` in steps of `step` bytes; what was read goes to `out`. */
static enum error read_all(struct http1_body *body, slice input, size_t step, struct buffer *out)
{
	for (size_t at = 0; at < input.len; at += step) {
		slice part = slice_sub(input, at, at + step);
		while (!body->done) {
			slice piece;
			enum error code = http1_body_read(body, &part, &piece, NULL);
			if (code == E_AGAIN)
				break;
			if (code != E_OK)
				return code;
			buffer_add(out, piece);
		}
	}
	return body->done ? E_OK : E_AGAIN;
}

static enum error read_chunked(slice input, size_t step, struct buffer *out)
{
	struct http1_body body;
	http1_body_init(&body, HTTP1_CHUNKED, 0);
	return read_all(&body, input, step, out);
}

TEST(chunks_are_joined_however_they_arrive)
{
	slice input = SLICE("5\r\nhello\r\n0001\r\n \r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\nEtag: \"x\"\r\n\r\n");
	for (size_t step = 1; step <= input.len; step++) {
		struct buffer out;
		buffer_init(&out, 100);
		CHECK_ERROR(read_chunked(input, step, &out), E_OK);
		CHECK_SLICE(buffer_slice(&out), SLICE("hello 0123456789"));
		buffer_free(&out);
	}
}

TEST(what_follows_a_body_is_left_alone)
{
	struct http1_body body;
	slice piece, input = SLICE("3\r\nabc\r\n0\r\n\r\nGET");
	http1_body_init(&body, HTTP1_CHUNKED, 0);
	CHECK_ERROR(http1_body_read(&body, &input, &piece, NULL), E_OK);
	CHECK_SLICE(piece, SLICE("abc"));
	CHECK_ERROR(http1_body_read(&body, &input, &piece, NULL), E_OK);
	CHECK(body.done && piece.len == 0);
	CHECK_SLICE(input, SLICE("GET"));
	input = SLICE("abcdef");
	http1_body_init(&body, HTTP1_LENGTH, 4);
	CHECK_ERROR(http1_body_read(&body, &input, &piece, NULL), E_OK);
	CHECK_SLICE(piece, SLICE("abcd"));
	CHECK(body.done);
	CHECK_SLICE(input, SLICE("ef"));
}

TEST(malformed_chunks_are_refused)
{
	static const struct {
		slice input;
		enum error code;
	} rows[] = {
		{SLICE_INIT("\r\n"), E_SYNTAX},
		{SLICE_INIT("g\r\n"), E_SYNTAX},
		{SLICE_INIT("0x3\r\n"), E_SYNTAX},
		{SLICE_INIT("-1\r\n"), E_SYNTAX},
		{SLICE_INIT("+1\r\n"), E_SYNTAX},
		{SLICE_INIT(" 3\r\nabc\r\n"), E_SYNTAX},
		{SLICE_INIT("3 \r\nabc\r\n"), E_SYNTAX},
		{SLICE_INIT("3;a=b\r\nabc\r\n"), E_SYNTAX},
		{SLICE_INIT("3\nabc\r\n"), E_SYNTAX},
		{SLICE_INIT("3\rXabc\r\n"), E_SYNTAX},
		{SLICE_INIT("3\r\nabcd\r\n"), E_SYNTAX},
		{SLICE_INIT("3\r\nabc\n0\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("3\r\nabc\rX"), E_SYNTAX},
		{SLICE_INIT("123456789\r\n"), E_LIMIT},
		{SLICE_INIT("0\r\nX: y\n\r\n"), E_SYNTAX},
		{SLICE_INIT("0\r\n\n"), E_SYNTAX},
		{SLICE_INIT("0\r\nno colon\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("0\r\nContent-Length: 3\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("0\r\nTransfer-Encoding: chunked\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("0\r\nHost: b\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("0\r\nAuthorization: b\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("0\r\n fold\r\n\r\n"), E_SYNTAX},
		{SLICE_INIT("3\r\nab"), E_AGAIN},
		{SLICE_INIT("0\r\n"), E_AGAIN},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t step = 1; step < 8; step += 3) {
			struct buffer out;
			buffer_init(&out, 100);
			enum error code = read_chunked(rows[i].input, step, &out);
			buffer_free(&out);
			if (code != rows[i].code)
				print_error("%.*s\n", SLICE_ARG(rows[i].input));
			CHECK_INT(code, rows[i].code);
		}
}

TEST(trailers_are_limited)
{
	struct buffer input, out;
	buffer_init(&input, 100000);
	buffer_init(&out, 100);
	buffer_add_text(&input, "0\r\n");
	for (unsigned i = 0; i <= HTTP1_TRAILERS_MAX; i++)
		buffer_add_text(&input, "X: y\r\n");
	CHECK_ERROR(read_chunked(buffer_slice(&input), 7, &out), E_LIMIT);
	buffer_clear(&input);
	buffer_add_text(&input, "0\r\nX: ");
	for (unsigned i = 0; i < 300; i++)
		buffer_add_byte(&input, 'x');
	CHECK_ERROR(read_chunked(buffer_slice(&input), 7, &out), E_LIMIT);
	buffer_free(&input);
	buffer_free(&out);
}

TEST(an_end_inside_a_body_is_told)
{
	struct http1_body body;
	slice piece, input = SLICE("abc");
	http1_body_init(&body, HTTP1_LENGTH, 4);
	CHECK_ERROR(http1_body_read(&body, &input, &piece, NULL), E_OK);
	CHECK_ERROR(http1_body_read(&body, &input, &piece, NULL), E_AGAIN);
	CHECK_ERROR(http1_body_end(&body, NULL), E_CLOSED);
	http1_body_init(&body, HTTP1_CHUNKED, 0);
	CHECK_ERROR(http1_body_end(&body, NULL), E_CLOSED);
	input = SLICE("abc");
	http1_body_init(&body, HTTP1_UNTIL_CLOSE, 0);
	CHECK_ERROR(http1_body_read(&body, &input, &piece, NULL), E_OK);
	CHECK_SLICE(piece, SLICE("abc"));
	CHECK(!body.done);
	CHECK_ERROR(http1_body_end(&body, NULL), E_OK);
	CHECK(body.done);
	http1_body_init(&body, HTTP1_NO_BODY, 0);
	CHECK(body.done);
	CHECK_ERROR(http1_body_end(&body, NULL), E_OK);
}
