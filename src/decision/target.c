#include "decision/target.h"

#include <string.h>

bool target_matches(slice pattern, slice target)
{
	size_t p = 0, t = 0, star = SIZE_MAX, star_t = 0;
	while (t < target.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			star_t = t;
		} else if (p < pattern.len && pattern.ptr[p] == target.ptr[t]) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++star_t;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/*
 * Resolves the dot segments of `path` into `to`, which has room for all of it. Returns the length, or SIZE_MAX where
 * it climbs too high: above the root, or at all where it is relative.
 */
static size_t resolve_dots(slice path, char *to)
{
	bool absolute = path.len && path.ptr[0] == '/';
	size_t length = 0;
	if (absolute)
		to[length++] = '/';
	slice rest = path;
	while (rest.len) {
		slice segment = slice_cut(&rest, '/');
		if (segment.len == 0 || slice_equal(segment, SLICE(".")))
			continue;
		if (slice_equal(segment, SLICE(".."))) {
			if (!absolute || length <= 1)
				return SIZE_MAX;
			while (to[length - 1] != '/')
				length--;
			if (length > 1)
				length--;
			continue;
		}
		if (length && to[length - 1] != '/')
			to[length++] = '/';
		memmove(to + length, segment.ptr, segment.len);
		length += segment.len;
	}
	if (length == 0 && path.len)
		to[length++] = '.';
	return length;
}

enum error target_normalise_path(slice path, struct arena *arena, slice *ret_path, struct fault *why)
{
	if (path.len == 0)
		return FAIL(why, E_INVALID, "the path is empty");
	if (slice_find_byte(path, '\0', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "the path has a NUL in it");
	if (slice_find_byte(path, '\\', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "the path has a backslash in it");
	if (path.ptr[0] == '~')
		return FAIL(why, E_INVALID, "the path begins with ~; write it out");
	char *to = arena_alloc(arena, path.len);
	if (!to)
		return FAIL(why, E_MEMORY, "no memory for a path");
	size_t length = resolve_dots(path, to);
	if (length == SIZE_MAX)
		return FAIL(why, E_INVALID, path.ptr[0] == '/' ? "the path climbs above the root"
							       : "a relative path may not have .. in it");
	*ret_path = (slice){to, length};
	return E_OK;
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_scheme(slice text)
{
	if (text.len == 0 || !is_letter(text.ptr[0]))
		return false;
	for (size_t i = 1; i < text.len; i++)
		if (!is_letter(text.ptr[i]) && !is_digit(text.ptr[i]) && !strchr("+-.", text.ptr[i]))
			return false;
	return true;
}

/* Four decimal numbers up to 255 without leading zeros. */
static bool is_plain_ipv4(slice host)
{
	for (int i = 0; i < 4; i++) {
		uint64_t number;
		slice part = slice_cut(&host, '.');
		if (part.len > 3 || !slice_to_u64(part, &number) || number > 255 || (i < 3) != (host.ptr != NULL))
			return false;
	}
	return host.len == 0;
}

/* Something that an address parser would take for a number although it does not look like one. */
static bool is_disguised_address(slice host)
{
	slice last = host;
	for (size_t dot; (dot = slice_find_byte(last, '.', 0)) != SIZE_MAX && dot + 1 < last.len;)
		last = slice_from_offset(last, dot + 1);
	return last.len && is_digit(last.ptr[0]) && !is_plain_ipv4(host);
}

static bool is_host(slice host)
{
	if (host.len > 2 && host.ptr[0] == '[')
		return host.ptr[host.len - 1] == ']';
	if (host.len == 0 || is_disguised_address(host))
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (!is_letter(host.ptr[i]) && !is_digit(host.ptr[i]) && !strchr("-._", host.ptr[i]))
			return false;
	return true;
}

static slice default_port(slice scheme)
{
	if (slice_equal_fold(scheme, SLICE("http")) || slice_equal_fold(scheme, SLICE("ws")))
		return SLICE("80");
	if (slice_equal_fold(scheme, SLICE("https")) || slice_equal_fold(scheme, SLICE("wss")))
		return SLICE("443");
	return SLICE("");
}

static bool has_encoded(slice path, const char *digits)
{
	for (size_t i = 0; i + 2 < path.len; i++)
		if (path.ptr[i] == '%' && slice_equal_fold(slice_sub(path, i + 1, i + 3), slice_of(digits)))
			return true;
	return false;
}

/* The parts of `scheme://authority/path?query`, the fragment left out. */
struct url_parts {
	slice scheme;
	slice host;
	slice port;
	slice path;
	slice query; /* with its question mark */
};

static enum error url_split(slice url, struct url_parts *ret, struct fault *why)
{
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7f || url.ptr[i] == '\\')
			return FAIL(why, E_INVALID, "the URL has a space, control character or backslash in it");
	size_t colon = slice_find(url, SLICE("://"));
	if (colon == SIZE_MAX || !is_scheme(slice_sub(url, 0, colon)))
		return FAIL(why, E_INVALID, "not an absolute URL");
	ret->scheme = slice_sub(url, 0, colon);
	slice rest = slice_from_offset(url, colon + 3);
	rest = slice_cut(&rest, '#');
	size_t end = 0;
	while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
		end++;
	slice authority = slice_sub(rest, 0, end);
	rest = slice_from_offset(rest, end);
	size_t question = slice_find_byte(rest, '?', 0);
	ret->path = slice_sub(rest, 0, question);
	ret->query = question == SIZE_MAX ? SLICE("") : slice_from_offset(rest, question);
	if (slice_find_byte(authority, '@', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "the URL has a user in it");
	size_t bracket = authority.len && authority.ptr[0] == '[' ? slice_find_byte(authority, ']', 0) : 0;
	size_t port = bracket == SIZE_MAX ? SIZE_MAX : slice_find_byte(authority, ':', bracket);
	ret->host = slice_sub(authority, 0, port);
	ret->port = port == SIZE_MAX ? SLICE("") : slice_from_offset(authority, port + 1);
	uint64_t number;
	if (!is_host(ret->host))
		return FAIL(why, E_INVALID, "the URL names no plain host");
	if (ret->port.len && (!slice_to_u64(ret->port, &number) || number > 65535))
		return FAIL(why, E_INVALID, "the URL has no valid port");
	return E_OK;
}

static void add_lower(char *to, size_t *length, slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char byte = text.ptr[i];
		to[(*length)++] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
	}
}

static void add_text(char *to, size_t *length, slice text)
{
	if (text.len)
		memcpy(to + *length, text.ptr, text.len);
	*length += text.len;
}

enum error target_normalise_url(slice url, struct arena *arena, slice *ret_url, struct fault *why)
{
	struct url_parts parts;
	TRY(url_split(url, &parts, why));
	if (has_encoded(parts.path, "2e") || has_encoded(parts.path, "2f") || has_encoded(parts.path, "5c") ||
	    has_encoded(parts.path, "00"))
		return FAIL(why, E_INVALID, "the path of the URL hides a dot, slash or NUL behind an escape");
	char *to = arena_alloc(arena, url.len + 1);
	if (!to)
		return FAIL(why, E_MEMORY, "no memory for a URL");
	size_t length = 0;
	add_lower(to, &length, parts.scheme);
	add_text(to, &length, SLICE("://"));
	add_lower(to, &length, parts.host);
	if (parts.port.len && !slice_equal(parts.port, default_port(parts.scheme))) {
		add_text(to, &length, SLICE(":"));
		add_text(to, &length, parts.port);
	}
	if (parts.path.len == 0)
		parts.path = SLICE("/");
	bool folder = parts.path.len > 1 && slice_ends_with(parts.path, SLICE("/"));
	size_t path_length = resolve_dots(parts.path, to + length);
	if (path_length == SIZE_MAX)
		return FAIL(why, E_INVALID, "the path of the URL climbs above the root");
	length += path_length;
	if (folder && path_length > 1)
		to[length++] = '/';
	add_text(to, &length, parts.query);
	*ret_url = (slice){to, length};
	return E_OK;
}

static enum error add(const struct tool_row *tool, const char *field, const struct json_node *node, struct arena *arena,
		      struct targets *ret, struct fault *why)
{
	slice text, target;
	struct fault inner = {0};
	if (!json_string(node, &text))
		return FAIL_FIELD(why, E_INVALID, field, "%s: the target must be a string", field);
	if (text.len == 0)
		return FAIL_FIELD(why, E_INVALID, field, "%s: the target is empty", field);
	if (ret->count == TARGETS_MAX)
		return FAIL_FIELD(why, E_LIMIT, field, "%s: more than %u targets", field, TARGETS_MAX);
	if (text.len > TARGET_BYTES_MAX)
		return FAIL_FIELD(why, E_LIMIT, field, "%s: longer than %u bytes", field, TARGET_BYTES_MAX);
	enum error code = E_OK;
	if (tool->target_type == TOOL_TARGET_PATH)
		code = target_normalise_path(text, arena, &target, &inner);
	else if (tool->target_type == TOOL_TARGET_URL)
		code = target_normalise_url(text, arena, &target, &inner);
	else
		target = text;
	if (code != E_OK)
		return FAIL_FIELD(why, code, field, "%s: %s", field, fault_sentence(&inner));
	ret->items[ret->count++] = target;
	return E_OK;
}

enum error targets_extract(const struct tool_row *tool, const struct json_doc *doc, const struct json_node *arguments,
			   struct arena *arena, struct targets *ret, struct fault *why)
{
	ret->count = 0;
	if (tool->target_type == TOOL_TARGET_NONE)
		return E_OK;
	char field[48];
	size_t length = tool->target_argument.len < sizeof(field) - 1 ? tool->target_argument.len : sizeof(field) - 1;
	memcpy(field, tool->target_argument.ptr, length);
	field[length] = '\0';
	const struct json_node *node = doc ? json_get(doc, arguments, tool->target_argument) : NULL;
	/* Not every tool demands its target: the call is then about the tool, which no grant with targets covers. */
	if (!node)
		return E_OK;
	if (!json_is(node, JSON_ARRAY))
		return add(tool, field, node, arena, ret, why);
	for (const struct json_node *item = json_first(node); item; item = json_next(item))
		TRY(add(tool, field, item, arena, ret, why));
	if (ret->count == 0)
		return FAIL_FIELD(why, E_INVALID, field, "%s: the target is empty", field);
	return E_OK;
}
