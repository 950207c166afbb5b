#include "protocol/http1_scan.h"

#include <string.h>

/* Sixteen bytes at a time, on any machine that gcc knows. */
typedef unsigned char lanes __attribute__((vector_size(16), aligned(1)));
typedef uint64_t halves __attribute__((vector_size(16)));

#define EACH(value) ((lanes){0} + (unsigned char)(value))

/* Lanes that hold a control byte (or, where `limit` is 0x80, one beyond ASCII) become all ones. */
static lanes lanes_bad(lanes bytes, lanes limit)
{
	return (lanes)(((bytes < EACH(0x20)) & (bytes != EACH('\t'))) | (bytes == EACH(0x7f))) |
	       (lanes)((bytes & limit) != EACH(0));
}

bool http1_value_is_clean(slice value, bool ascii)
{
	lanes limit = EACH(ascii ? 0x80 : 0), bad = EACH(0), bytes;
	size_t at = 0;
	for (; at + sizeof(bytes) <= value.len; at += sizeof(bytes)) {
		memcpy(&bytes, value.ptr + at, sizeof(bytes));
		bad |= lanes_bad(bytes, limit);
	}
	if (at < value.len) {
		/* The last bytes once more from where sixteen of them stand, or filled up with spaces. */
		bytes = EACH(' ');
		if (value.len >= sizeof(bytes))
			memcpy(&bytes, value.ptr + value.len - sizeof(bytes), sizeof(bytes));
		else
			memcpy(&bytes, value.ptr, value.len);
		bad |= lanes_bad(bytes, limit);
	}
	halves any = (halves)bad;
	return (any[0] | any[1]) == 0;
}

bool http1_value_is_valid(slice value)
{
	return http1_value_is_clean(value, false);
}

bool http1_token_is_valid(slice token)
{
	for (size_t i = 0; i < token.len; i++)
		if (!http1_is((unsigned char)token.ptr[i], HTTP1_TOKEN))
			return false;
	return token.len > 0;
}

bool http1_path_is_valid(slice path)
{
	if (path.len == 0 || path.ptr[0] != '/')
		return false;
	for (size_t i = 0; i < path.len; i++) {
		if (http1_is((unsigned char)path.ptr[i], HTTP1_TARGET))
			continue;
		if (path.ptr[i] != '%' || path.len - i < 3 || !http1_is((unsigned char)path.ptr[i + 1], HTTP1_HEX) ||
		    !http1_is((unsigned char)path.ptr[i + 2], HTTP1_HEX))
			return false;
		if (path.ptr[i + 1] == '0' && path.ptr[i + 2] == '0')
			return false;
		i += 2;
	}
	return true;
}

static bool port_is_valid(slice port)
{
	uint64_t number;
	return slice_to_u64(port, &number) && number > 0 && number <= 65535;
}

static bool address6_is_plausible(slice inside)
{
	for (size_t i = 0; i < inside.len; i++) {
		unsigned char byte = (unsigned char)inside.ptr[i];
		if (!http1_is(byte, HTTP1_HEX) && byte != ':' && byte != '.')
			return false;
	}
	return inside.len >= 2;
}

/* RFC 9110 7.2, RFC 3986 3.2.2; userinfo and percent-encoding have no business in a Host. */
bool http1_host_is_valid(slice host)
{
	slice rest = host;
	if (host.len > 0 && host.ptr[0] == '[') {
		size_t end = slice_find_byte(host, ']', 0);
		if (end == SIZE_MAX || !address6_is_plausible(slice_sub(host, 1, end)))
			return false;
		rest = slice_from_offset(host, end + 1);
		return rest.len == 0 || (rest.ptr[0] == ':' && port_is_valid(slice_from_offset(rest, 1)));
	}
	bool has_port = slice_find_byte(host, ':', 0) != SIZE_MAX;
	slice name = slice_cut(&rest, ':');
	for (size_t i = 0; i < name.len; i++)
		if (!http1_is((unsigned char)name.ptr[i], HTTP1_HOST))
			return false;
	return name.len > 0 && (!has_port || port_is_valid(rest));
}

enum error http1_line_next(slice input, size_t *line_start, size_t *scanned, slice *ret_line, struct fault *why)
{
	size_t end = slice_find_byte(input, '\n', *scanned);
	size_t seen = end == SIZE_MAX ? input.len : end + 1;
	*scanned = seen;
	if (seen > HTTP1_HEAD_BYTES_MAX)
		return FAIL(why, E_LIMIT, "the head has more than %u bytes", HTTP1_HEAD_BYTES_MAX);
	if (end == SIZE_MAX)
		return E_AGAIN;
	/* RFC 9112 2.2 lets a reader take LF alone; whoever does not would see another message. */
	if (end == *line_start || input.ptr[end - 1] != '\r')
		return FAIL(why, E_SYNTAX, "a line of the head ends with LF alone");
	*ret_line = slice_sub(input, *line_start, end - 1);
	*line_start = end + 1;
	return E_OK;
}

enum error http1_header_read(struct http1_headers *headers, slice line, struct fault *why)
{
	if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return FAIL(why, E_SYNTAX, "a header line is folded");
	size_t colon = slice_find_byte(line, ':', 0);
	slice name = slice_sub(line, 0, colon);
	enum http1_name id = http1_name_of(name);
	/* A name that we know is a token. */
	if (colon == SIZE_MAX || (id == HTTP1_NAME_OTHER && !http1_token_is_valid(name)))
		return FAIL(why, E_SYNTAX, "a header name is not a token followed by a colon");
	if (headers->count == HTTP1_HEADERS_MAX)
		return FAIL(why, E_LIMIT, "more than %u header lines", HTTP1_HEADERS_MAX);

	slice value = slice_trim(slice_from_offset(line, colon + 1));
	bool single = http1_name_is_single(id);
	if (single && headers->place[id])
		return FAIL(why, E_SYNTAX, "the header %.*s stands there twice", SLICE_ARG(name));
	if (!http1_value_is_clean(value, single))
		return FAIL(why, E_SYNTAX, "the header %.*s holds a byte that is not allowed", SLICE_ARG(name));
	headers->line[headers->count++] = (struct http1_header){name, value, id};
	if (headers->place[id] == 0)
		headers->place[id] = (unsigned char)headers->count;
	return E_OK;
}

static enum error coding_read(slice coding, unsigned minor, struct fault *why)
{
	if (minor == 0)
		return FAIL(why, E_SYNTAX, "Transfer-Encoding in HTTP/1.0");
	if (slice_equal_fold(coding, SLICE("chunked")))
		return E_OK;
	slice list = coding;
	while (list.len > 0)
		if (slice_equal_fold(slice_trim(slice_cut(&list, ',')), SLICE("chunked")))
			return FAIL(why, E_SYNTAX, "Transfer-Encoding has more than chunked");
	return FAIL(why, E_UNSUPPORTED, "the only transfer coding understood is chunked");
}

enum error http1_framing_read(const struct http1_headers *headers, unsigned minor, bool *ret_chunked,
			      bool *ret_has_length, uint64_t *ret_length, struct fault *why)
{
	slice coding = http1_header(headers, HTTP1_NAME_TRANSFER_ENCODING);
	slice length = http1_header(headers, HTTP1_NAME_CONTENT_LENGTH);
	*ret_chunked = *ret_has_length = false;
	*ret_length = 0;
	/* RFC 9112 6.1: this combination ought to be handled as an error. */
	if (coding.ptr && length.ptr)
		return FAIL(why, E_SYNTAX, "both Transfer-Encoding and Content-Length");
	if (coding.ptr) {
		TRY(coding_read(coding, minor, why));
		*ret_chunked = true;
	}
	if (length.ptr) {
		if (!slice_to_u64(length, ret_length))
			return FAIL(why, E_SYNTAX, "Content-Length is not a plain number");
		*ret_has_length = true;
	}
	return E_OK;
}
