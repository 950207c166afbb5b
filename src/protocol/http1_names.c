#include "protocol/http1_scan.h"

#include <string.h>

/* Sums of enum http1_class, one row for 16 bytes; beyond ASCII nothing is allowed. */
const unsigned char http1_classes[256] = {
	 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* 0x00 */
	 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* 0x10 */
	 0,  3,  0,  1,  3,  1,  3,  3,  2,  2,  3,  3,  2,  7,  7,  2, /* 0x20 */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  2,  2,  0,  2,  0,  2, /* 0x30 */
	 2, 15, 15, 15, 15, 15, 15,  7,  7,  7,  7,  7,  7,  7,  7,  7, /* 0x40 */
	 7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  0,  0,  0,  1,  7, /* 0x50 */
	 1, 15, 15, 15, 15, 15, 15,  7,  7,  7,  7,  7,  7,  7,  7,  7, /* 0x60 */
	 7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  0,  1,  0,  7,  0, /* 0x70 */
};

#define METHOD_TEXT(name) [HTTP1_##name] = SLICE_INIT(#name),
static const slice methods[HTTP1_METHOD_COUNT] = {HTTP1_METHOD_ROWS(METHOD_TEXT)};

#define NAME_TEXT(id, text, single) [HTTP1_NAME_##id] = SLICE_INIT(text),
static const slice names[HTTP1_NAME_COUNT] = {HTTP1_NAME_ROWS(NAME_TEXT)};

#define NAME_SINGLE(id, text, single) [HTTP1_NAME_##id] = single,
static const bool singles[HTTP1_NAME_COUNT] = {HTTP1_NAME_ROWS(NAME_SINGLE)};

static const struct reason {
	int status;
	slice text;
} reasons[] = {
	{200, SLICE_INIT("OK")},
	{201, SLICE_INIT("Created")},
	{202, SLICE_INIT("Accepted")},
	{204, SLICE_INIT("No Content")},
	{301, SLICE_INIT("Moved Permanently")},
	{302, SLICE_INIT("Found")},
	{303, SLICE_INIT("See Other")},
	{304, SLICE_INIT("Not Modified")},
	{307, SLICE_INIT("Temporary Redirect")},
	{308, SLICE_INIT("Permanent Redirect")},
	{400, SLICE_INIT("Bad Request")},
	{401, SLICE_INIT("Unauthorized")},
	{403, SLICE_INIT("Forbidden")},
	{404, SLICE_INIT("Not Found")},
	{405, SLICE_INIT("Method Not Allowed")},
	{406, SLICE_INIT("Not Acceptable")},
	{408, SLICE_INIT("Request Timeout")},
	{409, SLICE_INIT("Conflict")},
	{410, SLICE_INIT("Gone")},
	{411, SLICE_INIT("Length Required")},
	{412, SLICE_INIT("Precondition Failed")},
	{413, SLICE_INIT("Content Too Large")},
	{414, SLICE_INIT("URI Too Long")},
	{415, SLICE_INIT("Unsupported Media Type")},
	{417, SLICE_INIT("Expectation Failed")},
	{421, SLICE_INIT("Misdirected Request")},
	{422, SLICE_INIT("Unprocessable Content")},
	{428, SLICE_INIT("Precondition Required")},
	{429, SLICE_INIT("Too Many Requests")},
	{431, SLICE_INIT("Request Header Fields Too Large")},
	{500, SLICE_INIT("Internal Server Error")},
	{501, SLICE_INIT("Not Implemented")},
	{502, SLICE_INIT("Bad Gateway")},
	{503, SLICE_INIT("Service Unavailable")},
	{504, SLICE_INIT("Gateway Timeout")},
	{505, SLICE_INIT("HTTP Version Not Supported")},
	{507, SLICE_INIT("Insufficient Storage")},
};

slice http1_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return SLICE("Status");
}

slice http1_method_text(enum http1_method method)
{
	return methods[method];
}

enum http1_method http1_method_of(slice text)
{
	for (int i = HTTP1_METHOD_NONE + 1; i < HTTP1_METHOD_COUNT; i++)
		if (slice_equal(text, methods[i]))
			return (enum http1_method)i;
	return HTTP1_METHOD_NONE;
}

bool http1_name_is_single(enum http1_name name)
{
	return singles[name];
}

#define NAME_BYTES_MAX 24u

/* Where the names of each length begin; the rows are in order of length, and a test walks all of them. */
static const unsigned char first_of_length[NAME_BYTES_MAX] = {
	[4] = HTTP1_NAME_HOST,
	[6] = HTTP1_NAME_ACCEPT,
	[7] = HTTP1_NAME_UPGRADE,
	[8] = HTTP1_NAME_IF_MATCH,
	[10] = HTTP1_NAME_CONNECTION,
	[11] = HTTP1_NAME_TRACEPARENT,
	[12] = HTTP1_NAME_CONTENT_TYPE,
	[13] = HTTP1_NAME_AUTHORIZATION,
	[14] = HTTP1_NAME_CONTENT_LENGTH,
	[15] = HTTP1_NAME_IDEMPOTENCY_KEY,
	[16] = HTTP1_NAME_CONTENT_ENCODING,
	[17] = HTTP1_NAME_TRANSFER_ENCODING,
	[20] = HTTP1_NAME_MCP_PROTOCOL_VERSION,
};

#define NAME_BYTES(id, text, single) [HTTP1_NAME_##id] = text,
static const char padded[HTTP1_NAME_COUNT][NAME_BYTES_MAX] = {HTTP1_NAME_ROWS(NAME_BYTES)};

/* Eight bytes at a time; only the case of letters may differ, and letters are what has the bit 0x40 in our names. */
static bool same_but_case(const char name[NAME_BYTES_MAX], const char known[NAME_BYTES_MAX])
{
	uint64_t difference = 0;
	for (size_t i = 0; i < NAME_BYTES_MAX; i += 8) {
		uint64_t a, b;
		memcpy(&a, name + i, 8);
		memcpy(&b, known + i, 8);
		difference |= (a ^ b) & ~((b & 0x4040404040404040u) >> 1);
	}
	return difference == 0;
}

enum http1_name http1_name_of(slice name)
{
	if (name.len >= NAME_BYTES_MAX || first_of_length[name.len] == 0)
		return HTTP1_NAME_OTHER;
	char bytes[NAME_BYTES_MAX] = {0};
	memcpy(bytes, name.ptr, name.len);
	for (unsigned i = first_of_length[name.len]; i < HTTP1_NAME_COUNT && names[i].len == name.len; i++)
		if (same_but_case(bytes, padded[i]))
			return (enum http1_name)i;
	return HTTP1_NAME_OTHER;
}

slice http1_header(const struct http1_headers *headers, enum http1_name name)
{
	unsigned place = headers->place[name];
	return place ? headers->line[place - 1].value : (slice){NULL, 0};
}

slice http1_header_named(const struct http1_headers *headers, slice name)
{
	for (unsigned i = 0; i < headers->count; i++)
		if (slice_equal_fold(headers->line[i].name, name))
			return headers->line[i].value;
	return (slice){NULL, 0};
}

static bool list_has_token(slice list, slice token)
{
	while (list.len > 0) {
		slice item = slice_cut(&list, ',');
		if (slice_equal_fold(slice_trim(slice_cut(&item, ';')), token))
			return true;
	}
	return false;
}

bool http1_header_has_token(const struct http1_headers *headers, enum http1_name name, slice token)
{
	if (headers->place[name] == 0)
		return false;
	for (unsigned i = headers->place[name] - 1u; i < headers->count; i++)
		if (headers->line[i].id == name && list_has_token(headers->line[i].value, token))
			return true;
	return false;
}

slice http1_media_type(const struct http1_headers *headers)
{
	slice value = http1_header(headers, HTTP1_NAME_CONTENT_TYPE);
	return value.ptr ? slice_trim(slice_cut(&value, ';')) : (slice){NULL, 0};
}
