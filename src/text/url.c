#include "text/url.h"

#include <string.h>

#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
#define SUB_DELIMS "!$&'()*+,;="

static bool is_one_of(char byte, const char *set)
{
	return byte && strchr(set, byte);
}

static int hex_value(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte = (char)(byte | 0x20);
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool is_escape(slice text, size_t at)
{
	return text.len - at >= 3 && text.ptr[at] == '%' && hex_value(text.ptr[at + 1]) >= 0 &&
	       hex_value(text.ptr[at + 2]) >= 0;
}

/* Only `set` and whole escapes. */
static bool consists_of(slice text, const char *set)
{
	for (size_t i = 0; i < text.len; i++) {
		if (is_one_of(text.ptr[i], set))
			continue;
		if (!is_escape(text, i))
			return false;
		i += 2;
	}
	return true;
}

/* Decimal 0 to 255 without leading zeros. */
static bool is_octet(slice text)
{
	uint64_t value;
	return text.len <= 3 && slice_to_u64(text, &value) && value <= 255;
}

static bool is_ipv4(slice text)
{
	slice rest = text;
	for (int i = 0; i < 3; i++)
		if (!is_octet(slice_cut(&rest, '.')))
			return false;
	return is_octet(rest);
}

static bool is_hex_group(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (hex_value(text.ptr[i]) < 0)
			return false;
	return text.len >= 1 && text.len <= 4;
}

/* Groups of one side of "::" (or of all); SIZE_MAX where they are wrong. An IPv4 tail counts as two. */
static size_t count_groups(slice text, bool may_end_in_ipv4)
{
	size_t count = 0;
	while (text.len > 0) {
		slice group = slice_cut(&text, ':');
		if (text.ptr && text.len == 0)
			return SIZE_MAX;
		if (!text.ptr && may_end_in_ipv4 && is_ipv4(group))
			return count + 2;
		if (!is_hex_group(group))
			return SIZE_MAX;
		count++;
	}
	return count;
}

/* RFC 3986 3.2.2, without zones and future versions */
static bool is_ipv6(slice text)
{
	size_t gap = slice_find(text, SLICE("::"));
	if (gap == SIZE_MAX)
		return count_groups(text, true) == 8;
	size_t before = count_groups(slice_sub(text, 0, gap), false);
	size_t after = count_groups(slice_from_offset(text, gap + 2), true);
	return before <= 7 && after <= 7 && before + after <= 7;
}

/* A last label that is a number is an address for some readers, in bases and lengths they do not agree on. */
static bool ends_in_number(slice host)
{
	slice label = host;
	for (slice rest = host; rest.ptr;)
		label = slice_cut(&rest, '.');
	if (slice_starts_with(label, SLICE("0x")) || slice_starts_with(label, SLICE("0X")))
		return true;
	for (size_t i = 0; i < label.len; i++)
		if (label.ptr[i] < '0' || label.ptr[i] > '9')
			return false;
	return label.len > 0;
}

static bool is_name(slice host)
{
	slice rest = host;
	if (host.len == 0 || host.len > 253)
		return false;
	/* One dot at the end is the root of names. */
	if (host.ptr[host.len - 1] == '.')
		rest.len--;
	for (size_t i = 0; i < rest.len; i++)
		if (!is_one_of(rest.ptr[i], UNRESERVED) || rest.ptr[i] == '~')
			return false;
	slice name = rest;
	while (rest.ptr) {
		slice label = slice_cut(&rest, '.');
		if (label.len == 0 || label.len > 63)
			return false;
	}
	return !ends_in_number(name);
}

static enum error read_scheme(struct url *url, slice text, slice *rest, struct fault *why)
{
	slice https = SLICE("https://"), http = SLICE("http://");
	url->secure = slice_equal_fold(slice_sub(text, 0, https.len), https);
	if (!url->secure && !slice_equal_fold(slice_sub(text, 0, http.len), http))
		return FAIL(why, E_SYNTAX, "a URL must begin with https:// or http://");
	*rest = slice_from_offset(text, url->secure ? https.len : http.len);
	return E_OK;
}

static enum error read_port(struct url *url, slice text, struct fault *why)
{
	uint64_t port;
	if (!slice_to_u64(text, &port) || port == 0 || port > 65535)
		return FAIL(why, E_SYNTAX, "the port of a URL is not a number from 1 to 65535");
	url->port = (uint16_t)port;
	return E_OK;
}

static enum error read_authority(struct url *url, slice text, struct fault *why)
{
	url->port = url->secure ? 443 : 80;
	slice rest = text;
	if (text.len > 0 && text.ptr[0] == '[') {
		size_t end = slice_find_byte(text, ']', 0);
		url->host = slice_sub(text, 1, end);
		url->host_is_ipv6 = true;
		if (end == SIZE_MAX || !is_ipv6(url->host))
			return FAIL(why, E_SYNTAX, "the host of a URL is not an IPv6 address");
		rest = slice_from_offset(text, end + 1);
		if (rest.len > 0 && rest.ptr[0] != ':')
			return FAIL(why, E_SYNTAX, "the host of a URL is not an IPv6 address");
		return rest.len > 0 ? read_port(url, slice_from_offset(rest, 1), why) : E_OK;
	}
	url->host = slice_cut(&rest, ':');
	if (!is_ipv4(url->host) && !is_name(url->host))
		return FAIL(why, E_SYNTAX, "the host of a URL is not a name or an address");
	return rest.ptr ? read_port(url, rest, why) : E_OK;
}

enum error url_parse(struct url *ret_url, slice text, struct fault *why)
{
	struct url url = {0};
	slice rest;
	*ret_url = url;
	if (text.len > URL_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a URL of %zu bytes, at most %u are read", text.len, URL_BYTES_MAX);
	TRY(read_scheme(&url, text, &rest, why));
	size_t end = 0;
	while (end < rest.len && !is_one_of(rest.ptr[end], "/?#"))
		end++;
	TRY(read_authority(&url, slice_sub(rest, 0, end), why));
	rest = slice_from_offset(rest, end);
	url.origin = slice_sub(text, 0, text.len - rest.len);
	slice before_fragment = slice_cut(&rest, '#');
	url.fragment = rest;
	url.query = before_fragment;
	url.path = slice_cut(&url.query, '?');
	if (!consists_of(url.path, UNRESERVED SUB_DELIMS ":@/") || !consists_of(url.query, UNRESERVED SUB_DELIMS ":@/?") ||
	    !consists_of(url.fragment, UNRESERVED SUB_DELIMS ":@/?"))
		return FAIL(why, E_SYNTAX, "a character that may not stand in a URL");
	*ret_url = url;
	return E_OK;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return a->secure == b->secure && a->port == b->port && a->host_is_ipv6 == b->host_is_ipv6 &&
	       slice_equal_fold(a->host, b->host);
}

enum error percent_decode(slice *ret_bytes, slice text, struct arena *arena, struct fault *why)
{
	if (slice_find_byte(text, '%', 0) == SIZE_MAX) {
		*ret_bytes = text;
		return E_OK;
	}
	char *to = arena_alloc(arena, text.len);
	if (!to)
		return FAIL(why, E_MEMORY, "no memory for %zu bytes", text.len);
	size_t length = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != '%') {
			to[length++] = text.ptr[i];
			continue;
		}
		if (!is_escape(text, i))
			return FAIL(why, E_SYNTAX, "'%%' without two hex digits");
		to[length++] = (char)(hex_value(text.ptr[i + 1]) << 4 | hex_value(text.ptr[i + 2]));
		i += 2;
	}
	*ret_bytes = slice_from(to, length);
	return E_OK;
}

void percent_encode(struct buffer *to, slice bytes)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.ptr[i];
		if (is_one_of((char)byte, UNRESERVED)) {
			buffer_add_byte(to, (char)byte);
			continue;
		}
		char escape[3] = {'%', hex[byte >> 4], hex[byte & 15]};
		buffer_add(to, slice_from(escape, 3));
	}
}

/* Takes the last segment off again; false where there is none. */
static bool drop_segment(const char *text, size_t start, size_t *length)
{
	size_t at = *length;
	if (at <= start)
		return false;
	/* The '/' behind the segment goes too. */
	at--;
	while (at > start && text[at - 1] != '/')
		at--;
	*length = at;
	return true;
}

enum error path_normalise(slice *ret_path, slice path, struct arena *arena, struct fault *why)
{
	if (slice_find_byte(path, '\0', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "a path with a NUL in it");
	char *text = arena_alloc(arena, path.len + 2);
	if (!text)
		return FAIL(why, E_MEMORY, "no memory for a path");
	size_t start = path.len > 0 && path.ptr[0] == '/' ? 1 : 0, length = start;
	text[0] = '/';
	slice rest = path;
	while (rest.ptr) {
		slice segment = slice_cut(&rest, '/');
		if (segment.len == 0 || slice_equal(segment, SLICE(".")))
			continue;
		if (slice_equal(segment, SLICE(".."))) {
			if (!drop_segment(text, start, &length))
				return FAIL(why, E_INVALID, "a path that climbs above where it began");
			continue;
		}
		memcpy(text + length, segment.ptr, segment.len);
		length += segment.len;
		/* Every segment but the last is followed by one. */
		if (rest.ptr)
			text[length++] = '/';
	}
	if (length == 0)
		text[length++] = '.';
	*ret_path = slice_from(text, length);
	return E_OK;
}
