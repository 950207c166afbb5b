#include "protocol/mcp_headers.h"

#include "text/base64.h"

#define SENTINEL_PREFIX SLICE("=?base64?")
#define SENTINEL_SUFFIX SLICE("?=")

/* RFC 9110 5.5 without obs-text: visible ASCII, space and tab; blanks at the ends are no part of a value. */
static bool value_is_plain(slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] != '\t' && (value.ptr[i] < 0x20 || value.ptr[i] > 0x7e))
			return false;
	return slice_trim(value).len == value.len;
}

static bool value_is_sentinel(slice value)
{
	return value.len >= SENTINEL_PREFIX.len + SENTINEL_SUFFIX.len && slice_starts_with(value, SENTINEL_PREFIX) &&
	       slice_ends_with(value, SENTINEL_SUFFIX);
}

enum error mcp_header_decode(slice header, struct arena *arena, slice *ret_value, struct fault *why)
{
	if (!value_is_plain(header))
		return FAIL(why, E_REQUEST, "a header value with characters that are not allowed");
	*ret_value = header;
	if (!value_is_sentinel(header))
		return E_OK;
	slice text = slice_sub(header, SENTINEL_PREFIX.len, header.len - SENTINEL_SUFFIX.len);
	enum error error = base64_read_arena(ret_value, text, arena, why);
	return error == E_SYNTAX ? FAIL(why, E_REQUEST, "a header value with broken base64") : error;
}

slice mcp_header_encode(slice value, struct arena *arena)
{
	if (value_is_plain(value) && !value_is_sentinel(value))
		return value.ptr ? value : SLICE("");
	size_t room = SENTINEL_PREFIX.len + BASE64_TEXT_BYTES(value.len) + SENTINEL_SUFFIX.len;
	char *to = arena_alloc(arena, room);
	if (!to)
		return (slice){NULL, 0};
	__builtin_memcpy(to, SENTINEL_PREFIX.ptr, SENTINEL_PREFIX.len);
	size_t len = SENTINEL_PREFIX.len + base64_write(to + SENTINEL_PREFIX.len, value);
	__builtin_memcpy(to + len, SENTINEL_SUFFIX.ptr, SENTINEL_SUFFIX.len);
	return (slice){to, len + SENTINEL_SUFFIX.len};
}

static enum error check_one(const char *header, slice value, slice body, struct arena *arena, struct fault *why)
{
	slice decoded;
	TRY(mcp_header_decode(value, arena, &decoded, why));
	if (!slice_equal(decoded, body))
		return FAIL_FIELD(why, E_REQUEST, header, "Header mismatch: %s does not agree with the body", header);
	return E_OK;
}

static enum error check_method_and_name(const struct mcp_request *request, const struct mcp_mirror *mirror,
					struct arena *arena, struct fault *why)
{
	if (mirror->method.ptr && !slice_equal(mirror->method, request->message.method))
		return FAIL_FIELD(why, E_REQUEST, "Mcp-Method",
				  "Header mismatch: Mcp-Method does not agree with the body");
	if (!mirror->name.ptr)
		return E_OK;
	if (!request->has_object)
		return FAIL_FIELD(why, E_REQUEST, "Mcp-Name", "Header mismatch: Mcp-Name for a message without a name");
	return check_one("Mcp-Name", mirror->name, request->object, arena, why);
}

enum error mcp_check_mirror(const struct mcp_request *request, const struct mcp_mirror *mirror, struct arena *arena,
			    struct fault *why)
{
	bool call = request->message.kind == JSONRPC_REQUEST;
	if (!mirror->version.ptr)
		return FAIL_FIELD(why, E_REQUEST, "MCP-Protocol-Version",
				  "Header mismatch: MCP-Protocol-Version is missing");
	if (!slice_equal(mirror->version, request->version))
		return FAIL_FIELD(why, E_REQUEST, "MCP-Protocol-Version",
				  "Header mismatch: MCP-Protocol-Version does not agree with the body");
	if (call && !mirror->method.ptr)
		return FAIL_FIELD(why, E_REQUEST, "Mcp-Method", "Header mismatch: Mcp-Method is missing");
	if (call && request->has_object && !mirror->name.ptr)
		return FAIL_FIELD(why, E_REQUEST, "Mcp-Name", "Header mismatch: Mcp-Name is missing");
	return check_method_and_name(request, mirror, arena, why);
}

enum error mcp_check_mirror_legacy(const struct mcp_request *request, const struct mcp_mirror *mirror,
				   struct arena *arena, struct fault *why)
{
	return check_method_and_name(request, mirror, arena, why);
}
