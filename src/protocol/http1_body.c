#include "protocol/http1_scan.h"

#include <string.h>

/* Where in a chunked body the reader stands (RFC 9112 7.1). */
enum chunk_state {
	CHUNK_SIZE = 0, /* in the digits */
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER,
};

void http1_body_init(struct http1_body *body, enum http1_framing framing, uint64_t length)
{
	memset(body, 0, offsetof(struct http1_body, line));
	body->framing = framing;
	body->left = framing == HTTP1_LENGTH ? length : 0;
	body->done = framing == HTTP1_NO_BODY || (framing == HTTP1_LENGTH && length == 0);
}

static unsigned digit_value(unsigned char digit)
{
	return digit <= '9' ? digit - (unsigned)'0' : (digit | 0x20u) - (unsigned)'a' + 10u;
}

/* Extensions (";") are refused: nobody needs them and readers differ on where they end. */
static enum error size_byte(struct http1_body *body, unsigned char byte, struct fault *why)
{
	if (http1_is(byte, HTTP1_HEX)) {
		if (++body->digits > HTTP1_CHUNK_DIGITS_MAX)
			return FAIL(why, E_LIMIT, "a chunk size has more than %u digits", HTTP1_CHUNK_DIGITS_MAX);
		body->left = body->left * 16 + digit_value(byte);
		return E_OK;
	}
	if (byte != '\r' || body->digits == 0)
		return FAIL(why, E_SYNTAX, "a chunk size is not hexadecimal digits and CRLF");
	body->state = CHUNK_SIZE_LF;
	return E_OK;
}

static enum error trailer_line(struct http1_body *body, struct fault *why)
{
	size_t length = body->line_bytes;
	body->line_bytes = 0;
	if (length < 2 || body->line[length - 2] != '\r')
		return FAIL(why, E_SYNTAX, "a trailer line ends with LF alone");
	if (length == 2) {
		body->done = true;
		return E_OK;
	}
	if (++body->trailers > HTTP1_TRAILERS_MAX)
		return FAIL(why, E_LIMIT, "more than %u trailers", HTTP1_TRAILERS_MAX);
	struct http1_headers one;
	one.count = 0;
	memset(one.place, 0, sizeof(one.place));
	TRY(http1_header_read(&one, (slice){body->line, length - 2}, why));
	/* RFC 9110 6.5.1: what frames, routes or authenticates must not come after the body. */
	if (one.line[0].id != HTTP1_NAME_OTHER)
		return FAIL(why, E_SYNTAX, "a trailer holds a header that belongs before the body");
	return E_OK;
}

static enum error trailer_byte(struct http1_body *body, char byte, struct fault *why)
{
	if (body->line_bytes == sizeof(body->line) || ++body->trailer_bytes > HTTP1_TRAILER_BYTES_MAX)
		return FAIL(why, E_LIMIT, "the trailers are too long");
	body->line[body->line_bytes++] = byte;
	return byte == '\n' ? trailer_line(body, why) : E_OK;
}

static enum error chunk_byte(struct http1_body *body, char byte, struct fault *why)
{
	switch ((enum chunk_state)body->state) {
	case CHUNK_SIZE:
		return size_byte(body, (unsigned char)byte, why);
	case CHUNK_SIZE_LF:
		if (byte != '\n')
			return FAIL(why, E_SYNTAX, "a chunk size ends with CR alone");
		body->state = body->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
		return E_OK;
	case CHUNK_DATA_CR:
		if (byte != '\r')
			return FAIL(why, E_SYNTAX, "a chunk is longer than its size");
		body->state = CHUNK_DATA_LF;
		return E_OK;
	case CHUNK_DATA_LF:
		if (byte != '\n')
			return FAIL(why, E_SYNTAX, "a chunk ends with CR alone");
		body->state = CHUNK_SIZE;
		body->digits = 0;
		return E_OK;
	case CHUNK_TRAILER:
		return trailer_byte(body, byte, why);
	case CHUNK_DATA:
		break;
	}
	return FAIL(why, E_INTERNAL, "chunk state");
}

/* Up to `left` bytes off the front of `*input`. */
static slice piece_take(struct http1_body *body, slice *input)
{
	slice piece = slice_sub(*input, 0, body->left < input->len ? (size_t)body->left : input->len);
	*input = slice_from_offset(*input, piece.len);
	body->left -= piece.len;
	return piece;
}

static enum error chunked_read(struct http1_body *body, slice *input, slice *ret_piece, struct fault *why)
{
	while (input->len > 0 && !body->done) {
		if (body->state == CHUNK_DATA) {
			*ret_piece = piece_take(body, input);
			if (body->left == 0)
				body->state = CHUNK_DATA_CR;
			return E_OK;
		}
		char byte = input->ptr[0];
		*input = slice_from_offset(*input, 1);
		TRY(chunk_byte(body, byte, why));
	}
	return body->done ? E_OK : E_AGAIN;
}

enum error http1_body_read(struct http1_body *body, slice *input, slice *ret_piece, struct fault *why)
{
	*ret_piece = (slice){NULL, 0};
	if (body->done || body->framing == HTTP1_NO_BODY) {
		body->done = true;
		return E_OK;
	}
	if (body->framing == HTTP1_CHUNKED)
		return chunked_read(body, input, ret_piece, why);
	if (input->len == 0)
		return E_AGAIN;
	if (body->framing == HTTP1_UNTIL_CLOSE) {
		*ret_piece = *input;
		*input = slice_from_offset(*input, input->len);
		return E_OK;
	}
	*ret_piece = piece_take(body, input);
	body->done = body->left == 0;
	return E_OK;
}

enum error http1_body_end(struct http1_body *body, struct fault *why)
{
	if (body->framing == HTTP1_UNTIL_CLOSE)
		body->done = true;
	if (body->done || body->framing == HTTP1_NO_BODY)
		return E_OK;
	return FAIL(why, E_CLOSED, "the connection was closed inside a body");
}
